//! Renewals that are held against their login, and clients that have to be found out first.

use std::sync::Arc;
use std::time::Duration;

use gatepass::ports::{ClientSource, GrantKey};
use gatepass::renewal::{DeadReason, State};
use gatepass::{
    ApiError, Client, ClientAuth, Keeper, KeeperBuilder, Profile, Provider, Remedy, Secret, Unavailable,
};
use gatepass_testkit::Provider as Server;
use gatepass_testkit::provider::{Endpoint, Fault, Rewrite};

use crate::support::source::{Judge, Says};
use crate::support::{CALLBACK, STRICT, Stage, session};

const REFRESH: &str = "refresh_token";

fn builder(stage: &Stage, source: Arc<dyn ClientSource>) -> KeeperBuilder {
    let builder = Keeper::builder(stage.store.clone(), stage.ring.clone(), stage.world.clone());
    builder.source("example", source).deadlines(stage.deadlines)
}

/// A keeper whose renewals somebody judges, with alice's grant in it.
async fn judged(stage: &Stage) -> (Keeper, GrantKey, Arc<Judge>) {
    let judge = Judge::new(stage.client());
    let (keeper, key) = (builder(stage, judge.clone()).build().unwrap(), session("alice"));
    keeper.install(&key, stage.log_in("alice").await).await.unwrap();
    (keeper, key, judge)
}

fn refreshes(stage: &Stage) -> usize {
    stage.server.token_requests(REFRESH).len()
}

#[tokio::test]
async fn c_72_of_an_answer_about_somebody_else_the_successor_is_stored_and_the_access_token_is_not_used() {
    let stage = Stage::new();
    let (keeper, key, judge) = judged(&stage).await;
    let before = stage.store.journal(&key);
    stage.expire();
    judge.will_say(Says::SomebodyElse);
    let refused = keeper.access_token(&key).await.unwrap_err();
    assert!(matches!(refused, Unavailable::IdTokenRefused(_)), "{refused:?}");
    assert_eq!(refused.remedy(), Remedy::ProviderMisbehaved);
    let after = stage.store.journal(&key);
    assert_eq!((after.state, after.generation), (State::Active, before.generation + 1));
    assert_ne!(after.current, before.current, "the successor is stored");

    // Nobody is ever served what was refused: another replica asks anew, with the successor.
    let token = stage.keeper().access_token(&key).await.unwrap();
    assert_eq!(refreshes(&stage), 2);
    assert_eq!(stage.bearer_is(token.secret()).await.as_deref(), Some("user-alice"));
    assert_eq!(stage.server.stats().families_revoked, 0);
}

#[tokio::test]
async fn a_judge_who_panics_costs_no_login() {
    let stage = Stage::new();
    let (keeper, key, judge) = judged(&stage).await;
    stage.expire();
    judge.will_say(Says::Panics);
    assert!(matches!(keeper.access_token(&key).await, Err(Unavailable::IdTokenRefused(_))));
    keeper.access_token(&key).await.unwrap();
    assert_eq!((refreshes(&stage), stage.server.stats().families_revoked), (2, 0));
}

#[tokio::test]
async fn an_answer_for_which_a_key_is_missing_is_asked_for_again_once_the_key_is_there() {
    let stage = Stage::new();
    let (keeper, key, judge) = judged(&stage).await;
    stage.expire();
    judge.will_say(Says::KeysMissing);
    let token = keeper.access_token(&key).await.unwrap();
    assert_eq!(judge.caught_up(), [7]);
    assert_eq!(refreshes(&stage), 2, "the first access token was never used");
    assert_eq!(stage.bearer_is(token.secret()).await.as_deref(), Some("user-alice"));
    assert_eq!(stage.server.stats().families_revoked, 0);
}

#[tokio::test]
async fn a_renewal_is_held_against_the_login_that_was_verified() {
    let stage = Stage::new();
    let (keeper, key, judge) = judged(&stage).await;
    let with_id_token =
        || Fault::after(Endpoint::Token).rewrite(Rewrite::new().member("id_token", "the.id.token"));
    // Nobody has verified it: it says nothing about anybody.
    stage.server.inject(with_id_token());
    keeper.install(&key, stage.log_in("alice").await).await.unwrap();
    stage.expire();
    keeper.access_token(&key).await.unwrap();
    assert_eq!(judge.logins(), [None]);

    stage.server.inject(with_id_token());
    assert!(keeper.id_token(&key).await.unwrap().is_none());
    let tokens = stage.log_in("alice").await.with_verified_id_token();
    keeper.install(&key, tokens).await.unwrap();
    assert_eq!(keeper.id_token(&key).await.unwrap().unwrap().expose(), "the.id.token");
    for _ in 0..2 {
        stage.expire();
        keeper.access_token(&key).await.unwrap();
    }
    let verified = Some("the.id.token".to_owned());
    assert_eq!(judge.logins(), [None, verified.clone(), verified], "a renewal leaves it as it is");
    keeper.logout(&key).await.unwrap();
    assert!(keeper.id_token(&key).await.unwrap().is_none(), "it goes with the grant");
}

