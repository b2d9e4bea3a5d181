//! Time as a port, and the guard that a request carries.

use std::fmt;
use std::sync::Arc;

use crate::{Monotonic, Timestamp};

/// The two clocks of the process.
///
/// - CLK-1: [`monotonic`](Clock::monotonic) never goes back.
/// - CLK-2: [`now`](Clock::now) is the wall clock; it may jump either way.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The wall clock.
    fn now(&self) -> Timestamp;
    /// The monotonic clock.
    fn monotonic(&self) -> Monotonic;
}

/// The moment after which a request must not leave any more, on both clocks.
///
/// The monotonic clock may stop in suspend and the wall clock may be set back: the guard has passed as soon as
/// *either* says so.
#[derive(Clone)]
pub struct Guard {
    clock: Arc<dyn Clock>,
    wall: Timestamp,
    monotonic: Monotonic,
}

impl Guard {
    /// A guard that passes after `wall` or after `monotonic`, whichever comes first.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, wall: Timestamp, monotonic: Monotonic) -> Self {
        Self { clock, wall, monotonic }
    }

    /// Whether it is too late to send.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.clock.now() > self.wall || self.clock.monotonic() > self.monotonic
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("wall", &self.wall).field("monotonic", &self.monotonic).finish()
    }
}
