//! The register of rows, and what every write is judged by.

use gatepass::Timestamp;
use gatepass::ports::{GrantKey, Reading, Revision, Row, Swap};
use gatepass::renewal::{DeadReason, Journal, State};

use super::{Claim, Truth, Wrong};
use crate::provider::{Fate, Provider};
use crate::sim::Life;

/// When the simulation begins, on the store's clock.
pub const BEGIN: Timestamp = Timestamp::from_unix_seconds(1_000_000);

fn serves(row: &Journal) -> bool {
    matches!(row.state, State::Active | State::Refreshing | State::Suspect)
}

impl Truth {
    pub fn store_time(now: u64) -> Timestamp {
        BEGIN.saturating_add(std::time::Duration::from_millis(now))
    }

    pub fn read(&self, now: u64, key: &GrantKey) -> Reading {
        Reading::new(self.rows.get(key).cloned(), Self::store_time(now))
    }

    pub fn due(&self, before: Timestamp, limit: u32) -> Vec<GrantKey> {
        let due = |row: &Row| row.journal.due().filter(|due| *due <= before);
        let mut all: Vec<_> =
            self.rows.iter().filter_map(|(key, (_, row))| Some((due(row)?, key.clone()))).collect();
        all.sort();
        all.into_iter().take(limit as usize).map(|(_, key)| key).collect()
    }

    pub fn scan(&self, after: Option<&GrantKey>, limit: u32) -> Vec<(GrantKey, Revision, Row)> {
        let rows = self.rows.iter().filter(|(key, _)| after.is_none_or(|after| *key > after));
        rows.take(limit as usize)
            .map(|(key, (revision, row))| (key.clone(), *revision, row.clone()))
            .collect()
    }

    pub fn swap(
        &mut self,
        now: u64,
        life: Life,
        key: &GrantKey,
        expected: Option<Revision>,
        next: Option<Row>,
    ) -> (Swap, String) {
        let there = self.rows.get(key).map(|(revision, _)| *revision);
        if there != expected || (there.is_none() && next.is_none()) {
            let found = self.read(now, key);
            let told = format!("is refused, there is: {}", self.tell(found.row.as_ref().map(|(_, row)| row)));
            return (Swap::Moved(found), told);
        }
        self.revisions += 1;
        let revision = Revision::new(self.revisions);
        let before = self.rows.get(key).map(|(_, row)| row.journal);
        let told = format!("writes: {}", self.tell(next.as_ref()));
        let after = next.as_ref().map(|row| row.journal);
        match next {
            Some(row) => drop(self.rows.insert(key.clone(), (revision, row))),
            None => drop(self.rows.remove(key)),
        }
        self.judge_write(now, life, before, after);
        self.judge_spent(now);
        (Swap::Done { revision, now: Self::store_time(now) }, told)
    }

    /// A row in a few words.
    pub fn tell(&self, row: Option<&Row>) -> String {
        let Some(row) = row else { return "no row".into() };
        let journal = &row.journal;
        let token = self.token(journal).map_or("none".into(), Provider::refresh_text);
        let (lineage, generation) = (journal.lineage.number() % 10_000, journal.generation);
        let held = match journal.lease_until {
            Some(until) => format!(", lease to {}", until.saturating_since(BEGIN).as_millis()),
            None => String::new(),
        };
        format!("{:?}, {token}, lineage ..{lineage:04}, generation {generation}{held}", journal.state)
    }

    fn token(&self, journal: &Journal) -> Option<usize> {
        self.by_print.get(&journal.current?).copied()
    }

    fn journal(&self, grant: usize) -> Option<&Journal> {
        self.rows.get(self.keys.get(grant)?).map(|(_, row)| &row.journal)
    }

    /// The refresh token of a grant's row, if the row serves.
    pub(super) fn row_token(&self, grant: usize) -> Option<usize> {
        self.token(self.journal(grant).filter(|row| serves(row))?)
    }

    pub(super) fn row_family(&self, grant: usize) -> Option<usize> {
        self.row_token(grant).map(|token| self.provider.family_of(token))
    }

    /// Whether a grant's row can be renewed.
    pub(super) fn is_good(&self, grant: usize) -> bool {
        self.journal(grant).is_some_and(|row| row.state == State::Active)
            && self.row_token(grant).is_some_and(|token| self.provider.is_live(token))
    }

