//! Every interleaving of threads over what the keepers share within one process: flights, boards, the count of tasks.
//!
//! The files are the keeper's own, compiled with loom's primitives in the place of the standard library's: loom runs a
//! model once for every order in which its threads can meet at a lock, and reports whoever waits for ever. They are
//! included here, since `--cfg loom` would turn it on in all dependencies too, some of which (tokio) then lack what
//! the others need.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "how many orders there are is worth knowing")]

#[path = "../../../crates/gatepass/src/sync/board.rs"]
mod board;
#[path = "../../../crates/gatepass/src/sync/flights.rs"]
mod flights;
mod models;
mod primitives;
#[path = "../../../crates/gatepass/src/sync/tasks.rs"]
mod tasks;
