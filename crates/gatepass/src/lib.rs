//! Placeholder.
pub mod loopback;
