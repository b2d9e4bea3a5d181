//! The renewal machine, walked by hand: numbers, outcomes, and each way of a renewal, a logout and a new login.

mod freshness;
mod login;
mod logout;
mod outcome;
mod policy;
mod renew;

use std::time::Duration;

use gatepass_core::Timestamp;
use gatepass_core::ports::Revision;
use gatepass_core::renewal::{
    AttemptId, Deadlines, Effect, Event, Fingerprint, Found, Happened, Journal, Lineage, Machine, Policy,
    Rotation, Seen, Verdict,
};

pub(crate) const NOW: Timestamp = Timestamp::from_unix_seconds(1_000);
pub(crate) const LINEAGE: Lineage = Lineage::new(7);
pub(crate) const ME: AttemptId = AttemptId::new([1; 16]);
pub(crate) const OTHER: AttemptId = AttemptId::new([2; 16]);

pub(crate) const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_000 + second)
}

pub(crate) fn token(name: &str) -> Fingerprint {
    Fingerprint::of(name)
}

pub(crate) fn active() -> Journal {
    Journal::issued(LINEAGE, Some(token("r1")))
}

pub(crate) fn strict() -> Policy {
    Policy::new(Rotation::STRICT, Deadlines::DEFAULT).unwrap()
}

/// A minute of grace: a token may be sent again within 40 seconds.
pub(crate) fn grace() -> Policy {
    Policy::new(Rotation::STRICT.grace(seconds(60), true), Deadlines::DEFAULT).unwrap()
}

pub(crate) fn rotated(name: &str) -> Event {
    Event::Answered(Seen::Answer { successor: Some(token(name)), usable: true })
}

/// A machine in the hands of a test that plays driver and store.
pub(crate) struct Walk {
    machine: Machine,
    pub(crate) effect: Effect,
    pub(crate) row: Journal,
    revision: i64,
    pub(crate) now: Timestamp,
}

impl Walk {
    pub(crate) fn begin(machine: Machine, row: Journal) -> Self {
        let (machine, effect) = machine.step(Event::Begin, NOW);
        assert_eq!(effect, Effect::Read);
        Self { machine, effect, row, revision: 1, now: NOW }
    }

    pub(crate) fn renew(policy: Policy, row: Journal) -> Self {
        Self::begin(Machine::renew(policy, ME, row.lineage, row.generation), row)
    }

    /// A renewal up to the moment at which the request leaves.
    pub(crate) fn sent(policy: Policy) -> Self {
        let walk = Self::renew(policy, active()).read().write();
        assert!(matches!(walk.effect, Effect::Send { .. }), "{:?}", walk.effect);
        walk
    }

    pub(crate) fn found(&self) -> Found {
        Some((Revision::new(self.revision), self.row))
    }

    pub(crate) fn tell(mut self, event: Event) -> Self {
        let (machine, effect) = self.machine.step(event, self.now);
        (self.machine, self.effect) = (machine, effect);
        self
    }

    pub(crate) fn read(self) -> Self {
        assert_eq!(self.effect, Effect::Read);
        let found = self.found();
        self.tell(Event::Read(found))
    }

    /// The store applies the swap; the row is what was asked for.
    pub(crate) fn apply(mut self) -> Self {
        let Effect::Swap { expected, next: Some(next), .. } = self.effect else {
            panic!("not a swap: {:?}", self.effect)
        };
        assert_eq!(expected, Some(Revision::new(self.revision)), "the swap is for another revision");
        self.row = next;
        self.revision += 1;
        self
    }

    pub(crate) fn write(self) -> Self {
        let walk = self.apply();
        let revision = Revision::new(walk.revision);
        walk.tell(Event::Swapped(revision))
    }

    /// Somebody else writes the row; the swap that is out is refused.
    pub(crate) fn moved(self, change: impl FnOnce(&mut Journal)) -> Self {
        let walk = self.meanwhile(change);
        let found = walk.found();
        walk.tell(Event::Moved(found))
    }

    pub(crate) fn meanwhile(mut self, change: impl FnOnce(&mut Journal)) -> Self {
        change(&mut self.row);
        self.revision += 1;
        self
    }

    pub(crate) fn later(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    pub(crate) fn happened(&self) -> Option<Happened> {
        self.machine.happened()
    }

    #[track_caller]
    pub(crate) fn ends(&self, verdict: Verdict) {
        assert_eq!(self.effect, Effect::Done(verdict));
        assert!(self.machine.is_over());
    }
}
