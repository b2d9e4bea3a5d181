//! The provider's clock: the system clock plus what tests moved it by, or a stopped one.

use std::time::{Duration, SystemTime};

#[derive(Debug)]
pub(crate) struct Clock {
    moved: Duration,
    stopped_at: Option<SystemTime>,
}

impl Clock {
    pub(crate) fn running() -> Self {
        Self { moved: Duration::ZERO, stopped_at: None }
    }

    pub(crate) fn stopped() -> Self {
        Self { moved: Duration::ZERO, stopped_at: Some(SystemTime::now()) }
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.stopped_at.unwrap_or_else(SystemTime::now) + self.moved
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.moved = self.moved.saturating_add(by);
    }
}
