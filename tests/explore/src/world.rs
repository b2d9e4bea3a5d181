//! The whole small world: one row, one provider, a few processes, the letters between them.

use gatepass_core::ports::Revision;
use gatepass_core::renewal::{AttemptId, DeadReason, Effect, Journal, Lineage, Machine, Seen, State, Which};

use crate::hash::hash;
use crate::numbers::{CURRENT, NOBODY, NOW, STALE, TICK, aged, fingerprint, holder, token};
use crate::provider::{Provider, Token};
use crate::scenario::Scenario;

/// What a process is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    Replica,
    Logout,
    Login,
    Sweeper,
}

/// A request on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Letter {
    Refresh(Token),
    /// A revocation; `tidy`: not because somebody logged out.
    Revoke {
        token: Token,
        tidy: bool,
    },
}

/// A request whose sender listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Flight {
    pub token: Token,
    pub reply: Option<Seen>,
    /// It will not be answered in time.
    pub slow: bool,
}

/// A process in the middle of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Run {
    pub machine: Machine,
    pub effect: Effect,
    pub flight: Option<Flight>,
    /// The successor in the last answer.
    pub answer: Option<Token>,
    /// The tokens of the rows that it read, as a driver keeps them.
    pub vault: [(Lineage, u64, Token); 2],
    /// It judged the guard and has not written yet.
    pub frozen: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Actor {
    pub role: Role,
    /// How often it may still begin.
    pub left: u8,
    pub run: Option<Box<Run>>,
    /// It does nothing for any time.
    pub paused: bool,
    /// A token that it revokes in the background.
    pub tidy: Option<Token>,
    /// The token of a login that is to be installed.
    pub issued: Token,
}

/// A write whose reply was lost and that may be applied later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limbo {
    pub expected: Option<Revision>,
    pub next: Option<Journal>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub row: Option<Journal>,
    pub provider: Provider,
    pub actors: Vec<Actor>,
    pub late: Vec<Letter>,
    pub limbo: Option<Limbo>,
    pub faults: u8,
    /// Whether the assumption may still be broken.
    pub breakable: bool,
    /// Families that were logged out, as bits.
    pub fenced: u8,
    /// Families that another login replaced, as bits.
    pub replaced: u8,
    /// Something that must never happen happened.
    pub wrong: Option<Wrong>,
}

/// What must never happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Wrong {
    /// A refresh token was presented outside the window after it was used.
    FamilyRevoked,
    /// We revoked tokens that a live row holds.
    OwnRevocation,
    /// A row says `Active` and its token is spent.
    SpentToken,
    /// A row of a family that was logged out serves again.
    Resurrection,
    /// A row of an older login replaced a newer one.
    OlderLogin,
    /// A logout that was overtaken by a new login fenced that, too.
    LoginFenced,
    /// A row whose token is good was declared dead, or was removed.
    GoodGrantBuried,
    /// Somebody waits for ever.
    Unanswered,
    /// Everybody is done, nothing went wrong, somebody logged out, and a token lives.
    LogoutIncomplete,
    /// The driver was told to seal tokens that it does not have, or the machine lost its place.
    Driver,
}

impl World {
    pub fn new(scenario: &Scenario) -> Self {
        let mut provider = Provider::new();
        let first = provider.authorize();
        let actor = |role, left| Actor { role, left, run: None, paused: false, tidy: None, issued: 0 };
        let mut actors = vec![actor(Role::Replica, scenario.rounds); scenario.replicas];
        if scenario.logout {
            actors.push(actor(Role::Logout, 1));
            actors.push(actor(Role::Sweeper, u8::MAX));
        }
        actors.extend((0..scenario.logins).map(|_| actor(Role::Login, 1)));
        Self {
            row: Some(Journal::issued(Lineage::new(100), Some(fingerprint(first)))),
            provider,
            actors,
            late: Vec::new(),
            limbo: None,
            faults: scenario.faults,
            breakable: scenario.broken.is_some(),
            fenced: 0,
            replaced: 0,
            wrong: None,
        }
    }

