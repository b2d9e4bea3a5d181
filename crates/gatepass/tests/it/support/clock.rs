//! The system's clocks, moved forward by the test.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use gatepass::ports::Clock;
use gatepass::{Monotonic, SystemClock, Timestamp};

#[derive(Debug, Default)]
pub(crate) struct MovedClock(AtomicU64);

impl MovedClock {
    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_millis() as u64, Ordering::SeqCst);
    }

    fn moved(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::SeqCst))
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        SystemClock::new().now().saturating_add(self.moved())
    }

    fn monotonic(&self) -> Monotonic {
        SystemClock::new().monotonic().saturating_add(self.moved())
    }
}
