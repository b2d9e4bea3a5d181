//! Connected accounts: who may start, who may finish, what outlives the session, and how it ends.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use gatepass::ports::{
    BeginError, Begun, ClientSource, Clock, Continuation, FinishError, Finished, Flow, Limits, LoggedOut,
    LogoutRefused, NoClient, NoUserInfo, Registered, Subject, Wish,
};
use gatepass::{Callback, Claims, Client, IdToken, PendingSnapshot, Scopes, Secret, TokenSet, World};
use gatepass_axum::{ApiError, LoginBuilder, Refused, ReturnTo, Session, Start, Visitor};
use gatepass_testkit::Provider;
use gatepass_testkit::memory::MemoryStore;
use gatepass_testkit::provider::Fault;
use gatepass_testkit::provider::{Endpoint, Gate};
use http::header;
use http::request::Parts as Request;
use url::Url;

use crate::support::{App, Browser, Page, Parts, callback_url, scopes, with_parameter, without_parameter};

/// The cookie by which an application with users of its own knows them.
const USER: &str = "user";
const SESSION: &str = "gatepass-session";

/// A provider to log in at, one to connect an account of, and an application.
struct Place {
    login: Provider,
    calendar: Provider,
    app: App,
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

async fn current_user(parts: Request) -> Result<Option<String>, Failed> {
    let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split("; ")).filter_map(|pair| pair.split_once('='));
    Ok(pairs.find(|(name, _)| *name == USER).map(|(_, user)| user.to_owned()))
}

/// What the connected account's API says.
async fn events(State(api): State<String>, visitor: Visitor) -> Result<Response, Refused> {
    let account = visitor.account("calendar").await?;
    let said = account.json::<serde_json::Value>(&api).await;
    let scopes = account.scopes().to_string();
    Ok(said.map_or_else(ApiError::into_response, |said| {
        Json(serde_json::json!({ "sub": said["sub"], "scopes": scopes })).into_response()
    }))
}

async fn more(visitor: Visitor) -> Result<Response, Refused> {
    let start = Start::new().also(Scopes::new("write").unwrap()).login_hint("bob");
    visitor.connect("calendar", start.return_to(ReturnTo::parse("/events").unwrap())).await
}

impl Place {
    fn new(describe: impl FnOnce(LoginBuilder) -> LoginBuilder) -> Self {
        Self::with(|client| client, describe)
    }

    fn with<F: Flow + 'static>(
        flow: impl FnOnce(Client) -> F,
        describe: impl FnOnce(LoginBuilder) -> LoginBuilder,
    ) -> Self {
        let (login, calendar) = (Provider::start(), Provider::start());
        let parts: Parts<MemoryStore> = Parts::new();
        let builder = parts
            .builder()
            .provider("test", flow(parts.client(&login, "/callback")), scopes())
            .account("calendar", parts.client(&calendar, "/callback/calendar"), Scopes::new("read").unwrap())
            .account("files", parts.client(&login, "/callback/files"), Scopes::new("read").unwrap());
        let doors = describe(builder).build().unwrap();
        let app = Router::new()
            .route("/events", get(events))
            .with_state(calendar.user_endpoint())
            .route("/more", post(more).get(more))
            .route("/session", get(async |session: Session| session.id().as_str().to_owned()))
            .route("/", get(async || "home"));
        let app = parts.run(doors.clone(), app.merge(doors.routes()).layer(doors.layer()));
        Self { login, calendar, app }
    }

    /// With users of its own.
    fn with_users() -> Self {
        Self::new(|builder| builder.current_user(current_user))
    }

    /// The URL of the callback of a connection that this browser has started, which nobody has opened.
    #[track_caller]
    fn callback(&self, browser: &Browser) -> String {
        let start = browser.post(&self.app.url("/connect/calendar?return_to=/events"), "");
        assert_eq!(start.status, 303, "{}", start.text());
        browser.go(&start.location()).location()
    }

    /// All but revocations, which tasks of their own make when they can.
    fn requests(&self) -> usize {
        let log = self.login.log().into_iter().chain(self.calendar.log());
        log.filter(|entry| entry.endpoint != Endpoint::Revoke).count()
    }

    fn events(&self, browser: &Browser) -> Page {
        browser.ask(&self.app.url("/events"))
    }
}

fn user(name: &str) -> Browser {
    let browser = Browser::new();
    browser.set_cookie(USER, name);
    browser
}

