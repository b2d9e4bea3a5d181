//! When expired rows were last removed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use gatepass::Monotonic;

/// When the next purge is due, in milliseconds of the monotonic clock.
#[derive(Debug, Default)]
pub(crate) struct Purges(AtomicU64);

impl Purges {
    /// Whether a purge is due; of several who ask at once, one is told so.
    pub(crate) fn is_due(&self, now: Monotonic, every: Duration) -> bool {
        let now = millis(now.as_duration());
        let due = self.0.load(Ordering::Relaxed);
        let next = now.saturating_add(millis(every)).max(1);
        now >= due && self.0.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
