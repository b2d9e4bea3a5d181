//! The same in blocking programs.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use gatepass_core::ports::Continuation;
use gatepass_core::ports::blocking::ClientSource as _;
use gatepass_core::{Callback, Remedy, Scopes, blocking::drive, ports::Limits};
use gatepass_oidc::Algorithm;
use gatepass_oidc::blocking::{DiscoveredClient, RelyingParty};
use serde_json::json;

use super::op::{Op, blocking_world};
use super::registration;
use crate::support::{CLIENT, ISSUER, Signer, changed, document};

fn party() -> RelyingParty {
    RelyingParty::of(registration().build().unwrap())
}

#[test]
fn threads_that_need_the_same_share_one_question() {
    let op = Op::new();
    let (world, _) = blocking_world(&op);
    let party = party();
    assert!(party.at_hand().is_none() && op.asked().is_empty());
    op.hold();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let (party, world) = (party.clone(), world.clone());
            thread::spawn(move || party.client(&world).map(|client| client.id().to_owned()))
        })
        .collect();
    op.wait_for("openid-configuration", 1);
    assert!(party.at_hand().is_none(), "whoever only looks waits for nobody");
    op.let_go();
    for one in threads {
        assert_eq!(one.join().unwrap().unwrap(), CLIENT);
    }
    assert_eq!((op.count("openid-configuration"), op.count("/jwks")), (1, 1));
}

#[test]
fn a_judge_waits_for_no_fetch() {
    let signer = Signer::new(Algorithm::Es256);
    let op = Op::new();
    op.publishes(json!({"keys": [signer.jwk()]}));
    let (world, clock) = blocking_world(&op);
    let party = party();
    let login = signer.token(&json!({
        "iss": ISSUER, "sub": "alice", "aud": CLIENT, "iat": 1_800_000_000, "exp": 1_800_000_300,
    }));
    let login = gatepass_core::extension::kept_id_token(login.as_str().into());
    let refreshed = |client: &gatepass_core::Client| {
        op.issues(login.expose());
        let refresh = client.refresh("a refresh token".into(), &Scopes::none());
        drive(refresh, &world, &Limits::DEFAULT).unwrap().tokens
    };
    let client = party.client(&world).unwrap();
    assert!(matches!(
        party.judge(refreshed(&client), Some(&login), &*world.clock),
        Continuation::Continued(_)
    ));

    // While somebody fetches keys, the judgement is made with those that are there.
    clock.advance(61);
    let tokens = refreshed(&client);
    op.hold();
    let fetching = {
        let (party, world) = (party.clone(), world.clone());
        thread::spawn(move || party.catch_up(1, &world).map(drop))
    };
    op.wait_for("/jwks", 2);
    assert!(matches!(party.judge(tokens, Some(&login), &*world.clock), Continuation::Continued(_)));
    assert!(party.at_hand().is_some());
    op.let_go();
    fetching.join().unwrap().unwrap();
    assert_eq!(op.count("/jwks"), 2);

    // Without keys it says so, and asks nobody.
    let other = RelyingParty::of(registration().build().unwrap());
    let tokens = refreshed(&client);
    let before = op.asked().len();
    let judged = other.judge(tokens, Some(&login), &*world.clock);
    assert!(matches!(judged, Continuation::KeysMissing { edition: 0 }), "{judged:?}");
    assert_eq!(op.asked().len(), before);
    other.catch_up(0, &world).unwrap();
    let tokens = refreshed(&client);
    assert!(matches!(other.judge(tokens, Some(&login), &*world.clock), Continuation::Continued(_)));
}

