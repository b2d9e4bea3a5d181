//! What can happen next. Every process acts through the machine that ships.

use std::time::Duration;

use std::ops::{Deref, DerefMut};

use gatepass_core::renewal::{
    Effect, Event, Lineage, Machine, Refusal, Seen, State, Tokens, Told, Verdict, Waiting,
};

use crate::numbers::{CURRENT, LEASE, NOW, STALE, TICK, fingerprint, holder, token};
use crate::provider::{Family, Life, Token};
use crate::scenario::{Broken, Scenario};
use crate::story::{Heard, Label, What};
use crate::world::{Actor, Flight, Letter, Limbo, Role, Run, World, Wrong};

/// The states after this one.
pub struct Moves<'a> {
    scenario: &'a Scenario,
    from: &'a World,
    pub next: Vec<(World, Label)>,
}

impl<'a> Moves<'a> {
    pub fn of(scenario: &'a Scenario, from: &'a World) -> Self {
        let mut moves = Self { scenario, from, next: Vec::new() };
        for index in 0..from.actors.len() {
            moves.act(index);
        }
        moves.letters();
        moves.time();
        moves.breaks();
        moves
    }

    fn add(&mut self, who: Option<usize>, what: What, cost: u8, change: impl FnOnce(&mut Changed)) {
        if cost > self.from.faults {
            return;
        }
        let mut world = Changed { world: self.from.clone(), heard: None };
        world.faults -= cost;
        if let Some(index) = who
            && !matches!(what, What::Pauses | What::TokenServed(..) | What::Lost | What::Resets | What::Slow)
        {
            world.actors[index].paused = false;
        }
        change(&mut world);
        let Changed { mut world, heard } = world;
        world.judge(self.scenario.onward);
        let who = who.map(|index| (self.from.actors[index].role, index));
        self.next.push((world, Label { who, what, fault: cost > 0, heard }));
    }

    fn act(&mut self, index: usize) {
        let actor = &self.from.actors[index];
        if let Some(token) = actor.tidy {
            self.tidies(index, token);
        }
        let Some(run) = actor.run.as_deref().copied() else {
            return self.begins(index);
        };
        match run.effect {
            Effect::Read => self.reads(index),
            Effect::Swap { expected, next, tokens } => self.swaps(index, &run, expected.is_some(), {
                let matches = match (expected, self.from.row) {
                    (Some(revision), Some(_)) => revision == CURRENT,
                    (None, None) => true,
                    _ => false,
                };
                matches.then_some((next, tokens))
            }),
            Effect::Send { present, not_after } => self.sends(index, &run, token(present), not_after < NOW),
            Effect::Revoke(which) => self.revokes(index, run.tokens_of(which, actor.issued)),
            Effect::Wait { until, why } => {
                if why != Waiting::Arrival || until <= NOW {
                    self.add(Some(index), What::Looks, 0, |world| world.tell(index, Event::Woke));
                }
            }
            _ => unreachable!("an effect that the model does not know"),
        }
        self.add(Some(index), What::Crashes, 1, |world| {
            let actor = &mut world.actors[index];
            let run = actor.run.take();
            if let Some(Flight { token, reply: None, .. }) = run.and_then(|run| run.flight) {
                world.late.push(Letter::Refresh(token));
            }
        });
        if !actor.paused && !matches!(run.effect, Effect::Wait { .. }) {
            self.add(Some(index), What::Pauses, 1, |world| world.actors[index].paused = true);
        }
    }

    fn begins(&mut self, index: usize) {
        let Actor { role, left, .. } = self.from.actors[index];
        let policy = self.scenario.policy();
        let me = holder(index);
        let Some(row) = self.from.row else {
            if role == Role::Login && left > 0 {
                self.logs_in(index);
            }
            return;
        };
        let machine = match (role, row.state) {
            (_, _) if left == 0 => return,
            (Role::Login, _) => return self.logs_in(index),
            (Role::Replica, State::Active | State::Refreshing) => {
                Machine::renew(policy, me, row.lineage, row.generation)
            }
            (Role::Logout, State::Active | State::Refreshing | State::Suspect) => Machine::fence(policy, me),
            (Role::Sweeper, State::Revoking | State::Dead(_)) if row.due().is_some_and(|due| due <= NOW) => {
                Machine::sweep(policy, me)
            }
            _ => return,
        };
        self.add(Some(index), What::Begins, 0, |world| {
            world.begin(index, machine.under(self.scenario.rules))
        });
    }

