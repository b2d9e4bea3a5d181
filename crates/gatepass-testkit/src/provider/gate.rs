//! A gate in front of which requests wait until a test lets them through.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Holds requests, in the order of their arrival, until a test lets them through.
///
/// Clones are the same gate. Hand it to [`FaultSite::hold`](super::FaultSite::hold).
#[derive(Clone, Default)]
pub struct Gate(Arc<Inside>);

#[derive(Default)]
struct Inside {
    count: Mutex<Count>,
    changed: Condvar,
    changed_async: Notify,
}

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    arrived: usize,
    let_through: usize,
    open: bool,
}

impl Gate {
    /// A closed gate.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many requests have come to the gate, those that passed it included.
    #[must_use]
    pub fn arrivals(&self) -> usize {
        self.count().arrived
    }

    /// Blocks until that many requests have come, or until the time is up; says whether they came.
    #[must_use = "false means that the requests did not come"]
    pub fn wait_for(&self, arrivals: usize, at_most: Duration) -> bool {
        let waited =
            self.0.changed.wait_timeout_while(self.count(), at_most, |count| count.arrived < arrivals);
        let (count, _) = waited.unwrap_or_else(PoisonError::into_inner);
        count.arrived >= arrivals
    }

    /// As [`wait_for`](Self::wait_for), for async tests on any runtime and without a limit.
    pub async fn reached(&self, arrivals: usize) {
        self.until(|count| count.arrived >= arrivals).await;
    }

    /// Lets that many more requests through, waiting or still to come.
    pub fn release(&self, requests: usize) {
        self.change(|count| count.let_through += requests);
    }

    /// Lets everything through from now on.
    pub fn open(&self) {
        self.change(|count| count.open = true);
    }

    pub(crate) async fn pass(&self) {
        let mut turn = 0;
        self.change(|count| {
            count.arrived += 1;
            turn = count.arrived;
        });
        self.until(|count| count.open || count.let_through >= turn).await;
    }

    async fn until(&self, reached: impl Fn(Count) -> bool) {
        loop {
            let changed = self.0.changed_async.notified();
            if reached(*self.count()) {
                return;
            }
            changed.await;
        }
    }

    fn change(&self, change: impl FnOnce(&mut Count)) {
        change(&mut self.count());
        self.0.changed.notify_all();
        self.0.changed_async.notify_waiters();
    }

    fn count(&self) -> MutexGuard<'_, Count> {
        self.0.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gate").field(&*self.count()).finish()
    }
}
