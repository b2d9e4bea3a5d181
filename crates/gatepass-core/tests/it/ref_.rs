//! The refresh (RFC 6749 section 6), as far as one leg decides it.

use gatepass_core::{Client, ClientAuth, Provider, Refresh, Secret, TokenSet};

use crate::support::*;
use crate::trs::run_refresh;

fn granted(body: &str) -> TokenSet {
    exchanged(start(client().authorize(&scopes("a b")), 1), json(200, body)).unwrap()
}

const WITH_REFRESH: &str = r#"{"access_token":"at","token_type":"Bearer","refresh_token":"rt1"}"#;

#[test]
fn ref_01_a_refresh_authenticates_like_the_exchange() {
    for auth in [ClientAuth::None, ClientAuth::Basic(secret()), ClientAuth::Post(secret())] {
        let client = client_with(auth);
        let (exchange, _) = ask(login(&client).exchange());
        let (refresh, _) = ask(client.refresh(Secret::from("rt+1"), &scopes("a")));
        assert_eq!(header(&exchange, "authorization"), header(&refresh, "authorization"));
        assert_eq!(exchange.uri(), refresh.uri());
        let form = sent_form(&refresh);
        for name in ["client_id", "client_secret"] {
            assert_eq!(all(&sent_form(&exchange), name), all(&form, name));
        }
        assert_eq!(only(&form, "grant_type"), "refresh_token");
        assert_eq!(only(&form, "refresh_token"), "rt+1");
        for name in ["redirect_uri", "code_verifier", "code"] {
            assert!(!has(&form, name));
        }
    }
}

#[test]
fn ref_02_without_a_scope_it_asks_for_the_same() {
    let leg = || client().refresh(Secret::from("rt"), &scopes("a b"));
    assert!(!has(&sent_form(&ask(leg()).0), "scope"));
    let narrowed = leg().narrow(&scopes("b")).unwrap();
    assert_eq!(only(&sent_form(&ask(narrowed).0), "scope"), "b");
    let same = leg().narrow(&scopes("b a")).unwrap();
    let (_, sent) = ask(same.narrow(&scopes("a")).unwrap());
    let refreshed = judge::<Refresh>(sent, json(200, GOOD)).unwrap();
    assert_eq!(refreshed.tokens.granted(), &scopes("a"));
}

#[test]
fn ref_02_more_than_was_granted_is_refused() {
    let error = refused(client().refresh(Secret::from("rt"), &scopes("a b")).narrow(&scopes("a c A")));
    assert_eq!(error.wider.as_str(), "c A");
    let narrow = granted(r#"{"access_token":"at","token_type":"Bearer","refresh_token":"rt","scope":"a"}"#);
    let leg = narrow.into_refresh(&client()).unwrap();
    assert_eq!(refused(leg.narrow(&scopes("a b"))).wider.as_str(), "b", "what was asked for does not count");
}

#[test]
fn ref_03_a_new_refresh_token_replaces_the_old() {
    run_refresh("REF-03", false);
}

#[test]
fn ref_03_a_refused_answer_replaces_nothing() {
    run_refresh("REF-03", true);
}

/// What was not sent is the same as before.
#[test]
fn ref_03_a_refresh_that_never_left_gives_the_tokens_back() {
    use gatepass_core::Roundtrip as _;
    let leg = granted(WITH_REFRESH).into_refresh(&client()).unwrap();
    let (_, sent) = ask(leg);
    let tokens = Refresh::not_sent(sent).into_token_set().unwrap();
    assert_eq!(tokens.access_token().expose(), "at");
    assert_eq!(tokens.refresh_token().map(Secret::expose), Some("rt1"));
    assert!(client().refresh(Secret::from("rt"), &scopes("a")).into_token_set().is_none());
}

/// Nobody has to log in again because the provider was busy, or because the client's secret was wrong for a while.
#[test]
fn ter_07_a_refusal_that_used_nothing_gives_the_tokens_back() {
    let refuse = |status, body: &str| {
        let (_, sent) = ask(granted(WITH_REFRESH).into_refresh(&client()).unwrap());
        let error = refused(judge::<Refresh>(sent, json(status, body)));
        error.unspent.and_then(|leg| leg.into_token_set())
    };
    for (status, body) in
        [(429, "{}"), (400, r#"{"error":"invalid_request"}"#), (401, r#"{"error":"invalid_client"}"#)]
    {
        let tokens = refuse(status, body).unwrap();
        assert_eq!(tokens.refresh_token().map(Secret::expose), Some("rt1"), "{status}");
    }
    for (status, body) in [
        (400, r#"{"error":"invalid_grant"}"#),
        (503, r#"{"error":"temporarily_unavailable"}"#),
        (500, "{}"),
        (503, "{}"),
        (200, r#"{"error":"invalid_request","refresh_token":"rt2"}"#),
    ] {
        assert!(refuse(status, body).is_none(), "{status} {body}: it may be spent");
    }
}

#[test]
fn ref_09_a_narrower_scope_is_recorded() {
    run_refresh("REF-09", false);
    let (_, sent) = ask(granted(WITH_REFRESH).into_refresh(&client()).unwrap());
    let narrower = json(200, r#"{"access_token":"at2","token_type":"Bearer","scope":"a"}"#);
    let refreshed = judge::<Refresh>(sent, narrower).unwrap();
    assert_eq!(refreshed.tokens.granted(), &scopes("a"));
    assert_eq!(refreshed.tokens.requested(), &scopes("a b"));
    assert_eq!(refreshed.tokens.refresh_token().map(Secret::expose), Some("rt1"));
}

#[test]
fn ref_11_the_client_of_the_grant_refreshes_it() {
    let rotated =
        Client::new(provider(), ID, ClientAuth::Post(secret()), "https://app.example/other").unwrap();
    for client in [client(), rotated] {
        let (request, _) = ask(granted(WITH_REFRESH).into_refresh(&client).unwrap());
        assert_eq!(request.uri(), TOKEN);
    }
    assert!(granted(GOOD).into_refresh(&client()).is_err(), "there is no refresh token");
}

#[test]
fn ref_11_any_other_provider_or_client_is_refused() {
    let others = [
        Provider::builder(AUTHORIZE, "https://evil.example/token").issuer(ISSUER),
        Provider::builder(AUTHORIZE, TOKEN).issuer("https://other.example"),
        Provider::builder(AUTHORIZE, TOKEN),
    ];
    let mut clients: Vec<Client> =
        others.into_iter().map(|provider| client_of(provider.build().unwrap())).collect();
    clients.push(Client::new(provider(), "other", ClientAuth::None, REDIRECT).unwrap());
    for other in clients {
        let tokens = refused(granted(WITH_REFRESH).into_refresh(&other).map(drop));
        assert_eq!(tokens.refresh_token().map(Secret::expose), Some("rt1"), "given back whole");
        let (_, sent) = ask(tokens.into_refresh(&client()).unwrap());
        let refreshed = judge::<Refresh>(sent, json(200, WITH_REFRESH)).unwrap();
        assert!(refreshed.tokens.into_refresh(&other).is_err(), "and so are its successors");
    }
}

#[test]
fn ref_13_lifetimes_of_refresh_tokens_decide_nothing() {
    run_refresh("REF-13", false);
}
