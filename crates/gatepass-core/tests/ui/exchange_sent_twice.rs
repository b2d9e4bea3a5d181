//! A code is exchanged once.
use gatepass_core::{Attempt, Exchange, Roundtrip};

fn send(exchange: Exchange, one: Attempt, two: Attempt) {
    drop(exchange.request(one));
    drop(exchange.request(two));
}

fn main() {}