#[test]
fn an_account_is_connected_used_and_disconnected() {
    let place = Place::with_users();
    let alice = user("alice-of-ours");
    assert_eq!((place.events(&alice).status, place.events(&alice).error().as_str()), (403, "not_connected"));
    let landed = alice.go(&place.callback(&alice));
    assert_eq!((landed.status, landed.location()), (303, place.app.url("/events")), "{}", landed.text());
    assert!(alice.cookie(SESSION).is_none(), "connecting logs nobody in");
    assert_eq!(place.events(&alice).json(), serde_json::json!({ "sub": "user-alice", "scopes": "read" }));
    // Work that no request waits for.
    let api = place.app.login.api_of("alice-of-ours", "calendar");
    let answer = place.app.block_on(api.get(&place.calendar.user_endpoint())).unwrap();
    assert_eq!(answer.status(), 200);
    // It is hers alone.
    assert_eq!(place.events(&user("bob-of-ours")).error(), "not_connected");
    assert_eq!(place.events(&Browser::new()).error(), "login_required");

    // The fence stands before the provider answers.
    let gate = Gate::new();
    place.calendar.inject(Fault::before(Endpoint::Revoke).hold(&gate).until_cleared());
    let page = alice.post(&place.app.url("/disconnect/calendar?return_to=/"), "");
    assert_eq!((page.status, page.location()), (303, place.app.url("/")));
    assert_eq!(place.events(&alice).error(), "not_connected");
    assert!(gate.wait_for(1, Duration::from_secs(10)), "the provider is told");
    gate.open();
    let deadline = Instant::now() + Duration::from_secs(10);
    while place.calendar.stats().revocations == 0 {
        assert!(Instant::now() < deadline, "the end does not reach the provider");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn arq_19_connecting_starts_by_a_post_from_a_page_of_ours() {
    let place = Place::with_users();
    let alice = user("alice");
    let origin = place.app.origin.clone();
    let refused: Vec<Vec<(&str, &str)>> = vec![
        vec![],
        vec![("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "same-site")],
        vec![("sec-fetch-site", "none")],
        vec![("sec-fetch-site", "cross-site"), ("origin", &origin)],
        vec![("origin", "null")],
        vec![("origin", "http://evil.example")],
        vec![("referer", &origin)],
    ];
    for path in ["/connect/calendar", "/disconnect/calendar", "/more"] {
        for headers in &refused {
            let page = alice.send("POST", &place.app.url(path), headers, Some(b""));
            assert_eq!(page.status, 403, "{path} {headers:?}");
            assert!(page.cookies().is_empty() && page.header("location").is_empty(), "{path} {headers:?}");
        }
        let ours = [("sec-fetch-site", "same-origin"), ("origin", &*origin)];
        for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] {
            assert_eq!(alice.send(method, &place.app.url(path), &ours, None).status, 405, "{method} {path}");
        }
    }
    // A script of ours cannot follow where it would lead, and what is fetched ahead has no effect.
    let script = [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")];
    assert_eq!(alice.send("POST", &place.app.url("/connect/calendar"), &script, Some(b"")).status, 401);
    let ahead = [("sec-fetch-site", "same-origin"), ("sec-purpose", "prefetch")];
    assert_eq!(alice.send("POST", &place.app.url("/connect/calendar"), &ahead, Some(b"")).status, 503);
    // Nobody is logged in; the account is none, or one to log in at.
    assert_eq!(Browser::new().post(&place.app.url("/connect/calendar"), "").status, 401);
    for name in ["test", "nobody"] {
        assert_eq!(alice.post(&place.app.url(&format!("/connect/{name}")), "").status, 404, "{name}");
    }
    assert_eq!(place.requests(), 0);
    let equal = alice.send("POST", &place.app.url("/connect/calendar"), &[("origin", &origin)], Some(b""));
    assert_eq!(equal.status, 303);
}

#[test]
fn cbk_13_c_11_who_finishes_is_who_started() {
    let place = Place::with_users();
    for finishes in [Some("bob"), Some("alic"), Some("alice2"), None] {
        let browser = user("alice");
        let url = place.callback(&browser);
        match finishes {
            Some(name) => browser.set_cookie(USER, name),
            None => browser.forget(USER),
        }
        let requests = place.requests();
        let page = browser.ask(&url);
        assert_eq!((page.status, page.error().as_str()), (400, "other_user"), "{finishes:?}");
        // She cannot finish it either any more, and nobody has got anything.
        browser.set_cookie(USER, "alice");
        assert_eq!(browser.ask(&url).error(), "other_user");
        assert_eq!(place.requests(), requests, "the provider hears of none of it");
        assert_eq!(place.events(&browser).error(), "not_connected");
        assert_eq!(place.events(&user("bob")).error(), "not_connected");
        // By a session of their own, the person who is logged in now connects what is theirs.
        assert!(browser.go(&place.callback(&browser)).location().ends_with("/events"));
        browser.post(&place.app.url("/disconnect/calendar"), "");
    }
}

#[test]
fn cbk_13_the_user_is_judged_before_anything_that_the_provider_said() {
    let place = Place::with_users();
    let changes: [fn(&str) -> String; 4] = [
        |url| with_parameter(url, "iss", "https://evil.example"),
        |url| without_parameter(url, "iss"),
        |url| with_parameter(&without_parameter(url, "code"), "error", "access_denied"),
        |url| with_parameter(url, "code", "another"),
    ];
    for change in changes {
        let browser = user("alice");
        let url = change(&place.callback(&browser));
        browser.set_cookie(USER, "bob");
        let requests = place.requests();
        assert_eq!(browser.ask(&url).error(), "other_user", "{url}");
        assert_eq!(place.requests(), requests);
    }
}

#[test]
fn c_11_a_connection_that_somebody_else_started_is_refused_in_the_victim_s_browser() {
    let place = Place::with_users();
    let attacker = user("attacker");
    let away = attacker.post(&place.app.url("/connect/calendar"), "").location();
    // The victim opens the attacker's link, is logged in at the provider, and comes back with a code of their own.
    for victim in [user("victim"), user("attacker")] {
        let url = victim.go(&away).location();
        let requests = place.requests();
        assert_eq!(victim.ask(&url).error(), "cookie_missing");
        victim.go(&place.app.url("/login"));
        assert_eq!(victim.ask(&url).error(), "other_browser");
        assert_eq!(place.requests(), requests);
        assert_eq!(place.events(&attacker).error(), "not_connected");
        assert_eq!(place.events(&victim).error(), "not_connected");
    }
    assert_eq!(place.calendar.stats().exchanges, 0);
}

#[test]
fn cbk_12_c_12_the_context_in_the_redirect_uri_is_that_of_the_pending_login() {
    let place = Place::with_users();
    let browser = user("alice");
    let connection = place.callback(&browser);
    let login = callback_url(&browser, &place.app, "/login");
    let at = |url: &str, path: &str| format!("{}?{}", place.app.url(path), url.split_once('?').unwrap().1);
    let requests = place.requests();
    for (url, path) in [
        (&connection, "/callback"),
        (&connection, "/callback/files"),
        (&login, "/callback/calendar"),
        (&login, "/callback/files"),
    ] {
        let page = browser.ask(&at(url, path));
        assert_eq!((page.status, page.error().as_str()), (400, "other_browser"), "{path}");
    }
    assert_eq!(place.requests(), requests, "no provider hears of it");
    assert!(browser.cookie(SESSION).is_none());
    // Where they belong both are good.
    assert_eq!(browser.go(&connection).location(), place.app.url("/events"));
    assert_eq!(browser.go(&login).location(), place.app.url("/"));
}

#[test]
fn a_connection_that_is_started_twice_is_finished_in_any_tab_and_a_repeat_changes_nothing() {
    let place = Place::with_users();
    let alice = user("alice");
    let (one, other) = (place.callback(&alice), place.callback(&alice));
    for url in [&other, &one, &one] {
        assert_eq!(alice.go(url).location(), place.app.url("/events"));
    }
    assert_eq!(place.calendar.stats().exchanges, 2);
    assert_eq!(place.events(&alice).status, 200);
}

#[test]
fn more_scopes_of_a_connected_account_are_asked_for_on_top_of_what_it_holds() {
    let place = Place::with_users();
    let alice = user("alice");
    alice.go(&place.callback(&alice));
    let page = alice.follow(&alice.post(&place.app.url("/more"), "").location());
    assert_eq!((page.status, page.url.clone()), (200, place.app.url("/events")), "{}", page.text());
    assert_eq!(page.json(), serde_json::json!({ "sub": "user-bob", "scopes": "read write" }));
    let asked = place.calendar.requests(Endpoint::Authorize).pop().unwrap().request;
    assert_eq!(asked.query_value("scope").as_deref(), Some("read write"));
    assert_eq!(asked.query_value("login_hint").as_deref(), Some("bob"));
}

#[test]
fn a_person_who_says_no_has_what_they_had() {
    let place = Place::with_users();
    let alice = user("alice");
    alice.go(&place.callback(&alice));
    let away = alice.post(&place.app.url("/connect/calendar?return_to=/events"), "").location();
    let page = alice.follow(&format!("{away}&login_hint=deny"));
    assert_eq!(page.status, 400);
    assert!(page.text().contains("href=\"/events\""), "a way back: {}", page.text());
    assert_eq!(place.events(&alice).status, 200);
}

#[test]
fn an_account_is_no_door() {
    let place = Place::with_users();
    let browser = Browser::new();
    assert_eq!(browser.ask(&place.app.url("/login/calendar")).error(), "unknown_provider");
    // With one provider to log in at there is nothing to choose.
    assert!(
        browser.go(&place.app.url("/login")).location().starts_with(&place.login.authorization_endpoint())
    );
    // A callback for which nothing waits begins no login there.
    let url = format!("{}?state={}&code=x", place.app.url("/callback/calendar"), "A".repeat(43));
    assert_eq!(browser.go(&url).status, 400);
    assert_eq!(place.calendar.log().len(), 0);
}

/// A protocol that says who logged in, as OpenID Connect does.
#[derive(Debug)]
struct Named(Client);

#[async_trait]
impl ClientSource for Named {
    fn registered(&self) -> Registered {
        ClientSource::registered(&self.0)
    }

    fn at_hand(&self) -> Option<Client> {
        ClientSource::at_hand(&self.0)
    }

    async fn client(&self, world: &World) -> Result<Client, NoClient> {
        ClientSource::client(&self.0, world).await
    }

    fn judge(&self, refreshed: TokenSet, login: Option<&IdToken>, clock: &dyn Clock) -> Continuation {
        ClientSource::judge(&self.0, refreshed, login, clock)
    }

    async fn catch_up(&self, edition: u64, world: &World) -> Result<(), NoClient> {
        ClientSource::catch_up(&self.0, edition, world).await
    }
}

#[async_trait]
impl Flow for Named {
    async fn begin(&self, wish: Wish, world: &World) -> Result<Begun, BeginError> {
        self.0.begin(wish, world).await
    }

    async fn finish(
        &self,
        snapshot: PendingSnapshot,
        callback: Callback,
        world: &World,
        limits: &Limits,
    ) -> Result<Finished, FinishError> {
        let finished = self.0.finish(snapshot, callback, world, limits).await?;
        Ok(Finished::new(finished.tokens, Some(Subject::new("https://as.example", "alice", None))))
    }

    fn claims(&self, id_token: &IdToken) -> Option<Claims> {
        self.0.claims(id_token)
    }

    async fn user_info(
        &self,
        access_token: &Secret,
        sub: &str,
        world: &World,
        limits: &Limits,
    ) -> Result<Option<Claims>, NoUserInfo> {
        self.0.user_info(access_token, sub, world, limits).await
    }

    async fn end_session(
        &self,
        hint: Option<&IdToken>,
        return_to: Option<(&Url, &str)>,
        world: &World,
    ) -> Result<Option<Url>, NoClient> {
        self.0.end_session(hint, return_to, world).await
    }

    fn ends_sessions_at(&self) -> Option<Url> {
        self.0.ends_sessions_at()
    }

    async fn logged_out(&self, token: &str, world: &World) -> Result<LoggedOut, LogoutRefused> {
        self.0.logged_out(token, world).await
    }
}

#[test]
fn a_connected_account_of_our_session_s_person_outlives_the_session() {
    let place = Place::with(Named, |builder| builder);
    let browser = Browser::new();
    assert_eq!(browser.post(&place.app.url("/connect/calendar"), "").status, 401, "nobody is logged in");
    browser.follow(&place.app.url("/login?return_to=/session"));
    browser.go(&place.callback(&browser));
    assert_eq!(place.events(&browser).status, 200);

    assert_eq!(browser.post(&place.app.url("/logout"), "").status, 303);
    assert_eq!(place.events(&browser).error(), "login_required");
    // The login's grant is gone, the account's is not.
    let later = Browser::new();
    later.follow(&place.app.url("/login?return_to=/session"));
    assert_eq!(place.events(&later).json()["sub"], "user-alice");
    assert_eq!(place.calendar.stats().revocations, 0);
}

#[test]
fn cbk_13_a_session_that_ended_in_between_connects_nothing() {
    let place = Place::with(Named, |builder| builder);
    let browser = Browser::new();
    browser.follow(&place.app.url("/login?return_to=/session"));
    let url = place.callback(&browser);
    browser.post(&place.app.url("/logout"), "");
    let requests = place.calendar.log().len();
    assert_eq!(browser.ask(&url).error(), "other_user");
    assert_eq!(place.calendar.log().len(), requests);
}

#[test]
fn a_session_that_names_nobody_is_nobody_s_to_connect_to() {
    let place = Place::new(|builder| builder);
    let browser = Browser::new();
    browser.follow(&place.app.url("/login?return_to=/session"));
    let page = browser.post(&place.app.url("/connect/calendar"), "");
    assert_eq!(page.status, 500, "{}", page.text());
    assert_eq!(place.calendar.log().len(), 0);
}
