//! The client held against the contracts of its port, and what only ureq can do wrong.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

mod cli;
mod cli_browser;
mod cli_interrupt;
mod cli_kept;
mod cli_openid;
mod cli_run;
mod settings;

use gatepass_testkit::contract::http::Setup;
use gatepass_ureq::Ureq;
use ureq::Agent;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

fn client(setup: &Setup) -> Ureq {
    let mut tls = TlsConfig::builder();
    if let Some(root) = &setup.root {
        tls = tls.root_certs(RootCerts::new_with_certs(&[Certificate::from_der(root).to_owned()]));
    }
    if let Some(pem) = &setup.identity {
        let certificate = Certificate::from_pem(pem.as_bytes()).expect("a certificate");
        let key = PrivateKey::from_pem(pem.as_bytes()).expect("a key");
        tls = tls.client_cert(Some(ClientCert::new_with_certs(&[certificate], key)));
    }
    let settings = Agent::config_builder().proxy(None).tls_config(tls.build());
    let client = Ureq::with(settings);
    let client = if setup.public_only { client.public_addresses_only() } else { client };
    if setup.http_loopback { client.danger_allow_http_loopback() } else { client }
}

gatepass_testkit::blocking_http_contract!(client);
