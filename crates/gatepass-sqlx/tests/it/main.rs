//! Stores, one file a concern.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

mod contracts;
mod migrations;
mod place;
mod postgres;
mod processes;
mod secrets;
mod sqlite;
mod support;
