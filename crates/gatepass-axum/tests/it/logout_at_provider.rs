//! The logout that leads on to the provider, and the way back.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use gatepass_axum::{BuildError, LoginBuilder, ReturnTo, Session};
use gatepass_testkit::Provider;
use gatepass_testkit::memory::MemoryStore;
use serde_json::json;

use crate::support::{App, Browser, Network, Op, Page, Parts, scopes, with_parameter, without_parameter};

const LOGOUT: &str = "gatepass-logout";

struct Place {
    op: Arc<Op>,
    parts: Parts<MemoryStore>,
    app: App,
}

fn place() -> Place {
    place_of(true, |builder| builder)
}

fn place_of(ends_sessions: bool, change: impl FnOnce(LoginBuilder) -> LoginBuilder) -> Place {
    let network = Network::default();
    let op = network.with("op.example", ends_sessions);
    let parts = Parts { world: gatepass::world(Arc::new(network)), ..Parts::new() };
    let builder = parts.builder().provider("op", op.party(&parts, "app", "/callback"), scopes());
    let builder = builder.logout_at_provider("/logged-out").after_logout(ReturnTo::parse("/bye").unwrap());
    let app = parts.serve(change(builder));
    Place { op, parts, app }
}

impl Place {
    fn logged_in(&self) -> Browser {
        let browser = Browser::new();
        let who = json!({"sub": "alice", "sid": "s1"});
        assert_eq!(self.op.log_in(&self.app, &browser, "/login", &who).status, 303);
        browser
    }

    fn log_out(&self, browser: &Browser) -> Page {
        browser.post(&self.app.url("/logout"), "")
    }

    /// Where the provider sends somebody back whom `there` led to it.
    fn way_back(&self, there: &Page) -> String {
        format!("{}?state={}", there.parameter("post_logout_redirect_uri"), there.parameter("state"))
    }
}

fn is_in(app: &App, browser: &Browser) -> bool {
    browser.ask(&app.url("/session")).status == 200
}

#[test]
fn lgt_01_a_logout_leads_on_to_the_provider_with_hint_client_return_address_and_state() {
    let place = place();
    let browser = place.logged_in();
    let there = place.log_out(&browser);
    assert_eq!(there.status, 303);
    assert!(there.location().starts_with("https://op.example/end?"), "{}", there.location());
    assert_eq!(there.parameter("id_token_hint"), place.op.id_tokens.lock().unwrap()[0]);
    assert_eq!(there.parameter("client_id"), "app");
    assert_eq!(there.parameter("post_logout_redirect_uri"), place.app.url("/logged-out"));
    assert_eq!(there.parameter("state").len(), 43);
    assert_eq!((there.header("cache-control"), there.header("referrer-policy")), ("no-store", "no-referrer"));
    assert!(!is_in(&place.app, &browser));
    assert_eq!(place.op.wait_for_revocations(2).len(), 2);

    let back = browser.go(&place.way_back(&there));
    assert_eq!((back.status, back.location()), (303, place.app.url("/bye")));
    assert!(browser.cookie(LOGOUT).is_none());
    let other = place.log_out(&place.logged_in());
    assert_ne!(other.parameter("state"), there.parameter("state"));
}

