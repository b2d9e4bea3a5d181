//! The plans of RP-initiated and back-channel logout.

use super::super::change::Change;
use super::super::knob::{Knob, Place, Token};
use super::super::module::Module;
use serde_json::json;

pub(crate) const MODULES: &[Module] = &[
    Module::sound("oidcc-client-test-rp-init-logout", "ends its session and sends the person back", Vec::new),
    Module::wrong("oidcc-client-test-rp-init-logout-other-state", "comes back with a random state", || {
        vec![Knob::member(Place::LogoutReturn, "state", Change::Random)]
    }),
    Module::unusual("oidcc-client-test-rp-init-logout-no-state", "comes back without the state", || {
        vec![Knob::without(Place::LogoutReturn, "state")]
    }),
    Module::sound("oidcc-client-test-rp-backchannel-rpinitlogout", "posts a logout token", Vec::new),
    Module::wrong(
        "oidcc-client-test-rp-backchannel-rpinitlogout-alg-none",
        "does not sign the logout token and says so",
        || vec![Knob::Unsigned(Token::LogoutToken)],
    ),
    Module::wrong(
        "oidcc-client-test-rp-backchannel-rpinitlogout-no-event",
        "leaves events out of the logout token",
        || vec![Knob::without(Token::LogoutToken, "events")],
    ),
    Module::wrong(
        "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-event",
        "names another event in the logout token",
        || {
            let other = json!({ "http://schemas.openid.net/event/foobar": {} });
            vec![Knob::member(Token::LogoutToken, "events", Change::Set(other))]
        },
    ),
    Module::wrong(
        "oidcc-client-test-rp-backchannel-rpinitlogout-with-nonce",
        "puts a nonce into the logout token",
        || vec![Knob::member(Token::LogoutToken, "nonce", Change::Set("n-0S6_WzA2Mj".into()))],
    ),
    Module::wrong(
        "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-alg",
        "signs the logout token by another algorithm",
        || vec![Knob::OtherAlgorithm(Token::LogoutToken)],
    ),
    Module::wrong(
        "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-aud",
        "addresses the logout token to another client",
        || vec![Knob::append(Token::LogoutToken, "aud", "INVALID")],
    ),
    Module::wrong(
        "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-iss",
        "names another issuer in the logout token",
        || vec![Knob::append(Token::LogoutToken, "iss", "INVALID")],
    ),
];
