//! Settings of the caller's own: what they cannot undo, and that the environment has no say.

use std::process::Command;

use gatepass_reqwest::Reqwest;
use gatepass_testkit::contract::http::{self as contract, Setup, Subject};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Proxy};

const NOBODY: &str = "http://127.0.0.1:1";

fn careless(setup: &Setup) -> Reqwest {
    let mut settings = Client::builder()
        .no_proxy()
        .redirect(Policy::limited(10))
        .referer(true)
        .https_only(false)
        .pool_max_idle_per_host(10)
        .tls_danger_accept_invalid_certs(true)
        .tls_danger_accept_invalid_hostnames(true);
    if let Some(root) = &setup.root {
        settings = settings.tls_certs_merge([Certificate::from_der(root).expect("a certificate")]);
    }
    let client = Reqwest::with(settings).expect("a client");
    if setup.http_loopback { client.danger_allow_http_loopback() } else { client }
}

#[test]
fn trq_05_a_builder_cannot_switch_redirects_on() {
    contract::trq_05_a_redirect_is_an_answer_and_not_followed(&Subject::asynchronous(careless));
}

#[test]
fn http_03_a_builder_cannot_switch_the_pool_on() {
    contract::http_03_one_call_is_one_request_and_one_connection(&Subject::asynchronous(careless));
}

#[test]
fn cfg_03_a_builder_cannot_switch_plain_http_on() {
    contract::cfg_03_plain_http_is_refused(&Subject::asynchronous(careless));
}

#[test]
fn cfg_05_a_builder_cannot_switch_verification_off() {
    let subject = Subject::asynchronous(careless);
    contract::cfg_05_a_self_signed_certificate_is_refused(&subject);
    contract::cfg_05_a_wrong_host_name_is_refused(&subject);
}

#[test]
fn http_07_loopback_meets_neither_a_proxy_nor_a_resolver() {
    contract::http_07_loopback_in_the_clear_needs_its_name(&Subject::asynchronous(|setup: &Setup| {
        let settings = Client::builder()
            .proxy(Proxy::all(NOBODY).expect("a proxy"))
            .resolve("localhost", ([192, 0, 2, 1], 0).into());
        let client = Reqwest::with(settings).expect("a client");
        if setup.http_loopback { client.danger_allow_http_loopback() } else { client }
    }));
}

#[test]
fn met_07_a_client_for_public_addresses_meets_neither_a_proxy_nor_a_resolver() {
    /// Leads every name to an address that would pass.
    struct Liar;
    impl reqwest::dns::Resolve for Liar {
        fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
            panic!("the resolver of the settings is asked")
        }
    }
    contract::met_07_what_a_name_leads_to_is_judged_by_its_addresses(&Subject::asynchronous(
        |setup: &Setup| {
            let root = setup.root.as_ref().expect("a root");
            let root = Certificate::from_der(root).expect("a certificate");
            let settings = Client::builder().tls_certs_merge([root]);
            let client = if setup.public_only {
                let proxy = Proxy::all(NOBODY).expect("a proxy");
                Reqwest::public_addresses_only(settings.proxy(proxy).dns_resolver(Liar))
            } else {
                Reqwest::with(settings.no_proxy())
            };
            client.expect("a client")
        },
    ));
}

#[test]
fn http_07_the_environment_names_no_proxy() {
    const WITHIN: &str = "GATEPASS_TEST_WITHIN";
    if std::env::var_os(WITHIN).is_some() {
        // Behind a proxy that nobody serves, no certificate would be seen at all.
        contract::cfg_05_a_self_signed_certificate_is_refused(&Subject::asynchronous(|_: &Setup| {
            Reqwest::new().expect("a client")
        }));
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
