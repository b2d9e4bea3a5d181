//! The token request (RFC 6749 section 4.1.3, RFC 7636 section 4.5, RFC 8707 section 2.2).

use std::collections::HashSet;

use gatepass_core::{Client, ClientAuth, ConfigError, Exchange, Profile, Secret, StartError, TokenError};
use http::Method;

use crate::pkc::challenge_of;
use crate::support::*;

#[test]
fn trq_01_a_post_of_a_form_with_each_parameter_once() {
    let profile =
        with_profile(|habits| habits.token_params = vec![("audience".into(), "a b\u{20ac}".into())]);
    for auth in [ClientAuth::None, ClientAuth::Basic(secret()), ClientAuth::Post(secret())] {
        let client = Client::new(profile.clone(), ID, auth, REDIRECT).unwrap();
        let legs =
            [ask(login(&client).exchange()).0, ask(client.refresh(Secret::from("rt"), &scopes("a"))).0];
        for request in legs {
            assert_eq!(request.method(), Method::POST);
            assert_eq!(header(&request, "content-type"), Some("application/x-www-form-urlencoded"));
            let form = sent_form(&request);
            let names: HashSet<_> = form.iter().map(|(name, _)| name).collect();
            assert_eq!(names.len(), form.len());
            assert!(form.iter().all(|(name, value)| !name.is_empty() && !value.is_empty()));
            assert_eq!(only(&form, "audience"), "a b\u{20ac}");
        }
    }
}

#[test]
fn trq_01_a_profile_doubles_nothing_and_sends_nothing_empty() {
    let configured = |params: &[(&str, &str)]| {
        let mut profile = Profile::strict();
        profile.token_params = params.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        refused(Client::new(builder().profile(profile).build().unwrap(), ID, ClientAuth::None, REDIRECT))
    };
    assert_eq!(configured(&[("x", "1"), ("x", "2")]), ConfigError::Parameter("x".into()));
    assert_eq!(configured(&[("x", "")]), ConfigError::Parameter("x".into()));
    assert_eq!(configured(&[("", "1")]), ConfigError::Parameter("".into()));
    for name in ["grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "token"] {
        assert_eq!(configured(&[(name, "1")]), ConfigError::ReservedParameter(name.into()));
    }
}

#[test]
fn trq_02_the_code_and_the_redirect_uri_as_they_came() {
    let (request, _) = ask(login(&client()).receive("code=a%2Fb%3D%25+%E2%82%AC").unwrap());
    let form = sent_form(&request);
    assert_eq!(only(&form, "grant_type"), "authorization_code");
    assert_eq!(only(&form, "code"), "a/b=% \u{20ac}");
    assert_eq!(only(&form, "redirect_uri"), REDIRECT);
    assert_eq!(request.uri(), TOKEN);
    assert!(request.uri().query().is_none());
}

#[test]
fn trq_03_the_verifier_of_this_very_login() {
    let one = start(client().authorize(&scopes("a")), 1);
    let two = start(client().authorize(&scopes("a")), 2);
    let challenges = [&one, &two].map(|login| only(&query(&login.url), "code_challenge"));
    let later = ask(two.exchange()).0;
    let earlier = ask(one.exchange()).0;
    let verifiers = [earlier, later].map(|request| only(&sent_form(&request), "code_verifier"));
    assert_eq!(verifiers.map(|verifier| challenge_of(&verifier)), challenges);
}

#[test]
fn trq_04_json_is_accepted_and_the_agent_is_named() {
    let (request, _) = ask(login(&client()).exchange());
    assert_eq!(header(&request, "accept"), Some("application/json"));
    assert!(header(&request, "user-agent").unwrap().starts_with("gatepass/"));
}

#[test]
fn trq_05_a_redirect_is_an_error() {
    for status in [301, 302, 303, 307, 308] {
        let (_, sent) = ask(login(&client()).exchange());
        let moved = answer(status, &[("location", "https://evil.example/")], GOOD);
        assert_eq!(refused(judge::<Exchange>(sent, moved)), TokenError::Redirect { status });
    }
}

#[test]
fn trq_09_resources_are_sent_at_both_endpoints() {
    let resources = ["https://a.example/x?y=1", "urn:example:b"];
    let request = client().authorize(&scopes("a")).param("resource", resources[0]);
    let login = start(request.param("resource", resources[1]), 1);
    assert_eq!(all(&query(&login.url), "resource"), resources);
    let Login { url, pending, state } = login;
    let pending = client().resume(pending.park()).unwrap();
    let (request, _) = ask(Login { url, pending, state }.exchange());
    assert_eq!(all(&sent_form(&request), "resource"), resources);
}

#[test]
fn trq_09_a_relative_resource_is_refused() {
    for resource in ["/api", "api", "https://a.example/#f", "https://a.example/#", "//a.example"] {
        let request = client().authorize(&scopes("a")).param("resource", resource);
        assert_eq!(refused(request.start(attempt(1))), StartError::Resource, "{resource}");
    }
}
