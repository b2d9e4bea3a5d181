//! The system's two clocks.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use gatepass_core::ports::Clock;
use gatepass_core::{Monotonic, Timestamp};

/// The system's wall clock and its monotonic clock.
///
/// The origin of the monotonic one is the first time that anybody in the process asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SystemClock;

impl SystemClock {
    /// The clocks.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => Timestamp::EPOCH.saturating_add(since),
            Err(before) => Timestamp::EPOCH.saturating_sub(before.duration()),
        }
    }

    fn monotonic(&self) -> Monotonic {
        static ORIGIN: OnceLock<Instant> = OnceLock::new();
        let origin = *ORIGIN.get_or_init(Instant::now);
        Monotonic::since_origin(Instant::now().checked_duration_since(origin).unwrap_or(Duration::ZERO))
    }
}
