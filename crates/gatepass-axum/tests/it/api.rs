//! Calls to the provider's resources on a person's behalf.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use gatepass_axum::{Api, ApiError};
use gatepass_testkit::Provider;
use gatepass_testkit::provider::{Endpoint, Fault, Rewrite};

use crate::support::{App, Browser, Parts, scopes};

/// Gets whatever URL the test has named.
async fn call(State(url): State<String>, api: Api) -> Result<Json<serde_json::Value>, ApiError> {
    api.json(&url).await.map(Json)
}

fn app(provider: &Provider, url: &str) -> App {
    let parts = Parts::new();
    let builder = parts.builder().provider("test", parts.client(provider, "/callback"), scopes());
    let login = builder.build().unwrap();
    let app = Router::new().route("/call", get(call)).with_state(url.to_owned());
    parts.run(login.clone(), app.merge(login.routes()).layer(login.layer()))
}

#[test]
fn a_resource_of_the_provider_is_called_with_a_token() {
    let provider = Provider::start();
    let app = app(&provider, &provider.user_endpoint());
    let browser = Browser::new();
    let page = browser.follow(&app.url("/call"));
    assert_eq!((page.status, page.json()["sub"].as_str()), (200, Some("user-alice")));
    // Ten calls with a token that the API has just stopped taking cause one renewal.
    provider.expire_access_tokens();
    let calls: Vec<_> = (0..10)
        .map(|_| {
            let (browser, url) = (browser.clone(), app.url("/call"));
            std::thread::spawn(move || browser.ask(&url).status)
        })
        .collect();
    assert!(calls.into_iter().all(|call| call.join().unwrap() == 200));
    assert_eq!((provider.stats().refreshes, provider.stats().reuse_detected), (1, 0));
}

#[test]
fn no_other_origin_ever_sees_a_token() {
    let (provider, other) = (Provider::start(), Provider::start());
    let app = app(&provider, &other.echo_endpoint());
    let browser = Browser::new();
    browser.follow(&app.url("/login"));
    let page = browser.ask(&app.url("/call"));
    assert_eq!((page.status, page.error().as_str()), (500, "internal"));
    assert_eq!(other.log().len(), 0);
}

#[test]
fn without_a_session_nothing_is_called() {
    let provider = Provider::start();
    let app = app(&provider, &provider.user_endpoint());
    assert_eq!(Browser::new().ask(&app.url("/call")).status, 401);
    assert_eq!(provider.requests(Endpoint::User).len(), 0);
}

#[test]
fn who_comes_too_early_is_told_when_to_come_again() {
    for (said, told) in [(Some("7"), "7"), (None, "2")] {
        let provider = Provider::start();
        let app = app(&provider, &provider.user_endpoint());
        let browser = Browser::new();
        assert_eq!(browser.follow(&app.url("/call")).status, 200);
        provider.expire_access_tokens();
        let busy = Rewrite::new().status(429);
        let busy = said.into_iter().fold(busy, |busy, said| busy.header("retry-after", said));
        provider.inject(Fault::before(Endpoint::Token).rewrite(busy));
        let page = browser.ask(&app.url("/call"));
        assert_eq!((page.error().as_str(), page.header("retry-after")), ("provider_unreachable", told));
    }
}
