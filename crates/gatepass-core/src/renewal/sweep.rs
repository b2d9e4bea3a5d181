//! The sweep: tells the provider of a logout, and removes dead rows that were kept long enough.

use std::time::Duration;

use super::effect::{Effect, Tokens, Verdict, Which};
use super::event::{Found, Told};
use super::machine::{Machine, Task};
use super::predicate::Write;
use super::{DeadReason, Happened, Journal, State};
use crate::Timestamp;
use crate::ports::Revision;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Sweep {
    Look,
    Claim(Journal),
    Tell(Journal, Revision),
    Finish(Journal, Told),
    Purge,
}

impl Sweep {
    /// A sweep that is given up is taken up by the next one when its lease ends.
    pub(super) const fn owes(&self) -> bool {
        matches!(self, Self::Finish(..))
    }

    pub(super) fn map_journals(&mut self, map: impl Fn(Journal) -> Journal) {
        match self {
            Self::Claim(row) | Self::Tell(row, _) | Self::Finish(row, _) => *row = map(*row),
            Self::Look | Self::Purge => {}
        }
    }

    pub(super) fn map_revisions(&mut self, map: impl Fn(Revision) -> Revision) {
        if let Self::Tell(_, revision) = self {
            *revision = map(*revision);
        }
    }
}

impl Machine {
    pub(super) fn sweep_found(&mut self, sweep: Sweep, found: Found, now: Timestamp) -> Effect {
        let Some((revision, row)) = found else {
            return self.done(if sweep == Sweep::Purge { Verdict::Swept } else { Verdict::Nothing });
        };
        match sweep {
            Sweep::Claim(mine) if row == mine => return self.tell(mine, revision),
            Sweep::Finish(mine, told) if self.may(Write::Swept, &row, &mine, now) => {
                return self.finish(mine, told, revision, now);
            }
            Sweep::Finish(mine, Told::Done)
                if row.state == State::Dead(DeadReason::Revoked) && row.lineage == mine.lineage =>
            {
                return self.done(Verdict::Swept);
            }
            _ => {}
        }
        self.task = Task::Sweep(Sweep::Look);
        match row.state {
            State::Revoking if self.may(Write::Sweep, &row, &row, now) => {
                let next = Journal {
                    attempt: Some(self.me),
                    lease_until: Some(now.saturating_add(self.policy.deadlines().lease)),
                    ..row
                };
                self.task = Task::Sweep(Sweep::Claim(next));
                self.swap(Some(revision), Some(next), Tokens::Keep)
            }
            State::Revoking => self.done(Verdict::NotYet(row.lease_until.unwrap_or(now))),
            State::Dead(_) if self.may(Write::Purge, &row, &row, now) => {
                self.task = Task::Sweep(Sweep::Purge);
                self.swap(Some(revision), None, Tokens::Drop)
            }
            State::Refreshing if self.may(Write::TakeOver, &row, &row, now) => {
                self.done(Verdict::Abandoned(row.lineage, row.generation))
            }
            State::Dead(_) | State::Refreshing | State::Active | State::Suspect => {
                self.done(Verdict::Nothing)
            }
        }
    }

    fn tell(&mut self, mine: Journal, revision: Revision) -> Effect {
        self.task = Task::Sweep(Sweep::Tell(mine, revision));
        self.revoke(Which::Stored(mine.lineage, mine.generation))
    }

    pub(super) fn told(&mut self, told: Told, now: Timestamp) -> Effect {
        match self.task {
            Task::Renew(renewal) => self.orphan_told(renewal, told),
            Task::Sweep(Sweep::Tell(mine, revision)) => self.finish(mine, told, revision, now),
            _ => self.done(Verdict::OutOfTurn),
        }
    }

    fn finish(&mut self, mine: Journal, told: Told, revision: Revision, now: Timestamp) -> Effect {
        self.task = Task::Sweep(Sweep::Finish(mine, told));
        let now = mine.no_later(now);
        match told {
            Told::Done => {
                let next = Journal {
                    current: None,
                    previous: None,
                    lease_until: Some(now.saturating_add(self.policy.deadlines().tombstone)),
                    ..mine.idle(State::Dead(DeadReason::Revoked))
                };
                self.swap(Some(revision), Some(next), Tokens::Drop)
            }
            Told::NotNow { again_in } => {
                self.note(Happened::RevocationPutOff);
                let next = Journal {
                    lease_until: Some(now.saturating_add(self.put_off(again_in))),
                    ..mine.idle(State::Revoking)
                };
                self.swap(Some(revision), Some(next), Tokens::Keep)
            }
        }
    }

    fn put_off(&self, again_in: Duration) -> Duration {
        self.policy.deadlines().lease.max(again_in)
    }

    pub(super) fn sweep_swapped(&mut self, sweep: Sweep, revision: Revision, now: Timestamp) -> Effect {
        match sweep {
            Sweep::Claim(mine) => self.tell(mine, revision),
            Sweep::Finish(_, Told::NotNow { again_in }) => {
                self.done(Verdict::NotYet(now.saturating_add(self.put_off(again_in))))
            }
            Sweep::Finish(_, Told::Done) | Sweep::Purge => self.done(Verdict::Swept),
            Sweep::Look | Sweep::Tell(..) => self.done(Verdict::OutOfTurn),
        }
    }
}
