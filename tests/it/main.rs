//! The whole system, seen from outside.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(unix)]
mod browser;
mod cut;
mod flow_agrees;
mod http_agree;
mod http_logs;
mod openid;
#[cfg(unix)]
mod system;

#[path = "../../crates/gatepass-core/tests/it/vectors.rs"]
mod vectors;
