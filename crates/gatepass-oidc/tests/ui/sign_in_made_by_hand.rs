//! Tokens and identity come together, of an ID token that was verified, and are joined by nobody else.
use gatepass_core::TokenSet;
use gatepass_core::ports::Subject;
use gatepass_oidc::{Identity, Logout, SignIn, Whom};

fn forge(tokens: TokenSet, identity: Identity) -> SignIn {
    SignIn { tokens, identity }
}

fn identity(subject: Subject) -> Identity {
    Identity::new(subject)
}

fn logout(of: Logout) -> Logout {
    Logout { whom: Whom::Subject("alice".into()), ..of }
}

fn main() {}
