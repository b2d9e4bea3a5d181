//! What only the comprehensive and the dynamic plan have.

use gatepass_conformance::Plan;

use super::plays;

#[test]
fn oidcc_client_test_userinfo_signed() {
    plays(Plan::Comprehensive, "oidcc-client-test-userinfo-signed");
}

#[test]
fn oidcc_client_test_missing_aud() {
    plays(Plan::Comprehensive, "oidcc-client-test-missing-aud");
}

#[test]
fn oidcc_client_test_invalid_sig_es256() {
    plays(Plan::Comprehensive, "oidcc-client-test-invalid-sig-es256");
}

#[test]
fn oidcc_client_test_invalid_sig_hs256() {
    plays(Plan::Comprehensive, "oidcc-client-test-invalid-sig-hs256");
}

#[test]
fn oidcc_client_test_missing_athash() {
    plays(Plan::Comprehensive, "oidcc-client-test-missing-athash");
}

#[test]
fn oidcc_client_test_invalid_athash() {
    plays(Plan::Comprehensive, "oidcc-client-test-invalid-athash");
}

#[test]
fn oidcc_client_test_form_post_error() {
    plays(Plan::Comprehensive, "oidcc-client-test-form-post-error");
}

#[test]
fn oidcc_client_test_userinfo_bearer_header() {
    plays(Plan::Comprehensive, "oidcc-client-test-userinfo-bearer-header");
}

#[test]
fn oidcc_client_test_aggregated_claims() {
    plays(Plan::Comprehensive, "oidcc-client-test-aggregated-claims");
}

#[test]
fn oidcc_client_test_distributed_claims() {
    plays(Plan::Comprehensive, "oidcc-client-test-distributed-claims");
}
