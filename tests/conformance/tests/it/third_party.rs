//! Third-party initiated login.

use gatepass_conformance::Plan;

use super::plays;

#[test]
fn oidcc_client_test_3rd_party_init_login() {
    plays(Plan::ThirdParty, "oidcc-client-test-3rd-party-init-login");
}