#[test]
fn lgt_01_the_session_here_has_ended_before_the_provider_is_asked_anything() {
    let place = place();
    let browser = place.logged_in();
    // A process that has not asked yet what the provider is.
    let fresh = Parts { listener: Parts::new().listener, ..place.parts.clone() };
    let client = place.op.lazy_party(&place.parts, "app", "/callback");
    let builder = fresh.builder().provider("op", client, scopes()).logout_at_provider("/logged-out");
    let other = fresh.serve(builder);
    let gate = place.op.gate.blocking_write();
    let (leaving, url) = (browser.clone(), other.url("/logout"));
    let origin = place.app.origin.clone();
    let logout = std::thread::spawn(move || leaving.send("POST", &url, &[("origin", &origin)], Some(b"")));
    let begun = Instant::now();
    while place.op.metadata_fetches.load(Ordering::SeqCst) == 0 {
        assert!(begun.elapsed() < Duration::from_secs(10), "the provider is not asked");
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(!is_in(&place.app, &browser), "it is asked while the session goes on");
    drop(gate);
    let there = logout.join().unwrap();
    assert!(there.location().starts_with("https://op.example/end?"), "{}", there.location());
}

#[test]
fn lgt_01_a_logout_from_elsewhere_leads_nowhere() {
    let place = place();
    let browser = place.logged_in();
    for headers in [&[("sec-fetch-site", "cross-site")][..], &[("origin", "https://op.example")], &[]] {
        let page = browser.send("POST", &place.app.url("/logout"), headers, Some(b""));
        assert_eq!((page.status, page.header("location")), (403, ""), "{headers:?}");
    }
    assert_eq!(browser.go(&place.app.url("/logout")).status, 405);
    assert!(is_in(&place.app, &browser));
    assert!(browser.cookie(LOGOUT).is_none());
}

#[test]
fn lgt_02_a_return_with_a_foreign_or_missing_state_ends_on_a_page_and_leads_nowhere() {
    let place = place();
    let browser = place.logged_in();
    let there = place.log_out(&browser);
    let right = place.way_back(&there);
    let state = there.parameter("state");
    let other = place.log_out(&place.logged_in()).parameter("state");
    let (half, longer) = (&state[..42], format!("{state}A"));
    let wrong: Vec<String> = ["", &other, half, &longer, &"A".repeat(43)]
        .into_iter()
        .map(|wrong| with_parameter(&right, "state", wrong))
        .chain([without_parameter(&right, "state"), format!("{right}&state={state}")])
        .chain([format!(
            "{}&{}",
            without_parameter(&right, "state"),
            "post_logout_redirect_uri=//evil.example"
        )])
        .chain([format!("{right}&padding={}", "a".repeat(9000))])
        .collect();
    for url in wrong {
        let page = browser.go(&url);
        assert_eq!((page.status, page.header("location")), (400, ""), "{url}");
        let text = page.text();
        assert!(text.contains("not started here") && text.contains("href=\"/bye\""), "{text}");
        assert!(!text.contains("evil"), "{text}");
        assert_eq!(browser.ask(&url).error(), "logout_unknown");
    }
    assert_eq!(Browser::new().go(&right).status, 400, "another browser");
    let ahead = browser.send("GET", &right, &[("sec-purpose", "prefetch")], None);
    assert_eq!(ahead.status, 503);
    assert_eq!(browser.send("POST", &right, &[], Some(b"")).status, 405);

    let target = format!("{right}&return_to=//evil.example&post_logout_redirect_uri=//evil.example");
    assert_eq!(browser.go(&target).location(), place.app.url("/bye"));
    assert_eq!(browser.go(&right).status, 400, "once");
}

#[test]
fn lgt_02_a_return_does_not_say_that_anybody_is_logged_out() {
    let place = place();
    let browser = place.logged_in();
    assert_eq!(browser.go(&place.app.url("/logged-out?state=x")).status, 400);
    assert!(is_in(&place.app, &browser));
}

#[test]
fn lgt_03_without_a_place_at_the_provider_the_logout_is_ours_alone_and_the_person_is_told() {
    let place = place_of(false, |builder| builder);
    let browser = place.logged_in();
    let page = place.log_out(&browser);
    let text = page.text();
    assert_eq!(page.status, 200, "{text}");
    assert!(text.contains("You are logged out here") && text.contains("href=\"/bye\""), "{text}");
    assert!(!is_in(&place.app, &browser));
    assert!(browser.cookie(LOGOUT).is_none());

    let program = place.logged_in();
    let headers = [("origin", place.app.origin.as_str()), ("accept", "application/json")];
    let page = program.send("POST", &place.app.url("/logout"), &headers, Some(b""));
    assert_eq!((page.status, &page.json()["logged_out"]), (200, &json!("here")));
    assert!(!is_in(&place.app, &program));
}

#[test]
fn lgt_03_a_provider_that_cannot_be_asked_keeps_nobody_logged_in() {
    let place = place();
    let browser = place.logged_in();
    let fresh = Parts { listener: Parts::new().listener, ..place.parts.clone() };
    let client = place.op.lazy_party(&place.parts, "app", "/callback");
    let builder = fresh.builder().provider("op", client, scopes()).logout_at_provider("/logged-out");
    let other = fresh.serve(builder);
    place.op.metadata_away.store(true, Ordering::SeqCst);
    let headers = [("origin", place.app.origin.as_str()), ("accept", "text/html")];
    let page = browser.send("POST", &other.url("/logout"), &headers, Some(b""));
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("You are logged out here"));
    assert!(!is_in(&place.app, &browser));
}

#[test]
fn a_logout_at_a_provider_of_which_nobody_asked_it_is_ours_alone_without_a_word() {
    let network = Network::default();
    let op = network.op("op.example");
    let parts = Parts { world: gatepass::world(Arc::new(network)), ..Parts::new() };
    let app = parts.serve(parts.builder().provider("op", op.party(&parts, "app", "/callback"), scopes()));
    let browser = Browser::new();
    op.log_in(&app, &browser, "/login", &json!({"sub": "alice"}));
    assert_eq!(browser.post(&app.url("/logout"), "").location(), app.url("/"));
    assert!(!app.login.form_action().contains("end"), "{}", app.login.form_action());
}

#[test]
fn the_policy_of_forms_names_where_the_provider_ends_sessions() {
    let network = Network::default();
    let op = network.op("op.example");
    op.moves_end_to("https://sessions.op.example/end");
    let parts = Parts { world: gatepass::world(Arc::new(network)), ..Parts::new() };
    let party = || op.party(&parts, "app", "/callback");
    let with = parts.builder().provider("op", party(), scopes()).logout_at_provider("/logged-out");
    let with = with.build().unwrap().form_action();
    assert_eq!(with, "'self' https://op.example https://sessions.op.example");
    let without = parts.builder().provider("op", party(), scopes()).build().unwrap();
    assert_eq!(without.form_action(), "'self' https://op.example");
}

