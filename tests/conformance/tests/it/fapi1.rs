//! The same of FAPI 1.0 advanced.

use gatepass_conformance::Plan;

use super::plays;

#[test]
fn fapi1_advanced_final_client_test_no_scope_in_token_endpoint_response() {
    plays(Plan::Fapi1, "fapi1-advanced-final-client-test-no-scope-in-token-endpoint-response");
}

#[test]
fn fapi1_advanced_final_client_test_iat_is_week_in_past() {
    plays(Plan::Fapi1, "fapi1-advanced-final-client-test-iat-is-week-in-past");
}

#[test]
fn fapi1_advanced_final_client_test_encrypted_idtoken_usingrsa15() {
    plays(Plan::Fapi1, "fapi1-advanced-final-client-test-encrypted-idtoken-usingrsa15");
}

#[test]
fn fapi1_advanced_final_client_test_invalid_signature() {
    plays(Plan::Fapi1, "fapi1-advanced-final-client-test-invalid-signature");
}

#[test]
fn fapi1_advanced_final_client_test_invalid_chash() {
    plays(Plan::Fapi1, "fapi1-advanced-final-client-test-invalid-chash");
}

#[test]
fn fapi1_advanced_final_client_test_missing_athash() {
    plays(Plan::Fapi1, "fapi1-advanced-final-client-test-missing-athash");
}
