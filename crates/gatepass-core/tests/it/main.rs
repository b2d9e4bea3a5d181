//! The flow, held against its requirements without a network.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod renewal;
mod support;
mod ter;
mod trs;
mod vectors;
