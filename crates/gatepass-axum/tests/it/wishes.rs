//! What a login asks for beyond what every login asks for: by the program, by a link, and on top of what is held.

use std::thread;
use std::time::{Duration, Instant};

use std::error::Error as _;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use axum::{Form, Router};
use gatepass::ports::BeginError;
use gatepass::renewal::{Reach, Rotation};
use gatepass::{Profile, Prompt, Scopes, StartError};
use gatepass_axum::{Refused, ReturnTo, Session, Start, Visitor};
use gatepass_testkit::Provider;
use gatepass_testkit::provider::{Endpoint, LogEntry};

use crate::support::{App, Browser, NAVIGATE, Parts, scopes};

async fn sign_up(visitor: Visitor, Form(form): Form<Vec<(String, String)>>) -> Result<Response, Refused> {
    let email = form.into_iter().find(|(name, _)| name == "email").map(|(_, email)| email);
    let start = Start::new().prompt(Prompt::Create).login_hint(email.unwrap_or_default());
    visitor.log_in(start.return_to(ReturnTo::parse("/session").unwrap()).param("flavour", "sour")).await
}

async fn more(visitor: Visitor) -> Result<Response, Refused> {
    let start = Start::new().also(Scopes::new("read write").unwrap());
    visitor.log_in(start.return_to(ReturnTo::parse("/scopes").unwrap())).await
}

/// Asks for a parameter that the test names.
async fn named(State(name): State<String>, visitor: Visitor) -> Response {
    match visitor.log_in(Start::new().param(&*name, "x")).await {
        Ok(response) => response,
        Err(refused) => {
            let why = refused.source().and_then(|why| why.downcast_ref::<BeginError>());
            let reserved =
                matches!(why, Some(BeginError::Start(StartError::Reserved(known))) if **known == *name);
            assert!(reserved, "{name}: {refused:?}");
            refused.into_response()
        }
    }
}

/// Lets the keeper find out that the API does not take the token any more.
async fn kill(session: Session, State(login): State<gatepass_axum::Login>) -> &'static str {
    let keeper = login.keeper();
    let token = keeper.access_token(&session.grant()).await.unwrap();
    if keeper.unauthorized(&session.grant(), token).await.is_err() { "ended" } else { "renewed" }
}

async fn granted(session: Session, State(login): State<gatepass_axum::Login>) -> String {
    let token = login.keeper().access_token(&session.grant()).await.unwrap();
    format!("{} {}", session.id().as_str(), token.scopes())
}

fn app(parts: &Parts<gatepass_testkit::memory::MemoryStore>, provider: &Provider, profile: Profile) -> App {
    let client = parts.client_with(provider, "/callback", profile);
    let login = parts.builder().provider("test", client, scopes()).build().unwrap();
    let app = Router::new()
        .route("/sign-up", any(sign_up))
        .route("/more", any(more))
        .route("/scopes", get(granted).with_state(login.clone()))
        .route("/kill", get(kill).with_state(login.clone()))
        .route("/session", get(async |_: Session| "in"))
        .route("/", get(async || "home"));
    parts.run(login.clone(), app.merge(login.routes()).layer(login.layer()))
}

fn whole() -> (Provider, App, Browser) {
    let provider = Provider::start();
    let app = app(&Parts::new(), &provider, Profile::strict());
    (provider, app, Browser::new())
}

fn last_asked(provider: &Provider) -> LogEntry {
    provider.requests(Endpoint::Authorize).pop().unwrap()
}

#[test]
fn a_program_says_what_its_button_asks_for() {
    let (provider, app, browser) = whole();
    let page = browser.post(&app.url("/sign-up"), "email=bob");
    assert_eq!(page.status, 303, "{}", page.text());
    let landed = browser.follow(&page.location());
    assert_eq!((landed.url.clone(), landed.text()), (app.url("/session"), "in".to_owned()));
    let asked = last_asked(&provider).request;
    assert_eq!(asked.query_value("prompt").as_deref(), Some("create"));
    assert_eq!(asked.query_value("login_hint").as_deref(), Some("bob"));
    assert_eq!(asked.query_value("flavour").as_deref(), Some("sour"));
    assert_eq!(asked.query_value("scope").as_deref(), Some("profile email"));
    // An empty field is no hint, and no mistake.
    let page = browser.post(&app.url("/sign-up"), "email=");
    assert!(!page.location().contains("login_hint"), "{}", page.location());
}

