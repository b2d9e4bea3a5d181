//! The authorization endpoint: what it refuses by a page, what by a redirect, and what it sends back.

use crate::support::*;
use gatepass_testkit::Provider;
use gatepass_testkit::provider::{Client, IssParameter, Mode};

#[track_caller]
fn refused_by_page(changes: &[(&str, &str)]) {
    let provider = Provider::start();
    let reply = authorize(&provider, changes);
    assert_eq!(reply.status, 400);
    assert_eq!(reply.header("location"), "");
    assert!(reply.header("content-type").starts_with("text/html"));
    assert_eq!(provider.stats().codes_issued, 0);
}

#[track_caller]
fn refused_by_redirect(changes: &[(&str, &str)], error: &str) {
    let provider = Provider::start();
    let reply = authorize(&provider, changes);
    assert_eq!(reply.status, 303, "{}", reply.text());
    assert_eq!(reply.back("error").as_deref(), Some(error));
    assert_eq!(reply.back("state").as_deref(), Some("some state"));
    assert_eq!(reply.back("iss"), Some(provider.issuer()));
    assert_eq!(reply.back("code"), None);
    assert_eq!(provider.stats().codes_issued, 0);
}

#[test]
fn an_unknown_client_or_redirect_uri_is_never_a_redirect() {
    refused_by_page(&[("client_id", "nobody")]);
    refused_by_page(&[("client_id", "")]);
    refused_by_page(&[("redirect_uri", "https://evil.example/callback")]);
    refused_by_page(&[("redirect_uri", "http://127.0.0.1:9/callback/")]);
    refused_by_page(&[("redirect_uri", "http://127.0.0.1:9/callback?more=1")]);
    refused_by_page(&[("redirect_uri", "http://127.0.0.1:9/callback#fragment")]);
    refused_by_page(&[("redirect_uri", "http://user@127.0.0.1:9/callback")]);
    refused_by_page(&[("redirect_uri", "http://2130706433:9/callback")]);
    refused_by_page(&[("redirect_uri", "https://127.0.0.1:9/callback")]);
    refused_by_page(&[("redirect_uri", "http://127.0.0.1.evil.example/callback")]);
}

#[test]
fn a_repeated_client_id_or_redirect_uri_is_never_a_redirect() {
    let provider = Provider::start();
    for repeated in ["client_id", "redirect_uri"] {
        let mut pairs = query(&[]);
        pairs.push((repeated, "again"));
        let reply = get(&authorize_url(&provider, &pairs), &[]);
        assert_eq!((reply.status, reply.header("location")), (400, ""));
    }
}

#[test]
fn other_errors_go_back_with_state_and_iss() {
    refused_by_redirect(&[("response_type", "")], "invalid_request");
    refused_by_redirect(&[("response_type", "token")], "unsupported_response_type");
    refused_by_redirect(&[("response_mode", "fragment")], "invalid_request");
    refused_by_redirect(&[("scope", "profile everything")], "invalid_scope");
    refused_by_redirect(&[("prompt", "none login")], "invalid_request");
    refused_by_redirect(&[("prompt", "dance")], "invalid_request");
    refused_by_redirect(&[("request", "a.b.c")], "request_not_supported");
    refused_by_redirect(&[("request_uri", "urn:x")], "request_uri_not_supported");
    refused_by_redirect(&[("login_hint", "deny")], "access_denied");
    refused_by_redirect(&[("login_hint", "mallory")], "access_denied");
    refused_by_redirect(&[("login_hint", "error:temporarily_unavailable")], "temporarily_unavailable");
}

#[test]
fn pkce_is_demanded_and_only_as_s256() {
    refused_by_redirect(&[("code_challenge", ""), ("code_challenge_method", "")], "invalid_request");
    refused_by_redirect(&[("code_challenge", "")], "invalid_request");
    refused_by_redirect(&[("code_challenge_method", "")], "invalid_request");
    refused_by_redirect(&[("code_challenge_method", "plain")], "invalid_request");
    refused_by_redirect(&[("code_challenge_method", "s256")], "invalid_request");
    refused_by_redirect(&[("code_challenge", "short")], "invalid_request");
}

#[test]
fn pkce_can_be_made_optional_but_a_challenge_still_binds() {
    let provider = Provider::builder().without_required_pkce().start().unwrap();
    let without = authorize(&provider, &[("code_challenge", ""), ("code_challenge_method", "")]);
    let code = without.back("code").unwrap();
    let with_verifier = exchange(&provider, &code);
    assert_eq!(with_verifier.member("error"), "invalid_grant");
    let form = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", CALLBACK)];
    assert_eq!(post(&provider.token_endpoint(), &[BASIC], &form).status, 200);
    let code = self::code(&provider);
    let form = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", CALLBACK)];
    assert_eq!(post(&provider.token_endpoint(), &[BASIC], &form).member("error"), "invalid_grant");
}

#[test]
fn a_repeated_state_is_refused_and_not_sent_back() {
    let provider = Provider::start();
    let mut pairs = query(&[]);
    pairs.push(("state", "another"));
    let reply = get(&authorize_url(&provider, &pairs), &[]);
    assert_eq!(reply.back("error").as_deref(), Some("invalid_request"));
    assert_eq!(reply.back("state"), None);
}

