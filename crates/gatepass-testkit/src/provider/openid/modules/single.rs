//! Modules of the dynamic and the comprehensive plan that the code flow has, third-party initiated login, and the refresh plan.

use super::super::algorithm::Algorithm;
use super::super::change::Change;
use super::super::knob::{Knob, Token};
use super::super::module::Module;

pub(crate) const MODULES: &[Module] = &[
    Module::sound("oidcc-client-test-userinfo-signed", "answers user info as a signed JWT", || {
        vec![Knob::SignedUserInfo(Algorithm::Rs256)]
    }),
    Module::wrong("oidcc-client-test-missing-aud", "leaves aud out of the ID token", || {
        vec![Knob::without(Token::IdToken, "aud")]
    }),
    Module::wrong("oidcc-client-test-invalid-sig-es256", "damages the ES256 signature", || {
        vec![Knob::DamagedSignature(Token::IdToken)]
    })
    .on(|| vec![Knob::Algorithm(Algorithm::Es256)]),
    Module::wrong("oidcc-client-test-invalid-sig-hs256", "damages the HS256 signature", || {
        vec![Knob::DamagedSignature(Token::IdToken)]
    })
    .on(|| vec![Knob::Algorithm(Algorithm::Hs256)]),
    Module::unusual("oidcc-client-test-missing-athash", "leaves at_hash out of the ID token", || {
        vec![Knob::without(Token::IdToken, "at_hash")]
    }),
    Module::wrong(
        "oidcc-client-test-invalid-athash",
        "hashes another access token into the ID token",
        || vec![Knob::member(Token::IdToken, "at_hash", Change::Damage)],
    ),
    Module::wrong("oidcc-client-test-form-post-error", "answers login_required", || {
        vec![Knob::LoginRequired]
    }),
    Module::sound(
        "oidcc-client-test-userinfo-bearer-header",
        "takes the access token in the header",
        Vec::new,
    ),
    Module::sound("oidcc-client-test-userinfo-bearer-body", "takes the access token in a form too", Vec::new),
    Module::unusual(
        "oidcc-client-test-aggregated-claims",
        "hands on a claim that another party signed",
        || vec![Knob::AggregatedClaims],
    ),
    Module::unusual("oidcc-client-test-distributed-claims", "says where a claim may be fetched", || {
        vec![Knob::DistributedClaims]
    }),
    Module::sound(
        "oidcc-client-test-3rd-party-init-login",
        "sends a person to log in at the client",
        Vec::new,
    ),
    Module::sound("oidcc-client-test-refresh-token", "gives an ID token on refresh", Vec::new),
    Module::wrong(
        "oidcc-client-test-refresh-token-invalid-issuer",
        "names another issuer in the ID token of a refresh",
        || vec![Knob::append(Token::RefreshedIdToken, "iss", "1")],
    ),
    Module::wrong(
        "oidcc-client-test-refresh-token-invalid-sub",
        "names another subject in the ID token of a refresh",
        || vec![Knob::append(Token::RefreshedIdToken, "sub", "1")],
    ),
];
