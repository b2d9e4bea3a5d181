//! The back-channel logout: the provider's signed word ends the sessions that it names, and no others.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use gatepass::ports::{GrantKey, Owner};
use gatepass_axum::{Admission, LoggedOut, Login, Session};
use gatepass_testkit::memory::MemoryStore;
use serde_json::{Value, json};

use crate::support::{App, Browser, Network, Op, Page, Parts, scopes, unique};

fn parts(network: &Network) -> Parts<MemoryStore> {
    Parts { world: gatepass::world(Arc::new(network.clone())), ..Parts::new() }
}

/// An application with one provider, and somebody who has logged in there.
fn logged_in(who: &Value) -> (Arc<Op>, App, Browser) {
    let network = Network::default();
    let op = network.op("op.example");
    let parts = parts(&network);
    let app = parts.serve(parts.builder().provider("op", op.party(&parts, "app", "/callback"), scopes()));
    let browser = Browser::new();
    assert_eq!(op.log_in(&app, &browser, "/login", who).status, 303);
    (op, app, browser)
}

fn alice() -> Value {
    json!({"sub": "alice", "sid": "s1"})
}

const FORM: &str = "application/x-www-form-urlencoded";

/// What a provider's server sends: no cookie, no header of a browser.
fn post(app: &App, provider: &str, kind: &str, body: &str) -> Page {
    let url = app.url(&format!("/backchannel-logout/{provider}"));
    Browser::new().send("POST", &url, &[("content-type", kind)], Some(body.as_bytes()))
}

fn tell(app: &App, token: &str) -> u16 {
    tell_at(app, "op", token)
}

fn tell_at(app: &App, provider: &str, token: &str) -> u16 {
    let page = post(app, provider, FORM, &format!("logout_token={token}"));
    assert_eq!(page.header("cache-control"), "no-store", "{}", page.text());
    assert_eq!(page.status == 200, page.body.is_empty(), "{}", page.text());
    page.status
}

#[track_caller]
fn is_in(app: &App, browser: &Browser) -> bool {
    match browser.ask(&app.url("/session")).status {
        200 => true,
        401 => false,
        other => panic!("status {other}"),
    }
}

#[test]
fn bcl_01_anything_but_one_token_in_a_form_is_refused() {
    let (op, app, browser) = logged_in(&alice());
    let token = op.logout_token("app", &json!({"sid": "s1"}));
    let one = format!("logout_token={token}");
    let url = app.url("/backchannel-logout/op");
    for (kind, body) in [
        (FORM, format!("{one}&{one}")),
        (FORM, format!("{one}&logout_token=")),
        (FORM, format!("LOGOUT_TOKEN={token}")),
        (FORM, String::new()),
        (FORM, format!("padding={}&{one}", "a".repeat(70_000))),
        ("application/json", json!({ "logout_token": token }).to_string()),
        ("text/plain", one.clone()),
        ("application/jwt", token.clone()),
    ] {
        let page = post(&app, "op", kind, &body);
        assert_eq!((page.status, page.error().as_str()), (400, "invalid_request"), "{kind}");
    }
    let in_query = Browser::new().send("POST", &format!("{url}?{one}"), &[("content-type", FORM)], Some(b""));
    assert_eq!(in_query.status, 400);
    for method in ["GET", "PUT", "DELETE"] {
        let page = Browser::new().send(method, &format!("{url}?{one}"), &[("content-type", FORM)], None);
        assert_eq!((page.status, page.header("allow")), (405, "POST"), "{method}");
    }
    assert_eq!(post(&app, "nobody", FORM, &one).status, 404);
    assert!(is_in(&app, &browser));

    let kind = "Application/X-WWW-Form-Urlencoded; charset=utf-8";
    assert_eq!(post(&app, "op", kind, &format!("a=1&a=2&{one}&state=x")).status, 200);
    assert!(!is_in(&app, &browser));
}

