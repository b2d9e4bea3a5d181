//! Back-channel logout.

use gatepass_conformance::Plan;

use super::plays;

#[test]
fn oidcc_client_test_rp_backchannel_rpinitlogout() {
    plays(Plan::BackChannel, "oidcc-client-test-rp-backchannel-rpinitlogout");
}

#[test]
fn oidcc_client_test_rp_backchannel_rpinitlogout_alg_none() {
    plays(Plan::BackChannel, "oidcc-client-test-rp-backchannel-rpinitlogout-alg-none");
}

#[test]
fn oidcc_client_test_rp_backchannel_rpinitlogout_no_event() {
    plays(Plan::BackChannel, "oidcc-client-test-rp-backchannel-rpinitlogout-no-event");
}

#[test]
fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_event() {
    plays(Plan::BackChannel, "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-event");
}

#[test]
fn oidcc_client_test_rp_backchannel_rpinitlogout_with_nonce() {
    plays(Plan::BackChannel, "oidcc-client-test-rp-backchannel-rpinitlogout-with-nonce");
}

#[test]
fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_alg() {
    plays(Plan::BackChannel, "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-alg");
}

#[test]
fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_aud() {
    plays(Plan::BackChannel, "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-aud");
}

#[test]
fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_iss() {
    plays(Plan::BackChannel, "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-iss");
}
