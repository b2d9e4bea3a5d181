//! The machine: one event in, one effect out.

use std::time::Duration;

use super::effect::{Effect, Verdict, Waiting, Which};
use super::event::{Event, Found};
use super::predicate::Write;
use super::renew::Renewal;
use super::sweep::Sweep;
use super::{AttemptId, Fingerprint, Happened, Journal, Lineage, Policy, Rules, Tokens};
use crate::Timestamp;
use crate::ports::Revision;

/// One undertaking on one grant: a renewal, a logout, a sweep, a new login, an operator's doubt.
///
/// It knows fingerprints and times, never a token, a clock or a store; a driver carries out its effects, one at a
/// time, and keeps the tokens beside it. See the [module](super) for a walk through a renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "a machine does nothing until it is stepped"]
pub struct Machine {
    pub(super) me: AttemptId,
    pub(super) policy: Policy,
    pub(super) rules: Rules,
    pub(super) task: Task,
    /// Which effect is out.
    at: At,
    /// A swap whose reply was lost may have been applied.
    pub(super) unsure: bool,
    tries: u8,
    pub(super) happened: Option<Happened>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Task {
    Renew(Renewal),
    Fence { over: Option<Lineage> },
    Sweep(Sweep),
    Install { lineage: Lineage, current: Option<Fingerprint>, over: Option<Replaced> },
    Distrust,
}

/// The row that a new login replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Replaced {
    pub(super) lineage: Lineage,
    pub(super) generation: u64,
    pub(super) holds_tokens: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum At {
    Idle,
    Reading,
    Swapping,
    Sending,
    Telling,
    Waiting(Waiting),
    Over,
}

impl Machine {
    /// A renewal by somebody who saw the tokens of this lineage and generation and found them stale, expired or
    /// refused by the API. If the row holds later ones, it adopts them and sends nothing: that is also what makes a
    /// 401 of the API renew only once, however many callers met it.
    pub const fn renew(policy: Policy, me: AttemptId, lineage: Lineage, generation: u64) -> Self {
        Self::new(policy, me, Task::Renew(Renewal::look(lineage, generation)))
    }

    /// A logout: fences the row. Nothing is sent; a [`sweep`](Self::sweep) follows.
    pub const fn fence(policy: Policy, me: AttemptId) -> Self {
        Self::new(policy, me, Task::Fence { over: None })
    }

    /// A look at a row that is due: tells the provider of a logout, removes a dead row that was kept long enough.
    pub const fn sweep(policy: Policy, me: AttemptId) -> Self {
        Self::new(policy, me, Task::Sweep(Sweep::Look))
    }

    /// A new login: installs tokens that were just issued, under a lineage that was drawn at random for them.
    pub const fn install(
        policy: Policy,
        me: AttemptId,
        lineage: Lineage,
        refresh: Option<Fingerprint>,
    ) -> Self {
        Self::new(policy, me, Task::Install { lineage, current: refresh, over: None })
    }

    /// An operator's doubt, after a database was restored: makes a grant that rotates suspect.
    pub const fn distrust(policy: Policy, me: AttemptId) -> Self {
        Self::new(policy, me, Task::Distrust)
    }

    const fn new(policy: Policy, me: AttemptId, task: Task) -> Self {
        let (rules, at) = (Rules::ALL, At::Idle);
        Self { me, policy, rules, task, at, unsure: false, tries: 0, happened: None }
    }

    /// What an operator wants to know of the last step.
    #[must_use]
    pub const fn happened(&self) -> Option<Happened> {
        self.happened
    }

    /// Whether it has ended.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self.at, At::Over)
    }

