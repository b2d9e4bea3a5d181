//! Access tokens from memory: when they are served without a look at the store, and when never.

use std::sync::Arc;
use std::time::Duration;

use gatepass::ports::GrantKey;
use gatepass::{AccessToken, Keeper, KeeperError, LoginReason, Scopes, Slot, Unavailable};
use gatepass_ureq::Ureq;

use crate::support::{Stage, session, until};

const SECOND: Duration = Duration::from_secs(1);
const AT_MOST: Duration = Duration::from_secs(10);

fn keeper(stage: &Stage, at_most: Duration) -> Keeper {
    Keeper::builder(stage.store.clone(), stage.ring.clone(), stage.world.clone())
        .client("example", stage.client())
        .deadlines(stage.deadlines)
        .serve_from_memory(at_most)
        .build()
        .unwrap()
}

/// A keeper with memory that has read alice's token.
async fn warm(stage: &Stage) -> (Keeper, GrantKey, AccessToken) {
    warm_for(stage, AT_MOST).await
}

async fn warm_for(stage: &Stage, at_most: Duration) -> (Keeper, GrantKey, AccessToken) {
    let (keeper, key) = (keeper(stage, at_most), session("alice"));
    keeper.install(&key, stage.log_in("alice").await).await.unwrap();
    let token = keeper.access_token(&key).await.unwrap();
    (keeper, key, token)
}

/// How many reads an act costs.
async fn reads<T>(stage: &Stage, act: impl Future<Output = T>) -> (usize, T) {
    let before = stage.store.reads();
    let value = act.await;
    (stage.store.reads() - before, value)
}

fn same(one: &AccessToken, other: &AccessToken) -> bool {
    one.secret().same_as(other.secret().expose())
}

/// Something that another thread does meanwhile, to its end.
fn elsewhere<T: Send + 'static>(act: impl Future<Output = T> + Send + 'static) -> T {
    let thread = std::thread::spawn(|| tokio::runtime::Runtime::new().unwrap().block_on(act));
    thread.join().unwrap()
}

#[tokio::test]
async fn a_keeper_that_was_told_nothing_reads_the_store_once_a_call() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    for _ in 0..3 {
        let (reads, token) = reads(&stage, keeper.access_token(&key)).await;
        assert_eq!((reads, token.is_ok()), (1, true));
    }
}

#[tokio::test]
async fn a_token_is_served_from_memory_until_it_was_read_so_long_ago() {
    let stage = Stage::new();
    let (keeper, key, first) = warm(&stage).await;
    // The real clock runs on a little under the moved one.
    stage.advance(AT_MOST - 2 * SECOND);
    let (no_reads, served) = reads(&stage, keeper.access_token(&key)).await;
    assert_eq!((no_reads, same(&served.unwrap(), &first)), (0, true));
    stage.advance(2 * SECOND);
    let (one_read, served) = reads(&stage, keeper.access_token(&key)).await;
    assert_eq!((one_read, same(&served.unwrap(), &first)), (1, true));
    assert_eq!(reads(&stage, keeper.access_token(&key)).await.0, 0, "and it counts from that read");
    // A machine that slept: the monotonic clock stood still.
    stage.clock.advance_wall(AT_MOST);
    assert_eq!(reads(&stage, keeper.access_token(&key)).await.0, 1);
    stage.clock.advance_monotonic(AT_MOST);
    assert_eq!(reads(&stage, keeper.access_token(&key)).await.0, 1);
}

#[tokio::test]
async fn a_logout_by_another_replica_counts_here_after_that_time_and_no_later() {
    let stage = Stage::new();
    let (here, key, token) = warm(&stage).await;
    stage.keeper().logout(&key).await.unwrap();
    stage.advance(AT_MOST - 2 * SECOND);
    assert!(same(&here.access_token(&key).await.unwrap(), &token), "the delay that was asked for");
    stage.advance(2 * SECOND);
    let late = here.access_token(&key).await;
    assert!(matches!(late, Err(Unavailable::LoginRequired { .. })), "{late:?}");
}

