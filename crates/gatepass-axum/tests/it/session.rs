//! Sessions: their cookies, their lives, and who is sent to the login without one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use gatepass::Profile;
use gatepass::renewal::{Reach, Rotation};
use gatepass_axum::Session;
use gatepass_testkit::Provider;
use gatepass_testkit::memory::MemoryStore;

use crate::support::{App, Browser, MovedClock, Parts, callback_url, scopes};

const SESSION: &str = "gatepass-session";
const BROWSER: &str = "gatepass-browser";

fn app() -> (Provider, App, Browser) {
    let provider = Provider::start();
    let app = Parts::new().start(&provider);
    (provider, app, Browser::new())
}

fn logged_in() -> (Provider, App, Browser) {
    let (provider, app, browser) = app();
    assert_eq!(browser.follow(&app.url("/session")).status, 200);
    (provider, app, browser)
}

#[test]
fn bff_02_cookies_over_plain_loopback_http() {
    let (_provider, app, browser) = app();
    let start = browser.go(&app.url("/login"));
    let callback = browser.go(&start.location()).location();
    let landed = browser.go(&callback);
    for (page, name) in [(start, BROWSER), (landed, SESSION)] {
        let [cookie] = page.cookies().try_into().unwrap();
        let value = browser.cookie(name).unwrap();
        assert_eq!(value.len(), 43);
        let (before, after) = cookie.split_once("Max-Age=").unwrap();
        assert_eq!(before, format!("{name}={value}; Path=/; "));
        assert!(after.ends_with("; HttpOnly; SameSite=Lax"), "{cookie}");
        assert!(!cookie.contains("Domain") && !cookie.contains("Secure"), "{cookie}");
    }
}

#[test]
fn bff_02_cookies_of_an_https_site_have_the_host_prefix() {
    // Behind a proxy that ends TLS: what counts is the redirect URI, not the request.
    let provider = Provider::start();
    let parts = Parts::new();
    let client = parts.client(&provider, "/callback");
    let client = gatepass::Client::new(
        client.provider().clone(),
        "app-callback",
        gatepass::ClientAuth::Basic("secret".into()),
        "https://app.example/callback",
    )
    .unwrap();
    let app = parts.serve(parts.builder().provider("test", client, scopes()));
    let page = Browser::new().go(&app.url("/login"));
    let [cookie] = page.cookies().try_into().unwrap();
    assert!(cookie.starts_with("__Host-gatepass-browser="), "{cookie}");
    assert!(cookie.contains("; Path=/;") && !cookie.contains("Domain"), "{cookie}");
    assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
    let sent = cookie.split(';').next().unwrap();
    assert!((55..=75).contains(&sent.len()), "{sent}");
    // A cookie without the prefix could have been set by a neighbour, and counts for nothing.
    let tossed = [("cookie", sent.strip_prefix("__Host-").unwrap()), ("accept", "application/json")];
    let page = Browser::new().send("GET", &app.url("/callback?code=a&state=b"), &tossed, None);
    assert_eq!(page.error(), "cookie_missing");
}

#[test]
fn cbk_31_c_22_every_login_brings_a_new_session() {
    let (_provider, app, browser) = app();
    // A session id that somebody planted is not taken over.
    browser.set_cookie(SESSION, &"A".repeat(43));
    assert_eq!(browser.go(&app.url("/")).text(), "nobody");
    browser.follow(&app.url("/login"));
    let first = (browser.cookie(SESSION).unwrap(), browser.go(&app.url("/")).text());
    assert_ne!(first.0, "A".repeat(43));
    browser.follow(&app.url("/login"));
    let second = (browser.cookie(SESSION).unwrap(), browser.go(&app.url("/")).text());
    assert_ne!(first.0, second.0);
    assert_ne!(first.1, second.1);
}

#[test]
fn a_failed_login_leaves_the_session_as_it_is() {
    let (_provider, app, browser) = logged_in();
    let before = browser.go(&app.url("/")).text();
    let callback = callback_url(&browser, &app, "/login");
    assert_eq!(browser.go(&format!("{callback}&error=access_denied")).status, 400);
    assert_eq!(browser.go(&app.url("/")).text(), before);
}