    /// Takes what happened since the last effect and says what to do next. `now` is the store's clock: the one that
    /// came with the reading, or the driver's best estimate where the event brought none.
    pub fn step(mut self, event: Event, now: Timestamp) -> (Self, Effect) {
        self.happened = None;
        let effect = match (self.at, event) {
            (At::Idle, Event::Begin) => self.read(),
            (At::Reading, Event::Read(found)) | (At::Swapping, Event::Moved(found)) => {
                self.tries = 0;
                self.found(found, now)
            }
            (At::Swapping, Event::Swapped(revision)) => {
                self.tries = 0;
                self.unsure = false;
                self.swapped(revision, now)
            }
            (At::Swapping, Event::StoreUnknown) => {
                self.unsure = true;
                self.read()
            }
            (At::Reading, Event::StoreUnknown) if self.owes() => {
                let pause = Duration::from_millis(200 << self.tries);
                self.tries = (self.tries + 1).min(5);
                self.note(Happened::PersistRetry);
                self.wait(now.saturating_add(pause), Waiting::Store)
            }
            (At::Reading, Event::StoreUnknown) => self.done(Verdict::StoreAway),
            (At::Waiting(Waiting::Arrival), Event::Woke) => self.arrived(now),
            (At::Waiting(_), Event::Woke) => self.read(),
            (At::Sending, Event::Answered(seen)) => self.answered(seen, now),
            (At::Telling, Event::Told(told)) => self.told(told, now),
            _ => self.done(Verdict::OutOfTurn),
        };
        (self, effect)
    }

    /// Whether it must not give up while the store is away: something may have been written, or is still to be.
    fn owes(&self) -> bool {
        match &self.task {
            Task::Renew(renewal) => renewal.owes(),
            Task::Fence { .. } | Task::Install { .. } => true,
            Task::Sweep(sweep) => sweep.owes(),
            Task::Distrust => self.unsure,
        }
    }

    fn found(&mut self, found: Found, now: Timestamp) -> Effect {
        match self.task {
            Task::Renew(renewal) => self.renew_found(renewal, found, now),
            Task::Fence { over } => self.fence_found(over, found, now),
            Task::Sweep(sweep) => self.sweep_found(sweep, found, now),
            Task::Install { lineage, current, over } => self.install_found(lineage, current, over, found),
            Task::Distrust => self.distrust_found(found),
        }
    }

    fn swapped(&mut self, revision: Revision, now: Timestamp) -> Effect {
        match self.task {
            Task::Renew(renewal) => self.renew_swapped(renewal, revision, now),
            Task::Fence { .. } => self.done(Verdict::Fenced),
            Task::Sweep(sweep) => self.sweep_swapped(sweep, revision, now),
            Task::Install { over, .. } => self.installed(over),
            Task::Distrust => {
                self.note(Happened::Suspect);
                self.done(Verdict::Suspect)
            }
        }
    }

    pub(super) fn may(&self, write: Write, row: &Journal, mine: &Journal, now: Timestamp) -> bool {
        write.may_replace(row, mine, now, &self.policy, self.rules)
    }

    pub(super) fn note(&mut self, happened: Happened) {
        self.happened = Some(happened);
    }

    pub(super) fn read(&mut self) -> Effect {
        self.at = At::Reading;
        Effect::Read
    }

    pub(super) fn swap(
        &mut self,
        expected: Option<Revision>,
        next: Option<Journal>,
        tokens: Tokens,
    ) -> Effect {
        self.at = At::Swapping;
        Effect::Swap { expected, next, tokens }
    }

    pub(super) fn send(&mut self, present: Fingerprint, not_after: Timestamp) -> Effect {
        self.at = At::Sending;
        Effect::Send { present, not_after }
    }

    pub(super) fn revoke(&mut self, which: Which) -> Effect {
        self.at = At::Telling;
        Effect::Revoke(which)
    }

    pub(super) fn wait(&mut self, until: Timestamp, why: Waiting) -> Effect {
        self.at = At::Waiting(why);
        Effect::Wait { until, why }
    }

    pub(super) fn done(&mut self, verdict: Verdict) -> Effect {
        self.at = At::Over;
        Effect::Done(verdict)
    }
}
