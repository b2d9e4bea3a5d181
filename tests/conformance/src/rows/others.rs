//! Modules of what the client does not do, each with the reason.

use crate::{Plan, Row};

const DPOP: &str = "the client has no pushed requests, no DPoP and no client assertions yet";
const JARM: &str = "the client reads no signed authorization responses yet";
const REGIONAL: &str = "a regional profile";
const FRONT_CHANNEL: &str = "belongs to ID tokens of the front channel";
const CIBA: &str = "the client does no back-channel authentication";

const fn fapi2(module: &'static str, why: &'static str) -> Row {
    Row::skipped(Plan::Fapi2, module, why)
}

const fn signing(module: &'static str) -> Row {
    Row::skipped(Plan::Fapi2Signing, module, JARM)
}

const fn fapi1(module: &'static str, why: &'static str) -> Row {
    Row::skipped(Plan::Fapi1, module, why)
}

pub(super) const ROWS: [Row; 22] = [
    fapi2("fapi2-security-profile-final-client-test-happy-path", DPOP),
    fapi2("fapi2-security-profile-final-client-test-happy-path-no-dpop-nonce", DPOP),
    fapi2("fapi2-security-profile-final-client-test-rs-dpop-auth-scheme-case-insensitivity", DPOP),
    fapi2("fapi2-security-profile-final-client-refresh-token-test", DPOP),
    fapi2("fapi2-security-profile-final-client-test-invalid-openbanking-intent-id", REGIONAL),
    fapi2("fapi2-security-profile-final-client-brazildcr-happypath-test", REGIONAL),
    signing("fapi2-security-profile-final-client-test-ensure-jarm-without-iss-fails"),
    signing("fapi2-security-profile-final-client-test-ensure-jarm-with-invalid-iss-fails"),
    signing("fapi2-security-profile-final-client-test-ensure-jarm-without-aud-fails"),
    signing("fapi2-security-profile-final-client-test-ensure-jarm-with-invalid-aud-fails"),
    signing("fapi2-security-profile-final-client-test-ensure-jarm-without-exp-fails"),
    signing("fapi2-security-profile-final-client-test-ensure-jarm-with-expired-exp-fails"),
    signing("fapi2-security-profile-final-client-test-ensure-jarm-with-invalid-sig-fails"),
    signing("fapi2-security-profile-final-client-test-ensure-jarm-signature-is-not-none"),
    Row::skipped(Plan::Fapi2Signing, "signed_non_repudiation", "the client makes no request objects"),
    fapi1("fapi1-advanced-final-client-test-encrypted-idtoken", "the client opens no encrypted tokens"),
    fapi1("fapi1-advanced-final-client-test-invalid-shash", FRONT_CHANNEL),
    fapi1("fapi1-advanced-final-client-test-invalid-missing-shash", FRONT_CHANNEL),
    fapi1("fapi1-advanced-final-client-test-unencrypted-request-object-with-par", DPOP),
    Row::skipped(Plan::Ciba, "fapi-ciba-id1-client-invalid-access-denied-test", CIBA),
    Row::skipped(Plan::Ciba, "fapi-ciba-id1-client-invalid-expired-token-test", CIBA),
    Row::skipped(Plan::Ciba, "fapi-ciba-id1-client-invalid-missing-expiresin-test", CIBA),
];
