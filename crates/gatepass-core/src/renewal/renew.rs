//! The renewal: claim, send, and what to do when either does not go as planned.

use super::commit::Brought;
use super::effect::{Effect, Ended, Tokens, Verdict, Waiting};
use super::event::Found;
use super::machine::{Machine, Task};
use super::outcome::{Outcome, Refusal, Seen};
use super::predicate::Write;
use super::{AttemptId, DeadReason, Happened, Journal, Lineage, Replay, Rule, State};
use crate::Timestamp;
use crate::ports::Revision;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Renewal {
    lineage: Lineage,
    generation: u64,
    pub(super) phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Phase {
    Look,
    Claim(Held),
    Present(Held, Revision),
    Arrive(Held, Revision),
    Replay(Held),
    Commit(Held, Brought),
    Release(Held, Verdict),
    Doubt(Journal),
    Judge(Held),
    Yield(Journal),
    Orphan(Verdict),
}

/// A claim, as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Held {
    pub(super) row: Journal,
    /// The token may have been spent by an earlier presentation, this holder's or another's.
    spent: bool,
    /// Whose presentation that was, as long as this holder has not presented it.
    before: Option<AttemptId>,
    /// This holder presented it again already.
    replayed: bool,
    /// Its last presentation may be under way until the lease ends.
    under_way: bool,
}

impl Held {
    /// The claim as it would stand if it had been made when `row` was.
    const fn dated_as(&self, row: &Journal) -> Journal {
        Journal { first_sent: row.first_sent, lease_until: row.lease_until, ..self.row }
    }
}

impl Renewal {
    pub(super) const fn look(lineage: Lineage, generation: u64) -> Self {
        Self { lineage, generation, phase: Phase::Look }
    }

    pub(super) const fn owes(&self) -> bool {
        !matches!(self.phase, Phase::Look)
    }

    pub(super) fn map_journals(&mut self, map: impl Fn(Journal) -> Journal) {
        match &mut self.phase {
            Phase::Claim(held)
            | Phase::Present(held, _)
            | Phase::Arrive(held, _)
            | Phase::Replay(held)
            | Phase::Commit(held, _)
            | Phase::Release(held, _)
            | Phase::Judge(held) => {
                held.before = map(Journal { attempt: held.before, ..held.row }).attempt;
                held.row = map(held.row);
            }
            Phase::Doubt(row) | Phase::Yield(row) => *row = map(*row),
            Phase::Look | Phase::Orphan(_) => {}
        }
    }

    pub(super) fn map_revisions(&mut self, map: impl Fn(Revision) -> Revision) {
        if let Phase::Present(_, revision) | Phase::Arrive(_, revision) = &mut self.phase {
            *revision = map(*revision);
        }
    }
}

impl Machine {
    pub(super) fn enter(&mut self, renewal: Renewal, phase: Phase) {
        self.task = Task::Renew(Renewal { phase, ..renewal });
    }

