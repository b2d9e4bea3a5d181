//! The simulation as tests.

#![allow(clippy::print_stdout, reason = "the numbers and the stories are what it is for")]

mod mutants;
mod replay;
mod seeds;
