//! The exploration as tests: inside the assumptions, mutants, broken assumptions.

#![allow(clippy::print_stdout, reason = "the numbers and the stories are what it is for")]

mod broken;
mod inside;
mod mutants;
mod turns;
