//! Settings of the caller's own: what they cannot undo, and that the environment has no say.

use std::process::Command;

use gatepass_testkit::contract::http::{self as contract, Setup, Subject};
use gatepass_ureq::Ureq;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Proxy};

const NOBODY: &str = "http://127.0.0.1:1";

fn careless(setup: &Setup) -> Ureq {
    let mut tls = TlsConfig::builder().disable_verification(true);
    if let Some(root) = &setup.root {
        tls = tls.root_certs(RootCerts::new_with_certs(&[Certificate::from_der(root).to_owned()]));
    }
    let client = Ureq::with(
        Agent::config_builder()
            .proxy(None)
            .tls_config(tls.build())
            .https_only(false)
            .max_redirects(10)
            .http_status_as_error(true)
            .max_idle_connections(10)
            .max_idle_connections_per_host(10),
    );
    if setup.http_loopback { client.danger_allow_http_loopback() } else { client }
}

#[test]
fn trq_05_a_builder_cannot_switch_redirects_on() {
    contract::trq_05_a_redirect_is_an_answer_and_not_followed(&Subject::blocking(careless));
}

#[test]
fn http_01_a_builder_cannot_turn_statuses_into_errors() {
    contract::http_01_any_status_is_an_answer(&Subject::blocking(careless));
}

#[test]
fn http_03_a_builder_cannot_switch_the_pool_on() {
    contract::http_03_one_call_is_one_request_and_one_connection(&Subject::blocking(careless));
}

#[test]
fn cfg_03_a_builder_cannot_switch_plain_http_on() {
    contract::cfg_03_plain_http_is_refused(&Subject::blocking(careless));
}

#[test]
fn cfg_05_a_builder_cannot_switch_verification_off() {
    let subject = Subject::blocking(careless);
    contract::cfg_05_a_self_signed_certificate_is_refused(&subject);
    contract::cfg_05_a_wrong_host_name_is_refused(&subject);
}

#[test]
fn http_07_loopback_meets_no_proxy() {
    contract::http_07_loopback_in_the_clear_needs_its_name(&Subject::blocking(|setup: &Setup| {
        let client = Ureq::with(Agent::config_builder().proxy(Some(Proxy::new(NOBODY).expect("a proxy"))));
        if setup.http_loopback { client.danger_allow_http_loopback() } else { client }
    }));
}

#[test]
fn met_07_a_client_for_public_addresses_meets_no_proxy() {
    contract::met_07_what_a_name_leads_to_is_judged_by_its_addresses(&Subject::blocking(|setup: &Setup| {
        let root = Certificate::from_der(setup.root.as_ref().unwrap()).to_owned();
        let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[root])).build();
        let settings = Agent::config_builder().tls_config(tls);
        if setup.public_only {
            // One on loopback would be refused for its address, whether or not it was to be used.
            let nowhere = Proxy::new("http://proxy.invalid:1").expect("a proxy");
            Ureq::with(settings.proxy(Some(nowhere))).public_addresses_only()
        } else {
            Ureq::with(settings.proxy(None))
        }
    }));
}

#[test]
fn http_07_the_environment_names_no_proxy() {
    const WITHIN: &str = "GATEPASS_TEST_WITHIN";
    if std::env::var_os(WITHIN).is_some() {
        // Behind a proxy that nobody serves, no certificate would be seen at all.
        contract::cfg_05_a_self_signed_certificate_is_refused(&Subject::blocking(|_: &Setup| Ureq::new()));
        return;
    }
    let mut child = Command::new(std::env::current_exe().expect("this program"));
    child.args(["--exact", "settings::http_07_the_environment_names_no_proxy"]).env(WITHIN, "1");
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        child.env(name, NOBODY);
    }
    let output = child.env_remove("NO_PROXY").env_remove("no_proxy").output().expect("the child ran");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