    pub(super) fn renew_found(&mut self, renewal: Renewal, found: Found, now: Timestamp) -> Effect {
        match (renewal.phase, found) {
            (Phase::Claim(held), Some((revision, row))) if row == held.row => {
                self.present(renewal, held, revision)
            }
            // An earlier claim of this renewal, whose reply was lost, was applied late: nothing was sent under it.
            (Phase::Claim(held), Some((revision, row))) if row == held.dated_as(&row) => {
                self.present(renewal, Held { row, ..held }, revision)
            }
            (Phase::Replay(held), Some((revision, row))) if row == held.row => {
                self.present(renewal, held, revision)
            }
            (Phase::Replay(held), Some((revision, row))) if self.may(Write::Replay, &row, &held.row, now) => {
                self.present_again(renewal, held, revision, now)
            }
            (Phase::Commit(held, brought), _) => self.commit_found(renewal, held, brought, found, now),
            (Phase::Release(held, verdict), Some((_, row)))
                if self.unsure && self.is_released(&row, &held, now) =>
            {
                self.done(verdict)
            }
            (Phase::Release(held, verdict), Some((revision, row)))
                if self.may(Write::Release, &row, &held.row, now) =>
            {
                self.release(renewal, held, verdict, revision)
            }
            // Others found the lease over while the store was away for its holder, who knows better.
            (Phase::Release(held, verdict), Some((revision, row)))
                if !held.spent && self.may(Write::Heal, &row, &held.row, now) =>
            {
                self.note(Happened::Healed);
                self.release(renewal, held, verdict, revision)
            }
            (Phase::Doubt(mine), Some((revision, row))) if self.may(Write::Suspect, &row, &mine, now) => {
                self.doubt(renewal, mine, revision)
            }
            (Phase::Judge(held), Some((revision, row))) if self.may(Write::Dead, &row, &held.row, now) => {
                let next = Journal {
                    lineage: row.lineage.next(),
                    current: None,
                    previous: None,
                    ..row.idle(State::Dead(DeadReason::Rejected))
                };
                self.swap(Some(revision), Some(next), Tokens::Drop)
            }
            _ => self.look(renewal, found, now),
        }
    }

    /// Judges a row in which nothing of this renewal is pending.
    pub(super) fn look(&mut self, renewal: Renewal, found: Found, now: Timestamp) -> Effect {
        let left = renewal.left();
        self.enter(renewal, Phase::Look);
        let Some((revision, row)) = found else {
            return self.done(Verdict::Ended(Ended::Absent));
        };
        match row.state {
            State::Revoking => match left {
                Some(mine) if self.may(Write::Yield, &row, &mine, now) => {
                    self.enter(renewal, Phase::Yield(mine));
                    self.swap(Some(revision), Some(row.idle(State::Revoking)), Tokens::Keep)
                }
                _ => self.done(Verdict::Ended(Ended::LoggedOut)),
            },
            State::Dead(reason) => self.done(Verdict::Ended(Ended::Dead(reason))),
            _ if (row.lineage, row.generation) != (renewal.lineage, renewal.generation) => self.adopt(),
            _ if row.current.is_none() => self.done(Verdict::NothingToPresent),
            State::Suspect => self.done(Verdict::Suspect),
            State::Active => self.claim(renewal, revision, row, false, now),
            State::Refreshing if !self.may(Write::TakeOver, &row, &row, now) => {
                self.wait(row.lease_until.unwrap_or(now), Waiting::Holder)
            }
            State::Refreshing if self.policy.replay() == Replay::Harmless => {
                self.note(Happened::TookOver);
                self.claim(renewal, revision, row, false, now)
            }
            State::Refreshing if self.replay_is_open(&row, now) => {
                self.note(Happened::TookOver);
                self.claim(renewal, revision, row, true, now)
            }
            State::Refreshing => self.doubt(renewal, row, revision),
        }
    }

    fn adopt(&mut self) -> Effect {
        self.note(Happened::Adopted);
        self.done(Verdict::Adopted)
    }

    fn claim(
        &mut self,
        renewal: Renewal,
        revision: Revision,
        row: Journal,
        spent: bool,
        now: Timestamp,
    ) -> Effect {
        let next = Journal {
            state: State::Refreshing,
            attempt: Some(self.me),
            first_sent: if spent { row.first_sent } else { Some(now) },
            lease_until: Some(now.saturating_add(self.policy.deadlines().lease)),
            ..row
        };
        let before = if spent { row.attempt } else { None };
        let held = Held { row: next, spent, before, replayed: false, under_way: false };
        self.enter(renewal, Phase::Claim(held));
        self.swap(Some(revision), Some(next), Tokens::Keep)
    }

    /// The last moment for presenting a token that may be spent.
    fn replay_until(&self, row: &Journal) -> Option<Timestamp> {
        if !self.rules.keep(Rule::ReplayInWindow) {
            return Some(Timestamp::MAX);
        }
        match self.policy.replay() {
            Replay::Within(window) => Some(row.first_sent?.saturating_add(window)),
            Replay::Harmless => Some(Timestamp::MAX),
            Replay::NoGrace | Replay::GraceTooShort { .. } => None,
        }
    }