    fn logs_in(&mut self, index: usize) {
        let (policy, rules) = (self.scenario.policy(), self.scenario.rules);
        self.add(Some(index), What::LogsIn, 0, |world| {
            let issued = world.provider.authorize();
            world.actors[index].issued = issued;
            let lineage = Lineage::new(100 * (u64::from(issued) + 1));
            let machine = Machine::install(policy, holder(index), lineage, Some(fingerprint(issued)));
            world.begin(index, machine.under(rules));
        });
    }

    fn reads(&mut self, index: usize) {
        let found = self.from.found();
        self.add(Some(index), What::Reads(self.from.row), 0, |world| world.tell(index, Event::Read(found)));
        self.add(Some(index), What::ReadFails, 1, |world| world.tell(index, Event::StoreUnknown));
    }

    fn swaps(
        &mut self,
        index: usize,
        run: &Run,
        expects: bool,
        applies: Option<(Option<gatepass_core::renewal::Journal>, Tokens)>,
    ) {
        let who = Some(index);
        let Some((next, tokens)) = applies else {
            let found = self.from.found();
            self.add(who, What::Moved(self.from.row), 0, |world| world.tell(index, Event::Moved(found)));
            self.add(who, What::ReplyLost(None), 1, |world| world.tell(index, Event::StoreUnknown));
            return;
        };
        let before = self.from.row.and_then(|row| row.current).map(token);
        let sealed = match tokens {
            Tokens::Keep => before,
            Tokens::Answer => run.answer.or(before),
            Tokens::Issued => Some(self.from.actors[index].issued),
            _ => None,
        };
        let right = next.and_then(|next| next.current).map(token) == sealed;
        let write = |world: &mut Changed| {
            world.write(next);
            if !right {
                world.wrong = world.wrong.or(Some(Wrong::Driver));
            }
        };
        self.add(who, What::Writes(next), 0, |world| {
            write(world);
            world.tell(index, Event::Swapped(CURRENT));
        });
        self.add(who, What::ReplyLost(Some(next)), 1, |world| {
            write(world);
            world.tell(index, Event::StoreUnknown);
        });
        self.add(who, What::WriteFails, 1, |world| world.tell(index, Event::StoreUnknown));
        if self.scenario.limbo && self.from.limbo.is_none() {
            self.add(who, What::WriteDelayed, 1, |world| {
                world.limbo = Some(Limbo { expected: expects.then_some(CURRENT), next });
                world.tell(index, Event::StoreUnknown);
            });
        }
    }

    fn sends(&mut self, index: usize, run: &Run, presented: Token, too_late: bool) {
        let who = Some(index);
        let broken = self.scenario.broken;
        match run.flight {
            None if too_late && !run.frozen => {
                self.add(who, What::GuardPassed, 0, |world| {
                    world.tell(index, Event::Answered(Seen::NotSent));
                });
            }
            None => {
                self.add(who, What::Sends(presented), 0, |world| {
                    let run = world.run(index);
                    run.flight = Some(Flight { token: presented, reply: None, slow: false });
                    run.frozen = false;
                });
                self.add(who, What::NoConnection, 1, |world| {
                    world.tell(index, Event::Answered(Seen::NotSent));
                });
                if broken == Some(Broken::FreezeAfterGuard) && self.from.breakable {
                    self.add(who, What::Freezes, 0, |world| {
                        world.breakable = false;
                        world.run(index).frozen = true;
                        world.actors[index].paused = true;
                    });
                }
            }
            Some(Flight { reply: Some(seen), .. }) => {
                self.add(who, What::Hears(seen), 0, |world| {
                    let run = world.run(index);
                    run.flight = None;
                    if let Seen::Answer { successor, .. } = seen {
                        run.answer = successor.map(token);
                    }
                    world.tell(index, Event::Answered(seen));
                });
            }
            Some(flight) => self.travels(index, flight),
        }
    }

