//! Secrets are compared in constant time, by name.
use gatepass_core::Secret;

fn same(one: Secret, two: Secret) -> bool {
    one == two
}

fn main() {}
