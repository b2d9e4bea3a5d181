//! Tasks and timers on tokio, and the world of a program that runs on it.

use std::sync::Arc;
use std::time::Duration;

use gatepass_core::World;
use gatepass_core::ports::{BoxFuture, HttpClient, Spawn, Timer};

use super::{SystemClock, SystemEntropy};

/// Starts tasks on the tokio runtime of whoever starts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokioSpawn;

impl TokioSpawn {
    /// Tasks on tokio.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Spawn for TokioSpawn {
    fn spawn(&self, task: BoxFuture<()>) {
        drop(tokio::spawn(task));
    }
}

/// Sleeps on the timer of the tokio runtime, which must have been built with time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokioTimer;

impl TokioTimer {
    /// Timers on tokio.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Timer for TokioTimer {
    fn sleep(&self, after: Duration) -> BoxFuture<()> {
        Box::pin(async move { tokio::time::sleep(after).await })
    }
}

/// The world of a program on tokio: this HTTP client, the system's clocks and randomness, tokio's tasks and timers.
#[must_use]
pub fn world(http: Arc<dyn HttpClient>) -> World {
    World::new(
        http,
        Arc::new(SystemClock::new()),
        Arc::new(SystemEntropy::new()),
        Arc::new(TokioSpawn::new()),
        Arc::new(TokioTimer::new()),
    )
}
