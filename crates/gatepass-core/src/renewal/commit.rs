//! The commit: what an answer brought is stored, given to a fence, left to a sibling, or revoked.

use super::effect::{Effect, Ended, Tokens, Verdict, Waiting, Which};
use super::event::{Found, Told};
use super::machine::Machine;
use super::predicate::Write;
use super::renew::{Held, Phase, Renewal};
use super::{Fingerprint, Happened, Journal, Rule, State};
use crate::Timestamp;
use crate::ports::Revision;

/// What the answer brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Brought {
    pub(super) successor: Option<Fingerprint>,
    pub(super) usable: bool,
    /// The write that is out puts it into a fenced row.
    pub(super) following: bool,
}

impl Held {
    /// The row once the answer is stored.
    fn committed(&self, brought: &Brought) -> Journal {
        Journal {
            generation: self.row.generation + 1,
            current: brought.successor.or(self.row.current),
            previous: if brought.successor.is_some() { self.row.current } else { self.row.previous },
            ..self.row.idle(State::Active)
        }
    }
}

impl Brought {
    pub(super) const fn verdict(&self) -> Verdict {
        match self {
            Self { following: true, .. } => Verdict::Ended(Ended::LoggedOut),
            Self { usable: true, .. } => Verdict::Renewed,
            Self { usable: false, .. } => Verdict::Unusable,
        }
    }
}

impl Machine {
    pub(super) fn commit(
        &mut self,
        renewal: Renewal,
        held: Held,
        brought: Brought,
        revision: Revision,
    ) -> Effect {
        self.enter(renewal, Phase::Commit(held, brought));
        self.swap(Some(revision), Some(held.committed(&brought)), Tokens::Answer)
    }

    /// A commit that was refused, or whose reply was lost.
    pub(super) fn commit_found(
        &mut self,
        renewal: Renewal,
        held: Held,
        brought: Brought,
        found: Found,
        now: Timestamp,
    ) -> Effect {
        let next = held.committed(&brought);
        let Some((revision, row)) = found else {
            return self.orphan(renewal, Verdict::Ended(Ended::Absent));
        };
        if row.lineage == held.row.lineage {
            return match row {
                _ if row.generation > held.row.generation && row.current == next.current => {
                    if !self.rules.keep(Rule::OwnWrite) {
                        return self.orphan(renewal, Verdict::Adopted);
                    }
                    self.note(Happened::OwnWrite);
                    self.done(brought.verdict())
                }
                _ if self.may(Write::Commit, &row, &held.row, now) => {
                    if row.state == State::Suspect {
                        self.note(Happened::Healed);
                    }
                    self.commit(renewal, held, brought, revision)
                }
                _ if row.generation > held.row.generation && !self.rules.keep(Rule::SiblingIsFamily) => {
                    self.orphan(renewal, Verdict::Adopted)
                }
                // Whoever took over may turn out not to have sent anything: then this is the last success all the same.
                _ if row.generation == held.row.generation && row.is_held(now) => {
                    self.wait(row.lease_until.unwrap_or(now), Waiting::Holder)
                }
                _ => self.look(renewal, found, now),
            };
        }
        match row.state {
            State::Revoking if brought.following && row.current == next.current => {
                self.done(Verdict::Ended(Ended::LoggedOut))
            }
            State::Revoking
                if self.rules.keep(Rule::SuccessorFollowsFence)
                    && self.may(Write::Follow, &row, &held.row, now) =>
            {
                self.note(Happened::FollowedFence);
                self.enter(renewal, Phase::Commit(held, Brought { following: true, ..brought }));
                let next = Journal {
                    generation: row.generation + 1,
                    current: next.current,
                    previous: next.previous,
                    ..row.idle(State::Revoking)
                };
                self.swap(Some(revision), Some(next), Tokens::Answer)
            }
            State::Revoking => self.orphan(renewal, Verdict::Ended(Ended::LoggedOut)),
            State::Dead(reason) => self.orphan(renewal, Verdict::Ended(Ended::Dead(reason))),
            _ => self.orphan(renewal, Verdict::Adopted),
        }
    }

    /// What the answer brought has no place any more.
    fn orphan(&mut self, renewal: Renewal, verdict: Verdict) -> Effect {
        if self.policy.revokes_one_family() || !self.rules.keep(Rule::ReachBoundsTidiness) {
            self.note(Happened::OrphanRevoked);
            self.enter(renewal, Phase::Orphan(verdict));
            self.revoke(Which::Answer)
        } else {
            self.note(Happened::OrphanDropped);
            self.done(verdict)
        }
    }

    pub(super) fn orphan_told(&mut self, renewal: Renewal, _told: Told) -> Effect {
        match renewal.phase {
            Phase::Orphan(verdict) => self.done(verdict),
            _ => self.done(Verdict::OutOfTurn),
        }
    }
}
