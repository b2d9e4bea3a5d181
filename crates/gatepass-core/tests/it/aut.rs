//! How the client authenticates (RFC 6749 section 2.3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gatepass_core::{BasicEncoding, Client, ClientAuth, ConfigError, Exchange, Provider, Secret, TokenKind};
use http::Request;

use crate::support::*;

fn requests(client: &Client) -> Vec<Request<gatepass_core::Body>> {
    vec![
        ask(login(client).exchange()).0,
        ask(client.refresh(Secret::from("rt"), &scopes("a"))).0,
        ask(client.revoke(Secret::from("rt"), TokenKind::Refresh).unwrap()).0,
    ]
}

fn basic(request: &Request<gatepass_core::Body>) -> String {
    let value = header(request, "authorization").unwrap();
    String::from_utf8(STANDARD.decode(value.strip_prefix("Basic ").unwrap()).unwrap()).unwrap()
}

/// Id and secret of a Basic header, read as a server reads them.
pub(crate) fn decoded_basic(header: &str) -> (String, String) {
    let pair = STANDARD.decode(header.strip_prefix("Basic ").unwrap()).unwrap();
    let pair = String::from_utf8(pair).unwrap();
    let (id, secret) = pair.split_once(':').unwrap();
    (decoded(id), decoded(secret))
}

fn decoded(text: &str) -> String {
    form(format!("x={text}").as_bytes()).remove(0).1
}

#[test]
fn aut_01_id_and_secret_are_forms_joined_by_a_colon() {
    let (id, secret) = ("a:b c", "p%&+ \u{fc}:~-._!*'()");
    let client = Client::new(provider(), id, ClientAuth::Basic(Secret::from(secret)), REDIRECT).unwrap();
    for request in requests(&client) {
        let pair = basic(&request);
        assert_eq!(pair, "a%3Ab%20c:p%25%26%2B%20%C3%BC%3A~-._%21%2A%27%28%29");
        let read = decoded_basic(header(&request, "authorization").unwrap());
        assert_eq!(read, (id.to_owned(), secret.to_owned()));
        assert!(request.headers()["authorization"].is_sensitive());
    }
}

#[test]
fn aut_02_a_profile_may_leave_the_encoding_out() {
    let raw = with_profile(|habits| habits.basic = BasicEncoding::Raw);
    let client = Client::new(raw, "the id", ClientAuth::Basic(Secret::from("a:b%+")), REDIRECT).unwrap();
    for request in requests(&client) {
        assert_eq!(basic(&request), "the id:a:b%+");
    }
}

/// A colon in the id would be read as its end; and a refusal is an error, not a reason for a second try.
#[test]
fn aut_02_nothing_is_found_out_by_trying() {
    let raw = with_profile(|habits| habits.basic = BasicEncoding::Raw);
    let error = refused(Client::new(raw, "a:b", ClientAuth::Basic(secret()), REDIRECT));
    assert_eq!(error, ConfigError::ClientId);
    let (_, sent) = ask(login(&client_with(ClientAuth::Basic(secret()))).exchange());
    let error = refused(judge::<Exchange>(sent, json(401, r#"{"error":"invalid_client"}"#)));
    assert!(error.is_client_refused());
}

#[test]
fn aut_03_id_and_secret_are_never_in_a_url() {
    for auth in [ClientAuth::None, ClientAuth::Basic(secret()), ClientAuth::Post(secret())] {
        for request in requests(&client_with(auth)) {
            assert!(request.uri().query().is_none());
            let uri = request.uri().to_string();
            assert!(uri == TOKEN || uri == REVOKE);
        }
    }
    for query in ["client_id=x", "client_secret=x", "client%5Fsecret=x", "p=1&code=x"] {
        let token = format!("{TOKEN}?{query}");
        let revoke = format!("{REVOKE}?{query}");
        for provider in [Provider::builder(AUTHORIZE, &token), builder().revocation_endpoint(revoke)] {
            let outcome = Client::new(provider.build().unwrap(), ID, ClientAuth::None, REDIRECT);
            assert!(matches!(refused(outcome), ConfigError::ReservedParameter(_)));
        }
    }
}

#[test]
fn aut_04_a_public_client_says_its_id_in_the_body() {
    for request in requests(&client()) {
        assert_eq!(only(&sent_form(&request), "client_id"), ID);
        assert_eq!(header(&request, "authorization"), None);
        assert!(!has(&sent_form(&request), "client_secret"));
    }
}

#[test]
fn aut_05_with_basic_the_id_is_in_the_body_where_the_profile_asks() {
    let both = with_profile(|habits| habits.client_id_beside_basic = true);
    let client = Client::new(both, ID, ClientAuth::Basic(secret()), REDIRECT).unwrap();
    for request in requests(&client) {
        assert_eq!(only(&sent_form(&request), "client_id"), ID);
        assert!(!has(&sent_form(&request), "client_secret"));
    }
    for request in requests(&client_with(ClientAuth::Basic(secret()))) {
        assert!(!has(&sent_form(&request), "client_id"));
    }
}

#[test]
fn aut_05_post_sends_both_in_the_body() {
    for request in requests(&client_with(ClientAuth::Post(secret()))) {
        assert_eq!(only(&sent_form(&request), "client_id"), ID);
        assert_eq!(only(&sent_form(&request), "client_secret"), "the secret");
        assert_eq!(header(&request, "authorization"), None);
    }
}
