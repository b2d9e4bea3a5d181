//! Outcomes that are not known, refusals, and what remains of a grant.

use std::time::Duration;

use gatepass::renewal::{DeadReason, Happened, State};
use gatepass::{LoginReason, Remedy, Unavailable};
use gatepass_testkit::Provider;
use gatepass_testkit::provider::{Endpoint, Fault, Rewrite, Rotation};

use crate::support::{STRICT, Stage, until};

const REFRESH: &str = "refresh_token";

#[tokio::test]
async fn a_lost_answer_of_a_strict_provider_leaves_the_grant_suspect_and_its_token_serving() {
    for lost in ["closed", "500", "503"] {
        let stage = Stage::new();
        let (keeper, key) = stage.with_grant().await;
        let old = keeper.access_token(&key).await.unwrap();
        stage.stale();
        let fault = Fault::after(Endpoint::Token);
        stage.server.inject(match lost {
            "closed" => fault.close(),
            "500" => fault.rewrite(Rewrite::new().status(500).body("oops")),
            _ => fault.rewrite(Rewrite::new().status(503).body("")),
        });
        assert!(keeper.access_token(&key).await.unwrap().secret().same_as(old.secret().expose()));
        until("the grant is suspect", || stage.store.journal(&key).state == State::Suspect).await;

        let token = keeper.access_token(&key).await.unwrap();
        assert!(token.secret().same_as(old.secret().expose()), "{lost}");
        assert!(token.wants_login());
        stage.expire();
        match keeper.access_token(&key).await {
            Err(why @ Unavailable::LoginRequired { why: LoginReason::Suspect, soft: true }) => {
                assert_eq!(why.remedy(), Remedy::AskAgain);
            }
            other => panic!("{lost}: {other:?}"),
        }
        assert_eq!(stage.server.token_requests(REFRESH).len(), 1, "a spent token is not presented again");
        assert_eq!(stage.server.stats().families_revoked, 0);
        assert_eq!(keeper.suspects(None, 10).await.unwrap(), std::slice::from_ref(&key));

        keeper.install(&key, stage.log_in("alice").await).await.unwrap();
        assert!(!keeper.access_token(&key).await.unwrap().wants_login());
    }
}

#[tokio::test]
async fn a_lost_answer_of_a_provider_with_a_grace_window_is_asked_for_again() {
    let window = Duration::from_secs(60);
    let server = Provider::builder().rotation(Rotation::Grace { window, idempotent: true }).start().unwrap();
    let stage = Stage::with(server, STRICT.grace(window, true));
    let (keeper, key) = stage.with_grant().await;
    let mut events = keeper.events();
    stage.expire();
    stage.server.inject(Fault::after(Endpoint::Token).close());
    let token = keeper.access_token(&key).await.unwrap();
    assert_eq!(stage.bearer_is(token.secret()).await.unwrap(), "user-alice");
    assert_eq!(events.next().await.unwrap().happened, Happened::Replayed);
    assert_eq!(stage.server.token_requests(REFRESH).len(), 2);
    assert_eq!(stage.server.stats().families_revoked, 0);
    assert_eq!(stage.store.journal(&key).state, State::Active);
}

#[tokio::test]
async fn a_lost_answer_of_a_provider_that_does_not_rotate_is_asked_for_again() {
    let server = Provider::builder().rotation(Rotation::Off).start().unwrap();
    let stage = Stage::with(server, STRICT.stable());
    let (keeper, key) = stage.with_grant().await;
    stage.expire();
    stage.server.inject(Fault::after(Endpoint::Token).close());
    keeper.access_token(&key).await.unwrap();
    assert_eq!(stage.server.token_requests(REFRESH).len(), 2);
}