    fn travels(&mut self, index: usize, flight: Flight) {
        let (who, broken, sent) = (Some(index), self.scenario.broken, flight.token);
        let (kind, window) = (self.scenario.kind, self.scenario.window());
        let seen = self.from.provider.clone().present(sent, kind, window);
        let served = What::TokenServed(sent, seen);
        let reply = |world: &mut Changed, seen| {
            let flight = world.run(index).flight.as_mut();
            flight.expect("it travels").reply = Some(seen);
        };
        let serve = |world: &mut Changed, seen| {
            world.provider.present(sent, kind, window);
            reply(world, seen);
        };
        self.add(who, served, 0, |world| serve(world, seen));
        self.add(who, What::ReplyVanishes(sent, seen), 1, |world| serve(world, Seen::NoAnswer));
        self.add(who, What::Lost, 1, |world| reply(world, Seen::NoAnswer));
        self.add(who, What::Resets, 1, |world| {
            world.late.push(Letter::Refresh(sent));
            reply(world, Seen::NoAnswer);
        });
        if !flight.slow {
            self.add(who, What::Slow, 1, |world| {
                world.run(index).flight.as_mut().expect("it travels").slow = true;
            });
        }
        self.add(who, What::Declined, 1, |world| reply(world, Seen::Refused(Refusal::Other)));
        if let Seen::Answer { successor: Some(successor), .. } = seen {
            let seen = Seen::Answer { successor: Some(successor), usable: false };
            self.add(who, What::Flawed(sent, seen), 1, |world| serve(world, seen));
        }
        if broken != Some(Broken::LyingGateway) || self.from.breakable {
            let cost = u8::from(broken != Some(Broken::LyingGateway));
            self.add(who, What::Gateway(sent, seen), cost, |world| {
                world.breakable &= cost > 0;
                serve(world, Seen::Unavailable);
            });
        }
        if broken == Some(Broken::LateArrival) && self.from.breakable {
            self.add(who, What::Strays(sent), 0, |world| {
                world.breakable = false;
                world.late.push(Letter::Refresh(sent));
                reply(world, Seen::NoAnswer);
            });
        }
    }

    fn revokes(&mut self, index: usize, named: Option<Token>) {
        let who = Some(index);
        let Some(token) = named else {
            let known = self.from.actors[index].role == Role::Replica;
            self.add(who, What::Revokes(0), 0, |world| {
                if !known {
                    world.wrong = Some(Wrong::Driver);
                }
                world.tell(index, Event::Told(Told::Done));
            });
            return;
        };
        let letter = Letter::Revoke { token, tidy: self.from.actors[index].role != Role::Sweeper };
        self.add(who, What::Revokes(token), 0, |world| {
            world.deliver(self.scenario, letter);
            world.tell(index, Event::Told(Told::Done));
        });
        let not_now = Event::Told(Told::NotNow { again_in: Duration::ZERO });
        self.add(who, What::RevocationLost(token), 1, |world| world.tell(index, not_now));
        self.add(who, What::Resets, 1, |world| {
            world.late.push(letter);
            world.tell(index, not_now);
        });
    }

    fn tidies(&mut self, index: usize, token: Token) {
        let letter = Letter::Revoke { token, tidy: true };
        self.add(Some(index), What::Revokes(token), 0, |world| {
            world.actors[index].tidy = None;
            world.deliver(self.scenario, letter);
        });
        self.add(Some(index), What::RevocationLost(token), 1, |world| world.actors[index].tidy = None);
    }

    fn letters(&mut self) {
        for (place, letter) in self.from.late.iter().copied().enumerate() {
            self.add(None, What::Arrives(letter), 0, |world| {
                world.late.remove(place);
                world.deliver(self.scenario, letter);
            });
            self.add(None, What::Perishes(letter), 0, |world| {
                world.late.remove(place);
            });
        }
        if let Some(Limbo { expected, next }) = self.from.limbo {
            let fits = match (expected, self.from.row) {
                (Some(revision), Some(_)) => revision == CURRENT,
                (None, None) => true,
                _ => false,
            };
            if fits {
                self.add(None, What::LateWrite(next), 0, |world| {
                    world.limbo = None;
                    world.write(next);
                });
            }
            self.add(None, What::WriteVanishes, 0, |world| world.limbo = None);
        }
    }

    /// Time passes when everybody who is awake has done what there is to do.
    fn time(&mut self) {
        let stray = self.scenario.broken == Some(Broken::LateArrival);
        let settled = (self.from.late.is_empty() || stray) && self.from.actors.iter().all(Actor::is_settled);
        if settled {
            self.add(None, What::Tick, 0, |world| {
                world.age(1);
                world.provider.tick();
                for index in 0..world.actors.len() {
                    let Some(run) = &mut world.actors[index].run else { continue };
                    if let Some(flight @ Flight { slow: true, reply: None, token }) = run.flight {
                        run.flight = Some(Flight { reply: Some(Seen::NoAnswer), slow: false, ..flight });
                        world.late.push(Letter::Refresh(token));
                    }
                }
            });
        }
        let alive = |family: &Family| family.life == Life::Alive;
        if self.scenario.withdrawal && self.from.provider.families.iter().any(alive) {
            self.add(None, What::Withdrawn, 1, |world| world.provider.withdraw());
        }
        if self.scenario.clock_jumps() {
            self.add(None, What::ClockJumps, 1, |world| world.age(LEASE));
        }
    }

