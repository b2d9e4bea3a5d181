//! What an exploration needs of the machine, and nobody else: other rules, and names and times that can be mapped, so
//! that states which differ only in them are one.

use super::machine::{Machine, Task};
use super::renew::Phase;
use super::sweep::Sweep;
use super::{AttemptId, Journal, Rules};
use crate::ports::Revision;

#[doc(hidden)]
impl Machine {
    /// The same machine under other rules.
    pub const fn under(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// The same machine under another name.
    pub const fn named(mut self, me: AttemptId) -> Self {
        self.me = me;
        self
    }

    /// The same machine without the note of its last step.
    pub const fn quiet(mut self) -> Self {
        self.happened = None;
        self
    }

    /// Where it stands, in words: the same for all machines that stand there.
    #[must_use]
    pub const fn place(&self) -> &'static str {
        match &self.task {
            Task::Renew(renewal) => renewal.phase.name(),
            Task::Fence { over: None } => "fence",
            Task::Fence { .. } => "fence, written",
            Task::Sweep(sweep) => sweep.name(),
            Task::Install { over: None, .. } => "install",
            Task::Install { .. } => "install, written",
            Task::Distrust => "distrust",
        }
    }

    /// Maps the journals that it remembers.
    pub fn map_journals(mut self, map: impl Fn(Journal) -> Journal) -> Self {
        match &mut self.task {
            Task::Renew(renewal) => renewal.map_journals(map),
            Task::Sweep(sweep) => sweep.map_journals(map),
            Task::Fence { .. } | Task::Install { .. } | Task::Distrust => {}
        }
        self
    }

    /// Maps the revisions that it remembers.
    pub fn map_revisions(mut self, map: impl Fn(Revision) -> Revision) -> Self {
        match &mut self.task {
            Task::Renew(renewal) => renewal.map_revisions(map),
            Task::Sweep(sweep) => sweep.map_revisions(map),
            Task::Fence { .. } | Task::Install { .. } | Task::Distrust => {}
        }
        self
    }
}

impl Phase {
    const fn name(&self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::Claim(_) => "claim",
            Self::Present(..) => "present",
            Self::Arrive(..) => "arrive",
            Self::Replay(_) => "replay",
            Self::Commit(..) => "commit",
            Self::Release(..) => "release",
            Self::Doubt(_) => "doubt",
            Self::Judge(_) => "judge",
            Self::Yield(_) => "yield",
            Self::Orphan(_) => "orphan",
        }
    }
}

impl Sweep {
    const fn name(&self) -> &'static str {
        match self {
            Self::Look => "sweep",
            Self::Claim(_) => "sweep, claim",
            Self::Tell(..) => "sweep, tell",
            Self::Finish(..) => "sweep, finish",
            Self::Purge => "sweep, purge",
        }
    }
}
