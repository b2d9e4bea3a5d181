//! Logout, and an operator's doubt: writes that need nobody's consent.

use super::effect::{Effect, Ended, Tokens, Verdict};
use super::event::Found;
use super::machine::{Machine, Task};
use super::{Journal, Lineage, Rule, State};
use crate::Timestamp;

impl Machine {
    /// Fences whatever is there. Raising the lineage refuses every write that is still under way; while a request is
    /// out, its lease stays in the row, and the sweep waits for it, so that the token which is revoked is the last.
    pub(super) fn fence_found(&mut self, over: Option<Lineage>, found: Found, now: Timestamp) -> Effect {
        let Some((revision, row)) = found else {
            return self.done(Verdict::Ended(Ended::Absent));
        };
        let overtaken = self.unsure && over.is_some_and(|over| over != row.lineage);
        match row.state {
            State::Dead(reason) => return self.done(Verdict::Ended(Ended::Dead(reason))),
            State::Revoking => return self.done(Verdict::Fenced),
            _ if overtaken && self.rules.keep(Rule::LoginBeatsRefence) => return self.done(Verdict::Fenced),
            _ => {}
        }
        self.task = Task::Fence { over: Some(row.lineage) };
        let lineage =
            if self.rules.keep(Rule::FenceRaisesLineage) { row.lineage.next() } else { row.lineage };
        let next = if row.is_held(now) && self.rules.keep(Rule::SweepAfterFlight) {
            Journal { lineage, state: State::Revoking, first_sent: None, ..row }
        } else {
            Journal { lineage, ..row.idle(State::Revoking) }
        };
        self.swap(Some(revision), Some(next), Tokens::Keep)
    }

    pub(super) fn distrust_found(&mut self, found: Found) -> Effect {
        match found {
            Some((revision, row))
                if matches!(row.state, State::Active | State::Refreshing)
                    && row.current.is_some()
                    && self.policy.rotation().rotates =>
            {
                let next = Journal { attempt: row.attempt, ..row.idle(State::Suspect) };
                self.swap(Some(revision), Some(next), Tokens::Keep)
            }
            Some((_, row)) if row.state == State::Suspect => self.done(Verdict::Suspect),
            _ => self.done(Verdict::Nothing),
        }
    }
}
