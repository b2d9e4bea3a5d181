//! RP-initiated logout.

use gatepass_conformance::Plan;

use super::plays;

#[test]
fn oidcc_client_test_rp_init_logout() {
    plays(Plan::RpInitiated, "oidcc-client-test-rp-init-logout");
}

#[test]
fn oidcc_client_test_rp_init_logout_other_state() {
    plays(Plan::RpInitiated, "oidcc-client-test-rp-init-logout-other-state");
}

#[test]
fn oidcc_client_test_rp_init_logout_no_state() {
    plays(Plan::RpInitiated, "oidcc-client-test-rp-init-logout-no-state");
}
