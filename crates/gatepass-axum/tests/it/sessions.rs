//! "My other sessions": looked at and ended.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::Path;
use axum::routing::{get, post};
use axum::{Json, Router};
use gatepass_axum::{Admission, Session, Sessions, SessionsError};
use gatepass_testkit::Provider;
use gatepass_testkit::memory::MemoryStore;
use serde_json::{Value, json};

use crate::support::{App, Browser, MovedClock, Parts, scopes};

async fn list(sessions: Sessions) -> Result<Json<Value>, SessionsError> {
    let all = sessions.all().await?;
    let one = |session: &Session| {
        json!({
            "id": session.id().as_str(),
            "current": session.id() == sessions.current().id(),
            "description": session.description(),
            "began": session.created().as_unix_millis(),
            "seen": session.last_seen().as_unix_millis(),
        })
    };
    Ok(Json(all.iter().map(one).collect()))
}

async fn end(sessions: Sessions, Path(id): Path<String>) -> Result<String, SessionsError> {
    Ok(sessions.end(&id).await?.to_string())
}

async fn end_others(sessions: Sessions) -> Result<String, SessionsError> {
    Ok(sessions.end_others().await?.to_string())
}

/// An application whose next login is somebody's, or nobody's.
fn app(provider: &Provider, clock: Option<&MovedClock>) -> (App, Arc<Mutex<Option<&'static str>>>) {
    let parts = match clock {
        Some(clock) => Parts::with(MemoryStore::with_clock(Arc::new(clock.clone()))),
        None => Parts::new(),
    };
    let next = Arc::new(Mutex::new(Some("ada")));
    let asked = Arc::clone(&next);
    let builder = parts.builder().provider("test", parts.client(provider, "/callback"), scopes());
    let login = builder
        .on_signed_in(move |_| {
            let owner = *asked.lock().unwrap();
            async move { Ok(owner.map_or_else(Admission::nameless, Admission::of)) }
        })
        .build()
        .unwrap();
    let app = Router::new()
        .route("/sessions", get(list))
        .route("/others", get(end_others).post(end_others))
        .route("/end/{id}", post(end))
        .merge(login.routes())
        .layer(login.layer());
    (parts.run(login, app), next)
}

fn logged_in(app: &App, agent: &str) -> Browser {
    let browser = Browser::new();
    let start = browser.go(&app.url("/login"));
    let callback = browser.go(&start.location()).location();
    let headers = [("accept", "text/html"), ("user-agent", agent)];
    assert_eq!(browser.send("GET", &callback, &headers, None).status, 303);
    browser
}

fn all(app: &App, browser: &Browser) -> Vec<Value> {
    let page = browser.ask(&app.url("/sessions"));
    assert_eq!(page.status, 200, "{}", page.text());
    page.json().as_array().unwrap().clone()
}

const PHONE: &str = "Mozilla/5.0 (Linux; Android 10; K) Chrome/141.0.0.0 Mobile Safari/537.36";
const DESK: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

#[test]
fn a_person_sees_their_sessions_and_nobody_else_s() {
    let provider = Provider::start();
    let (app, next) = app(&provider, None);
    let (phone, desk) = (logged_in(&app, PHONE), logged_in(&app, DESK));
    *next.lock().unwrap() = Some("eve");
    let other = logged_in(&app, DESK);
    let seen = all(&app, &phone);
    let flags: Vec<_> =
        seen.iter().map(|one| (one["current"].as_bool(), one["description"].as_str())).collect();
    assert_eq!(
        flags,
        [(Some(true), Some("Chrome on Android")), (Some(false), Some("Firefox on Linux"))],
        "the current one first"
    );
    assert_eq!(all(&app, &desk).len(), 2);
    assert_eq!(all(&app, &other).len(), 1);

    // Two logins of which nothing says whose they are are not one person's.
    *next.lock().unwrap() = None;
    let (one, _two) = (logged_in(&app, PHONE), logged_in(&app, PHONE));
    assert_eq!(all(&app, &one).len(), 1);
}

#[test]
fn bff_07_a_session_ended_from_elsewhere_is_over_and_its_tokens_are_revoked() {
    let provider = Provider::start();
    let (app, _) = app(&provider, None);
    let (phone, desk) = (logged_in(&app, PHONE), logged_in(&app, DESK));
    let id = all(&app, &phone)[1]["id"].as_str().unwrap().to_owned();
    let end = app.url(&format!("/end/{id}"));
    assert_eq!(phone.post(&end, "").text(), "true");
    assert_eq!(desk.ask(&app.url("/sessions")).status, 401);
    assert_eq!(all(&app, &phone).len(), 1);
    assert_eq!(phone.post(&end, "").text(), "false", "once");
    let deadline = Instant::now() + Duration::from_secs(10);
    while provider.stats().revocations == 0 {
        assert!(Instant::now() < deadline, "it does not reach the provider");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn all_others_end_and_the_current_one_stays() {
    let provider = Provider::start();
    let (app, next) = app(&provider, None);
    let (phone, desk, third) = (logged_in(&app, PHONE), logged_in(&app, DESK), logged_in(&app, DESK));
    *next.lock().unwrap() = Some("eve");
    let eve = logged_in(&app, DESK);
    assert_eq!(phone.post(&app.url("/others"), "").text(), "2");
    assert_eq!(all(&app, &phone).len(), 1);
    for browser in [desk, third] {
        assert_eq!(browser.ask(&app.url("/sessions")).status, 401);
    }
    assert_eq!(all(&app, &eve).len(), 1);
    assert_eq!(phone.post(&app.url("/others"), "").text(), "0");
}

#[test]
fn nobody_ends_a_session_from_another_site_by_a_link_or_by_its_id_alone() {
    let provider = Provider::start();
    let (app, next) = app(&provider, None);
    let (phone, _desk) = (logged_in(&app, PHONE), logged_in(&app, DESK));
    *next.lock().unwrap() = Some("eve");
    let eve = logged_in(&app, DESK);
    let id = all(&app, &phone)[1]["id"].as_str().unwrap().to_owned();
    let end = app.url(&format!("/end/{id}"));
    for headers in [
        &[][..],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "null")],
    ] {
        let page = phone.send("POST", &end, headers, Some(b""));
        assert_eq!((page.status, page.error().as_str()), (403, "cross_site"), "{headers:?}");
    }
    let link = phone.send("GET", &app.url("/others"), &[("sec-fetch-site", "same-origin")], None);
    assert_eq!((link.status, link.error().as_str()), (405, "method"));
    assert_eq!(eve.post(&end, "").text(), "false", "it is not one of theirs");
    assert_eq!(all(&app, &phone).len(), 2);
}

#[test]
fn a_session_that_has_expired_is_not_listed() {
    let provider = Provider::start();
    let clock = MovedClock::new();
    let (app, _) = app(&provider, Some(&clock));
    let (phone, _desk) = (logged_in(&app, PHONE), logged_in(&app, DESK));
    for _ in 0..2 {
        clock.advance(Duration::from_secs(23 * 3600));
        let seen = all(&app, &phone);
        assert_eq!(seen[0]["current"], true);
        let (began, last) = (seen[0]["began"].as_i64().unwrap(), seen[0]["seen"].as_i64().unwrap());
        assert!(last >= began + 23 * 3_600_000, "it was seen just now");
    }
    assert_eq!(all(&app, &phone).len(), 1, "the one that nobody used for a day is over");
}
