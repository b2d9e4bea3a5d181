//! An exchange comes of a login and its callback, and of nothing else.
use gatepass_core::Exchange;

fn forge(of_another_login: Exchange) -> Exchange {
    Exchange { ..of_another_login }
}

fn main() {}
