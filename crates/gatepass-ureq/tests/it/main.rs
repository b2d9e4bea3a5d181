//! The client held against the contracts of its port, and what only ureq can do wrong.

mod settings;

use gatepass_testkit::contract::http::Setup;
use gatepass_ureq::Ureq;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

fn client(setup: &Setup) -> Ureq {
    let mut settings = Agent::config_builder().proxy(None);
    if let Some(root) = &setup.root {
        let roots = RootCerts::new_with_certs(&[Certificate::from_der(root).to_owned()]);
        settings = settings.tls_config(TlsConfig::builder().root_certs(roots).build());
    }
    let client = Ureq::with(settings);
    if setup.http_loopback { client.danger_allow_http_loopback() } else { client }
}

gatepass_testkit::blocking_http_contract!(client);