#[test]
fn the_way_back_needs_a_path_of_its_own_at_a_provider_where_people_log_in() {
    let provider = Provider::start();
    let parts = Parts::new();
    let with = |path: &str| {
        let builder = parts.builder().provider("one", parts.client(&provider, "/callback/one"), scopes());
        builder
            .logout_at_provider(path)
            .provider("two", parts.client(&provider, "/callback/two"), scopes())
            .build()
    };
    for path in [
        "",
        "/",
        "logged-out",
        "//evil.example",
        "https://evil.example/",
        "/logged-out?a=1",
        "/a/../b",
        "/{path}",
        "/login",
        "/login/out",
        "/logout",
        "/logout/back",
        "/backchannel-logout/one",
        "/callback/one",
        "/callback/two",
    ] {
        assert!(matches!(with(path), Err(BuildError::LogoutPath(name)) if &*name == "one"), "{path}");
    }
    assert!(with("/logged-out").is_ok());
    let mounted = parts.builder().provider("one", parts.client(&provider, "/auth/callback"), scopes());
    let mounted = mounted.mounted_at("/auth").logout_at_provider("/logged-out").build();
    assert!(matches!(mounted, Err(BuildError::LogoutPath(_))));
    let account = parts.builder().provider("one", parts.client(&provider, "/callback/one"), scopes());
    let account = account.account("two", parts.client(&provider, "/callback/two"), scopes());
    assert!(matches!(account.logout_at_provider("/logged-out").build(), Err(BuildError::LogoutPath(_))));
    let too_early = parts.builder().logout_at_provider("/logged-out");
    let too_early = too_early.provider("one", parts.client(&provider, "/callback/one"), scopes()).build();
    assert!(matches!(too_early, Err(BuildError::LogoutPath(path)) if &*path == "/logged-out"));
}

#[test]
fn below_a_path_and_behind_a_proxy_everything_is_where_browsers_and_providers_look() {
    let network = Network::default();
    let op = network.op("op.example");
    let parts = Parts { world: gatepass::world(Arc::new(network)), ..Parts::new() };
    let builder = parts
        .builder()
        .behind_prefix("/shop")
        .mounted_at("/shop/auth")
        .provider("op", op.party(&parts, "app", "/shop/auth/callback"), scopes())
        .logout_at_provider("/shop/auth/logged-out")
        .after_logout(ReturnTo::parse("/shop/bye").unwrap());
    let login = builder.build().unwrap();
    // What the proxy takes off, the application does not see; here it is put where the proxy would have been.
    let app = Router::new()
        .route("/session", get(async |session: Session| session.provider().to_owned()))
        .nest("/auth", login.routes())
        .layer(login.layer());
    let app = parts.run(login, Router::new().nest("/shop", app));
    let browser = Browser::new();
    let asked = format!("iss={}&target_link_uri={}/shop/session", op.issuer, app.origin);
    let door = browser.go(&app.url(&format!("/shop/auth/initiate-login?{asked}")));
    let start = browser.go(&door.location());
    let who = json!({"sub": "alice", "sid": "s1"});
    assert_eq!(op.let_in(&browser, &start, &who).location(), app.url("/shop/session"));
    assert_eq!(browser.ask(&app.url("/shop/session")).text(), "op");
    let there = browser.post(&app.url("/shop/auth/logout"), "");
    let way_back = there.parameter("post_logout_redirect_uri");
    assert_eq!(way_back, app.url("/shop/auth/logged-out"));
    let back = browser.go(&format!("{way_back}?state={}", there.parameter("state")));
    assert_eq!(back.location(), app.url("/shop/bye"));

    op.let_in(&browser, &browser.go(&app.url("/shop/auth/login/op")), &who);
    assert_eq!(browser.ask(&app.url("/shop/session")).status, 200);
    let form = format!("logout_token={}", op.logout_token("app", &who));
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let url = app.url("/shop/auth/backchannel-logout/op");
    assert_eq!(Browser::new().send("POST", &url, &kind, Some(form.as_bytes())).status, 200);
    assert_eq!(browser.ask(&app.url("/shop/session")).status, 401);
}

#[test]
fn several_providers_may_send_people_back_to_one_place() {
    let network = Network::default();
    let (one, two) = (network.op("one.example"), network.op("two.example"));
    let parts = Parts { world: gatepass::world(Arc::new(network)), ..Parts::new() };
    let builder = parts
        .builder()
        .provider("one", one.party(&parts, "app", "/callback/one"), scopes())
        .logout_at_provider("/logged-out")
        .provider("two", two.party(&parts, "app", "/callback/two"), scopes())
        .logout_at_provider("/logged-out");
    let app = parts.serve(builder);
    for (op, door) in [(one, "/login/one"), (two, "/login/two")] {
        let browser = Browser::new();
        op.log_in(&app, &browser, door, &json!({"sub": "alice"}));
        let there = browser.post(&app.url("/logout"), "");
        assert!(there.location().starts_with(&format!("{}/end?", op.issuer)));
        let back =
            format!("{}?state={}", there.parameter("post_logout_redirect_uri"), there.parameter("state"));
        assert_eq!(browser.go(&back).location(), app.url("/"));
    }
}
