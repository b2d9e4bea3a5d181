//! The token endpoint: client authentication, codes and scope, and the protected API behind it.

use crate::support::*;
use gatepass_testkit::Provider;
use gatepass_testkit::provider::{AuthMethod, Client, Endpoint, Fault, RefreshTokens};
use std::time::Duration;

#[track_caller]
fn refused(reply: &Reply, status: u16, error: &str) {
    assert_eq!((reply.status, reply.member("error").as_str()), (status, error), "{}", reply.text());
    assert_eq!(reply.header("cache-control"), "no-store");
}

#[test]
fn a_code_works_once_and_its_reuse_revokes_what_it_gave() {
    let provider = Provider::start();
    let code = code(&provider);
    let tokens = exchange(&provider, &code);
    assert_eq!(tokens.status, 200);
    refused(&exchange(&provider, &code), 400, "invalid_grant");
    assert_eq!(user(&provider, &tokens.member("access_token")).status, 401);
    refused(&refresh(&provider, &tokens.member("refresh_token")), 400, "invalid_grant");
    let stats = provider.stats();
    assert_eq!((stats.exchanges, stats.code_reuse_detected, stats.families_revoked), (1, 1, 1));
}

#[test]
fn a_code_lives_for_thirty_seconds() {
    let provider = Provider::builder().stopped_clock().start().unwrap();
    let (early, late) = (code(&provider), code(&provider));
    provider.advance(Duration::from_secs(29));
    assert_eq!(exchange(&provider, &early).status, 200);
    provider.advance(Duration::from_secs(1));
    refused(&exchange(&provider, &late), 400, "invalid_grant");
}

#[test]
fn a_code_is_bound_to_its_client_redirect_uri_and_challenge() {
    let provider = Provider::start();
    let code = code(&provider);
    let other = [("client_id", "cli")];
    let form: Vec<_> = exchange_form(&code).into_iter().chain(other).collect();
    refused(&post(&provider.token_endpoint(), &[], &form), 400, "invalid_grant");
    let with = |name: &str, value: &'static str| {
        let mut form = exchange_form(&code).to_vec();
        form.retain(|(key, _)| *key != name);
        if !value.is_empty() {
            form.push((if name == "redirect_uri" { "redirect_uri" } else { "code_verifier" }, value));
        }
        post(&provider.token_endpoint(), &[BASIC], &form)
    };
    refused(&with("redirect_uri", "http://127.0.0.1:10/callback"), 400, "invalid_grant");
    refused(&with("redirect_uri", ""), 400, "invalid_grant");
    refused(&with("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXj"), 400, "invalid_grant");
    refused(&with("code_verifier", ""), 400, "invalid_grant");
    assert_eq!(exchange(&provider, &code).status, 200, "refusals do not spend a code");
}

#[test]
fn requests_are_well_formed_or_refused() {
    let provider = Provider::start();
    let url = provider.token_endpoint();
    refused(&post(&url, &[BASIC], &[]), 400, "invalid_request");
    refused(&post(&url, &[BASIC], &[("grant_type", "password")]), 400, "unsupported_grant_type");
    refused(&post(&url, &[BASIC], &[("grant_type", "authorization_code")]), 400, "invalid_request");
    refused(&post(&url, &[BASIC], &[("grant_type", "refresh_token")]), 400, "invalid_request");
    refused(&post(&url, &[BASIC], &[("code", "a"), ("code", "b")]), 400, "invalid_request");
    refused(
        &post(&url, &[BASIC], &[("client_id", "app"), ("client_secret", "secret")]),
        400,
        "invalid_request",
    );
    refused(&post(&url, &[BASIC], &[("client_id", "cli")]), 400, "invalid_request");
    let json =
        agent().post(&url).header(BASIC.0, BASIC.1).content_type("application/json").send("{}").unwrap();
    assert_eq!(json.status(), 400);
    let got = get(&url, &[]);
    assert_eq!((got.status, got.header("allow")), (405, "POST"));
}

#[test]
fn clients_authenticate_as_they_are_registered() {
    let provider = Provider::start();
    let url = provider.token_endpoint();
    let form = |more: &[(&'static str, &'static str)]| {
        let code = code(&provider);
        let form: Vec<_> = exchange_form(&code).into_iter().chain(more.iter().copied()).collect();
        post(&url, &[], &form)
    };
    assert_eq!(form(&[("client_id", "app"), ("client_secret", "secret")]).status, 200);
    refused(&form(&[("client_id", "app"), ("client_secret", "wrong")]), 401, "invalid_client");
    refused(&form(&[("client_id", "app")]), 401, "invalid_client");
    refused(&form(&[("client_id", "nobody")]), 401, "invalid_client");
    refused(&form(&[("client_id", "cli"), ("client_secret", "secret")]), 401, "invalid_client");
    refused(&form(&[]), 401, "invalid_client");
    let wrong = post(&url, &[("authorization", "Basic YXBwOndyb25n")], &exchange_form("x"));
    refused(&wrong, 401, "invalid_client");
    assert!(wrong.header("www-authenticate").starts_with("Basic "));
    refused(&post(&url, &[("authorization", "Bearer x")], &exchange_form("x")), 401, "invalid_client");
    provider.register(Client::confidential("app", "secret").auth_methods(&[AuthMethod::Post]));
    refused(&post(&url, &[BASIC], &exchange_form("x")), 401, "invalid_client");
}

