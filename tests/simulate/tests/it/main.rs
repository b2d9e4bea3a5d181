//! The simulation as tests.

#![allow(clippy::print_stdout, reason = "the numbers and the stories are what it is for")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod mutants;
mod replay;
mod seeds;