#[test]
fn bcl_06_a_replay_is_answered_like_the_first_and_does_nothing_in_any_process() {
    let network = Network::default();
    let op = network.op("op.example");
    let parts = parts(&network);
    let start =
        || parts.serve(parts.builder().provider("op", op.party(&parts, "app", "/callback"), scopes()));
    let app = start();
    let browser = Browser::new();
    op.log_in(&app, &browser, "/login", &alice());
    let token = op.logout_token("app", &json!({"sub": "alice"}));
    assert_eq!(tell(&app, &token), 200);
    assert!(!is_in(&app, &browser));

    op.log_in(&app, &browser, "/login", &alice());
    assert_eq!(tell(&app, &token), 200);
    assert!(is_in(&app, &browser), "the same token has ended a session that began after it");

    drop(app);
    let replica = Parts { listener: Parts::new().listener, ..parts.clone() };
    let client = op.party(&parts, "app", "/callback");
    let other = replica.serve(parts.builder().provider("op", client, scopes()));
    assert_eq!(tell(&other, &token), 200);
    assert!(is_in(&other, &browser), "a replica that had not seen it has carried it out again");

    assert_eq!(tell(&other, &op.logout_token("app", &json!({"sub": "alice"}))), 200);
    assert!(!is_in(&other, &browser), "another token of the same kind is a new one");
}

#[test]
fn bcl_06_one_without_an_id_is_refused() {
    let (op, app, browser) = logged_in(&alice());
    let mut claims = op.logout_claims("app", 0, &json!({"sid": "s1"}));
    claims.as_object_mut().unwrap().remove("jti");
    assert_eq!(tell(&app, &op.sign(&json!({}), &claims)), 400);
    assert!(is_in(&app, &browser));
}

#[test]
fn bcl_06_a_session_that_began_after_the_token_is_not_meant() {
    let (op, app, browser) = logged_in(&alice());
    let of = |age| op.sign(&json!({}), &op.logout_claims("app", age, &json!({"sub": "alice"})));
    assert_eq!(tell(&app, &of(310)), 200);
    assert!(is_in(&app, &browser), "it was issued five minutes before the login");
    assert_eq!(tell(&app, &of(240)), 200);
    assert!(!is_in(&app, &browser), "clocks may be off by as much");
}

#[test]
fn bcl_07_failures_are_400_success_and_out_already_are_200() {
    let (op, app, browser) = logged_in(&alice());
    let right = op.logout_claims("app", 0, &json!({"sid": "s1"}));
    let changed = |name: &str, value: Value| {
        let mut claims = right.clone();
        claims[name] = value;
        claims
    };
    for (name, value) in [
        ("aud", json!("another")),
        ("iss", json!("https://other.example")),
        ("exp", json!(1)),
        ("events", json!({})),
        ("nonce", json!("n")),
    ] {
        assert_eq!(tell(&app, &op.sign(&json!({}), &changed(name, value))), 400, "{name}");
    }
    assert_eq!(tell(&app, &op.sign(&json!({"alg": "none"}), &right)), 400);
    assert_eq!(tell(&app, "no.token.atall"), 400);
    assert!(is_in(&app, &browser));
    assert_eq!(tell(&app, &op.logout_token("app", &json!({"sid": "nobody's"}))), 200);
    assert!(is_in(&app, &browser));
    assert_eq!(tell(&app, &op.sign(&json!({}), &right)), 200);
    assert!(!is_in(&app, &browser));
    assert_eq!(tell(&app, &op.logout_token("app", &json!({"sid": "s1"}))), 200, "out already");
}

#[test]
fn bcl_07_keys_that_cannot_be_had_are_a_failure_and_the_logout_can_be_asked_for_again() {
    let network = Network::default();
    let op = network.op("op.example");
    let parts = parts(&network);
    let client = op.party(&parts, "app", "/callback");
    let app = parts.serve(parts.builder().provider("op", client, scopes()));
    op.keys_away.store(true, Ordering::SeqCst);
    let page = post(&app, "op", FORM, &format!("logout_token={}", op.logout_token("app", &alice())));
    assert_eq!((page.status, page.error().as_str()), (400, "temporarily_unavailable"));
    assert_eq!(page.header("cache-control"), "no-store");
}

/// Two providers and, at the first, two clients; who is in is told by name.
struct World3 {
    one: Arc<Op>,
    two: Arc<Op>,
    app: App,
    people: Vec<(&'static str, Browser)>,
}

impl World3 {
    fn new() -> Self {
        let network = Network::default();
        let (one, two) = (network.op("one.example"), network.op("two.example"));
        let parts = parts(&network);
        let builder = parts
            .builder()
            .provider("one", one.party(&parts, "app", "/callback/one"), scopes())
            .provider("two", two.party(&parts, "app", "/callback/two"), scopes())
            .provider("second", one.party(&parts, "second", "/callback/second"), scopes());
        let app = parts.serve(builder);
        let mut people = Vec::new();
        for (name, op, door, sub, sid) in [
            ("alice", &one, "/login/one", "alice", "s1"),
            ("alice-elsewhere", &one, "/login/one", "alice", "s2"),
            ("bob", &one, "/login/one", "bob", "s3"),
            ("alice-of-two", &two, "/login/two", "alice", "s1"),
            ("alice-by-second", &one, "/login/second", "alice", "s1"),
            ("Alice", &one, "/login/one", "Alice", "S1"),
        ] {
            let browser = Browser::new();
            op.log_in(&app, &browser, door, &json!({"sub": sub, "sid": sid}));
            people.push((name, browser));
        }
        Self { one, two, app, people }
    }