#[test]
fn arq_03_a_program_cannot_set_what_the_flow_owns() {
    for name in ["state", "code_challenge", "client_id", "response_type", "redirect_uri", "scope", "nonce"] {
        let (provider, parts) = (Provider::start(), Parts::new());
        let client = parts.client(&provider, "/callback");
        let login = parts.builder().provider("test", client, scopes()).build().unwrap();
        let app = Router::new().route("/go", get(named)).with_state(name.to_owned());
        let app = parts.run(login.clone(), app.merge(login.routes()).layer(login.layer()));
        let page = Browser::new().ask(&app.url("/go"));
        assert_eq!((page.status, page.error().as_str()), (500, "internal"), "{name}");
        assert!(page.header("location").is_empty());
    }
}

#[test]
fn c_21_a_program_s_button_is_pressed_by_people_on_its_own_pages() {
    let (provider, app, browser) = whole();
    let form = ("content-type", "application/x-www-form-urlencoded");
    let send = |method: &str, headers: &[(&str, &str)]| {
        let headers: Vec<_> = headers.iter().copied().chain([form]).collect();
        browser.send(method, &app.url("/sign-up"), &headers, (method != "GET").then_some(&b"email=bob"[..]))
    };
    for headers in [&[][..], &[("sec-fetch-site", "cross-site")], &[("origin", "https://evil.example")]] {
        assert_eq!(send("POST", headers).status, 403, "{headers:?}");
    }
    let script = [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")];
    assert_eq!(send("POST", &script).status, 401);
    assert_eq!(send("POST", &[("sec-fetch-site", "same-origin"), ("sec-purpose", "prefetch")]).status, 503);
    assert_eq!(send("PUT", &[("sec-fetch-site", "same-origin")]).status, 405);
    assert_eq!(send("POST", &[("origin", &app.origin)]).status, 303);
    assert_eq!(send("GET", &NAVIGATE).status, 303);
    assert_eq!(provider.log().len(), 0);
}

#[test]
fn a_link_asks_for_what_is_on_the_list_and_for_nothing_else() {
    let (provider, app, browser) = whole();
    let link = "/login?login_hint=bob&prompt=login%20consent&ui_locales=fr-CA%20fr&max_age=0&acr_values=x&scope=write\
                &state=x&resource=https://evil.example&access_type=offline";
    browser.go(&browser.go(&app.url(link)).location());
    let asked = last_asked(&provider).request;
    let value = |name: &str| asked.query_value(name);
    assert_eq!(value("login_hint").as_deref(), Some("bob"));
    assert_eq!(value("prompt").as_deref(), Some("login consent"));
    assert_eq!(value("ui_locales").as_deref(), Some("fr-CA fr"));
    assert_eq!(value("scope").as_deref(), Some("profile email"));
    for name in ["max_age", "acr_values", "resource", "access_type"] {
        assert_eq!(value(name), None, "{name}");
    }
    // What is doubtful is left out, and the login goes on.
    let doubtful = [
        "prompt=none",
        "prompt=login%20none",
        "prompt=Login",
        "login_hint=a&login_hint=b",
        "login_hint=a%0Ab",
        "login_hint=a%00b",
        "login_hint=",
        "ui_locales=%3Cscript%3E",
    ];
    for query in doubtful.into_iter().map(String::from).chain([format!("login_hint={}", "x".repeat(513))]) {
        let page = browser.go(&app.url(&format!("/login?{query}")));
        assert_eq!(page.status, 303, "{query}");
        for name in ["prompt", "login_hint", "ui_locales"] {
            assert_eq!(page.parameter(name), "", "{query}");
        }
    }
}

#[test]
fn what_a_link_asks_for_outlasts_the_choice_of_a_provider() {
    let (one, other, parts) = (Provider::start(), Provider::start(), Parts::new());
    let mut profile = Profile::strict();
    profile.authorize_params.push(("prompt".into(), "consent".into()));
    let app =
        parts.serve(parts.builder().provider("one", parts.client(&one, "/callback/one"), scopes()).provider(
            "other",
            parts.client_with(&other, "/callback/other", profile),
            scopes(),
        ));
    let browser = Browser::new();
    let page = browser.go(&app.url("/login?return_to=/session&prompt=login&login_hint=a%26b"));
    assert!(
        page.text().contains("/login/one?return_to=%2Fsession&amp;prompt=login&amp;login_hint=a%26b"),
        "{}",
        page.text()
    );
    assert_eq!(browser.go(&app.url("/login/one?login_hint=a%26b")).parameter("login_hint"), "a&b");
    // At the other one the profile says what is shown.
    assert_eq!(browser.go(&app.url("/login/other?prompt=login")).parameter("prompt"), "consent");
}

#[test]
fn more_scopes_are_asked_for_on_top_of_what_is_held_and_the_session_goes_on() {
    for revokes_one_family in [true, false] {
        let mut profile = Profile::strict();
        if revokes_one_family {
            profile.rotation = Rotation::STRICT.reach(Reach::Token);
        }
        let provider = Provider::start();
        let app = app(&Parts::new(), &provider, profile);
        let browser = Browser::new();
        let before = browser.follow(&app.url("/login?return_to=/scopes")).text();
        let (id, held) = before.split_once(' ').unwrap();
        assert_eq!(held, "profile email");
        let cookie = browser.cookie("gatepass-session").unwrap();

        let page = browser.follow(&app.url("/more"));
        assert_eq!(
            (page.url.clone(), page.text()),
            (app.url("/scopes"), format!("{id} profile email read write"))
        );
        assert_eq!(
            last_asked(&provider).request.query_value("scope").as_deref(),
            Some("profile email read write")
        );
        assert_ne!(browser.cookie("gatepass-session").unwrap(), cookie, "a login brings a new session id");
        // The old family is revoked only where that reaches no other.
        let revoked = || provider.requests(Endpoint::Revoke).len();
        let deadline = Instant::now() + Duration::from_secs(10);
        while revokes_one_family && revoked() == 0 {
            assert!(Instant::now() < deadline, "the old family is not revoked");
            thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(revoked() > 0, revokes_one_family, "{} requests", revoked());
        // Once more asks for no less.
        browser.follow(&app.url("/more"));
        assert_eq!(
            last_asked(&provider).request.query_value("scope").as_deref(),
            Some("profile email read write")
        );
        assert!(browser.go(&app.url("/scopes")).text().starts_with(id));
    }
}

#[test]
fn a_renewal_asks_for_all_that_was_held_and_for_no_more() {
    let (provider, app, browser) = whole();
    browser.follow(&app.url("/more"));
    // Suspect, its tokens are there; ended, they are gone. What they were good for is known in both cases.
    let distrusted = app.block_on(app.login.keeper().distrust_all(|_| {})).unwrap();
    assert_eq!(distrusted.changed, 1);
    browser.follow(&app.url("/login?return_to=/scopes"));
    let asked = || last_asked(&provider).request.query_value("scope").unwrap();
    assert_eq!(asked(), "profile email read write");
    provider.end_grants();
    let key = app.block_on(app.login.keeper().suspects(None, 1)).unwrap();
    assert!(key.is_empty());
    browser.follow(&app.url("/kill"));
    browser.follow(&app.url("/login?return_to=/scopes"));
    assert_eq!(asked(), "profile email read write");
    assert_eq!(provider.requests(Endpoint::Authorize).len(), 3);
    // A login of its own asks for what the application was configured with.
    let other = Browser::new();
    other.follow(&app.url("/login?return_to=/scopes"));
    assert_eq!(asked(), "profile email");
}

#[test]
fn more_scopes_for_somebody_who_is_not_logged_in_are_a_login() {
    let (provider, app, browser) = whole();
    let page = browser.follow(&app.url("/more"));
    assert!(page.text().ends_with(" profile email read write"), "{}", page.text());
    assert_eq!(provider.stats().exchanges, 1);
}

#[test]
fn a_person_who_does_not_want_to_allow_more_keeps_what_they_have() {
    let (_provider, app, browser) = whole();
    let before = browser.follow(&app.url("/login?return_to=/scopes")).text();
    let away = browser.go(&app.url("/more")).location();
    let denied = format!("{away}&login_hint=deny");
    let page = browser.follow(&denied);
    assert_eq!(page.status, 400);
    assert!(page.text().contains("href=\"/scopes\""), "a way back: {}", page.text());
    assert_eq!(browser.go(&app.url("/scopes")).text(), before);
}