#[tokio::test]
async fn without_a_client_nothing_is_claimed_and_a_logout_counts_all_the_same() {
    let stage = Stage::new();
    let (keeper, key, judge) = judged(&stage).await;
    stage.expire();
    judge.is_away(true);
    let before = stage.store.journal(&key);
    let why = keeper.access_token(&key).await.unwrap_err();
    assert!(matches!(why, Unavailable::NoClient(_)), "{why:?}");
    assert_eq!(why.remedy(), Remedy::RetryLater(Some(Duration::from_secs(5))));
    assert_eq!((stage.store.journal(&key), refreshes(&stage)), (before, 0));

    keeper.logout(&key).await.unwrap();
    keeper.drain(Duration::from_secs(5)).await;
    assert_eq!(stage.store.journal(&key).state, State::Revoking);
    assert_eq!(stage.server.stats().revocations, 0);
    judge.is_away(false);
    stage.advance(Duration::from_secs(61));
    keeper.sweep(10).await.unwrap();
    assert_eq!(stage.store.journal(&key).state, State::Dead(DeadReason::Revoked), "the provider knows");
    assert!(stage.server.stats().revocations > 0);
}

#[tokio::test]
async fn a_fresh_token_is_used_while_the_provider_is_away() {
    let stage = Stage::new();
    let (keeper, key, judge) = judged(&stage).await;
    judge.is_away(true);
    let answer = keeper.api(&key).get(&stage.server.user_endpoint()).await.unwrap();
    assert_eq!(answer.status(), 200);
    let elsewhere = keeper.api(&key).get("https://elsewhere.example/").await.unwrap_err();
    assert!(matches!(elsewhere, ApiError::Unavailable(Unavailable::NoClient(_))), "{elsewhere:?}");
    judge.is_away(false);
    let elsewhere = keeper.api(&key).get("https://elsewhere.example/").await.unwrap_err();
    assert!(matches!(elsewhere, ApiError::NotAResource), "{elsewhere:?}");
}

/// The client of a provider whose endpoints a document has named.
fn discovered(server: &Server, was_at: Option<&Server>) -> Client {
    let mut profile = Profile::strict();
    profile.rotation = STRICT;
    let mut provider = Provider::builder(&server.authorization_endpoint(), &server.token_endpoint())
        .issuer(server.issuer())
        .revocation_endpoint(server.revocation_endpoint())
        .profile(profile)
        .danger_allow_http_loopback()
        .discovered();
    if let Some(was_at) = was_at {
        provider = provider.moved_from(was_at.token_endpoint());
    }
    let auth = ClientAuth::Basic(Secret::from("secret"));
    Client::new(provider.build().unwrap(), "app", auth, CALLBACK).unwrap()
}

#[tokio::test]
async fn met_09_tokens_do_not_follow_endpoints_to_another_origin() {
    let (stage, elsewhere) = (Stage::new(), Server::start());
    let home = discovered(&stage.server, None);
    let (keeper, key) = (builder(&stage, Arc::new(home.clone())).build().unwrap(), session("alice"));
    keeper.install(&key, crate::support::log_in(&home, &stage.world, "alice").await).await.unwrap();
    stage.expire();

    let moved = builder(&stage, Arc::new(discovered(&elsewhere, None))).build().unwrap();
    let why = moved.access_token(&key).await.unwrap_err();
    assert!(matches!(why, Unavailable::Moved { .. }), "{why:?}");
    assert_eq!(why.remedy(), Remedy::FixConfiguration);
    assert_eq!(elsewhere.log().len(), 0, "nothing is sent there");
    // The grant is as good as before where it came from.
    keeper.access_token(&key).await.unwrap();

    // Allowed by name, the tokens go there: a provider that does not know them refuses.
    stage.expire();
    let allowed = discovered(&elsewhere, Some(&stage.server));
    builder(&stage, Arc::new(allowed)).build().unwrap().access_token(&key).await.unwrap_err();
    assert_eq!(elsewhere.token_requests(REFRESH).len(), 1);
}

#[tokio::test]
async fn met_09_tokens_are_not_revoked_at_another_origin_either() {
    let (stage, elsewhere) = (Stage::new(), Server::start());
    let home = discovered(&stage.server, None);
    let (keeper, key) = (builder(&stage, Arc::new(home.clone())).build().unwrap(), session("alice"));
    keeper.install(&key, crate::support::log_in(&home, &stage.world, "alice").await).await.unwrap();
    let moved = builder(&stage, Arc::new(discovered(&elsewhere, None))).build().unwrap();
    moved.logout(&key).await.unwrap();
    moved.drain(Duration::from_secs(5)).await;
    assert_eq!(elsewhere.log().len(), 0);
    assert!(keeper.access_token(&key).await.is_err(), "here it is over");
}
