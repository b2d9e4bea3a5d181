//! A grant that has ended under a session that has not: the person logs in again, and need not notice.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use gatepass::Profile;
use gatepass_axum::{Api, ApiError, Session};
use gatepass_testkit::Provider;
use gatepass_testkit::provider::{Endpoint, Fault, Mode, RefreshTokens};

use crate::support::{App, Browser, Page, Parts, scopes};

const SESSION: &str = "gatepass-session";

async fn call(State(url): State<String>, api: Api) -> Result<Json<serde_json::Value>, ApiError> {
    api.json(&url).await.map(Json)
}

async fn who(session: Session) -> String {
    format!("session {}", session.id().as_str())
}

/// An application whose pages call the API.
fn app(provider: &Provider, knows_silence: bool) -> App {
    let parts = Parts::new();
    let mut profile = Profile::strict();
    profile.prompt_none = knows_silence;
    let client = parts.client_with(provider, "/callback", profile);
    let login = parts.builder().provider("test", client, scopes()).build().unwrap();
    let app = Router::new()
        .route("/call", get(call).post(call))
        .with_state(provider.user_endpoint())
        .route("/session", get(who))
        .route("/", get(async || "home"));
    parts.run(login.clone(), app.merge(login.routes()).layer(login.layer()))
}

/// Somebody is logged in.
fn logged_in(knows_silence: bool) -> (Provider, App, Browser) {
    let provider = Provider::start();
    let app = app(&provider, knows_silence);
    let browser = Browser::new();
    assert_eq!(browser.follow(&app.url("/call")).status, 200);
    (provider, app, browser)
}

/// Lets the answer to a renewal be lost, so that the grant is suspect.
fn lose_a_renewal(provider: &Provider, app: &App, browser: &Browser) {
    provider.expire_access_tokens();
    provider.inject(Fault::after(Endpoint::Token).close());
    assert_ne!(browser.ask(&app.url("/call")).status, 200);
    assert_eq!(provider.stats().refreshes, 1, "the provider has rotated, and nobody knows to what");
}

/// Ends the grant at the provider, and lets a call find out.
fn end_the_grant(provider: &Provider, app: &App, browser: &Browser) {
    provider.end_grants();
    assert_eq!(browser.ask(&app.url("/call")).error(), "login_required");
}

/// What the provider was asked to show, login by login.
fn prompts(provider: &Provider) -> Vec<String> {
    let asked = provider.requests(Endpoint::Authorize);
    asked.iter().map(|entry| entry.request.query_value("prompt").unwrap_or_default()).collect()
}

/// Goes to a page and answers all places on the way.
fn walk(browser: &Browser, url: &str) -> (Page, Vec<String>) {
    let (mut page, mut places) = (browser.go(url), vec![]);
    while (300..400).contains(&page.status) {
        assert!(places.len() < 12, "a circle: {places:?}");
        places.push(page.location());
        page = browser.go(&page.location());
    }
    (page, places)
}

fn provider_cookie(provider: &Provider) -> String {
    format!("gatepass_provider_{}", provider.issuer().rsplit(':').next().unwrap())
}

#[test]
fn a_suspect_grant_is_renewed_in_passing() {
    let (provider, app, browser) = logged_in(true);
    let id = browser.go(&app.url("/session")).text();
    let cookie = browser.cookie(SESSION).unwrap();
    lose_a_renewal(&provider, &app, &browser);

    let (page, places) = walk(&browser, &app.url("/call?page=2"));
    assert_eq!((page.status, page.url.clone()), (200, app.url("/call?page=2")), "{}", page.text());
    assert_eq!(places.len(), 4, "our door, the provider, the callback, and back: {places:?}");
    assert_eq!(prompts(&provider), ["", "none"]);
    assert_eq!(browser.go(&app.url("/session")).text(), id, "the session goes on");
    assert_ne!(browser.cookie(SESSION).unwrap(), cookie, "under a new cookie");
    assert_eq!(provider.stats().reuse_detected, 0);
    // The new tokens last.
    provider.expire_access_tokens();
    assert_eq!(browser.ask(&app.url("/call")).status, 200);
}

