//! What waits for an answer comes of a request, and of nothing else.
use gatepass_core::{Exchange, ExchangeSent, Timestamp};

fn forge(leg: Exchange, sent: Timestamp) -> ExchangeSent {
    ExchangeSent { leg, sent }
}

fn main() {}
