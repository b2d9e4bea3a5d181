//! The example programs and an authorization server that we did not write.

use std::sync::Arc;

use gatepass_tests::peer::Peer;

#[test]
fn the_peer_starts_and_speaks_https_too() {
    let Some(peer) = Peer::settings().tls().start("the_peer_starts_and_speaks_https_too") else { return };
    assert!(peer.issuer().starts_with("https://127.0.0.1:"), "{}", peer.issuer());
    let authority = std::fs::read(peer.authority().unwrap()).unwrap();
    let authority = ureq::tls::Certificate::from_pem(&authority).unwrap();
    let roots = ureq::tls::RootCerts::new_with_certs(&[authority]);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = ureq::tls::TlsConfig::builder().root_certs(roots).unversioned_rustls_crypto_provider(provider);
    let agent: ureq::Agent = ureq::Agent::config_builder().proxy(None).tls_config(tls.build()).build().into();
    let ask = || -> serde_json::Value {
        let mut answer = agent.get(format!("{}/jwks", peer.issuer())).call().unwrap();
        serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap()
    };
    let first = ask();
    assert_eq!(first["keys"].as_array().unwrap().len(), 3);
    peer.sign_with("b");
    assert_ne!(ask(), first);
    peer.sign_with("ba");
    assert_eq!(ask()["keys"].as_array().unwrap().len(), 6);
    assert_eq!(peer.counters().asked("GET /jwks"), 3);
}