#[test]
fn the_request_may_come_as_a_form() {
    let provider = Provider::start();
    let reply = post(&provider.authorization_endpoint(), &[], &query(&[]));
    assert_eq!(reply.status, 303);
    assert!(reply.back("code").is_some());
    let put = agent().put(&provider.authorization_endpoint()).send_empty().unwrap();
    assert_eq!(put.status(), 405);
}

#[test]
fn redirect_uris_are_exact_unless_the_client_is_native() {
    let client = Client::confidential("app", "secret").redirect_uri("http://127.0.0.1:9/callback");
    let provider = Provider::builder().client(client).start().unwrap();
    assert_eq!(authorize(&provider, &[]).status, 303);
    assert_eq!(authorize(&provider, &[("redirect_uri", "http://127.0.0.1:10/callback")]).status, 400);
    let native =
        Client::confidential("app", "secret").redirect_uri("http://127.0.0.1/callback").any_loopback_port();
    provider.register(native);
    assert_eq!(authorize(&provider, &[("redirect_uri", "http://127.0.0.1:10/callback")]).status, 303);
    assert_eq!(authorize(&provider, &[("redirect_uri", "http://[::1]:10/callback")]).status, 400);
    assert_eq!(authorize(&provider, &[("redirect_uri", "http://localhost:10/callback")]).status, 400);
}

#[test]
fn a_query_of_the_redirect_uri_is_kept() {
    let uri = "https://app.example/cb?tenant=a%20b";
    let client = Client::public("web").redirect_uri(uri);
    let provider = Provider::builder().client(client).start().unwrap();
    let reply = authorize(&provider, &[("client_id", "web"), ("redirect_uri", "")]);
    assert!(reply.header("location").starts_with("https://app.example/cb?tenant=a%20b&code="), "{reply:?}");
}

#[test]
fn iss_can_be_left_off_errors_or_altogether() {
    let announced = |provider: &Provider| {
        get(&provider.metadata_url(), &[]).json()["authorization_response_iss_parameter_supported"].clone()
    };
    let seen = |iss| {
        let provider = Provider::builder().iss(iss).start().unwrap();
        let on_code = authorize(&provider, &[]).back("iss").is_some();
        let on_error = authorize(&provider, &[("login_hint", "deny")]).back("iss").is_some();
        (announced(&provider).as_bool().unwrap(), on_code, on_error)
    };
    assert_eq!(seen(IssParameter::Sent), (true, true, true));
    assert_eq!(seen(IssParameter::LeftOffErrors), (true, true, false));
    assert_eq!(seen(IssParameter::Unannounced), (false, true, true));
    assert_eq!(seen(IssParameter::Absent), (false, false, false));
}

#[test]
fn further_parameters_travel_with_the_redirect() {
    let provider = Provider::builder().redirect_parameter("session_state", "abc.def").start().unwrap();
    assert_eq!(authorize(&provider, &[]).back("session_state").as_deref(), Some("abc.def"));
}

#[test]
fn form_post_is_a_page_with_the_parameters() {
    let provider = Provider::start();
    let reply = authorize(&provider, &[("response_mode", "form_post"), ("state", "\"><b>&")]);
    assert_eq!(reply.status, 200);
    let page = reply.text();
    assert!(page.contains(r#"<form method="post" action="http://127.0.0.1:9/callback">"#), "{page}");
    assert!(page.contains(r#"name="state" value="&quot;&gt;&lt;b&gt;&amp;""#), "{page}");
    let code = between(&page, r#"name="code" value=""#, "\"");
    assert_eq!(exchange(&provider, code).status, 200);
}

#[test]
fn prompt_none_needs_a_session_at_the_provider() {
    let provider = Provider::start();
    let nobody = authorize(&provider, &[("prompt", "none")]);
    assert_eq!(nobody.back("error").as_deref(), Some("login_required"));
    let login = authorize(&provider, &[("login_hint", "bob")]);
    let cookie = login.header("set-cookie").split(';').next().unwrap().to_owned();
    let url = authorize_url(&provider, &query(&[("prompt", "none")]));
    let silent = get(&url, &[("cookie", &cookie)]);
    let tokens = exchange(&provider, &silent.back("code").unwrap());
    assert_eq!(user(&provider, &tokens.member("access_token")).json()["sub"], "user-bob");
    assert_eq!(provider.stats().logins, 1);
    let again = get(&authorize_url(&provider, &query(&[("prompt", "login")])), &[("cookie", &cookie)]);
    assert!(again.back("code").is_some());
    assert_eq!(provider.stats().logins, 2);
    provider.set_mode(Mode::Pages);
    assert_eq!(get(&url, &[("cookie", &cookie)]).back("error").as_deref(), Some("consent_required"));
}

#[test]
fn an_issuer_can_have_a_path() {
    let provider = Provider::builder().issuer_path("/tenant/a").start().unwrap();
    assert!(provider.issuer().ends_with("/tenant/a"));
    assert!(provider.metadata_url().ends_with("/.well-known/oauth-authorization-server/tenant/a"));
    let document = get(&provider.metadata_url(), &[]).json();
    assert_eq!(document["issuer"], provider.issuer());
    assert_eq!(document["token_endpoint"], provider.token_endpoint());
    assert_eq!(get(&format!("{}/user", provider.issuer()), &[]).status, 401);
    assert_eq!(get(&provider.issuer().replace("/tenant/a", "/user"), &[]).status, 404);
    let access = tokens(&provider).member("access_token");
    assert_eq!(user(&provider, &access).status, 200);
}
