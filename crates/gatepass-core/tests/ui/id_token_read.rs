//! The identity of an unverified ID token has to be asked for by a name that warns.
use gatepass_core::UnverifiedIdToken;

fn read(token: &UnverifiedIdToken) -> &str {
    token.expose()
}

fn main() {}