#[test]
fn a_grant_that_the_provider_ended_is_asked_for_again_without_a_word() {
    let (provider, app, browser) = logged_in(true);
    provider.end_grants();
    let (page, _) = walk(&browser, &app.url("/call"));
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(prompts(&provider), ["", "none"]);
    assert_eq!(
        provider.requests(Endpoint::Authorize)[1].request.query_value("scope").unwrap(),
        "profile email"
    );
}

#[test]
fn a_page_that_only_wants_the_session_repairs_its_grant_as_well() {
    let (provider, app, browser) = logged_in(true);
    end_the_grant(&provider, &app, &browser);
    let (page, places) = walk(&browser, &app.url("/session"));
    assert_eq!((page.status, places.len()), (200, 4), "{places:?}");
    assert_eq!(prompts(&provider), ["", "none"]);
    assert_eq!(walk(&browser, &app.url("/session")).1.len(), 0);
}

#[test]
fn who_is_not_logged_in_at_the_provider_any_more_logs_in_there_once() {
    let (provider, app, browser) = logged_in(true);
    lose_a_renewal(&provider, &app, &browser);
    browser.forget(&provider_cookie(&provider));
    let id = browser.cookie(SESSION);
    let (page, places) = walk(&browser, &app.url("/call"));
    assert_eq!(page.status, 200, "{places:?} {}", page.text());
    assert_eq!(prompts(&provider), ["", "none", ""], "silently first, and then aloud");
    assert_ne!(browser.cookie(SESSION), id);
    assert_eq!(provider.stats().logins, 2);
}

#[test]
fn whatever_silence_cannot_answer_is_asked_aloud_once_and_then_explained() {
    for error in ["login_required", "interaction_required", "consent_required", "account_selection_required"]
    {
        let (provider, app, browser) = logged_in(true);
        lose_a_renewal(&provider, &app, &browser);
        let answer = |asked: &Page| {
            let (state, iss) = (asked.parameter("state"), provider.issuer());
            browser.go(&format!("{}?state={state}&error={error}&iss={iss}", app.url("/callback")))
        };
        let silent = browser.go(&browser.go(&app.url("/call?page=4")).location());
        assert_eq!(silent.parameter("prompt"), "none");
        let aloud = answer(&silent);
        assert_eq!(
            (aloud.status, aloud.parameter("prompt")),
            (303, String::new()),
            "{error}: {}",
            aloud.text()
        );
        assert_eq!(aloud.parameter("scope"), "profile email");
        // The first callback has nothing more to say: nobody is sent in a circle by it.
        assert_eq!(answer(&silent).status, 400, "{error}");
        let refused = answer(&aloud);
        assert_eq!(refused.status, 400, "{error}: {}", refused.text());
        assert!(refused.text().contains("The login service refused"), "{error}: {}", refused.text());
        assert_eq!(provider.stats().exchanges, 1);
    }
}

#[test]
fn a_person_who_is_asked_aloud_comes_back_to_where_they_were() {
    let (provider, app, browser) = logged_in(true);
    let id = browser.go(&app.url("/session")).text();
    lose_a_renewal(&provider, &app, &browser);
    browser.forget(&provider_cookie(&provider));
    provider.set_mode(Mode::Pages);
    let (page, places) = walk(&browser, &app.url("/call?page=3"));
    assert!(page.text().contains("password"), "the provider's login page, after {places:?}: {}", page.text());
    // Somebody is there to log in.
    provider.set_mode(Mode::Auto);
    let (page, _) = walk(&browser, places.last().unwrap());
    assert_eq!((page.status, page.url.clone()), (200, app.url("/call?page=3")));
    assert_eq!(browser.go(&app.url("/session")).text(), id);
}

#[test]
fn a_provider_that_does_not_know_silence_is_not_asked_for_it() {
    let (provider, app, browser) = logged_in(false);
    let id = browser.go(&app.url("/session")).text();
    lose_a_renewal(&provider, &app, &browser);
    assert_eq!(walk(&browser, &app.url("/call")).0.status, 200);
    assert_eq!(prompts(&provider), ["", ""]);
    assert_eq!(browser.go(&app.url("/session")).text(), id);
}

