//! Refresh tokens.

use gatepass_conformance::Plan;

use super::plays;

#[test]
fn oidcc_client_test_refresh_token() {
    plays(Plan::Refresh, "oidcc-client-test-refresh-token");
}

#[test]
fn oidcc_client_test_refresh_token_invalid_issuer() {
    plays(Plan::Refresh, "oidcc-client-test-refresh-token-invalid-issuer");
}

#[test]
fn oidcc_client_test_refresh_token_invalid_sub() {
    plays(Plan::Refresh, "oidcc-client-test-refresh-token-invalid-sub");
}