    pub fn serves(row: &Journal) -> bool {
        matches!(row.state, State::Active | State::Refreshing | State::Suspect)
    }

    /// The row as it is found.
    pub fn found(&self) -> Option<(Revision, Journal)> {
        self.row.map(|row| (CURRENT, row))
    }

    /// Every revision that anybody remembers is one of the past.
    pub fn written(&mut self) {
        let past = |_| STALE;
        for run in self.actors.iter_mut().filter_map(|actor| actor.run.as_mut()) {
            run.machine = run.machine.map_revisions(past);
            if let Effect::Swap { expected: Some(revision), .. } = &mut run.effect {
                *revision = STALE;
            }
        }
        if let Some(Limbo { expected: Some(revision), .. }) = &mut self.limbo {
            *revision = STALE;
        }
    }

    /// Replaces the row, by whatever hand, and judges the new one.
    pub fn write(&mut self, next: Option<Journal>) {
        self.written();
        if let (Some(before), Some(after)) = (self.row, next)
            && Self::serves(&before)
            && after.state == State::Revoking
            && let Some(current) = before.current
        {
            if self.fenced != 0 {
                self.wrong = self.wrong.or(Some(Wrong::LoginFenced));
            }
            self.fenced |= 1 << self.provider.family_of(token(current));
        }
        let before = self.row;
        let buries = next.is_none_or(|next| next.state == State::Dead(DeadReason::Rejected));
        if buries
            && let Some(current) = before.filter(Self::serves).and_then(|row| row.current)
            && self.provider.is_live(token(current))
        {
            self.wrong = self.wrong.or(Some(Wrong::GoodGrantBuried));
        }
        self.row = next;
        if let Some(row) = next.filter(Self::serves)
            && let Some(current) = row.current
        {
            let family = self.provider.family_of(token(current));
            if self.fenced & (1 << family) != 0 {
                self.wrong = self.wrong.or(Some(Wrong::Resurrection));
            }
            if self.replaced & (1 << family) != 0 {
                self.wrong = self.wrong.or(Some(Wrong::OlderLogin));
            }
            let before =
                before.and_then(|row| row.current).map(|current| self.provider.family_of(token(current)));
            if let Some(before) = before.filter(|before| *before != family) {
                self.replaced |= 1 << before;
            }
        }
    }

    /// Judges what can be judged at any moment.
    pub fn judge(&mut self, onward: bool) {
        use crate::provider::Life;
        if self.wrong.is_some() {
            return;
        }
        if self.provider.families.iter().any(|family| family.life == Life::Theft) {
            self.wrong = Some(Wrong::FamilyRevoked);
        } else if let Some(row) = self.row
            && row.state == State::Active
            && let Some(current) = row.current.map(token)
            && !self.provider.is_live(current)
        {
            self.wrong = match self.provider.families[self.provider.family_of(current)].life {
                Life::Revoked => Some(Wrong::OwnRevocation),
                Life::Swept | Life::Withdrawn => None,
                Life::Alive | Life::Theft => (!onward).then_some(Wrong::SpentToken),
            };
        }
    }

    /// Lets the past move back by so many ticks, on the store's clock.
    pub fn age(&mut self, count: u8) {
        self.row = self.row.map(|row| aged(row, count));
        if let Some(Limbo { next, .. }) = &mut self.limbo {
            *next = next.map(|row| aged(row, count));
        }
        for run in self.actors.iter_mut().filter_map(|actor| actor.run.as_mut()) {
            run.machine = run.machine.map_journals(|row| aged(row, count));
            match &mut run.effect {
                Effect::Swap { next, .. } => *next = next.map(|row| aged(row, count)),
                Effect::Send { not_after: time, .. } | Effect::Wait { until: time, .. } => {
                    let back = TICK * u32::from(count);
                    *time = time.saturating_sub(back).max(NOW.saturating_sub(TICK));
                }
                Effect::Read | Effect::Revoke(_) | Effect::Done(_) => {}
                _ => unreachable!("an effect that the model does not know"),
            }
        }
    }