#[tokio::test]
async fn a_logout_by_another_replica_that_was_seen_counts_for_every_slot_at_once() {
    let stage = Stage::new();
    let (here, key, _) = warm(&stage).await;
    stage.keeper().logout(&key).await.unwrap();
    let profile = Slot::new().scopes(&Scopes::new("profile").unwrap());
    assert!(here.access_token_for(&key, &profile).await.is_err(), "another slot reads the store");
    assert!(here.access_token(&key).await.is_err());
}

#[tokio::test]
async fn a_logout_by_this_keeper_counts_at_once() {
    let stage = Stage::new();
    let (keeper, key, _) = warm(&stage).await;
    keeper.logout(&key).await.unwrap();
    let after = keeper.access_token(&key).await;
    assert!(
        matches!(after, Err(Unavailable::LoginRequired { why: LoginReason::LoggedOut, .. })),
        "{after:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_a_logout_overtakes_is_not_remembered() {
    let stage = Stage::new();
    let (keeper, key) = (keeper(&stage, AT_MOST), session("alice"));
    keeper.install(&key, stage.log_in("alice").await).await.unwrap();
    let (same_keeper, same_key) = (keeper.clone(), key.clone());
    stage
        .store
        .after_next_read(move || elsewhere(async move { same_keeper.logout(&same_key).await }).unwrap());
    keeper.access_token(&key).await.expect("it was read before the logout");
    assert!(keeper.access_token(&key).await.is_err());
}

#[tokio::test]
async fn a_new_login_by_this_keeper_is_served_at_once() {
    let stage = Stage::new();
    let (keeper, key, first) = warm(&stage).await;
    keeper.install(&key, stage.log_in("alice").await).await.unwrap();
    let now = keeper.access_token(&key).await.unwrap();
    assert!(!same(&now, &first));
    assert_eq!(reads(&stage, keeper.access_token(&key)).await.0, 0);
}

#[tokio::test]
async fn a_token_that_is_worth_renewing_is_not_served_from_memory() {
    let stage = Stage::new();
    let (keeper, key, first) = warm_for(&stage, Duration::from_secs(300)).await;
    // A minute before its end, and as much before as the jitter may be, and a little.
    stage.advance(Duration::from_secs(3600 - 60 - 30 - 5));
    assert_eq!(reads(&stage, keeper.access_token(&key)).await.0, 1);
    assert_eq!(reads(&stage, keeper.access_token(&key)).await.0, 0);
    // Stale, though it was read half a minute ago.
    stage.advance(Duration::from_secs(36));
    let (some_reads, stale) = reads(&stage, keeper.access_token(&key)).await;
    assert!(some_reads > 0 && same(&stale.unwrap(), &first));
    until("it was renewed", || stage.server.token_requests("refresh_token").len() == 1).await;
    keeper.drain(Duration::from_secs(10)).await;
    assert!(!same(&keeper.access_token(&key).await.unwrap(), &first));
}

#[tokio::test]
async fn a_token_that_has_ended_is_not_served_from_memory() {
    let stage = Stage::new();
    stage.server.set_access_token_lifetime(Duration::from_secs(60));
    let (keeper, key, first) = warm_for(&stage, Duration::from_secs(300)).await;
    stage.advance(Duration::from_secs(60));
    let next = keeper.access_token(&key).await.unwrap();
    assert!(!same(&next, &first));
    assert_eq!(stage.server.token_requests("refresh_token").len(), 1);
}

#[tokio::test]
async fn a_token_that_the_api_refused_is_not_served_from_memory() {
    let stage = Stage::new();
    let (keeper, key, refused) = warm(&stage).await;
    let other = keeper.unauthorized(&key, refused.clone()).await.unwrap();
    assert!(!same(&other, &refused));
    assert!(same(&keeper.access_token(&key).await.unwrap(), &other));
    assert_eq!(stage.server.token_requests("refresh_token").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_that_another_replica_replaced_is_not_served_from_memory() {
    let stage = Stage::new();
    let (keeper, key, refused) = warm(&stage).await;
    stage.keeper().unauthorized(&key, refused.clone()).await.unwrap();
    assert!(same(&keeper.access_token(&key).await.unwrap(), &refused), "nobody here knows");
    let other = keeper.unauthorized(&key, refused.clone()).await.unwrap();
    assert!(!same(&other, &refused));
    assert!(same(&keeper.access_token(&key).await.unwrap(), &other));
    assert_eq!(stage.server.token_requests("refresh_token").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_a_refusal_overtakes_is_not_remembered() {
    let stage = Stage::new();
    let (keeper, key, refused) = warm(&stage).await;
    stage.advance(AT_MOST);
    let (other, theirs, token) = (stage.keeper(), key.clone(), refused.clone());
    let (same_keeper, same_key) = (keeper.clone(), key.clone());
    stage.store.after_next_read(move || {
        elsewhere(async move {
            other.unauthorized(&theirs, token.clone()).await.unwrap();
            same_keeper.unauthorized(&same_key, token).await.unwrap();
        });
    });
    assert!(same(&keeper.access_token(&key).await.unwrap(), &refused), "it was read before");
    assert!(!same(&keeper.access_token(&key).await.unwrap(), &refused));
}

#[tokio::test]
async fn bff_08_a_token_in_memory_is_served_for_its_own_slot_and_grant_and_for_no_other() {
    let stage = Stage::new();
    let (keeper, key, whole) = warm(&stage).await;
    let bob = session("bob");
    keeper.install(&bob, stage.log_in("bob").await).await.unwrap();
    let profile = Slot::new().scopes(&Scopes::new("profile").unwrap());
    for _ in 0..2 {
        let narrow = keeper.access_token_for(&key, &profile).await.unwrap();
        assert_eq!(narrow.scopes().as_str(), "profile", "not the token in memory, which may do more");
        assert!(!same(&narrow, &whole));
        let theirs = keeper.access_token(&bob).await.unwrap();
        assert_eq!(stage.bearer_is(theirs.secret()).await.as_deref(), Some("user-bob"));
        assert_eq!(keeper.access_token(&key).await.unwrap().scopes(), whole.scopes());
    }
    let all = async {
        keeper.access_token_for(&key, &profile).await.unwrap();
        keeper.access_token(&bob).await.unwrap();
        keeper.access_token(&key).await.unwrap();
    };
    let (no_reads, ()) = reads(&stage, all).await;
    assert_eq!(no_reads, 0, "each of them is in memory");
}

#[tokio::test]
async fn a_grant_that_became_suspect_here_is_not_served_from_memory() {
    let stage = Stage::new();
    let (keeper, key, _) = warm(&stage).await;
    keeper.distrust_all(|_| {}).await.unwrap();
    for _ in 0..2 {
        let (one_read, token) = reads(&stage, keeper.access_token(&key)).await;
        assert_eq!((one_read, token.unwrap().wants_login()), (1, true));
    }
}

#[tokio::test]
async fn longer_than_anybody_should_wait_for_a_logout_is_refused() {
    let stage = Stage::new();
    let built = Keeper::builder(stage.store.clone(), stage.ring.clone(), stage.world.clone())
        .client("example", stage.client())
        .serve_from_memory(Duration::from_secs(301))
        .build();
    assert!(
        matches!(built, Err(KeeperError::MemoryTooLong { longest }) if longest == Duration::from_secs(300))
    );
}

#[tokio::test]
async fn a_blocking_keeper_serves_from_memory_too() {
    let stage = Stage::new();
    let tokens = stage.log_in("alice").await;
    tokio::task::spawn_blocking(move || {
        let http = Arc::new(Ureq::new().danger_allow_http_loopback());
        let entropy = Arc::new(gatepass::SystemEntropy::new());
        let world = gatepass::blocking::World::new(http, stage.clock.clone(), entropy);
        let build = |at_most| {
            gatepass::blocking::Keeper::builder(stage.store.clone(), stage.ring.clone(), world.clone())
                .client("example", stage.client())
                .serve_from_memory(at_most)
                .build()
                .unwrap()
        };
        let (keeper, other, key) = (build(AT_MOST), build(Duration::ZERO), session("alice"));
        keeper.install(&key, tokens).unwrap();
        let read = keeper.access_token(&key).unwrap();
        let before = stage.store.reads();
        assert!(same(&keeper.access_token(&key).unwrap(), &read));
        assert_eq!(stage.store.reads(), before);
        other.logout(&key).unwrap();
        assert!(keeper.access_token(&key).is_ok(), "the delay that was asked for");
        stage.advance(AT_MOST);
        assert!(keeper.access_token(&key).is_err());
    })
    .await
    .unwrap();
}
