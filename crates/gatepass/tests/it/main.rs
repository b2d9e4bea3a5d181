//! The crate seen from outside.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

mod key_file;
mod loopback;