    fn replay_is_open(&self, row: &Journal, at: Timestamp) -> bool {
        self.replay_until(row).is_some_and(|until| at < until)
    }

    fn present(&mut self, renewal: Renewal, held: Held, revision: Revision) -> Effect {
        let Some((present, until)) = held.row.current.zip(held.row.lease_until) else {
            return self.done(Verdict::NothingToPresent);
        };
        let mut not_after = match self.rules {
            rules if !rules.keep(Rule::Guard) => Timestamp::MAX,
            rules if !rules.keep(Rule::GuardEndsBeforeLease) => until,
            _ => until.saturating_sub(self.policy.settled()),
        };
        if held.spent
            && let Some(until) = self.replay_until(&held.row)
        {
            not_after = not_after.min(until);
        }
        if held.spent {
            self.note(Happened::Replayed);
        }
        self.enter(renewal, Phase::Present(held, revision));
        self.send(present, not_after)
    }

    fn present_again(&mut self, renewal: Renewal, held: Held, revision: Revision, now: Timestamp) -> Effect {
        if !self.replay_is_open(&held.row, now) {
            return self.doubt(renewal, held.row, revision);
        }
        let lease_until = held.row.no_later(now).saturating_add(self.policy.deadlines().lease);
        let row = Journal { lease_until: Some(lease_until), ..held.row };
        let spent = self.policy.replay() != Replay::Harmless;
        let held = Held { row, spent, before: None, replayed: true, under_way: false };
        self.enter(renewal, Phase::Replay(held));
        self.swap(Some(revision), Some(row), Tokens::Keep)
    }

    pub(super) fn arrived(&mut self, now: Timestamp) -> Effect {
        match self.task {
            Task::Renew(renewal @ Renewal { phase: Phase::Arrive(held, revision), .. }) => {
                self.present_again(renewal, held, revision, now)
            }
            _ => self.done(Verdict::OutOfTurn),
        }
    }

    pub(super) fn answered(&mut self, seen: Seen, now: Timestamp) -> Effect {
        let Task::Renew(renewal @ Renewal { phase: Phase::Present(held, revision), .. }) = self.task else {
            return self.done(Verdict::OutOfTurn);
        };
        let Some(presented) = held.row.current else {
            return self.done(Verdict::OutOfTurn);
        };
        let usable = matches!(seen, Seen::Answer { usable: true, .. });
        match Outcome::under(self.rules, seen, presented, &self.policy) {
            Outcome::Rotated(successor) => {
                let brought = Brought { successor: Some(successor), usable, following: false };
                self.commit(renewal, held, brought, revision)
            }
            Outcome::Kept => {
                self.commit(renewal, held, Brought { successor: None, usable, following: false }, revision)
            }
            Outcome::NotProcessed => self.release(renewal, held, Verdict::Later, revision),
            Outcome::Rejected(Refusal::InvalidGrant) => {
                self.enter(renewal, Phase::Judge(held));
                self.read()
            }
            Outcome::Rejected(refusal) => self.release(renewal, held, Verdict::Refused(refusal), revision),
            Outcome::Unknown => self.unknown(renewal, held, revision, now),
        }
    }

