//! The server by itself: that it does what the other tests rely on.

use gatepass_tests::peer::{Peer, client};

use super::super::browser::{Browser, parameter};
use super::place::follow;

#[test]
fn the_peer_starts_and_speaks_https_too() {
    let Some(peer) = Peer::settings().tls().start("the_peer_starts_and_speaks_https_too") else { return };
    assert!(peer.issuer().starts_with("https://127.0.0.1:"), "{}", peer.issuer());
    let trusted = Browser::trusting(peer.authority());
    let ask = || -> serde_json::Value {
        serde_json::from_str(&trusted.fetch(&format!("{}/jwks", peer.issuer())).is(200).body).unwrap()
    };
    let first = ask();
    assert_eq!(first["keys"].as_array().unwrap().len(), 3);
    peer.sign_with("b");
    assert_ne!(ask(), first);
    peer.sign_with("ba");
    assert_eq!(ask()["keys"].as_array().unwrap().len(), 6);
    assert_eq!(peer.counters().asked("GET /jwks"), 3);
}

/// What the tests of renewal count must be able to come out otherwise: a refresh token that comes twice kills its grant.
#[test]
fn the_peer_revokes_a_grant_whose_refresh_token_comes_twice() {
    let redirect_uri = "http://127.0.0.1:9/callback";
    let test = "the_peer_revokes_a_grant_whose_refresh_token_comes_twice";
    let Some(peer) = Peer::settings().redirect_uri(redirect_uri).start(test) else { return };
    // RFC 7636, appendix B.
    let (verifier, challenge) =
        ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    let mut url = url::Url::parse(&peer.authorization_endpoint()).unwrap();
    url.query_pairs_mut().extend_pairs([
        ("response_type", "code"),
        ("client_id", client::PUBLIC),
        ("redirect_uri", redirect_uri),
        ("scope", "profile"),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ]);
    let callback = follow(&Browser::new(), url.as_str()).unwrap_err();
    let code = parameter(&callback, "code");
    let ask = |grant: &[(&str, &str)]| -> (u16, serde_json::Value) {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().proxy(None).http_status_as_error(false).build().into();
        let form = grant.iter().copied().chain([("client_id", client::PUBLIC)]);
        let mut answer = agent.post(peer.token_endpoint()).send_form(form).unwrap();
        let body = answer.body_mut().read_to_string().unwrap();
        (answer.status().as_u16(), serde_json::from_str(&body).unwrap())
    };
    let (status, tokens) = ask(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", verifier),
    ]);
    assert_eq!(status, 200, "{tokens}");
    let refresh = |tokens: &serde_json::Value| {
        ask(&[("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap())])
    };
    let (status, successor) = refresh(&tokens);
    assert_eq!(status, 200, "{successor}");
    assert_ne!(tokens["refresh_token"], successor["refresh_token"]);
    assert_eq!(peer.counters().revoked, 0);
    for spent in [&tokens, &successor] {
        let (status, refusal) = refresh(spent);
        assert_eq!((status, &refusal["error"]), (400, &"invalid_grant".into()));
    }
    let counters = peer.counters();
    assert_eq!((counters.refreshes(), counters.revoked), (1, 1), "{counters:?}");
    assert!(peer.events().iter().any(|event| event.kind == "grant.revoked"));
}