    /// Sorts replicas that differ only in their names, renames them, and forgets the names of those who are gone.
    pub fn canonical(self, replicas: usize) -> Self {
        self.sorted(replicas).0
    }

    /// The canonical world, and which replica of this one stands at each place of it.
    pub fn sorted(mut self, replicas: usize) -> (Self, Vec<usize>) {
        const ME: AttemptId = AttemptId::new([0xaa; 16]);
        const OTHER: AttemptId = AttemptId::new([0xbb; 16]);
        self.late.sort_unstable();
        let mut keyed: Vec<_> = (self.actors.drain(..replicas).enumerate())
            .map(|(index, actor)| {
                let me = holder(index);
                let as_seen = |name| if name == me { ME } else { OTHER };
                let owns = self.row.and_then(|row| row.attempt) == Some(me);
                let key = match &actor.run {
                    None => hash(&(actor.left, owns, &actor.paused)),
                    Some(run) => hash(&(
                        (actor.left, owns, actor.paused),
                        run.machine.named(ME).map_journals(|row| rename(row, as_seen)),
                        rename_effect(run.effect, as_seen),
                        (run.flight, run.answer, run.frozen),
                    )),
                };
                (key, index, actor)
            })
            .collect();
        keyed.sort_by_key(|(key, index, _)| (*key, *index));
        let order = keyed.iter().map(|(_, index, _)| *index).collect();
        let live = |index: usize, actor: &Actor| actor.run.is_some().then_some(holder(index));
        let mut names: Vec<(AttemptId, AttemptId)> = Vec::with_capacity(8);
        for (place, (_, index, actor)) in keyed.iter().enumerate() {
            names.extend(live(*index, actor).map(|name| (name, holder(place))));
        }
        for (index, actor) in self.actors.iter().enumerate() {
            names.extend(live(replicas + index, actor).map(|name| (name, name)));
        }
        let named = |name| names.iter().find(|(old, _)| *old == name).map_or(NOBODY, |(_, new)| *new);
        let mut actors: Vec<Actor> = keyed.into_iter().map(|(_, _, actor)| actor).collect();
        actors.append(&mut self.actors);
        for (index, actor) in actors.iter_mut().enumerate() {
            if let Some(run) = &mut actor.run {
                run.machine = run.machine.named(holder(index)).map_journals(|row| rename(row, named));
                run.effect = rename_effect(run.effect, named);
            }
        }
        self.actors = actors;
        self.row = self.row.map(|row| rename(row, named));
        if let Some(Limbo { next, .. }) = &mut self.limbo {
            *next = next.map(|row| rename(row, named));
        }
        (self, order)
    }
}

fn rename(mut row: Journal, name: impl Fn(AttemptId) -> AttemptId) -> Journal {
    row.attempt = row.attempt.map(name);
    row
}

fn rename_effect(effect: Effect, name: impl Fn(AttemptId) -> AttemptId) -> Effect {
    match effect {
        Effect::Swap { expected, next, tokens } => {
            Effect::Swap { expected, next: next.map(|row| rename(row, name)), tokens }
        }
        other => other,
    }
}

impl Run {
    /// The tokens that an effect names.
    pub fn tokens_of(&self, which: Which, issued: Token) -> Option<Token> {
        match which {
            Which::Answer => self.answer,
            Which::Issued => Some(issued),
            Which::Stored(lineage, generation) => (self.vault.iter())
                .find(|(l, g, token)| (*l, *g) == (lineage, generation) && *token != 0)
                .map(|(_, _, token)| *token),
            _ => None,
        }
    }
}
