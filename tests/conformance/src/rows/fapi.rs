//! Modules of the FAPI plans that need no pushed request, no DPoP and no client assertion.

use crate::{Fault, Plan, Row, Story};

const PS256: &[(&str, &str)] = &[("ID_TOKEN_ALG", "PS256")];

const fn accepts(module: &'static str) -> Row {
    Row::accepts(Plan::Fapi2, module, Story::LogsIn)
}

const fn refuses(module: &'static str, why: &'static str) -> Row {
    Row::refuses(Plan::Fapi2, module, Story::LogsIn, Fault::Exchange, ("identity_refused", why))
}

const fn callback(module: &'static str, cause: &'static str) -> Row {
    Row::refuses(Plan::Fapi2, module, Story::LogsIn, Fault::Callback, (cause, ""))
}

pub(super) const ROWS: [Row; 25] = [
    Row::refuses(
        Plan::Fapi2,
        "fapi2-security-profile-final-client-test-discovery-issuer-mismatch",
        Story::LogsIn,
        Fault::Metadata,
        ("internal", "issuer"),
    ),
    refuses("fapi2-security-profile-final-client-test-invalid-iss", "the claim iss is not what it must be"),
    refuses("fapi2-security-profile-final-client-test-invalid-aud", "the claim aud is not what it must be"),
    refuses("fapi2-security-profile-final-client-test-invalid-missing-iss", "the claim iss is missing"),
    refuses("fapi2-security-profile-final-client-test-invalid-missing-aud", "the claim aud is missing"),
    refuses("fapi2-security-profile-final-client-test-invalid-missing-exp", "the claim exp is missing"),
    refuses(
        "fapi2-security-profile-final-client-test-invalid-secondary-aud",
        "the claim aud is not what it must be",
    ),
    accepts("fapi2-security-profile-final-client-test-valid-aud-as-array"),
    refuses("fapi2-security-profile-final-client-test-invalid-expired-exp", "the token has expired"),
    refuses(
        "fapi2-security-profile-final-client-test-invalid-null-alg",
        "the signature algorithm is not one that was agreed on",
    ),
    refuses(
        "fapi2-security-profile-final-client-test-invalid-alternate-alg",
        "the signature algorithm is not one that was agreed on",
    )
    .with(PS256),
    refuses(
        "fapi2-security-profile-final-client-test-invalid-nonce",
        "the claim nonce is not what it must be",
    ),
    refuses("fapi2-security-profile-final-client-test-invalid-missing-nonce", "the claim nonce is missing"),
    callback("fapi2-security-profile-final-client-test-invalid-authorization-response-iss", "iss_mismatch"),
    callback("fapi2-security-profile-final-client-test-remove-authorization-response-iss", "iss_missing"),
    callback(
        "fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-state-fails",
        "state_unknown",
    ),
    callback(
        "fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-missing-state-fails",
        "state_missing",
    ),
    accepts("fapi2-security-profile-final-client-test-token-endpoint-response-without-expires_in"),
    accepts("fapi2-security-profile-final-client-test-token-type-case-insensitivity"),
    Row::accepts(
        Plan::Fapi1,
        "fapi1-advanced-final-client-test-no-scope-in-token-endpoint-response",
        Story::LogsIn,
    ),
    // Old by itself is not wrong: the client has no policy on age unless it is given one.
    Row::accepts(Plan::Fapi1, "fapi1-advanced-final-client-test-iat-is-week-in-past", Story::LogsIn),
    Row::refuses(
        Plan::Fapi1,
        "fapi1-advanced-final-client-test-encrypted-idtoken-usingrsa15",
        Story::LogsIn,
        Fault::Exchange,
        ("identity_refused", "the token is encrypted"),
    ),
    Row::refuses(
        Plan::Fapi1,
        "fapi1-advanced-final-client-test-invalid-signature",
        Story::LogsIn,
        Fault::Exchange,
        ("identity_refused", "the signature is wrong"),
    )
    .with(PS256),
    Row::refuses(
        Plan::Fapi1,
        "fapi1-advanced-final-client-test-invalid-chash",
        Story::LogsIn,
        Fault::Exchange,
        ("identity_refused", "the claim c_hash is not what it must be"),
    ),
    Row::accepts(Plan::Fapi1, "fapi1-advanced-final-client-test-missing-athash", Story::LogsIn).with(PS256),
];