#[test]
fn a_program_is_given_401_with_the_login_s_url() {
    let (provider, app, browser) = logged_in(true);
    lose_a_renewal(&provider, &app, &browser);
    let page = browser.fetch(&app.url("/call"));
    assert_eq!((page.status, page.error().as_str()), (401, "login_required"));
    assert_eq!(page.json()["login"], app.url("/login"));
    assert!(page.header("www-authenticate").contains(&app.url("/login")));
    assert_eq!(prompts(&provider), [""], "nobody was sent anywhere");
    // The session itself is no token, and a script that only wants to know who it is may.
    assert_eq!(browser.fetch(&app.url("/session")).status, 200);
    // The same door repairs the grant.
    let (page, _) = walk(&browser, &app.url("/login?return_to=/session"));
    assert_eq!(page.status, 200);
    assert_eq!(prompts(&provider), ["", "none"]);
    assert_eq!(browser.fetch(&app.url("/call")).status, 200);
}

#[test]
fn a_suspect_grant_serves_as_long_as_its_token_does() {
    let (provider, app, browser) = logged_in(true);
    let grants = app.block_on(app.login.keeper().distrust_all(|_| {})).unwrap();
    assert_eq!(grants.changed, 1);
    let (page, places) = walk(&browser, &app.url("/call"));
    assert_eq!((page.status, places.len()), (200, 0), "{places:?}");
    provider.expire_access_tokens();
    assert_eq!(walk(&browser, &app.url("/call")).0.status, 200);
    assert_eq!(prompts(&provider), ["", "none"]);
    assert_eq!(provider.token_requests("refresh_token").len(), 0);
}

#[test]
fn tokens_that_never_serve_lead_to_one_login_and_not_into_a_circle() {
    let provider = Provider::builder().refresh_tokens(RefreshTokens::Never).start().unwrap();
    let app = app(&provider, true);
    let browser = Browser::new();
    provider.inject(Fault::before(Endpoint::User).status(401).until_cleared());
    let (page, places) = walk(&browser, &app.url("/call"));
    assert_eq!(page.status, 502, "{places:?}");
    assert!(page.text().contains("The service gave no useful answer"), "{}", page.text());
    assert_eq!(prompts(&provider), ["", "none"]);
    // The next time that the person comes, it is tried again.
    browser.forget("gatepass-just");
    assert_eq!(walk(&browser, &app.url("/call")).0.status, 502);
    assert_eq!(prompts(&provider).len(), 3);
}

#[test]
fn who_logs_out_in_the_meantime_stays_logged_out() {
    let (provider, app, browser) = logged_in(true);
    lose_a_renewal(&provider, &app, &browser);
    let callback = browser.go(&browser.go(&browser.go(&app.url("/call")).location()).location()).location();
    assert_eq!(browser.post(&app.url("/logout"), "").status, 303);
    let exchanges = provider.stats().exchanges;
    let page = browser.go(&callback);
    assert_eq!(page.status, 401, "{}", page.text());
    assert!(browser.cookie(SESSION).is_none());
    assert_eq!(browser.ask(&app.url("/session")).status, 401);
    assert_eq!(provider.stats().exchanges, exchanges, "the code is not even exchanged");
}

#[test]
fn a_login_that_was_begun_for_a_session_never_touches_another_one() {
    let (provider, app, browser) = logged_in(false);
    end_the_grant(&provider, &app, &browser);
    let mine = browser.go(&app.url("/session"));
    let callback = browser.go(&browser.go(&mine.location()).location()).location();
    // Another session has come into the same browser.
    browser.forget(SESSION);
    let (page, _) = walk(&browser, &app.url("/login?return_to=/session"));
    let other = page.text();
    let (page, _) = walk(&browser, &callback);
    assert_eq!(page.status, 200);
    assert_ne!(page.text(), other, "a session of its own");
    assert_eq!(provider.stats().exchanges, 3);
}

#[test]
fn two_tabs_may_be_renewed_at_once() {
    let (provider, app, browser) = logged_in(true);
    let id = browser.go(&app.url("/session")).text();
    lose_a_renewal(&provider, &app, &browser);
    let callbacks: Vec<String> = (0..2)
        .map(|_| browser.go(&browser.go(&browser.go(&app.url("/call")).location()).location()).location())
        .collect();
    for callback in callbacks {
        assert_eq!(walk(&browser, &callback).0.status, 200);
    }
    assert_eq!(browser.go(&app.url("/session")).text(), id);
}