    fn out(&self) -> Vec<&'static str> {
        let out = self.people.iter().filter(|(_, browser)| !is_in(&self.app, browser));
        out.map(|(name, _)| *name).collect()
    }
}

#[test]
fn bcl_08_a_session_id_ends_that_session_of_this_issuer_and_client_only() {
    let world = World3::new();
    let app = &world.app;
    let token = world.one.logout_token("app", &json!({"sid": "s1"}));
    assert_eq!(tell_at(app, "two", &token), 400, "another provider's route");
    assert_eq!(tell_at(app, "second", &token), 400, "another client's route");
    assert!(world.out().is_empty());
    assert_eq!(tell_at(app, "one", &token), 200);
    assert_eq!(world.out(), ["alice"]);
    assert_eq!(tell_at(app, "two", &world.two.logout_token("app", &json!({"sid": "s3"}))), 200);
    assert_eq!(world.out(), ["alice"], "a session of another issuer");
}

#[test]
fn bcl_08_a_subject_ends_all_its_sessions_of_this_issuer_and_client() {
    let world = World3::new();
    assert_eq!(tell_at(&world.app, "one", &world.one.logout_token("app", &json!({"sub": "alice"}))), 200);
    assert_eq!(world.out(), ["alice", "alice-elsewhere"]);
}

#[test]
fn bcl_08_where_both_are_named_both_must_fit() {
    let world = World3::new();
    let both = |sub, sid| world.one.logout_token("app", &json!({"sub": sub, "sid": sid}));
    assert_eq!(tell_at(&world.app, "one", &both("bob", "s1")), 200);
    assert!(world.out().is_empty());
    assert_eq!(tell_at(&world.app, "one", &both("alice", "s2")), 200);
    assert_eq!(world.out(), ["alice-elsewhere"]);
}

#[test]
fn bcl_09_the_tokens_of_the_session_are_revoked_and_those_of_connected_accounts_kept() {
    let network = Network::default();
    let op = network.op("op.example");
    let parts = parts(&network);
    let builder = parts.builder().provider("op", op.party(&parts, "app", "/callback"), scopes()).account(
        "files",
        op.party(&parts, "files", "/callback/files"),
        scopes(),
    );
    let app = parts.serve(builder);
    let (alice_s, bob) = (Browser::new(), Browser::new());
    op.log_in(&app, &alice_s, "/login", &alice());
    op.log_in(&app, &bob, "/login", &json!({"sub": "bob", "sid": "s2"}));
    let start = alice_s.post(&app.url("/connect/files"), "");
    assert_eq!(op.let_in(&alice_s, &start, &alice()).status, 303);
    assert_eq!(tell(&app, &op.logout_token("app", &json!({"sid": "s1"}))), 200);
    assert!(!is_in(&app, &alice_s) && is_in(&app, &bob));
    let revoked = op.wait_for_revocations(2);
    assert!(revoked[0].starts_with("at-code-") && revoked[1].starts_with("rt-code-"), "{revoked:?}");
    assert_eq!(revoked[0][3..], revoked[1][3..], "of one login: {revoked:?}");
    // The account is another route, at which nobody logs in.
    assert_eq!(tell_at(&app, "files", &op.logout_token("files", &json!({"sub": "alice"}))), 404);
    let account = GrantKey::new("files", Owner::User(format!("{} alice", op.issuer).into()));
    let holding = app.block_on(app.login.keeper().holding(&account));
    assert!(holding.unwrap().login_required.is_none(), "the connected account goes on");
    assert_eq!(op.revoked().len(), 2);
}

