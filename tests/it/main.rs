//! The whole system, seen from outside.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod http_agree;
mod http_logs;
