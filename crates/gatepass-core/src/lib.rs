//! The OAuth 2.0 Authorization Code client as a sans-IO state machine, and the ports it needs.

mod attempt;
mod body;
mod secret;
mod timestamp;
mod wire;

pub mod ports;
pub mod renewal;

pub use attempt::{Attempt, Seed};
pub use body::Body;
pub use secret::Secret;
pub use timestamp::{Monotonic, Timestamp};