#[test]
fn bcl_10_a_flood_of_junk_costs_one_fetch_of_the_keys_and_ends_nothing() {
    let (op, app, browser) = logged_in(&alice());
    assert_eq!(op.fetches(), 1, "the login needed them");
    let claims = op.logout_claims("app", 0, &json!({"sid": "s1"}));
    let forger = Network::default().op("op.example");
    for number in 0..1000 {
        let junk = match number % 4 {
            0 => format!("junk-{number}"),
            1 => forger.sign(&json!({"kid": format!("k{number}")}), &claims),
            2 => forger.sign(&json!({}), &claims),
            _ => op.sign(&json!({"kid": format!("k{number}")}), &claims),
        };
        assert_eq!(tell(&app, &junk), 400, "{number}");
    }
    assert_eq!(op.fetches(), 2, "one for all of them: the keys may have changed since the login");
    assert!(is_in(&app, &browser));
    assert_eq!(tell(&app, &op.sign(&json!({}), &claims)), 200, "the right one passes amid them");
    assert!(!is_in(&app, &browser));
}

/// What was logged at INFO or above, by everybody.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn bcl_10_junk_leaves_no_line_in_the_log_and_a_logout_leaves_one() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let network = Network::default();
    let op = network.op("op.example");
    let parts = parts(&network);
    let client = op.party(&parts, "app", "/callback");
    let app = parts.serve(parts.builder().provider("flooded", client, scopes()));
    let browser = Browser::new();
    op.log_in(&app, &browser, "/login", &alice());
    let about = |what: &str| {
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        text.lines().filter(|line| line.contains("flooded") && line.contains(what)).count()
    };
    let before = about("");
    assert!(before > 0, "the login is logged");
    for number in 0..20 {
        assert_eq!(tell_at(&app, "flooded", &format!("junk-{number}")), 400);
        assert_eq!(post(&app, "flooded", "text/plain", "junk").status, 400);
        let forged = op.sign(&json!({"kid": "other"}), &op.logout_claims("app", 0, &alice()));
        assert_eq!(tell_at(&app, "flooded", &forged), 400);
    }
    assert_eq!(about(""), before);
    assert_eq!(tell_at(&app, "flooded", &op.logout_token("app", &alice())), 200);
    assert_eq!(about("somebody logged out at the provider"), 1);
}

#[test]
fn bcl_10_a_flood_before_the_first_login_costs_one_fetch_too() {
    let network = Network::default();
    let op = network.op("op.example");
    let parts = parts(&network);
    let client = op.party(&parts, "app", "/callback");
    let app = parts.serve(parts.builder().provider("op", client, scopes()));
    op.keys_away.store(true, Ordering::SeqCst);
    for number in 0..100 {
        let junk = op.sign(&json!({"kid": format!("k{number}")}), &op.logout_claims("app", 0, &alice()));
        assert_eq!(tell(&app, &junk), 400);
    }
    assert_eq!(op.fetches(), 1, "after a fetch that brought nothing, nobody asks for some seconds");
}

#[test]
fn c_86_junk_a_replay_another_issuer_and_an_unknown_session_change_nothing() {
    let (op, app, browser) = logged_in(&alice());
    let stranger = Network::default().op("stranger.example");
    let grants = || op.revoked();
    for token in [
        String::new(),
        "a".repeat(20_000),
        "..".to_owned(),
        stranger.logout_token("app", &json!({"sid": "s1"})),
        stranger.sign(&json!({}), &op.logout_claims("app", 0, &json!({"sid": "s1"}))),
        // An ID token is no logout token.
        op.sign(
            &json!({}),
            &json!({"iss": op.issuer, "sub": "alice", "aud": "app", "iat": 1, "exp": 9_999_999_999_i64}),
        ),
    ] {
        assert_eq!(tell(&app, &token), 400);
    }
    let unknown = op.logout_token("app", &json!({"sid": "s9", "sub": "alice"}));
    assert_eq!((tell(&app, &unknown), tell(&app, &unknown)), (200, 200));
    assert!(is_in(&app, &browser));
    assert!(grants().is_empty());
}

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

#[test]
fn a_login_that_goes_on_in_another_session_of_the_provider_is_ended_with_that_one() {
    let (op, app, browser) = logged_in(&alice());
    let start = browser.go(&app.url("/login?renew=1"));
    assert_eq!(op.let_in(&browser, &start, &json!({"sub": "alice", "sid": "s2"})).status, 303);
    assert!(is_in(&app, &browser));
    assert_eq!(tell(&app, &op.logout_token("app", &json!({"sid": "s1"}))), 200);
    assert!(is_in(&app, &browser), "the provider's session goes on");
    assert_eq!(tell(&app, &op.logout_token("app", &json!({"sid": "s2"}))), 200);
    assert!(!is_in(&app, &browser));
}
