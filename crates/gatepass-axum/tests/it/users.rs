//! Applications with users of their own: whose a login is, who does not come in, and sessions that are not ours.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::HeaderValue;
use axum::routing::get;
use gatepass::renewal::{Reach, Rotation};
use gatepass::{PersonAt, Profile};
use gatepass_axum::{Admission, Api, Arrived, BuildError, Greeting, LoginBuilder, ReturnTo, Session};
use gatepass_testkit::Provider;
use gatepass_testkit::memory::MemoryStore;
use gatepass_testkit::provider::{Endpoint, Fault, Rewrite};

use crate::support::{App, Browser, Parts, callback_url, scopes};

const SESSION: &str = "gatepass-session";

/// What the application answers to the next login.
type Next = Arc<Mutex<Option<Admission>>>;

fn builder(provider: &Provider, parts: &Parts<MemoryStore>) -> LoginBuilder {
    reaching(provider, parts, Reach::Family)
}

/// A provider at which a revocation reaches so far.
fn reaching(provider: &Provider, parts: &Parts<MemoryStore>, reach: Reach) -> LoginBuilder {
    let mut profile = Profile::strict();
    profile.rotation = Rotation::STRICT.reach(reach);
    parts.builder().provider("test", parts.client_with(provider, "/callback", profile), scopes())
}

/// Answers what `next` says, and fails when that is nothing.
fn judged(builder: LoginBuilder, next: &Next) -> LoginBuilder {
    let next = Arc::clone(next);
    builder.on_signed_in(move |_| {
        let answer = next.lock().unwrap().clone();
        async move { answer.ok_or_else(|| "the table of users is away".into()) }
    })
}

fn next(admission: Admission) -> Next {
    Arc::new(Mutex::new(Some(admission)))
}

async fn owner(session: Session) -> String {
    format!("{:?} {:?}", session.owner(), session.description())
}

fn serve(parts: &Parts<MemoryStore>, builder: LoginBuilder) -> App {
    serve_with(parts, builder, String::new())
}

/// With a page that asks this API.
fn serve_with(parts: &Parts<MemoryStore>, builder: LoginBuilder, api_url: String) -> App {
    let login = builder.build().unwrap();
    let called =
        move |api: Api| async move { api.json::<serde_json::Value>(&api_url).await.map(|_| "called") };
    let app = Router::new()
        .route("/", get(async |session: Option<Session>| if session.is_some() { "in" } else { "nobody" }))
        .route("/owner", get(owner))
        .route("/called", get(called))
        .route("/ask-for-access", get("ask"));
    parts.run(login.clone(), app.merge(login.routes()).layer(login.layer()))
}

