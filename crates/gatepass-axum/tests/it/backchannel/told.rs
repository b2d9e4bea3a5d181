//! An application that is told of logouts, to end sessions of its own.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use gatepass_axum::{Admission, LoggedOut, Login, Session};
use serde_json::json;

use super::{FORM, alice, parts, post, tell};
use crate::support::{App, Browser, Network, Op, scopes, unique};

/// An application that is told of logouts, and may fail at them.
struct Told {
    app: App,
    op: Arc<Op>,
    heard: Arc<Mutex<Vec<LoggedOut>>>,
    fails: Arc<Mutex<bool>>,
}

fn told() -> Told {
    let network = Network::default();
    let op = network.op("op.example");
    let parts = parts(&network);
    let (heard, fails) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(false)));
    let (hears, failing) = (heard.clone(), fails.clone());
    let login: Login = parts
        .builder()
        .provider("op", op.party(&parts, "app", "/callback"), scopes())
        .on_signed_in(async |who| Ok(Admission::of(who.subject().ok_or("nobody")?.sub.clone())))
        .own_sessions(async |arrived| {
            let sid = arrived.subject.and_then(|subject| subject.sid).ok_or("no sid")?;
            Ok(gatepass_axum::Greeting::new().cookie(format!("own={sid}; Path=/").parse()?))
        })
        .on_logged_out(move |who| {
            let fails = *failing.lock().unwrap();
            hears.lock().unwrap().push(who);
            async move { if fails { Err("the application's store is away".into()) } else { Ok(()) } }
        })
        .build()
        .unwrap();
    let app = Router::new()
        .route("/", get(async |session: Option<Session>| session.map_or("nobody", |_| "somebody")))
        .merge(login.routes())
        .layer(login.layer());
    Told { app: parts.run(login, app), op, heard, fails }
}

#[test]
fn an_application_with_sessions_of_its_own_is_told_whose_end_and_whose_not() {
    let Told { app, op, heard, .. } = told();
    let browser = Browser::new();
    let page = op.log_in(&app, &browser, "/login", &alice());
    assert_eq!(page.status, 303);
    assert_eq!(browser.cookie("own").as_deref(), Some("s1"), "the session of the provider is named");
    // A repeated callback names it too.
    browser.forget("own");
    assert_eq!(browser.go(&page.url).status, 303);
    assert_eq!(browser.cookie("own").as_deref(), Some("s1"));

    let token = op.logout_token("app", &alice());
    assert_eq!((tell(&app, &token), tell(&app, &token)), (200, 200));
    // And a callback from before lets nobody in again.
    browser.forget("own");
    assert_eq!(browser.go(&page.url).status, 400);
    assert_eq!(browser.cookie("own"), None);
    let heard = heard.lock().unwrap();
    assert_eq!(heard.len(), 1, "once");
    let who = &heard[0];
    assert_eq!((who.provider(), who.iss()), ("op", op.issuer.as_str()));
    assert_eq!((who.sub(), who.sid()), (Some("alice"), Some("s1")));
    let subject =
        |iss: &str, sub: &str, sid: Option<&str>| gatepass::ports::Subject::new(iss, sub, sid.map(Box::from));
    assert!(who.is_about(&subject(&op.issuer, "alice", Some("s1"))));
    for other in [
        subject("https://two.example", "alice", Some("s1")),
        subject(&op.issuer, "Alice", Some("s1")),
        subject(&op.issuer, "alice", Some("s2")),
        subject(&op.issuer, "alice", None),
    ] {
        assert!(!who.is_about(&other), "{other:?}");
    }
}

#[test]
fn a_logout_that_the_application_could_not_carry_out_can_be_asked_for_again() {
    let Told { app, op, heard, fails } = told();
    let token = op.logout_token("app", &json!({"sub": unique("person")}));
    *fails.lock().unwrap() = true;
    let page = post(&app, "op", FORM, &format!("logout_token={token}"));
    assert_eq!((page.status, page.error().as_str()), (400, "server_error"));
    assert!(!page.text().contains("away"), "{}", page.text());
    *fails.lock().unwrap() = false;
    assert_eq!(tell(&app, &token), 200);
    assert_eq!(heard.lock().unwrap().len(), 2);
}
