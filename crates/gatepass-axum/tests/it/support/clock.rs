//! A clock that only a test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gatepass::ports::Clock;
use gatepass::{Monotonic, Timestamp};

/// Clones are the same clock.
#[derive(Clone, Debug)]
pub(crate) struct MovedClock(Arc<AtomicI64>);

impl MovedClock {
    pub(crate) fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        Self(Arc::new(AtomicI64::new(now.try_into().unwrap())))
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_millis().try_into().unwrap(), Ordering::SeqCst);
    }

    /// Clocks that were set wrong are set right.
    pub(crate) fn go_back(&self, by: Duration) {
        self.0.fetch_sub(by.as_millis().try_into().unwrap(), Ordering::SeqCst);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.0.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::since_origin(Duration::from_millis(self.0.load(Ordering::SeqCst).unsigned_abs()))
    }
}
