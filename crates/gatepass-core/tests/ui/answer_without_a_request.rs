//! An answer is judged together with what the request left behind.
use gatepass_core::{Body, Exchange, Roundtrip, Timestamp};

fn judge(leg: Exchange, answer: http::Response<Body>, now: Timestamp) {
    drop(Exchange::response(leg, answer, now));
}

fn main() {}