    fn judge_write(&mut self, now: u64, life: Life, before: Option<Journal>, after: Option<Journal>) {
        let told = |state: Option<Journal>| state.map(|row| row.state);
        self.count_turn(told(before), told(after));
        let old = before.filter(serves).and_then(|row| self.token(&row));
        if let (Some(token), Some(after)) = (old, after)
            && after.state == State::Revoking
        {
            self.fenced.insert(self.provider.family_of(token));
        }
        if after.is_none_or(|after| after.state == State::Dead(DeadReason::Rejected))
            && let Some(token) = old.filter(|token| self.provider.is_live(*token))
        {
            let text = Provider::refresh_text(token);
            self.accuse(
                now,
                Wrong::GoodGrantBuried,
                format_args!("{life} buried a row whose {text} is good"),
            );
        }
        let Some(after) = after else { return };
        if let (State::Refreshing, Some(attempt)) = (after.state, after.attempt) {
            let left = after.lease_left(Self::store_time(now));
            let late = crate::sim::millis(left) + 2_000 < self.lease;
            self.claims.entry(*attempt.as_bytes()).or_insert(Claim { life, at: now, late });
        }
        if let Some(before) = before.filter(|before| before.state == State::Refreshing) {
            self.note_doubt(&before);
            if after.state == State::Suspect {
                self.judge_doubt(now, &before);
            }
        }
        let Some(token) = self.token(&after) else { return };
        self.committed.insert(token);
        let family = self.provider.family_of(token);
        if !serves(&after) {
            return;
        }
        if self.fenced.contains(&family) {
            self.accuse(now, Wrong::Resurrection, format_args!("{life} wrote a family that was logged out"));
        }
        if self.replaced.contains(&family) {
            self.accuse(now, Wrong::OlderLogin, format_args!("{life} wrote a family that was replaced"));
        }
        if let Some(old) = old.map(|old| self.provider.family_of(old)).filter(|old| *old != family) {
            self.replaced.insert(old);
        }
    }

    /// What a holder did who is gone, or who stood still, nobody knows.
    fn note_doubt(&mut self, before: &Journal) {
        let claim = before.attempt.and_then(|attempt| self.claims.get(attempt.as_bytes())).copied();
        let unwell = claim.is_some_and(|claim| {
            claim.late
                || self.dead.contains(&claim.life)
                || self.hampered.get(&claim.life.replica).is_some_and(|last| *last >= claim.at)
        });
        if unwell {
            self.doubtful.extend(self.token(before));
        }
    }

    /// A grant becomes suspect only if nobody who lives and is well can know what became of its token.
    fn judge_doubt(&mut self, now: u64, before: &Journal) {
        if let Some(token) = self.token(before).filter(|token| !self.doubtful.contains(token)) {
            let text = Provider::refresh_text(token);
            self.accuse(now, Wrong::SuspectWithoutDoubt, format_args!("what became of {text} is known"));
        }
    }

    /// No row says `Active` of a token that is spent.
    pub fn judge_spent(&mut self, now: u64) {
        for grant in 0..self.keys.len() {
            let Some(row) = self.journal(grant).filter(|row| row.state == State::Active) else { continue };
            let Some(token) = self.token(row).filter(|token| !self.provider.is_live(*token)) else {
                continue;
            };
            let text = Provider::refresh_text(token);
            let wrong = match self.provider.families[self.provider.family_of(token)].fate {
                Fate::Revoked => Wrong::OwnRevocation,
                Fate::Alive => Wrong::SpentToken,
                Fate::Swept | Fate::Theft => continue,
            };
            if !self.wrong.iter().any(|(known, ..)| *known == wrong) {
                self.accuse(now, wrong, format_args!("{text} stands in an active row and is not good"));
            }
        }
    }

    pub(super) fn judge_rows(&mut self, now: u64) {
        let time = Self::store_time(now);
        for grant in 0..self.keys.len() {
            if let Some(row) = self.journal(grant).copied() {
                let late = match row.state {
                    State::Refreshing => true,
                    State::Revoking => row.lease_until.is_none_or(|until| until <= time),
                    _ => false,
                };
                if late {
                    let why = format!("grant {grant} is still {:?} long after the last fault", row.state);
                    self.accuse(now, Wrong::Unsettled, why);
                }
            }
            // A login after a logout replaces the row before the sweep has told the provider; where telling it would end
            // the new login as well, nobody tells it.
            let spared = self.provider.reaches_everything() && self.row_family(grant).is_some();
            if self.calm_plan
                && !spared
                && let Some(family) = self.fenced.iter().find(|family| {
                    self.provider.families[**family].grant == grant && self.provider.lives(**family)
                })
            {
                let why = format!("family {family} was logged out and lives");
                self.accuse(now, Wrong::Unsettled, why);
            }
        }
    }

    fn count_turn(&mut self, before: Option<State>, after: Option<State>) {
        let turn = match (before, after) {
            (Some(State::Active), Some(State::Refreshing)) => "claimed",
            (Some(State::Refreshing), Some(State::Refreshing)) => "taken over or presented again",
            (Some(State::Refreshing), Some(State::Active)) => "stored or released",
            (_, Some(State::Suspect)) => "suspect",
            (Some(State::Suspect), Some(State::Active)) => "healed or logged in again",
            (_, Some(State::Dead(DeadReason::Rejected))) => "dead",
            (Some(State::Revoking), Some(State::Revoking)) => "sweep claimed or put off",
            (_, Some(State::Revoking)) => "fenced",
            (_, Some(State::Dead(_))) => "swept",
            (_, None) => "removed",
            (_, Some(State::Active)) => "logged in",
            _ => "other",
        };
        *self.counts.turns.entry(turn).or_default() += 1;
    }
}
