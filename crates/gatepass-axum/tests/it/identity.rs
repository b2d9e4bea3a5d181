//! Who is logged in: issuer, subject and claims of the verified ID token, or nobody.

use std::sync::{Arc, Mutex};

use axum::routing::get;
use axum::{Json, Router};
use gatepass::Email;
use gatepass::ports::{GrantKey, Owner};
use gatepass_axum::{Admission, Identity, NotLoggedIn};
use gatepass_testkit::Provider;
use serde_json::{Value, json};

use crate::support::{App, Browser, Network, Op, Parts, scopes};

async fn me(who: Identity) -> Json<Value> {
    let email = who.email().map(|email| match email {
        Email::Verified(address) => format!("verified {address}"),
        Email::Unverified(address) => format!("unverified {address}"),
        _ => "other".to_owned(),
    });
    assert!(!format!("{who:?}").contains("Liddell"));
    Json(json!({
        "iss": who.iss(), "sub": who.sub(), "sid": who.sid(), "key": who.key(), "email": email,
        "name": who.claims().text("name"), "session": who.session().id().as_str(),
    }))
}

async fn whoever(who: Result<Option<Identity>, NotLoggedIn>) -> String {
    match who {
        Ok(who) => who.map_or_else(|| "nobody".to_owned(), |who| who.key()),
        Err(why) => why.cause().label().to_owned(),
    }
}

/// The names in the claims that a hook was shown.
type Seen = Arc<Mutex<Vec<Option<String>>>>;

/// An application with an OpenID provider and one of plain OAuth, and what its hook has seen.
fn app(plain: &Provider) -> (Arc<Op>, App, Seen) {
    let network = Network::default();
    let op = network.op("op.example");
    let parts = Parts::new();
    let parts = Parts { world: network.beside(&parts.world), ..parts };
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sees = seen.clone();
    let login = parts
        .builder()
        .provider("op", op.party(&parts, "app", "/callback"), scopes())
        .provider("plain", parts.client(plain, "/callback/plain"), scopes())
        .on_signed_in(move |who| {
            sees.lock().unwrap().push(who.claims().map(|claims| claims.text("name").unwrap_or_default()));
            async { Ok(Admission::nameless()) }
        })
        .build()
        .unwrap();
    let app = Router::new()
        .route("/me", get(me))
        .route("/whoever", get(whoever))
        .merge(login.routes())
        .layer(login.layer());
    (op, parts.run(login, app), seen)
}

fn alice() -> Value {
    json!({
        "sub": "alice", "sid": "s1", "name": "Alice Liddell", "email": "a@op.example", "email_verified": true,
    })
}

#[test]
fn a_handler_is_told_who_it_is_by_the_verified_id_token() {
    let plain = Provider::start();
    let (op, app, seen) = app(&plain);
    let browser = Browser::new();
    assert_eq!(browser.ask(&app.url("/whoever")).text(), "nobody");
    assert_eq!(op.log_in(&app, &browser, "/login/op", &alice()).status, 303);
    let mut me = browser.ask(&app.url("/me")).json();
    assert!(me.as_object_mut().unwrap().remove("session").unwrap().is_string());
    assert_eq!(
        me,
        json!({
            "iss": op.issuer, "sub": "alice", "sid": "s1", "key": "https://op.example alice",
            "email": "verified a@op.example", "name": "Alice Liddell",
        })
    );
    assert_eq!(browser.ask(&app.url("/whoever")).text(), "https://op.example alice");
    assert_eq!(*seen.lock().unwrap(), [Some("Alice Liddell".to_owned())], "before anything was kept");

    let other = Browser::new();
    op.log_in(
        &app,
        &other,
        "/login/op",
        &json!({"sub": "bob", "email": "a@op.example", "email_verified": "true"}),
    );
    let bob = other.ask(&app.url("/me")).json();
    assert_eq!((&bob["email"], &bob["sid"]), (&json!("unverified a@op.example"), &Value::Null));
}

#[test]
fn without_a_session_a_person_is_sent_to_log_in_and_a_program_told_where() {
    let plain = Provider::start();
    let (_op, app, _) = app(&plain);
    let page = Browser::new().go(&app.url("/me"));
    assert_eq!(page.location(), app.url("/login?return_to=%2Fme"));
    let page = Browser::new().ask(&app.url("/me"));
    assert_eq!((page.status, page.error().as_str()), (401, "login_required"));
}

#[test]
fn somebody_of_whom_the_provider_says_nothing_is_nobody_here_and_is_not_sent_in_a_circle() {
    let plain = Provider::start();
    let (_op, app, seen) = app(&plain);
    let browser = Browser::new();
    let start = browser.go(&app.url("/login/plain"));
    assert_eq!(browser.go(&browser.go(&start.location()).location()).status, 303);
    assert_eq!(*seen.lock().unwrap(), [None]);
    assert_eq!(browser.ask(&app.url("/whoever")).text(), "nobody");
    let page = browser.go(&app.url("/me"));
    assert_eq!(page.status, 403, "{}", page.text());
    assert_eq!(browser.ask(&app.url("/me")).error(), "not_admitted");
}

#[test]
fn a_session_whose_tokens_are_gone_names_nobody_until_a_new_login() {
    let plain = Provider::start();
    let (op, app, _) = app(&plain);
    let browser = Browser::new();
    op.log_in(&app, &browser, "/login/op", &alice());
    let id = browser.ask(&app.url("/me")).json()["session"].as_str().unwrap().to_owned();
    let grant = GrantKey::new("op", Owner::Session(id.into()));
    app.block_on(app.login.keeper().logout(&grant)).unwrap();

    assert_eq!(browser.ask(&app.url("/whoever")).text(), "nobody");
    assert_eq!(browser.ask(&app.url("/me")).error(), "login_required");
    let page = browser.go(&app.url("/me"));
    assert_eq!(page.status, 303);
    let start = browser.go(&page.location());
    let start =
        if start.status == 303 { start } else { browser.go(&app.url("/login/op?return_to=/me&renew=1")) };
    let back = op.let_in(&browser, &start, &alice());
    assert_eq!(back.location(), app.url("/me"));
    assert_eq!(browser.go(&back.location()).json()["sub"], "alice");
}
