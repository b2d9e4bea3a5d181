//! RP-initiated, back-channel and front-channel logout.

use crate::{Fault, Plan, Row, Story};

const FRONT_CHANNEL: &str =
    "browsers bring no cookies into frames of other sites; back-channel logout does this work";

/// A return that is not known.
const fn returns(module: &'static str) -> Row {
    Row::refuses(Plan::RpInitiated, module, Story::LogsOut, Fault::LogoutReturn, ("logout_unknown", ""))
}

/// A logout token that ends nothing.
const fn keeps(module: &'static str, why: &'static str) -> Row {
    Row::refuses(Plan::BackChannel, module, Story::LogsOutElsewhere, Fault::LogoutToken, ("", why))
}

pub(super) const ROWS: [Row; 13] = [
    Row::accepts(Plan::RpInitiated, "oidcc-client-test-rp-init-logout", Story::LogsOut),
    returns("oidcc-client-test-rp-init-logout-other-state"),
    returns("oidcc-client-test-rp-init-logout-no-state"),
    Row::accepts(Plan::BackChannel, "oidcc-client-test-rp-backchannel-rpinitlogout", Story::LogsOutElsewhere),
    keeps(
        "oidcc-client-test-rp-backchannel-rpinitlogout-alg-none",
        "the signature algorithm is not one that was agreed on",
    ),
    keeps("oidcc-client-test-rp-backchannel-rpinitlogout-no-event", "the claim events is missing"),
    keeps(
        "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-event",
        "the claim events is not what it must be",
    ),
    keeps(
        "oidcc-client-test-rp-backchannel-rpinitlogout-with-nonce",
        "the claim nonce is not what it must be",
    ),
    keeps(
        "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-alg",
        "the signature algorithm is not one that was agreed on",
    ),
    keeps("oidcc-client-test-rp-backchannel-rpinitlogout-wrong-aud", "the claim aud is not what it must be"),
    keeps("oidcc-client-test-rp-backchannel-rpinitlogout-wrong-iss", "the claim iss is not what it must be"),
    Row::skipped(Plan::FrontChannel, "oidcc-client-test-rp-frontchannel-rpinitlogout", FRONT_CHANNEL),
    Row::skipped(Plan::FrontChannel, "oidcc-client-test-rp-frontchannel-opinitlogout", FRONT_CHANNEL),
];