    fn unknown(&mut self, renewal: Renewal, held: Held, revision: Revision, now: Timestamp) -> Effect {
        let arrived = now.saturating_add(self.policy.arrived());
        if self.policy.replay() == Replay::Harmless {
            if held.replayed {
                return self.release(renewal, held, Verdict::Later, revision);
            }
            return self.present_again(renewal, held, revision, now);
        }
        if !self.replay_is_open(&held.row, arrived) {
            return self.doubt(renewal, held.row, revision);
        }
        if held.replayed {
            // Who waits has waited long enough. Whoever comes next may present it, once this request has arrived or is
            // lost, while the window is open. By the guard that is so at the end of the lease, whatever our clocks say.
            let settled = held.row.no_later(arrived);
            let row = Journal { lease_until: Some(settled), ..held.row };
            let held = Held { row, spent: true, under_way: true, ..held };
            return self.release(renewal, held, Verdict::Later, revision);
        }
        if !self.rules.keep(Rule::ArrivalBeforeReplay) {
            return self.present_again(renewal, held, revision, now);
        }
        self.enter(renewal, Phase::Arrive(held, revision));
        self.wait(arrived, Waiting::Arrival)
    }

    /// The row once this holder lets go of it without having used the token. If an earlier presentation may have
    /// used it, the row stays under a lease that is over (it ends when it began, whatever our clocks say), so that the
    /// next holder keeps the window, or that ends when the last presentation has arrived; and it names the last who may
    /// have used it, so that a late success is known for his.
    fn released(&self, held: &Held) -> Journal {
        if held.spent && self.rules.keep(Rule::DoubtOutlivesRelease) {
            let lease = self.policy.deadlines().lease;
            let began = held.row.lease_until.map(|until| until.saturating_sub(lease));
            let lease_until = if held.under_way { held.row.lease_until } else { began };
            Journal { lease_until, attempt: held.before.or(held.row.attempt), ..held.row }
        } else {
            held.row.idle(State::Active)
        }
    }

    fn is_released(&self, row: &Journal, held: &Held, now: Timestamp) -> bool {
        let over = row.lease_until.is_none_or(|until| until <= now);
        over && *row == (Journal { lease_until: row.lease_until, ..self.released(held) })
    }

    fn release(&mut self, renewal: Renewal, held: Held, verdict: Verdict, revision: Revision) -> Effect {
        self.enter(renewal, Phase::Release(held, verdict));
        self.swap(Some(revision), Some(self.released(&held)), Tokens::Keep)
    }

    /// Makes the grant suspect. The attempt of the last who may have presented the token stays in the row, so that a
    /// late success is known for his.
    fn doubt(&mut self, renewal: Renewal, row: Journal, revision: Revision) -> Effect {
        self.enter(renewal, Phase::Doubt(row));
        let next = Journal { attempt: row.attempt, ..row.idle(State::Suspect) };
        self.swap(Some(revision), Some(next), Tokens::Keep)
    }

    pub(super) fn renew_swapped(&mut self, renewal: Renewal, revision: Revision, _now: Timestamp) -> Effect {
        match renewal.phase {
            Phase::Claim(held) | Phase::Replay(held) => self.present(renewal, held, revision),
            Phase::Commit(_, brought) => self.done(brought.verdict()),
            Phase::Release(_, verdict) => self.done(verdict),
            Phase::Doubt(_) => {
                self.note(Happened::Suspect);
                self.done(Verdict::Suspect)
            }
            Phase::Judge(_) => {
                self.note(Happened::Dead(DeadReason::Rejected));
                self.done(Verdict::Ended(Ended::Dead(DeadReason::Rejected)))
            }
            Phase::Yield(_) => self.done(Verdict::Ended(Ended::LoggedOut)),
            Phase::Look | Phase::Present(..) | Phase::Arrive(..) | Phase::Orphan(_) => {
                self.done(Verdict::OutOfTurn)
            }
        }
    }
}

impl Renewal {
    /// The claim of this renewal that may still stand in the row.
    const fn left(&self) -> Option<Journal> {
        match self.phase {
            Phase::Claim(held)
            | Phase::Present(held, _)
            | Phase::Arrive(held, _)
            | Phase::Replay(held)
            | Phase::Commit(held, _)
            | Phase::Release(held, _)
            | Phase::Judge(held) => Some(held.row),
            Phase::Doubt(row) | Phase::Yield(row) => Some(row),
            Phase::Look | Phase::Orphan(_) => None,
        }
    }
}
