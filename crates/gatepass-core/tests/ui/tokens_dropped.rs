//! So are tokens, a login that is parked, and a leg that nobody drives.
#![deny(unused_must_use)]
use gatepass_core::{Client, Pending, Refreshed, Scopes, Secret, TokenSet};

fn forget(client: &Client, pending: Pending, tokens: fn() -> TokenSet, refreshed: fn() -> Refreshed) {
    tokens();
    refreshed();
    pending.park();
    client.refresh(Secret::from("refresh token"), &Scopes::none());
    client.authorize(&Scopes::none());
}

fn main() {}
