//! Secrets are not printed by accident.
use gatepass_core::{Body, Callback, PendingSnapshot, Seed, Secret, TokenSet, UnverifiedIdToken};

fn print(secret: Secret) -> String {
    secret.to_string()
}

fn displayed<T: std::fmt::Display>() {}

fn main() {
    displayed::<Secret>();
    displayed::<Body>();
    displayed::<Seed>();
    displayed::<Callback>();
    displayed::<PendingSnapshot>();
    displayed::<TokenSet>();
    displayed::<UnverifiedIdToken>();
}
