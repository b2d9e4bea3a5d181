//! A new login over whatever is there.

use super::effect::{Effect, Ended, Tokens, Verdict, Which};
use super::event::Found;
use super::machine::{Machine, Replaced, Task};
use super::{Fingerprint, Journal, Lineage, Rule, State};

impl Machine {
    pub(super) fn install_found(
        &mut self,
        lineage: Lineage,
        current: Option<Fingerprint>,
        over: Option<Replaced>,
        found: Found,
    ) -> Effect {
        if let Some((_, row)) = found {
            if row.lineage == lineage {
                return self.installed(over);
            }
            if self.unsure && self.rules.keep(Rule::FenceBeatsRewrite) {
                if row.lineage == lineage.next() {
                    return self.done(Verdict::Ended(match row.state {
                        State::Dead(reason) => Ended::Dead(reason),
                        _ => Ended::LoggedOut,
                    }));
                }
                // Neither mine nor the family that was there: the login may have stood and been replaced.
                if over.is_none_or(|over| row.lineage != over.lineage && row.lineage != over.lineage.next()) {
                    return self.done(Verdict::Superseded(self.tidy(Which::Issued)));
                }
            }
        } else if self.unsure && over.is_some() && self.rules.keep(Rule::FenceBeatsRewrite) {
            return self.done(Verdict::Ended(Ended::Absent));
        }
        let over = found.map(|(_, row)| Replaced {
            lineage: row.lineage,
            generation: row.generation,
            holds_tokens: !matches!(row.state, State::Dead(_)),
        });
        self.task = Task::Install { lineage, current, over };
        let expected = found.map(|(revision, _)| revision);
        self.swap(expected, Some(Journal::issued(lineage, current)), Tokens::Issued)
    }

    pub(super) fn installed(&mut self, over: Option<Replaced>) -> Effect {
        let replaced = over
            .filter(|over| over.holds_tokens)
            .and_then(|over| self.tidy(Which::Stored(over.lineage, over.generation)));
        self.done(Verdict::Installed(replaced))
    }

    /// Tokens that are worth revoking, if that touches no other family.
    fn tidy(&self, which: Which) -> Option<Which> {
        (self.policy.revokes_one_family() || !self.rules.keep(Rule::ReachBoundsTidiness)).then_some(which)
    }
}