    fn breaks(&mut self) {
        if !self.from.breakable {
            return;
        }
        match self.scenario.broken {
            Some(Broken::RestoredRow) => self.add(None, What::Restored, 0, |world| {
                world.breakable = false;
                world.written();
                world.row = World::new(self.scenario).row;
            }),
            Some(Broken::StoreClockBack) => self.add(None, What::ClockBack, 0, |world| {
                world.breakable = false;
                world.row = world.row.map(|mut row| {
                    let later = |time: gatepass_core::Timestamp| time.saturating_add(TICK * 4);
                    row.first_sent = row.first_sent.map(later);
                    row.lease_until = row.lease_until.map(later);
                    row
                });
            }),
            _ => {}
        }
    }
}

impl Actor {
    /// Whether time may pass as far as this process goes.
    fn is_settled(&self) -> bool {
        let Some(run) = &self.run else { return self.tidy.is_none() || self.paused };
        match (&run.effect, run.flight) {
            (_, Some(Flight { reply: None, slow, .. })) => slow,
            (Effect::Wait { until, .. }, _) => *until > NOW || self.paused,
            _ => self.paused,
        }
    }
}

/// A world that changes, and what a machine in it was told meanwhile.
struct Changed {
    world: World,
    heard: Option<Heard>,
}

impl Deref for Changed {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for Changed {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
}

impl Changed {
    fn begin(&mut self, index: usize, machine: Machine) {
        let effect = self.world.begin(index, machine);
        self.heard = Some(Heard { before: machine, event: Event::Begin, effect });
    }

    /// Steps a machine and takes its effect.
    fn tell(&mut self, index: usize, event: Event) {
        let before = self.run(index).machine;
        let effect = self.world.tell(index, event);
        self.heard = Some(Heard { before, event, effect });
    }
}

impl World {
    fn run(&mut self, index: usize) -> &mut Run {
        self.actors[index].run.as_mut().expect("it is in the middle of something")
    }

    fn begin(&mut self, index: usize, machine: Machine) -> Effect {
        let (machine, effect) = machine.step(Event::Begin, NOW);
        let actor = &mut self.actors[index];
        if actor.left != u8::MAX {
            actor.left -= 1;
        }
        let vault = [(Lineage::new(0), 0, 0); 2];
        actor.run = Some(Box::new(Run { machine, effect, flight: None, answer: None, vault, frozen: false }));
        effect
    }

    fn tell(&mut self, index: usize, event: Event) -> Effect {
        let role = self.actors[index].role;
        let run = self.run(index);
        if let Event::Read(Some((_, row))) | Event::Moved(Some((_, row))) = event
            && role != Role::Replica
        {
            let entry = (row.lineage, row.generation, row.current.map_or(0, token));
            if run.vault[0] != entry {
                run.vault = [entry, run.vault[0]];
            }
        }
        let (machine, effect) = run.machine.step(event, NOW);
        (run.machine, run.effect) = (machine.quiet(), effect);
        if let Effect::Done(verdict) = effect {
            let run = self.actors[index].run.take().expect("it was stepped");
            self.ends(index, &run, verdict);
        }
        effect
    }

    fn ends(&mut self, index: usize, run: &Run, verdict: Verdict) {
        let actor = &mut self.actors[index];
        match verdict {
            Verdict::Installed(Some(which)) | Verdict::Superseded(Some(which)) => {
                actor.tidy = run.tokens_of(which, actor.issued);
                if actor.tidy.is_none() {
                    self.wrong = Some(Wrong::Driver);
                }
            }
            Verdict::OutOfTurn => self.wrong = Some(Wrong::Driver),
            _ => {}
        }
    }

    /// A letter reaches the provider.
    fn deliver(&mut self, scenario: &Scenario, letter: Letter) {
        match letter {
            Letter::Refresh(token) => {
                self.provider.present(token, scenario.kind, scenario.window());
            }
            Letter::Revoke { token, tidy } => {
                let held = self.row.filter(World::serves).and_then(|row| row.current);
                let family = held.map(|held| self.provider.family_of(crate::numbers::token(held)));
                let lived = family.is_some_and(|family| self.provider.lives(family));
                self.provider.revoke(token, scenario.reach, tidy);
                let spared = family.is_none_or(|family| self.provider.lives(family));
                let everything = scenario.reach == gatepass_core::renewal::Reach::Grant && !tidy;
                if lived && !spared && !everything {
                    self.wrong = self.wrong.or(Some(Wrong::OwnRevocation));
                }
            }
        }
    }
}

const _: () = assert!(STALE.number() != CURRENT.number());
