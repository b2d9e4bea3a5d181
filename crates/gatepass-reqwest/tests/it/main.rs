//! The client held against the contracts of its port, and what only reqwest can do wrong.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod guard;
mod settings;

use gatepass_reqwest::Reqwest;
use gatepass_testkit::contract::http::Setup;
use reqwest::{Certificate, Client, Identity};

fn client(setup: &Setup) -> Reqwest {
    let mut settings = Client::builder().no_proxy();
    if let Some(root) = &setup.root {
        settings = settings.tls_certs_merge([Certificate::from_der(root).expect("a certificate")]);
    }
    if let Some(identity) = &setup.identity {
        settings = settings.identity(Identity::from_pem(identity.as_bytes()).expect("an identity"));
    }
    let client =
        if setup.public_only { Reqwest::public_addresses_only(settings) } else { Reqwest::with(settings) };
    let client = client.expect("a client");
    if setup.http_loopback { client.danger_allow_http_loopback() } else { client }
}

gatepass_testkit::http_contract!(client);