#[test]
fn bff_01_no_token_and_no_code_reaches_the_browser() {
    let (provider, app, browser) = app();
    let mut seen = String::new();
    let mut page = browser.go(&app.url("/session"));
    loop {
        if page.url.starts_with(&app.origin) {
            seen.push_str(&format!("{:?} {}", page.headers, page.text()));
        }
        if page.status != 303 && page.status != 302 {
            break;
        }
        page = browser.go(&page.location());
    }
    seen.push_str(&browser.post(&app.url("/logout"), "").text());
    assert!(seen.contains("session "));
    let issued = provider.issued();
    assert!(issued.len() >= 3, "a code, an access token and a refresh token: {}", issued.len());
    for secret in issued {
        assert!(!seen.contains(&secret), "{secret}");
    }
}

#[test]
fn a_person_is_sent_to_the_login_and_a_program_is_told_where_it_is() {
    let (_provider, app, browser) = app();
    let page = browser.go(&app.url("/session?a=1&b=%20"));
    assert_eq!(
        (page.status, page.location()),
        (303, app.url("/login?return_to=%2Fsession%3Fa%3D1%26b%3D%2520"))
    );
    let html = browser.send("GET", &app.url("/session"), &[("accept", "text/html;q=0.9, */*")], None);
    assert_eq!(html.status, 303);
    let cors = [("accept", "text/html"), ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")];
    for headers in [&[("accept", "application/json")][..], &[("accept", "*/*")], &[], &cors] {
        let page = browser.send("GET", &app.url("/session"), headers, None);
        assert_eq!((page.status, page.error().as_str()), (401, "login_required"), "{headers:?}");
        assert_eq!(page.json()["login"], app.url("/login"));
        assert_eq!(page.header("www-authenticate"), format!("Gatepass login=\"{}\"", app.url("/login")));
        assert_eq!(page.header("cache-control"), "no-store");
    }
    let page = browser.send("HEAD", &app.url("/session"), &[("accept", "text/html")], None);
    assert_eq!(page.status, 401);
}

#[test]
fn c_94_a_post_without_a_session_is_not_kept_for_later() {
    let provider = Provider::start();
    let parts = Parts::new();
    let login =
        parts.builder().provider("test", parts.client(&provider, "/callback"), scopes()).build().unwrap();
    let post = axum::routing::post(async |_: Session, body: String| body);
    let app = Router::new().route("/order", post).merge(login.routes()).layer(login.layer());
    let app = parts.run(login, app);
    let browser = Browser::new();
    let page = browser.post(&app.url("/order"), "pay=all");
    assert_eq!(page.status, 401);
    assert!(page.text().contains("You are not logged in"), "a person is told in words: {}", page.text());
    assert!(page.cookies().is_empty() && page.header("location").is_empty());
}

#[test]
fn bff_07_a_session_ends_when_it_is_idle_and_at_the_latest_when_it_is_old() {
    let (idle, absolute) = (Duration::from_secs(600), Duration::from_secs(3600));
    let clock = MovedClock::new();
    let provider = Provider::start();
    let parts = Parts::with(MemoryStore::with_clock(Arc::new(clock.clone())));
    let builder = parts.builder().provider("test", parts.client(&provider, "/callback"), scopes());
    let app = parts.serve(builder.session_lifetime(idle, absolute));
    let browser = Browser::new();
    browser.follow(&app.url("/login"));
    let known = || browser.go(&app.url("/")).text() != "nobody";

    for _ in 0..6 {
        clock.advance(Duration::from_secs(590));
        assert!(known(), "used every ten minutes, a session lives on");
    }
    clock.advance(Duration::from_secs(61));
    assert!(!known(), "after an hour it ends, however often it was used");

    browser.follow(&app.url("/login"));
    clock.advance(Duration::from_secs(601));
    assert!(!known(), "unused for longer than ten minutes, it ends");
}

#[test]
fn several_extractors_and_a_nested_router_of_any_state() {
    #[derive(Clone)]
    struct State(&'static str);
    async fn both(
        axum::extract::State(state): axum::extract::State<State>,
        session: Session,
        again: Option<Session>,
    ) -> String {
        format!("{} {}", state.0, again.is_some_and(|again| again.id() == session.id()))
    }
    let provider = Provider::start();
    let parts = Parts::new();
    let builder = parts.builder().mounted_at("/auth").provider(
        "test",
        parts.client(&provider, "/auth/back/here"),
        scopes(),
    );
    let login = builder.build().unwrap();
    let inner = Router::new().route("/page", get(both));
    let app = Router::new()
        .nest("/app", inner)
        .nest("/auth", login.routes())
        .layer(login.layer())
        .layer(tower_http::trace::TraceLayer::new_for_http())
        .with_state(State("state"));
    let app = parts.run(login, app);
    let browser = Browser::new();
    let page = browser.go(&app.url("/app/page?x"));
    assert_eq!(page.location(), app.url("/auth/login?return_to=%2Fapp%2Fpage%3Fx"));
    let page = browser.follow(&page.location());
    assert_eq!((page.status, page.text().as_str()), (200, "state true"));
    assert_eq!(browser.post(&app.url("/auth/logout"), "").status, 303);
    assert_eq!(browser.go(&app.url("/app/page")).status, 303);
}

#[test]
fn a_route_without_the_layer_fails_closed() {
    let provider = Provider::start();
    let parts = Parts::new();
    let login =
        parts.builder().provider("test", parts.client(&provider, "/callback"), scopes()).build().unwrap();
    let open = get(async |_: Option<Session>| "open");
    let app = parts.run(login, Router::new().route("/", open));
    assert_eq!(Browser::new().go(&app.url("/")).status, 500);
}

fn reaching(provider: &Provider, parts: &Parts<MemoryStore>, reach: Reach) -> App {
    let mut profile = Profile::strict();
    profile.rotation = Rotation::STRICT.reach(reach);
    parts.serve(parts.builder().provider("test", parts.client_with(provider, "/callback", profile), scopes()))
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
fn a_new_login_ends_the_session_that_the_browser_had() {
    let provider = Provider::start();
    let app = reaching(&provider, &Parts::new(), Reach::Family);
    let browser = Browser::new();
    browser.follow(&app.url("/login"));
    let old = browser.cookie(SESSION).unwrap();
    browser.follow(&app.url("/login"));
    let new = browser.cookie(SESSION).unwrap();
    browser.set_cookie(SESSION, &old);
    assert_eq!(browser.go(&app.url("/")).text(), "nobody");
    browser.set_cookie(SESSION, &new);
    assert!(browser.go(&app.url("/")).text().starts_with("session "));
    until(|| provider.stats().revocations > 0);
}

#[test]
fn a_new_login_revokes_nothing_where_that_would_reach_itself() {
    let provider = Provider::start();
    let app = reaching(&provider, &Parts::new(), Reach::Grant);
    let browser = Browser::new();
    browser.follow(&app.url("/login"));
    browser.follow(&app.url("/login"));
    assert_eq!(app.block_on(app.login.drain(Duration::from_secs(10))), 0);
    assert_eq!(provider.stats().revocations, 0);
    assert!(browser.go(&app.url("/")).text().starts_with("session "));
}

#[test]
fn bff_07_what_an_expired_session_owned_is_revoked() {
    let clock = MovedClock::new();
    let provider = Provider::start();
    let mut parts = Parts::with(MemoryStore::with_clock(Arc::new(clock.clone())));
    parts.world.clock = Arc::new(clock.clone());
    let app = reaching(&provider, &parts, Reach::Family);
    Browser::new().follow(&app.url("/login"));
    clock.advance(Duration::from_secs(15 * 24 * 3600));
    // Any visit is an occasion.
    Browser::new().go(&app.url("/login"));
    until(|| provider.stats().revocations > 0);
}
