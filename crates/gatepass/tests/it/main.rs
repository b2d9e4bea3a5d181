//! The crate seen from outside.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]
#![allow(clippy::expect_used, reason = "a failed step of a test is a failed test")]

mod support;

mod bearer;
mod blocking;
mod building;
mod canary;
mod doubt;
mod fresh;
mod guard;
mod judged;
mod key_file;
mod logout;
mod loopback;
mod memory;
mod renewal;
mod sealing;
mod signals;
