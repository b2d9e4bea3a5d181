//! Three clocks tied together at one moment: the store's, and ours before it was asked and after it answered.

use std::sync::Arc;

use gatepass_core::ports::{Clock, Guard};
use gatepass_core::{Monotonic, Timestamp};

/// The store's clock said `store` at some moment between `before` and `after` on ours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Anchor {
    pub(super) store: Timestamp,
    pub(super) before: (Timestamp, Monotonic),
    pub(super) after: (Timestamp, Monotonic),
}

impl Anchor {
    /// A guard that passes, on either clock, no later than `until` on the store's.
    pub(super) fn guard(&self, clock: Arc<dyn Clock>, until: Timestamp) -> Guard {
        let (wall, monotonic) = self.before;
        let left = until.saturating_since(self.store);
        let over = self.store.saturating_since(until);
        Guard::new(
            clock,
            wall.saturating_add(left).saturating_sub(over),
            Monotonic::since_origin(monotonic.saturating_add(left).as_duration().saturating_sub(over)),
        )
    }

    /// What the store's clock says now, or a little more.
    pub(super) fn no_earlier(&self, wall: Timestamp, monotonic: Monotonic) -> Timestamp {
        let passed = wall.saturating_since(self.before.0).max(monotonic.saturating_since(self.before.1));
        self.store.saturating_add(passed)
    }

    /// What the store's clock says now, or a little less.
    pub(super) fn no_later(&self, monotonic: Monotonic) -> Timestamp {
        self.store.saturating_add(monotonic.saturating_since(self.after.1))
    }

    /// What the store's clock said at an earlier moment of our wall clock, or a little less.
    pub(super) fn at(&self, wall: Timestamp) -> Timestamp {
        self.store.saturating_sub(self.after.0.saturating_since(wall))
    }
}
