//! From the authorization request to the API.

use crate::support::*;
use gatepass_testkit::Provider;
use gatepass_testkit::provider::{Endpoint, Fault, Gate};

#[test]
fn a_login_reaches_the_api() {
    let provider = Provider::start();
    let back = authorize(&provider, &[("login_hint", "bob")]);
    assert_eq!(back.status, 303);
    assert!(back.header("location").starts_with(CALLBACK));
    assert_eq!(back.back("state").unwrap(), "some state");
    assert_eq!(back.back("iss").unwrap(), provider.issuer());
    let tokens = exchange(&provider, &back.back("code").unwrap());
    assert_eq!(tokens.status, 200);
    assert_eq!(tokens.header("cache-control"), "no-store");
    assert_eq!(tokens.json()["token_type"], "Bearer");
    assert_eq!(tokens.json()["expires_in"], 3600);
    assert_eq!(tokens.json()["scope"], "profile email");
    let about = user(&provider, &tokens.member("access_token"));
    assert_eq!(about.status, 200);
    assert_eq!(
        about.json(),
        serde_json::json!({
            "sub": "user-bob", "name": "Bob Cratchit", "email": "bob@example.com", "scopes": ["profile", "email"]
        })
    );
    let stats = provider.stats();
    assert_eq!((stats.logins, stats.codes_issued, stats.exchanges, stats.api_calls), (1, 1, 1, 1));
}

#[test]
fn async_tests_start_drive_and_drop_it_too() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let provider = Provider::start();
        let gate = Gate::new();
        provider.inject(Fault::before(Endpoint::Echo).hold(&gate));
        let url = provider.echo_endpoint();
        let held = tokio::task::spawn_blocking(move || get(&url, &[]).status);
        gate.reached(1).await;
        assert!(!provider.log()[0].processed);
        gate.open();
        assert_eq!(held.await.unwrap(), 200);
    });
}

#[test]
fn providers_stand_side_by_side() {
    let (one, two) = (Provider::start(), Provider::start());
    assert_ne!(one.issuer(), two.issuer());
    let access = tokens(&one).member("access_token");
    assert_eq!((user(&one, &access).status, user(&two, &access).status), (200, 401));
    let cookies: Vec<String> = [&one, &two]
        .map(|provider| authorize(provider, &[]).header("set-cookie").split('=').next().unwrap().to_owned())
        .into();
    assert_ne!(cookies[0], cookies[1], "a browser keeps one cookie jar for all ports");
}
