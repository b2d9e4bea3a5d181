//! No value that is made of randomness is made twice.
use gatepass_core::{Attempt, Seed};

fn again(attempt: &Attempt, seed: &Seed) -> (Attempt, Seed) {
    (attempt.clone(), seed.clone())
}

fn main() {}
