//! A login is spent by the callback that it receives.
use gatepass_core::{Callback, Pending, Timestamp};

fn finish(pending: Pending, one: Callback, two: Callback, now: Timestamp) {
    drop(pending.receive(one, now));
    drop(pending.receive(two, now));
}

fn main() {}
