//! The ports that every system provides: clocks, randomness, and with the feature `tokio` tasks and timers.

mod clock;
mod entropy;
#[cfg(feature = "tokio")]
mod tasks;

pub use clock::SystemClock;
pub use entropy::SystemEntropy;
#[cfg(feature = "tokio")]
pub use tasks::{TokioSpawn, TokioTimer, world};