#[track_caller]
fn until(reached: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !reached() {
        assert!(Instant::now() < deadline, "it does not come to that");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn an_application_names_the_owner_of_a_login() {
    let (provider, parts) = (Provider::start(), Parts::new());
    let next = next(Admission::of("user 7").described("My\r\ntelephone"));
    let app = serve(&parts, judged(builder(&provider, &parts), &next));
    let page = Browser::new().follow(&app.url("/owner"));
    assert_eq!(page.text(), "Some(\"user 7\") Some(\"Mytelephone\")");
    *next.lock().unwrap() = Some(Admission::nameless());
    let page = Browser::new().follow(&app.url("/owner"));
    assert_eq!(page.text(), "None None", "a browser that does not say what it is is not described");
}

#[test]
fn the_provider_s_api_says_whose_a_login_is() {
    let (provider, parts) = (Provider::start(), Parts::new());
    let (user, echo) = (provider.user_endpoint(), provider.echo_endpoint());
    let builder = builder(&provider, &parts).on_signed_in(move |who| {
        let (user, echo) = (user.clone(), echo.clone());
        async move {
            assert_eq!((who.provider(), who.subject()), ("test", None));
            assert!(who.granted().contains("profile"));
            assert!(
                who.json::<String>("https://elsewhere.example/").await.is_err(),
                "no token goes elsewhere"
            );
            let _ = echo;
            let profile: serde_json::Value = who.json(&user).await?;
            Ok(Admission::of(profile["sub"].as_str().ok_or("there is no sub")?))
        }
    });
    let app = serve(&parts, builder);
    let page = Browser::new().follow(&app.url("/owner"));
    assert_eq!(page.text(), "Some(\"user-alice\") None");

    provider.inject(Fault::before(Endpoint::User).status(500));
    let browser = Browser::new();
    let page = browser.follow(&app.url("/owner"));
    assert_eq!(page.status, 500, "{}", page.text());
    assert!(browser.cookie(SESSION).is_none());
}

#[test]
fn whoever_is_not_let_in_has_no_session_and_no_tokens() {
    let (provider, parts) = (Provider::start(), Parts::new());
    let next = next(Admission::refused());
    let app = serve(&parts, judged(builder(&provider, &parts), &next));
    let browser = Browser::new();
    let callback = callback_url(&browser, &app, "/login");
    let page = browser.go(&callback);
    assert_eq!(page.status, 403);
    assert!(page.text().contains("You cannot come in with this account"), "{}", page.text());
    until(|| provider.stats().revocations > 0);
    let again = browser.ask(&callback);
    assert_eq!((again.status, again.error().as_str()), (403, "not_admitted"));

    *next.lock().unwrap() = Some(Admission::refused_at(ReturnTo::parse("/ask-for-access").unwrap()));
    assert_eq!(browser.follow(&app.url("/login")).text(), "ask");
    assert!(browser.cookie(SESSION).is_none());

    *next.lock().unwrap() = None;
    let page = browser.follow(&app.url("/login"));
    assert_eq!(page.status, 500);
    assert!(!page.text().contains("table of users"), "{}", page.text());
    assert_eq!(browser.go(&app.url("/")).text(), "nobody");
    until(|| provider.stats().revocations > 2);
}

#[test]
fn a_refusal_revokes_nothing_where_that_would_reach_other_logins() {
    let (provider, parts) = (Provider::start(), Parts::new());
    let next = next(Admission::refused());
    let app = serve(&parts, judged(reaching(&provider, &parts, Reach::Grant), &next));
    assert_eq!(Browser::new().follow(&app.url("/login")).status, 403);
    assert_eq!(app.block_on(app.login.drain(Duration::from_secs(10))), 0);
    assert_eq!(provider.stats().revocations, 0);
}

#[test]
fn a_login_by_somebody_else_does_not_take_over_a_session() {
    let (provider, parts) = (Provider::start(), Parts::new());
    let next = next(Admission::of("ada"));
    let app = serve_with(&parts, judged(builder(&provider, &parts), &next), provider.user_endpoint());
    let browser = Browser::new();
    assert_eq!(browser.follow(&app.url("/called")).text(), "called");
    let before = browser.cookie(SESSION).unwrap();
    // The grant ends, and so the next login is begun for this very session; but somebody else answers it.
    provider.expire_access_tokens();
    provider.end_grants();
    let page = browser.go(&app.url("/called"));
    assert!(page.location().contains("/login?return_to=%2Fcalled&renew"), "{}", page.location());
    *next.lock().unwrap() = Some(Admission::of("eve"));
    assert_eq!(browser.follow(&page.location()).text(), "called");
    assert!(browser.go(&app.url("/owner")).text().starts_with("Some(\"eve\")"));
    browser.set_cookie(SESSION, &before);
    assert_ne!(browser.follow(&app.url("/")).text(), "in", "the first one's session was left to them");
}

/// An application with a cookie of its own and no store for it.
fn own(parts: &Parts<MemoryStore>, builder: LoginBuilder) -> App {
    let builder = builder.own_sessions(async |arrived: Arrived| {
        let shown = format!("{arrived:?}");
        assert!(!shown.contains("gatepass-browser"), "{shown}");
        if arrived.parts.headers.contains_key("x-broken") {
            return Err("the store of sessions is away".into());
        }
        let cookie = HeaderValue::from_str(&format!("mine={}-{}; Path=/", arrived.owner, arrived.provider))?;
        Ok(Greeting::new().cookie(cookie))
    });
    serve(parts, builder)
}

#[test]
fn sessions_of_the_application_s_own_take_the_place_of_ours() {
    let (provider, parts) = (Provider::start(), Parts::new());
    let next = next(Admission::of("ada"));
    let app = own(&parts, judged(builder(&provider, &parts), &next));
    let browser = Browser::new();
    let callback = callback_url(&browser, &app, "/login?return_to=/ask-for-access");
    let page = browser.go(&callback);
    assert_eq!(page.location(), app.url("/ask-for-access"));
    assert_eq!((browser.cookie("mine").as_deref(), browser.cookie(SESSION)), (Some("ada-test"), None));
    assert_eq!(page.header("cache-control"), "no-store");
    let answer = app.block_on(app.login.api_of("ada", "test").get(&provider.user_endpoint()));
    assert_eq!(answer.unwrap().status(), 200, "the tokens are the user's");

    // The first answer may never have arrived: a repeated callback brings the session again, and asks nobody.
    browser.forget("mine");
    *next.lock().unwrap() = None;
    assert_eq!(browser.go(&callback).location(), app.url("/ask-for-access"));
    assert_eq!(browser.cookie("mine").as_deref(), Some("ada-test"));
    assert_eq!(provider.stats().exchanges, 1);
    // In another browser it brings nothing.
    let other = Browser::new();
    other.follow(&callback);
    assert!(other.cookie("mine").is_none());
}

#[test]
fn an_own_session_that_cannot_begin_is_an_error_that_a_reload_mends() {
    let (provider, parts) = (Provider::start(), Parts::new());
    let app = own(&parts, judged(builder(&provider, &parts), &next(Admission::of("ada"))));
    let browser = Browser::new();
    let callback = callback_url(&browser, &app, "/login");
    let page = browser.send("GET", &callback, &[("x-broken", "1"), ("accept", "text/html")], None);
    assert_eq!(page.status, 500);
    assert!(browser.cookie("mine").is_none());
    assert_eq!(browser.go(&callback).status, 303);
    assert_eq!(browser.cookie("mine").as_deref(), Some("ada-test"));
}

#[test]
fn a_nameless_login_begins_no_own_session() {
    let (provider, parts) = (Provider::start(), Parts::new());
    let app = own(&parts, judged(builder(&provider, &parts), &next(Admission::nameless())));
    let browser = Browser::new();
    assert_eq!(browser.follow(&app.url("/login")).status, 500);
    assert!(browser.cookie("mine").is_none());

    let unjudged = builder(&provider, &parts).own_sessions(async |_| Ok(()));
    assert!(matches!(unjudged.build().unwrap_err(), BuildError::NobodyKnown));
}

#[test]
fn uin_04_without_an_application_of_users_the_profile_says_where_the_person_is_named() {
    let provider = Provider::start();
    let answer = |body: &str| {
        let rewrite = Rewrite::new().body(body.to_owned());
        Fault::after(Endpoint::User).rewrite(rewrite)
    };
    let parts = Parts::new();
    let mut profile = Profile::strict();
    profile.person = Some(PersonAt::new(provider.user_endpoint(), "data.id"));
    let client = parts.client_with(&provider, "/callback", profile);
    let login = parts.builder().provider("test", client, scopes()).build().unwrap();
    let owner = async |session: Session| session.owner().unwrap_or_default().to_owned();
    let routes = Router::new().route("/owner", get(owner)).merge(login.routes()).layer(login.layer());
    let app = parts.run(login, routes);
    let browser = Browser::new();
    provider.inject(answer(r#"{"data":{"id":9007199254740993}}"#));
    browser.follow(&app.url("/login?return_to=/owner"));
    assert_eq!(browser.ask(&app.url("/owner")).text(), "test 9007199254740993");

    // An answer that names nobody lets nobody in.
    let other = Browser::new();
    provider.inject(answer(r#"{"data":{"id":1.5}}"#));
    let page = other.follow(&app.url("/login?return_to=/owner"));
    assert_eq!(page.status, 500, "{}", page.text());
    assert_eq!(other.ask(&app.url("/owner")).status, 401);
}
