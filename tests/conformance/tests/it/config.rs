//! Config RP.

use gatepass_conformance::Plan;

use super::plays;

#[test]
fn oidcc_client_test_discovery_openid_config() {
    plays(Plan::Config, "oidcc-client-test-discovery-openid-config");
}

#[test]
fn oidcc_client_test_discovery_jwks_uri_keys() {
    plays(Plan::Config, "oidcc-client-test-discovery-jwks-uri-keys");
}

#[test]
fn oidcc_client_test_discovery_issuer_mismatch() {
    plays(Plan::Config, "oidcc-client-test-discovery-issuer-mismatch");
}

#[test]
fn oidcc_client_test_idtoken_sig_none() {
    plays(Plan::Config, "oidcc-client-test-idtoken-sig-none");
}

#[test]
fn oidcc_client_test_signing_key_rotation_just_before_signing() {
    plays(Plan::Config, "oidcc-client-test-signing-key-rotation-just-before-signing");
}

#[test]
fn oidcc_client_test_signing_key_rotation() {
    plays(Plan::Config, "oidcc-client-test-signing-key-rotation");
}
