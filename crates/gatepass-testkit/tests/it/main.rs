//! Drives the provider over sockets, as a stranger's client would.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed step of a test is a failed test")]

mod authorize;
mod control;
mod faults;
mod login;
mod memory;
mod openid;
mod pages;
mod process;
mod rotation;
mod support;
mod token;
