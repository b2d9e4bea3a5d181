//! The system's clocks, moved forward by the test.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use gatepass::ports::Clock;
use gatepass::{Monotonic, SystemClock, Timestamp};

#[derive(Debug, Default)]
pub(crate) struct MovedClock {
    wall: AtomicU64,
    monotonic: AtomicU64,
}

impl MovedClock {
    pub(crate) fn advance(&self, by: Duration) {
        self.advance_wall(by);
        self.advance_monotonic(by);
    }

    /// As in suspend, where the monotonic clock stands still.
    pub(crate) fn advance_wall(&self, by: Duration) {
        self.wall.fetch_add(by.as_millis() as u64, Ordering::SeqCst);
    }

    /// As when the wall clock was set back meanwhile.
    pub(crate) fn advance_monotonic(&self, by: Duration) {
        self.monotonic.fetch_add(by.as_millis() as u64, Ordering::SeqCst);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        SystemClock::new().now().saturating_add(Duration::from_millis(self.wall.load(Ordering::SeqCst)))
    }

    fn monotonic(&self) -> Monotonic {
        let moved = Duration::from_millis(self.monotonic.load(Ordering::SeqCst));
        SystemClock::new().monotonic().saturating_add(moved)
    }
}