#[test]
fn met_08_in_a_blocking_program_too_the_old_copy_serves_while_a_newer_one_is_fetched() {
    let op = Op::new();
    let (world, clock) = blocking_world(&op);
    let party = party();
    party.openid(&world).unwrap();
    op.says(&changed(document(), "authorization_endpoint", json!("https://op.example/new")));
    op.hold();
    clock.advance(3600);
    party.openid(&world).unwrap();
    op.wait_for("openid-configuration", 2);
    party.openid(&world).unwrap();
    op.let_go();
    // A thread of its own brings it: when, is not to be known.
    let began = std::time::Instant::now();
    let leads_to = || party.openid(&world).unwrap().client().provider().authorization_endpoint().clone();
    while leads_to().path() != "/new" {
        assert!(began.elapsed() < Duration::from_secs(20), "the newer one does not come");
        thread::yield_now();
    }
    assert_eq!(op.count("openid-configuration"), 2);
}

#[test]
fn a_blocking_question_that_fails_is_not_repeated_at_once() {
    let op = Op::new();
    let (world, clock) = blocking_world(&op);
    let party = party();
    op.is_away();
    for _ in 0..10 {
        let why = party.client(&world).unwrap_err();
        assert_eq!(why.remedy, Remedy::RetryLater(Some(Duration::from_secs(5))));
    }
    assert_eq!(op.asked().len(), 1);
    op.says(&document());
    clock.advance(5);
    party.openid(&world).unwrap();
    // The keys are still away, which is another question.
    assert!(party.client(&world).is_err());
    op.publishes(json!({"keys": []}));
    clock.advance(5);
    party.client(&world).unwrap();
}

#[test]
fn an_http_client_that_panics_leaves_nobody_waiting() {
    #[derive(Debug)]
    struct Panics;
    impl gatepass_core::ports::blocking::HttpClient for Panics {
        fn send(
            &self,
            _: http::Request<gatepass_core::Body>,
            _: &Limits,
        ) -> Result<http::Response<gatepass_core::Body>, gatepass_core::ports::HttpError> {
            panic!("on purpose")
        }
    }
    let op = Op::new();
    let (world, clock) = blocking_world(&op);
    let mut broken = world.clone();
    broken.http = Arc::new(Panics);
    let party = party();
    let asked = {
        let party = party.clone();
        thread::spawn(move || party.openid(&broken).map(drop))
    };
    assert!(asked.join().is_err());
    assert!(party.openid(&world).is_err(), "nobody asks again at once");
    clock.advance(5);
    party.openid(&world).unwrap();
}

#[test]
fn a_whole_login_in_a_blocking_program() {
    let signer = Signer::new(Algorithm::Es256);
    let op = Op::new();
    op.publishes(json!({"keys": [signer.jwk()]}));
    let (world, _) = blocking_world(&op);
    let party = party();
    let openid = party.openid(&world).unwrap();
    let (url, waiting) = openid.authorize(&Scopes::none()).start(world.attempt().unwrap()).unwrap();
    let value = |name: &str| url.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned();
    let now = world.clock.now().as_unix_seconds();
    op.issues(&signer.token(&json!({
        "iss": ISSUER, "sub": "alice", "aud": CLIENT, "nonce": value("nonce"), "iat": now, "exp": now + 300,
    })));
    let callback = Callback::from_query(&format!("code=c&state={}", value("state"))).unwrap();
    let exchange = waiting.receive(callback, world.clock.now()).unwrap();
    let unverified = drive(exchange, &world, &Limits::DEFAULT).unwrap();
    assert_eq!(party.verify(unverified, &world).unwrap().identity.sub(), "alice");
}

#[test]
fn a_plain_client_in_a_blocking_program_asks_by_rfc_8414() {
    let op = Op::new();
    let (world, _) = blocking_world(&op);
    let client = DiscoveredClient::of(registration().build().unwrap());
    assert!(client.at_hand().is_none());
    assert_eq!(client.client(&world).unwrap().id(), CLIENT);
    assert!(client.at_hand().is_some() && client.moved().is_empty() && client.metadata().is_some());
    assert_eq!(op.asked(), ["https://op.example/.well-known/oauth-authorization-server"]);
}
