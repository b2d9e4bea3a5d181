//! The plans Basic RP and Config RP.

use super::super::knob::{Knob, Place, Token};
use super::super::module::Module;

pub(crate) const MODULES: &[Module] = &[
    Module::sound("oidcc-client-test", "does nothing wrong", Vec::new),
    Module::wrong("oidcc-client-test-invalid-iss", "names another issuer in the ID token", || {
        vec![Knob::append(Token::IdToken, "iss", "1")]
    }),
    Module::wrong("oidcc-client-test-missing-sub", "leaves sub out of the ID token", || {
        vec![Knob::without(Token::IdToken, "sub")]
    }),
    Module::wrong("oidcc-client-test-invalid-aud", "names another client as the audience", || {
        vec![Knob::append(Token::IdToken, "aud", "1")]
    }),
    Module::wrong("oidcc-client-test-missing-iat", "leaves iat out of the ID token", || {
        vec![Knob::without(Token::IdToken, "iat")]
    }),
    Module::unusual(
        "oidcc-client-test-kid-absent-single-jwks",
        "names no key, and shows one that fits",
        || vec![Knob::WithoutKeyId(Token::IdToken)],
    ),
    Module::unusual(
        "oidcc-client-test-kid-absent-multiple-jwks",
        "names no key, and shows two that fit",
        || vec![Knob::WithoutKeyId(Token::IdToken)],
    )
    .on(|| vec![Knob::SecondKey]),
    Module::sound("oidcc-client-test-idtoken-sig-rs256", "signs the ID token by RS256", Vec::new),
    Module::wrong("oidcc-client-test-idtoken-sig-none", "does not sign the ID token and says so", || {
        vec![Knob::Unsigned(Token::IdToken)]
    }),
    Module::wrong("oidcc-client-test-invalid-sig-rs256", "damages the RS256 signature", || {
        vec![Knob::DamagedSignature(Token::IdToken)]
    }),
    Module::wrong("oidcc-client-test-userinfo-invalid-sub", "answers user info about somebody else", || {
        vec![Knob::append(Token::UserInfo, "sub", "1")]
    }),
    Module::wrong("oidcc-client-test-nonce-invalid", "alters the nonce", || {
        vec![Knob::append(Token::IdToken, "nonce", "1")]
    }),
    Module::sound("oidcc-client-test-scope-userinfo-claims", "answers the claims of the scopes", Vec::new),
    Module::sound("oidcc-client-test-client-secret-basic", "takes credentials by HTTP Basic only", || {
        vec![Knob::OnlyBasic]
    }),
    Module::sound("oidcc-client-test-discovery-openid-config", "shows its metadata", Vec::new),
    Module::sound("oidcc-client-test-discovery-jwks-uri-keys", "has its keys at a random place", || {
        vec![Knob::MovedKeys]
    }),
    Module::wrong(
        "oidcc-client-test-discovery-issuer-mismatch",
        "names another issuer in the metadata",
        || vec![Knob::append(Place::Metadata, "issuer", "INVALID")],
    ),
    Module::unusual(
        "oidcc-client-test-signing-key-rotation-just-before-signing",
        "signs by a key that nobody has seen",
        || vec![Knob::RotationBeforeSigning],
    ),
    Module::unusual("oidcc-client-test-signing-key-rotation", "changes its keys between two logins", || {
        vec![Knob::RotationBetweenLogins]
    }),
];
