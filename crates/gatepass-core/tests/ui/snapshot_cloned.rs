//! A parked login is one login.
use gatepass_core::{Pending, PendingSnapshot};

fn copy(snapshot: &PendingSnapshot, pending: &Pending) -> (PendingSnapshot, Pending) {
    (snapshot.clone(), pending.clone())
}

fn main() {}
