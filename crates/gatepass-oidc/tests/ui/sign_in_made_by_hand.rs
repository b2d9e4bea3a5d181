//! Tokens and identity come together, of an ID token that was verified, and are joined by nobody else.
use gatepass_core::{IdToken, Secret, TokenSet};
use gatepass_oidc::{Identity, Logout, SignIn, Whom};

fn forge(tokens: TokenSet, identity: Identity) -> SignIn {
    SignIn { tokens, identity }
}

fn verified(token: Secret) -> IdToken {
    IdToken(token)
}

fn logout(of: Logout) -> Logout {
    Logout { whom: Whom::Subject("alice".into()), ..of }
}

fn main() {}