#[test]
fn basic_credentials_are_form_decoded() {
    let id = "app:with space&=+%";
    let client = Client::confidential(id, "s3cr%t+ &=ü").redirect_uri(CALLBACK);
    let provider = Provider::builder().client(client).start().unwrap();
    let code = authorize(&provider, &[("client_id", id)]).back("code").unwrap();
    // "app%3Awith+space%26%3D%2B%25:s3cr%25t%2B+%26%3D%C3%BC" in base64
    let encoded = "Basic YXBwJTNBd2l0aCtzcGFjZSUyNiUzRCUyQiUyNTpzM2NyJTI1dCUyQislMjYlM0QlQzMlQkM=";
    let reply = post(&provider.token_endpoint(), &[("authorization", encoded)], &exchange_form(&code));
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[test]
fn a_public_client_names_itself() {
    let provider = Provider::start();
    let code = authorize(&provider, &[("client_id", "cli")]).back("code").unwrap();
    let form: Vec<_> = exchange_form(&code).into_iter().chain([("client_id", "cli")]).collect();
    assert_eq!(post(&provider.token_endpoint(), &[], &form).status, 200);
}

#[test]
fn the_api_tells_why_it_refuses() {
    let provider =
        Provider::builder().stopped_clock().access_token_lifetime(Duration::from_secs(60)).start().unwrap();
    let url = provider.user_endpoint();
    let bare = get(&url, &[]);
    assert_eq!((bare.status, bare.header("www-authenticate")), (401, r#"Bearer realm="gatepass-provider""#));
    assert!(user(&provider, "nonsense").header("www-authenticate").contains("unknown"));
    let tokens = tokens(&provider);
    let access = tokens.member("access_token");
    assert_eq!(tokens.json()["expires_in"], 60);
    assert_eq!(get(&format!("{url}?access_token={access}"), &[]).status, 401);
    provider.advance(Duration::from_secs(59));
    assert_eq!(user(&provider, &access).status, 200);
    provider.advance(Duration::from_secs(1));
    let expired = user(&provider, &access);
    assert_eq!(expired.status, 401);
    assert!(expired.header("www-authenticate").contains(r#"error="invalid_token""#));
    assert!(expired.header("www-authenticate").contains("expired"));
}

#[test]
fn access_tokens_can_be_expired_at_once() {
    let provider = Provider::start();
    let access = tokens(&provider).member("access_token");
    provider.expire_access_tokens();
    assert_eq!(user(&provider, &access).status, 401);
    assert_eq!(user(&provider, &tokens(&provider).member("access_token")).status, 200);
}

#[test]
fn fewer_scopes_can_be_granted_than_asked_for() {
    let provider = Provider::builder().grant_at_most(&["email"]).start().unwrap();
    let tokens = tokens(&provider);
    assert_eq!(tokens.json()["scope"], "email");
    let about = user(&provider, &tokens.member("access_token")).json();
    assert_eq!((about["email"].as_str(), about.get("name")), (Some("alice@example.com"), None));
}

#[test]
fn refresh_tokens_can_depend_on_offline_access() {
    let which = |which, scope| {
        let provider = Provider::builder().refresh_tokens(which).start().unwrap();
        let code = authorize(&provider, &[("scope", scope)]).back("code").unwrap();
        exchange(&provider, &code).json().get("refresh_token").is_some()
    };
    assert!(which(RefreshTokens::Always, "profile"));
    assert!(!which(RefreshTokens::OfflineAccess, "profile"));
    assert!(which(RefreshTokens::OfflineAccess, "profile offline_access"));
    assert!(!which(RefreshTokens::Never, "profile offline_access"));
}

#[test]
fn token_responses_can_carry_more() {
    let provider = Provider::builder()
        .token_member("instance_url", "https://api.example")
        .token_member("token_type", "bearer")
        .start()
        .unwrap();
    let tokens = tokens(&provider).json();
    assert_eq!(
        (&tokens["instance_url"], &tokens["token_type"]),
        (&"https://api.example".into(), &"bearer".into())
    );
}

#[test]
fn echo_gives_back_what_came() {
    let provider = Provider::start();
    let reply = post(&format!("{}?a=1", provider.echo_endpoint()), &[("x-test", "yes")], &[("b", "2")]);
    let echo = reply.json();
    assert_eq!(
        (&echo["method"], &echo["query"], &echo["body"]),
        (&"POST".into(), &"a=1".into(), &"b=2".into())
    );
    assert!(echo["headers"].as_array().unwrap().contains(&serde_json::json!(["x-test", "yes"])));
}

#[test]
fn the_log_has_every_request_as_it_came() {
    let provider = Provider::builder().stopped_clock().start().unwrap();
    let start = provider.now();
    let tokens = tokens(&provider);
    provider.advance(Duration::from_secs(5));
    provider.inject(Fault::before(Endpoint::Token).status(503));
    assert_eq!(refresh(&provider, &tokens.member("refresh_token")).status, 503);
    let log = provider.log();
    let seen: Vec<_> = log.iter().map(|entry| (entry.endpoint, entry.status, entry.processed)).collect();
    assert_eq!(
        seen,
        [
            (Endpoint::Authorize, Some(303), true),
            (Endpoint::Token, Some(200), true),
            (Endpoint::Token, Some(503), false)
        ]
    );
    assert_eq!((log[1].at, log[2].at), (start, start + Duration::from_secs(5)));
    assert_eq!(log[1].request.basic_credentials(), Some(("app".into(), "secret".into())));
    assert_eq!(log[1].request.form_value("code_verifier").as_deref(), Some(VERIFIER));
    assert_eq!(log[0].request.query_value("state").as_deref(), Some("some state"));
    assert_eq!(provider.token_requests("refresh_token").len(), 1);
    let issued = provider.issued();
    assert_eq!(issued.len(), 3);
    assert!(
        issued.contains(&tokens.member("access_token")) && issued.contains(&tokens.member("refresh_token"))
    );
    provider.reset();
    assert!(provider.log().is_empty() && provider.issued().is_empty());
    assert_eq!(user(&provider, &tokens.member("access_token")).status, 401);
}
