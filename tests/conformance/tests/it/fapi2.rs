//! Modules of FAPI 2.0 that need no pushed request, no DPoP and no client assertion.

use gatepass_conformance::Plan;

use super::plays;

#[test]
fn fapi2_security_profile_final_client_test_discovery_issuer_mismatch() {
    plays(Plan::Fapi2, "fapi2-security-profile-final-client-test-discovery-issuer-mismatch");
}

#[test]
fn fapi2_security_profile_final_client_test_invalid_iss() {
    plays(Plan::Fapi2, "fapi2-security-profile-final-client-test-invalid-iss");
}

#[test]
fn fapi2_security_profile_final_client_test_invalid_aud() {
    plays(Plan::Fapi2, "fapi2-security-profile-final-client-test-invalid-aud");
}

#[test]
fn fapi2_security_profile_final_client_test_invalid_missing_iss() {
    plays(Plan::Fapi2, "fapi2-security-profile-final-client-test-invalid-missing-iss");
}

#[test]
fn fapi2_security_profile_final_client_test_invalid_missing_aud() {
    plays(Plan::Fapi2, "fapi2-security-profile-final-client-test-invalid-missing-aud");
}

#[test]
fn fapi2_security_profile_final_client_test_invalid_missing_exp() {
    plays(Plan::Fapi2, "fapi2-security-profile-final-client-test-invalid-missing-exp");
}

#[test]
fn fapi2_security_profile_final_client_test_invalid_secondary_aud() {
    plays(Plan::Fapi2, "fapi2-security-profile-final-client-test-invalid-secondary-aud");
}

#[test]
fn fapi2_security_profile_final_client_test_valid_aud_as_array() {
    plays(Plan::Fapi2, "fapi2-security-profile-final-client-test-valid-aud-as-array");
}

#[test]
fn fapi2_security_profile_final_client_test_invalid_expired_exp() {
    plays(Plan::Fapi2, "fapi2-security-profile-final-client-test-invalid-expired-exp");
}

#[test]
fn fapi2_security_profile_final_client_test_invalid_null_alg() {
    plays(Plan::Fapi2, "fapi2-security-profile-final-client-test-invalid-null-alg");
}

#[test]
fn fapi2_security_profile_final_client_test_invalid_alternate_alg() {
    plays(Plan::Fapi2, "fapi2-security-profile-final-client-test-invalid-alternate-alg");
}

#[test]
fn fapi2_security_profile_final_client_test_invalid_nonce() {
    plays(Plan::Fapi2, "fapi2-security-profile-final-client-test-invalid-nonce");
}

#[test]
fn fapi2_security_profile_final_client_test_invalid_missing_nonce() {
    plays(Plan::Fapi2, "fapi2-security-profile-final-client-test-invalid-missing-nonce");
}

#[test]
fn fapi2_security_profile_final_client_test_invalid_authorization_response_iss() {
    plays(Plan::Fapi2, "fapi2-security-profile-final-client-test-invalid-authorization-response-iss");
}

#[test]
fn fapi2_security_profile_final_client_test_remove_authorization_response_iss() {
    plays(Plan::Fapi2, "fapi2-security-profile-final-client-test-remove-authorization-response-iss");
}

#[test]
fn fapi2_security_profile_final_client_test_ensure_authorization_response_with_invalid_state_fails() {
    plays(
        Plan::Fapi2,
        "fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-state-fails",
    );
}

#[test]
fn fapi2_security_profile_final_client_test_ensure_authorization_response_with_invalid_missing_state_fails() {
    plays(
        Plan::Fapi2,
        "fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-missing-state-fails",
    );
}

#[test]
fn fapi2_security_profile_final_client_test_token_endpoint_response_without_expires_in() {
    plays(Plan::Fapi2, "fapi2-security-profile-final-client-test-token-endpoint-response-without-expires_in");
}

#[test]
fn fapi2_security_profile_final_client_test_token_type_case_insensitivity() {
    plays(Plan::Fapi2, "fapi2-security-profile-final-client-test-token-type-case-insensitivity");
}
