//! Basic RP, the same by form, and Config RP.

use crate::{Fault, Plan, Row, Story};

/// Basic RP and, once more with answers by form, Form Post RP.
pub(super) fn rows() -> Vec<Row> {
    let by_form = BASIC.iter().map(|row| Row { plan: Plan::FormPost, ..*row });
    BASIC.iter().copied().chain(by_form).chain(CONFIG.iter().copied()).collect()
}

const fn accepts(module: &'static str) -> Row {
    Row::accepts(Plan::Basic, module, Story::LogsIn)
}

/// The ID token is refused, for this reason.
const fn refuses(module: &'static str, why: &'static str) -> Row {
    Row::refuses(Plan::Basic, module, Story::LogsIn, Fault::Exchange, ("identity_refused", why))
}

const BASIC: [Row; 14] = [
    accepts("oidcc-client-test"),
    refuses("oidcc-client-test-invalid-iss", "the claim iss is not what it must be"),
    refuses("oidcc-client-test-missing-sub", "the claim sub is missing"),
    refuses("oidcc-client-test-invalid-aud", "the claim aud is not what it must be"),
    refuses("oidcc-client-test-missing-iat", "the claim iat is missing"),
    accepts("oidcc-client-test-kid-absent-single-jwks"),
    accepts("oidcc-client-test-kid-absent-multiple-jwks"),
    accepts("oidcc-client-test-idtoken-sig-rs256"),
    refuses("oidcc-client-test-idtoken-sig-none", "the signature algorithm is not one that was agreed on"),
    refuses("oidcc-client-test-invalid-sig-rs256", "the signature is wrong"),
    Row::refuses(
        Plan::Basic,
        "oidcc-client-test-userinfo-invalid-sub",
        Story::LogsIn,
        Fault::UserInfo,
        ("identity_refused", "user info is about another person"),
    ),
    refuses("oidcc-client-test-nonce-invalid", "the claim nonce is not what it must be"),
    accepts("oidcc-client-test-scope-userinfo-claims"),
    accepts("oidcc-client-test-client-secret-basic"),
];

const CONFIG: [Row; 6] = [
    Row::accepts(Plan::Config, "oidcc-client-test-discovery-openid-config", Story::LogsIn),
    Row::accepts(Plan::Config, "oidcc-client-test-discovery-jwks-uri-keys", Story::LogsIn),
    Row::refuses(
        Plan::Config,
        "oidcc-client-test-discovery-issuer-mismatch",
        Story::LogsIn,
        Fault::Metadata,
        ("internal", "issuer"),
    ),
    Row::refuses(
        Plan::Config,
        "oidcc-client-test-idtoken-sig-none",
        Story::LogsIn,
        Fault::Exchange,
        ("identity_refused", "the signature algorithm is not one that was agreed on"),
    ),
    Row::accepts(Plan::Config, "oidcc-client-test-signing-key-rotation-just-before-signing", Story::LogsIn),
    Row::accepts(Plan::Config, "oidcc-client-test-signing-key-rotation", Story::LogsInAfterAnother),
];
