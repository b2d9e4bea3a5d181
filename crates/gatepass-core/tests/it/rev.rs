//! The revocation of a token (RFC 7009).

use gatepass_core::{
    ClientAuth, ConfigError, Provider, Remedy, Revocation, RevocationError, Secret, TokenKind, UrlFault,
};
use http::Method;

use crate::support::*;
use crate::vectors::{self, CANARY, REVOCATION};

fn run(row: &str, refusing: bool) {
    let client = client_with(ClientAuth::Post(Secret::from(CANARY)));
    for vector in vectors_of(REVOCATION, row, refusing) {
        let (_, sent) = ask(client.revoke(Secret::from("rt1"), TokenKind::Refresh).unwrap());
        vector.check(&vectors::revoked(&judge::<Revocation>(sent, vector.answer())));
    }
}

#[test]
fn rev_01_a_revocation_endpoint_is_https() {
    assert!(builder().revocation_endpoint("https://as.example/revoke").build().is_ok());
}

#[test]
fn rev_01_an_endpoint_that_is_not_https_is_refused() {
    let built = |url: &str| refused(builder().revocation_endpoint(url).build());
    let wrong = |fault| ConfigError::Url { name: "revocation endpoint", fault };
    assert_eq!(built("http://as.example/revoke"), wrong(UrlFault::NotHttps));
    assert_eq!(built("http://127.0.0.1/revoke"), wrong(UrlFault::LoopbackNotAllowed));
    assert_eq!(built("https://a@as.example/revoke"), wrong(UrlFault::UserInfo));
}

#[test]
fn rev_02_a_post_of_the_token_with_its_kind_authenticated() {
    for (kind, hint) in [(TokenKind::Access, "access_token"), (TokenKind::Refresh, "refresh_token")] {
        for auth in [ClientAuth::None, ClientAuth::Basic(secret()), ClientAuth::Post(secret())] {
            let client = client_with(auth.clone());
            let (request, _) = ask(client.revoke(Secret::from("a+/=%t"), kind).unwrap());
            assert_eq!(request.method(), Method::POST);
            assert_eq!(request.uri(), REVOKE);
            assert_eq!(header(&request, "content-type"), Some("application/x-www-form-urlencoded"));
            let form = sent_form(&request);
            assert_eq!(only(&form, "token"), "a+/=%t");
            assert_eq!(only(&form, "token_type_hint"), hint);
            let basic = matches!(auth, ClientAuth::Basic(_));
            assert_eq!(header(&request, "authorization").is_some(), basic);
            assert_eq!(has(&form, "client_id"), !basic);
            assert_eq!(has(&form, "client_secret"), matches!(auth, ClientAuth::Post(_)));
            assert!(!has(&form, "grant_type"));
        }
    }
}

#[test]
fn rev_04_200_is_success_whatever_the_body_says() {
    run("REV-04", false);
}

#[test]
fn rev_04_no_other_status_is_success() {
    run("REV-04", true);
}

#[test]
fn rev_06_a_503_is_tried_again_when_the_provider_says() {
    run("REV-06", true);
}

#[test]
fn rev_07_unsupported_token_type_has_a_name() {
    run("REV-07", true);
}

#[test]
fn rev_08_a_provider_with_an_endpoint_revokes() {
    assert!(provider().can_revoke());
    assert!(client().revoke(secret(), TokenKind::Access).is_some());
}

#[test]
fn rev_08_without_an_endpoint_the_caller_is_told() {
    let without = client_of(Provider::builder(AUTHORIZE, TOKEN).build().unwrap());
    assert!(!without.provider().can_revoke());
    assert!(without.revoke(secret(), TokenKind::Refresh).is_none());
    assert_eq!(RevocationError::Unsupported.remedy(), Remedy::FixConfiguration);
}

#[test]
fn rev_09_a_redirect_is_an_error() {
    run("REV-09", true);
}

#[test]
fn rev_09_the_token_is_never_in_a_url() {
    let (request, sent) = ask(client().revoke(Secret::from("canary-token"), TokenKind::Access).unwrap());
    assert_eq!(request.method(), Method::POST);
    assert!(!request.uri().to_string().contains("canary"));
    assert!(!format!("{request:?} {sent:?}").contains("canary"));
}