#[tokio::test]
async fn what_certainly_never_arrived_costs_nothing() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    stage.expire();
    stage.server.inject(
        Fault::before(Endpoint::Token).rewrite(Rewrite::new().status(429).header("retry-after", "7")),
    );
    match keeper.access_token(&key).await {
        Err(why @ Unavailable::Later { .. }) => {
            assert_eq!(why.remedy(), Remedy::RetryLater(Some(Duration::from_secs(7))));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(stage.store.journal(&key).state, State::Active);
    // The provider is left alone for as long as it asked.
    assert!(matches!(keeper.access_token(&key).await, Err(Unavailable::Later { retry_after: Some(_) })));
    assert_eq!(stage.server.token_requests(REFRESH).len(), 1);
    stage.advance(Duration::from_secs(7));
    keeper.access_token(&key).await.unwrap();
}

#[tokio::test]
async fn a_provider_that_is_away_is_not_asked_with_every_request() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    stage.stale();
    let down = Rewrite::new().status(429);
    stage.server.inject(Fault::before(Endpoint::Token).rewrite(down).until_cleared());
    for asked in 1..=2 {
        for _ in 0..50 {
            keeper.access_token(&key).await.unwrap();
            assert_eq!(keeper.drain(Duration::from_secs(20)).await, 0);
        }
        assert_eq!(stage.server.token_requests(REFRESH).len(), asked);
        stage.advance(Duration::from_secs(1));
    }
    // Who has no token is not put off by that.
    stage.server.clear_faults();
    stage.expire();
    keeper.access_token(&key).await.unwrap();
}

#[tokio::test]
async fn invalid_grant_ends_the_grant_and_asks_for_a_login() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    let mut events = keeper.events();
    stage.server.end_grants();
    stage.expire();
    for _ in 0..2 {
        match keeper.access_token(&key).await {
            Err(Unavailable::LoginRequired { why: LoginReason::Rejected, soft: false }) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(events.next().await.unwrap().happened, Happened::Dead(DeadReason::Rejected));
    assert_eq!(stage.store.journal(&key).state, State::Dead(DeadReason::Rejected));
    assert_eq!(stage.server.token_requests(REFRESH).len(), 1);
}

#[tokio::test]
async fn a_refusal_of_the_request_keeps_the_grant() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    stage.expire();
    let body = r#"{"error":"invalid_client"}"#;
    let refusal = Rewrite::new().status(401).header("content-type", "application/json").body(body);
    stage.server.inject(Fault::before(Endpoint::Token).rewrite(refusal));
    match keeper.access_token(&key).await {
        Err(why @ Unavailable::Refused(_)) => assert_eq!(why.remedy(), Remedy::FixConfiguration),
        other => panic!("{other:?}"),
    }
    assert_eq!(stage.store.journal(&key).state, State::Active);
    keeper.access_token(&key).await.unwrap();
}

#[tokio::test]
async fn the_successor_in_an_answer_that_is_refused_is_kept_and_its_access_token_is_not_used() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    stage.expire();
    let broken = Rewrite::new().member("token_type", "mac");
    stage.server.inject(Fault::after(Endpoint::Token).rewrite(broken));
    match keeper.access_token(&key).await {
        Err(why @ Unavailable::Unusable(_)) => assert_eq!(why.remedy(), Remedy::ProviderMisbehaved),
        other => panic!("{other:?}"),
    }
    assert_eq!(stage.store.journal(&key).generation, 2);
    keeper.access_token(&key).await.unwrap();
    assert_eq!(stage.server.stats().families_revoked, 0);
    assert_eq!(stage.server.token_requests(REFRESH).len(), 2);
}

#[tokio::test]
async fn after_a_restore_every_rotating_grant_can_be_made_suspect() {
    let stage = Stage::new();
    let keeper = stage.keeper();
    for who in ["alice", "bob"] {
        keeper.install(&crate::support::session(who), stage.log_in(who).await).await.unwrap();
    }
    let mut steps = Vec::new();
    let done = keeper.distrust_all(|progress| steps.push(progress)).await.unwrap();
    assert_eq!((done.seen, done.changed, done.failed), (2, 2, 0));
    assert_eq!(steps.last(), Some(&done));
    assert_eq!(keeper.suspects(None, 10).await.unwrap().len(), 2);
    assert_eq!(keeper.suspects(None, 1).await.unwrap().len(), 1);
    let token = keeper.access_token(&crate::support::session("bob")).await.unwrap();
    assert!(token.wants_login());
}
