//! The back-channel logout: the provider's signed word ends the sessions that it names, and no others.

mod flood;
mod told;

use std::sync::atomic::Ordering;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gatepass::ports::{GrantKey, Owner};
use gatepass_axum::Admission;
use gatepass_testkit::memory::MemoryStore;
use serde_json::{Value, json};
use tokio::sync::RwLock;

use crate::support::{App, Browser, MovedClock, Network, Op, Page, Parts, scopes};

pub(super) fn parts(network: &Network) -> Parts<MemoryStore> {
    Parts { world: gatepass::world(Arc::new(network.clone())), ..Parts::new() }
}

/// An application with one provider, and somebody who has logged in there.
pub(super) fn logged_in(who: &Value) -> (Arc<Op>, App, Browser) {
    let network = Network::default();
    let op = network.op("op.example");
    let parts = parts(&network);
    let app = parts.serve(parts.builder().provider("op", op.party(&parts, "app", "/callback"), scopes()));
    let browser = Browser::new();
    assert_eq!(op.log_in(&app, &browser, "/login", who).status, 303);
    (op, app, browser)
}

pub(super) fn alice() -> Value {
    json!({"sub": "alice", "sid": "s1"})
}

pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// What a provider's server sends: no cookie, no header of a browser.
pub(super) fn post(app: &App, provider: &str, kind: &str, body: &str) -> Page {
    let url = app.url(&format!("/backchannel-logout/{provider}"));
    Browser::new().send("POST", &url, &[("content-type", kind)], Some(body.as_bytes()))
}

pub(super) fn tell(app: &App, token: &str) -> u16 {
    tell_at(app, "op", token)
}

pub(super) fn tell_at(app: &App, provider: &str, token: &str) -> u16 {
    let page = post(app, provider, FORM, &format!("logout_token={token}"));
    assert_eq!(page.header("cache-control"), "no-store", "{}", page.text());
    assert_eq!(page.status == 200, page.body.is_empty(), "{}", page.text());
    page.status
}

#[track_caller]
pub(super) fn is_in(app: &App, browser: &Browser) -> bool {
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
fn bcl_06_a_store_whose_clock_stands_elsewhere_changes_nothing() {
    for ahead in [true, false] {
        let clock = MovedClock::new();
        let hours = Duration::from_secs(3 * 3600);
        if ahead {
            clock.advance(hours)
        } else {
            clock.go_back(hours)
        }
        let network = Network::default();
        let op = network.op("op.example");
        let world = gatepass::world(Arc::new(network));
        let parts = Parts { world, ..Parts::with(MemoryStore::with_clock(Arc::new(clock))) };
        let client = op.party(&parts, "app", "/callback");
        let app = parts.serve(parts.builder().provider("op", client, scopes()));
        let browser = Browser::new();
        op.log_in(&app, &browser, "/login", &alice());
        let of = |age| op.sign(&json!({}), &op.logout_claims("app", age, &json!({"sub": "alice"})));
        assert_eq!(tell(&app, &of(310)), 200);
        assert!(is_in(&app, &browser), "ahead: {ahead}: it was issued five minutes before the login");
        let token = of(0);
        assert_eq!(tell(&app, &token), 200);
        assert!(!is_in(&app, &browser), "ahead: {ahead}: it is about this login");
        op.log_in(&app, &browser, "/login", &alice());
        assert_eq!(tell(&app, &token), 200);
        assert!(is_in(&app, &browser), "ahead: {ahead}: it is remembered");
    }
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
fn bcl_08_a_logout_that_comes_while_a_login_is_being_finished_ends_that_one_too() {
    for whom in [json!({"sid": "s1"}), json!({"sub": "alice"}), json!({"sub": "alice", "sid": "s1"})] {
        let network = Network::default();
        let op = network.op("op.example");
        let parts = parts(&network);
        let gate = Arc::new(RwLock::new(()));
        let (inside, (asked, is_asked)) = (gate.clone(), channel());
        let asked = Mutex::new(asked);
        let builder = parts.builder().provider("op", op.party(&parts, "app", "/callback"), scopes());
        let app = parts.serve(builder.on_signed_in(move |_| {
            asked.lock().unwrap().send(()).unwrap();
            let inside = inside.clone();
            async move {
                drop(inside.read().await);
                Ok(Admission::nameless())
            }
        }));
        let browser = Browser::new();
        // Somebody who logged out a moment ago is not kept out.
        assert_eq!(tell(&app, &op.logout_token("app", &json!({"sub": "bob", "sid": "s2"}))), 200);
        assert_eq!(op.log_in(&app, &browser, "/login", &json!({"sub": "bob", "sid": "s2"})).status, 303);
        is_asked.recv().unwrap();
        assert!(is_in(&app, &browser));

        let held = gate.blocking_write();
        let person = Browser::new();
        std::thread::scope(|scope| {
            let landing = scope.spawn(|| op.log_in(&app, &person, "/login", &alice()));
            is_asked.recv_timeout(Duration::from_secs(10)).unwrap();
            assert_eq!(tell(&app, &op.logout_token("app", &whom)), 200);
            drop(held);
            assert_eq!(landing.join().unwrap().status, 401, "{whom}");
        });
        assert!(person.cookie("gatepass-session").is_none());
        assert_eq!(op.wait_for_revocations(2).len(), 2, "{whom}: its tokens are of no use");
        assert!(is_in(&app, &browser), "{whom}: somebody else's");
        assert_eq!(op.log_in(&app, &person, "/login", &alice()).status, 303);
        assert!(is_in(&app, &person), "{whom}: a later login");
    }
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
