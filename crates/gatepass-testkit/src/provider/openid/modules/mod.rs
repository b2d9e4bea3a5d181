//! The table of modules: a file for a group of plans.

pub(crate) mod basic;
pub(crate) mod fapi;
pub(crate) mod logout;
pub(crate) mod single;

const HYBRID: &str = "a matter of the hybrid and implicit flows; only response_type=code is spoken here";
const JARM: &str = "signed authorization responses are not spoken here";
const DPOP: &str = "needs pushed requests, DPoP or client assertions, which are not spoken here";
const REGIONAL: &str = "a regional profile";

pub(crate) const NOT_PLAYED: &[(&str, &str)] = &[
    ("oidcc-client-test-discovery-webfinger-acct", "no WebFinger here"),
    ("oidcc-client-test-discovery-webfinger-url", "no WebFinger here"),
    ("oidcc-client-test-dynamic-registration", "clients are registered by the test"),
    ("oidcc-client-test-request-uri-signed-rs256", "request objects are not read here"),
    ("oidcc-client-test-request-uri-signed-none", "request objects are not read here"),
    ("oidcc-client-test-missing-chash", HYBRID),
    ("oidcc-client-test-invalid-chash", HYBRID),
    ("oidcc-client-test-nonce-unless-code-flow", HYBRID),
    ("oidcc-client-test-mtls-endpoint-aliases", "no mutual TLS here"),
    ("oidcc-client-test-rp-frontchannel-rpinitlogout", "no front-channel logout here"),
    ("oidcc-client-test-rp-frontchannel-opinitlogout", "no front-channel logout here"),
    ("oidcc-client-test-session-management", "no check_session_iframe here"),
    ("fapi2-security-profile-final-client-test-happy-path", DPOP),
    ("fapi2-security-profile-final-client-test-happy-path-no-dpop-nonce", DPOP),
    ("fapi2-security-profile-final-client-test-rs-dpop-auth-scheme-case-insensitivity", DPOP),
    ("fapi2-security-profile-final-client-refresh-token-test", DPOP),
    ("fapi2-security-profile-final-client-test-invalid-openbanking-intent-id", REGIONAL),
    ("fapi2-security-profile-final-client-brazildcr-happypath-test", REGIONAL),
    ("fapi2-security-profile-final-client-test-ensure-jarm-without-iss-fails", JARM),
    ("fapi2-security-profile-final-client-test-ensure-jarm-with-invalid-iss-fails", JARM),
    ("fapi2-security-profile-final-client-test-ensure-jarm-without-aud-fails", JARM),
    ("fapi2-security-profile-final-client-test-ensure-jarm-with-invalid-aud-fails", JARM),
    ("fapi2-security-profile-final-client-test-ensure-jarm-without-exp-fails", JARM),
    ("fapi2-security-profile-final-client-test-ensure-jarm-with-expired-exp-fails", JARM),
    ("fapi2-security-profile-final-client-test-ensure-jarm-with-invalid-sig-fails", JARM),
    ("fapi2-security-profile-final-client-test-ensure-jarm-signature-is-not-none", JARM),
    ("signed_non_repudiation", "request objects are not read here"),
    ("fapi1-advanced-final-client-test-encrypted-idtoken", "the client's public key is not known here"),
    ("fapi1-advanced-final-client-test-invalid-shash", HYBRID),
    ("fapi1-advanced-final-client-test-invalid-missing-shash", HYBRID),
    ("fapi1-advanced-final-client-test-unencrypted-request-object-with-par", DPOP),
    ("fapi-ciba-id1-client-invalid-access-denied-test", "no back-channel authentication here"),
    ("fapi-ciba-id1-client-invalid-expired-token-test", "no back-channel authentication here"),
    ("fapi-ciba-id1-client-invalid-missing-expiresin-test", "no back-channel authentication here"),
];
