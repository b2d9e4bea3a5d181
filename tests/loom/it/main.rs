//! Every interleaving of threads over what the keepers share within one process: flights, boards, the count of tasks; and
//! over the one question to a provider that all share who need its answer.
//!
//! The files are the keeper's own, and those of `gatepass-oidc`, compiled with loom's primitives in the place of the standard library's: loom runs a
//! model once for every order in which its threads can meet at a lock, and reports whoever waits for ever. They are
//! included here, since `--cfg loom` would turn it on in all dependencies too, some of which (tokio) then lack what
//! the others need.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "how many orders there are is worth knowing")]

#[path = "../../../crates/gatepass/src/sync/board.rs"]
mod board;
#[allow(dead_code, unreachable_pub, clippy::must_use_candidate, reason = "the models use a part of it")]
#[path = "../../../crates/gatepass-oidc/src/cached.rs"]
mod cached;
#[allow(dead_code, unreachable_pub, clippy::must_use_candidate, reason = "the models use a part of it")]
#[path = "../../../crates/gatepass-oidc/src/fetch_error.rs"]
mod fetch_error;
#[path = "../../../crates/gatepass/src/sync/flights.rs"]
mod flights;
mod models;
mod primitives;
mod questions;
#[allow(dead_code, unreachable_pub, clippy::must_use_candidate, reason = "the models use a part of it")]
#[path = "../../../crates/gatepass-oidc/src/source.rs"]
mod source;
#[path = "../../../crates/gatepass/src/sync/tasks.rs"]
mod tasks;

// By the names under which those files know them.
use cached::{Freshness, Need};
use fetch_error::FetchError;
use gatepass_oidc::{DiscoveryError, KeySet, Misfit};
