//! Tasks and timers as ports.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// A boxed future that can move between threads.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A place where a task runs to its end, whatever becomes of the one who started it.
///
/// - SPN-1: dropping the caller does not stop the task.
/// - SPN-2: a panic in the task stays in the task.
pub trait Spawn: Send + Sync + fmt::Debug {
    /// Starts the task.
    fn spawn(&self, task: BoxFuture<()>);
}

/// A timer.
///
/// - TMR-1: the future completes no earlier than `after`.
pub trait Timer: Send + Sync + fmt::Debug {
    /// Completes after the given time.
    fn sleep(&self, after: Duration) -> BoxFuture<()>;
}
