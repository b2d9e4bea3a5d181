//! Form Post RP: the basic list, with answers by form.

use gatepass_conformance::Plan;

use super::plays;

#[test]
fn oidcc_client_test() {
    plays(Plan::FormPost, "oidcc-client-test");
}

#[test]
fn oidcc_client_test_invalid_iss() {
    plays(Plan::FormPost, "oidcc-client-test-invalid-iss");
}

#[test]
fn oidcc_client_test_missing_sub() {
    plays(Plan::FormPost, "oidcc-client-test-missing-sub");
}

#[test]
fn oidcc_client_test_invalid_aud() {
    plays(Plan::FormPost, "oidcc-client-test-invalid-aud");
}

#[test]
fn oidcc_client_test_missing_iat() {
    plays(Plan::FormPost, "oidcc-client-test-missing-iat");
}

#[test]
fn oidcc_client_test_kid_absent_single_jwks() {
    plays(Plan::FormPost, "oidcc-client-test-kid-absent-single-jwks");
}

#[test]
fn oidcc_client_test_kid_absent_multiple_jwks() {
    plays(Plan::FormPost, "oidcc-client-test-kid-absent-multiple-jwks");
}

#[test]
fn oidcc_client_test_idtoken_sig_rs256() {
    plays(Plan::FormPost, "oidcc-client-test-idtoken-sig-rs256");
}

#[test]
fn oidcc_client_test_idtoken_sig_none() {
    plays(Plan::FormPost, "oidcc-client-test-idtoken-sig-none");
}

#[test]
fn oidcc_client_test_invalid_sig_rs256() {
    plays(Plan::FormPost, "oidcc-client-test-invalid-sig-rs256");
}

#[test]
fn oidcc_client_test_userinfo_invalid_sub() {
    plays(Plan::FormPost, "oidcc-client-test-userinfo-invalid-sub");
}

#[test]
fn oidcc_client_test_nonce_invalid() {
    plays(Plan::FormPost, "oidcc-client-test-nonce-invalid");
}

#[test]
fn oidcc_client_test_scope_userinfo_claims() {
    plays(Plan::FormPost, "oidcc-client-test-scope-userinfo-claims");
}

#[test]
fn oidcc_client_test_client_secret_basic() {
    plays(Plan::FormPost, "oidcc-client-test-client-secret-basic");
}
