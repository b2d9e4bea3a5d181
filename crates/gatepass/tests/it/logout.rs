//! Logout, revocation and the sweep; and logins over what is there.

use std::time::Duration;

use gatepass::renewal::{DeadReason, Happened, Reach, State};
use gatepass::{Client, ClientAuth, KeepError, Keeper, LoginReason, Provider, Secret, Unavailable};
use gatepass_testkit::provider::{Endpoint, Fault, Gate, Revocation, Rewrite};

use crate::support::{CALLBACK, STRICT, Stage, session, until};

fn logged_out(found: Result<gatepass::AccessToken, Unavailable>) {
    match found {
        Err(Unavailable::LoginRequired { why: LoginReason::LoggedOut, soft: false }) => {}
        other => panic!("{other:?}"),
    }
}

fn revoked(stage: &Stage) -> Vec<(String, String)> {
    let form = |request: gatepass_testkit::provider::Received| {
        (request.form_value("token_type_hint").unwrap(), request.form_value("token").unwrap())
    };
    stage.server.requests(Endpoint::Revoke).into_iter().map(|entry| form(entry.request)).collect()
}

#[tokio::test]
async fn rev_03_a_logout_revokes_the_refresh_token_and_then_the_access_token() {
    let stage = Stage::new();
    let keeper = stage.keeper();
    let key = session("alice");
    let tokens = stage.log_in("alice").await;
    let (access, refresh) =
        (tokens.access_token().clone(), tokens.refresh_token().unwrap().expose().to_owned());
    keeper.install(&key, tokens).await.unwrap();
    keeper.logout(&key).await.unwrap();
    logged_out(keeper.access_token(&key).await);
    assert_eq!(keeper.drain(Duration::from_secs(20)).await, 0);
    let told =
        [("refresh_token".to_owned(), refresh), ("access_token".to_owned(), access.expose().to_owned())];
    assert_eq!(revoked(&stage), told);
    let request = stage.server.requests(Endpoint::Revoke).remove(0).request;
    assert_eq!(request.method, "POST");
    assert_eq!(request.query.as_deref().unwrap_or_default(), "");
    assert!(request.headers.contains_key("authorization"), "the client authenticates");
    assert_eq!(stage.bearer_is(&access).await, None);

    let journal = stage.store.journal(&key);
    assert_eq!((journal.state, journal.current), (State::Dead(DeadReason::Revoked), None));
    logged_out(keeper.access_token(&key).await);
    // A second logout, and one of a grant that never was.
    keeper.logout(&key).await.unwrap();
    keeper.logout(&session("nobody")).await.unwrap();
    stage.advance(Duration::from_secs(3601));
    assert_eq!(keeper.sweep(10).await.unwrap().done, 1);
    assert!(stage.store.row(&key).is_none());
}

#[tokio::test]
async fn rev_05_the_fence_stands_before_the_provider_is_told() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    let before = stage.store.journal(&key);
    let gate = Gate::new();
    stage.server.inject(Fault::before(Endpoint::Revoke).hold(&gate));
    keeper.logout(&key).await.unwrap();
    gate.reached(1).await;
    let fenced = stage.store.journal(&key);
    assert_eq!(fenced.state, State::Revoking);
    assert_eq!(fenced.lineage, before.lineage.next());
    logged_out(keeper.access_token(&key).await);
    logged_out(stage.keeper().access_token(&key).await);
    gate.open();
    assert_eq!(keeper.drain(Duration::from_secs(20)).await, 0);
}

#[tokio::test]
async fn rev_05_a_logout_during_a_refresh_wins_and_both_tokens_end() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    stage.expire();
    let gate = Gate::new();
    stage.server.inject(Fault::after(Endpoint::Token).hold(&gate));
    let caller = tokio::spawn({
        let (keeper, key) = (keeper.clone(), key.clone());
        async move { keeper.access_token(&key).await }
    });
    gate.reached(1).await;
    stage.keeper().logout(&key).await.unwrap();
    gate.open();
    logged_out(caller.await.unwrap());
    logged_out(keeper.access_token(&key).await);
    until("the grant is over", || stage.store.journal(&key).state == State::Dead(DeadReason::Revoked)).await;
    let issued = stage.server.issued();
    let successor = issued.iter().rev().find(|token| token.starts_with("gp_refresh_")).unwrap();
    let told = revoked(&stage);
    assert!(told.iter().any(|(_, token)| token == successor), "what came after the fence is revoked");
    for token in issued.iter().filter(|token| token.starts_with("gp_access_")) {
        assert_eq!(stage.bearer_is(&Secret::from(token.as_str())).await, None);
    }
    assert_eq!(stage.server.stats().families_revoked, 0);
}

#[tokio::test]
async fn rev_06_a_provider_that_is_away_is_told_later() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    stage.server.inject(Fault::before(Endpoint::Revoke).status(503));
    keeper.logout(&key).await.unwrap();
    assert_eq!(keeper.drain(Duration::from_secs(20)).await, 0);
    assert_eq!(stage.store.journal(&key).state, State::Revoking);
    logged_out(keeper.access_token(&key).await);
    assert_eq!(keeper.sweep(10).await.unwrap(), Default::default(), "not yet");
    // Another process, later.
    stage.advance(Duration::from_secs(10));
    assert_eq!(stage.keeper().sweep(10).await.unwrap().done, 1);
    assert_eq!(stage.store.journal(&key).state, State::Dead(DeadReason::Revoked));
    assert_eq!(revoked(&stage).len(), 3);
}

/// Logs out while the provider answers the revocation like this, and tells when it is due again.
async fn put_off(stage: &Stage, answer: Rewrite) -> Duration {
    let (keeper, key) = stage.with_grant().await;
    let mut events = keeper.events();
    stage.server.inject(Fault::before(Endpoint::Revoke).rewrite(answer).until_cleared());
    keeper.logout(&key).await.unwrap();
    assert_eq!(keeper.drain(Duration::from_secs(20)).await, 0);
    assert_eq!(stage.store.journal(&key).state, State::Revoking);
    let told = std::iter::from_fn(|| events.ready()).any(|news| news.happened == Happened::RevocationPutOff);
    assert!(told, "whoever listens is told");
    assert_eq!(revoked(stage).len(), 1);
    let due = stage.store.journal(&key).lease_until.unwrap();
    let left = due.saturating_since(stage.world.clock.now());
    stage.advance(left - Duration::from_secs(5));
    assert_eq!(stage.keeper().sweep(10).await.unwrap(), Default::default());
    assert_eq!(revoked(stage).len(), 1, "the provider is left alone until then");
    stage.advance(Duration::from_secs(6));
    assert_eq!(stage.keeper().sweep(10).await.unwrap().put_off, 1);
    assert_eq!(revoked(stage).len(), 2);
    stage.server.clear_faults();
    stage.advance(left + Duration::from_secs(6));
    assert_eq!(stage.keeper().sweep(10).await.unwrap().done, 1, "nothing is forgotten");
    left
}

#[tokio::test]
async fn rev_06_a_provider_that_refuses_our_configuration_is_asked_four_times_an_hour() {
    let refused = Rewrite::new()
        .status(401)
        .header("content-type", "application/json")
        .body(r#"{"error":"invalid_client"}"#);
    let left = put_off(&Stage::new(), refused).await;
    assert!(left > Duration::from_secs(890) && left <= Duration::from_secs(900), "{left:?}");
}

#[tokio::test]
async fn rev_06_a_provider_that_says_when_to_come_again_is_left_alone_until_then() {
    let busy = |after: &str| Rewrite::new().status(503).header("retry-after", after);
    let left = put_off(&Stage::new(), busy("120")).await;
    assert!(left > Duration::from_secs(110) && left <= Duration::from_secs(120), "{left:?}");
    let left = put_off(&Stage::new(), busy("86400")).await;
    assert!(
        left > Duration::from_secs(3590) && left <= Duration::from_secs(3600),
        "an hour at most: {left:?}"
    );
}

#[tokio::test]
async fn rev_07_a_provider_that_revokes_refresh_tokens_only_is_no_failure() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    let unsupported = Rewrite::new()
        .status(400)
        .header("content-type", "application/json")
        .body(r#"{"error":"unsupported_token_type"}"#);
    stage.server.inject(Fault::before(Endpoint::Revoke).rewrite(unsupported).skip(1));
    keeper.logout(&key).await.unwrap();
    assert_eq!(keeper.drain(Duration::from_secs(20)).await, 0);
    assert_eq!(revoked(&stage).len(), 2);
    assert_eq!(stage.store.journal(&key).state, State::Dead(DeadReason::Revoked));
}

#[tokio::test]
async fn rev_04_a_revocation_is_done_at_200_whatever_the_body_says() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    let page = Rewrite::new().header("content-type", "text/html").body("<html>");
    stage.server.inject(Fault::after(Endpoint::Revoke).rewrite(page).until_cleared());
    keeper.logout(&key).await.unwrap();
    assert_eq!(keeper.drain(Duration::from_secs(20)).await, 0);
    assert_eq!(stage.store.journal(&key).state, State::Dead(DeadReason::Revoked));
}

#[tokio::test]
async fn rev_08_without_a_revocation_endpoint_the_local_end_goes_ahead() {
    let stage = Stage::new();
    let server = &stage.server;
    let provider = Provider::builder(&server.authorization_endpoint(), &server.token_endpoint())
        .issuer(server.issuer())
        .danger_allow_http_loopback()
        .build()
        .unwrap();
    assert!(!provider.can_revoke());
    let client = Client::new(provider, "app", ClientAuth::Basic(Secret::from("secret")), CALLBACK).unwrap();
    let keeper = Keeper::builder(stage.store.clone(), stage.ring.clone(), stage.world.clone())
        .client("example", client)
        .build()
        .unwrap();
    let key = session("alice");
    keeper.install(&key, stage.log_in("alice").await).await.unwrap();
    keeper.logout(&key).await.unwrap();
    assert_eq!(keeper.drain(Duration::from_secs(20)).await, 0);
    assert_eq!(stage.store.journal(&key).state, State::Dead(DeadReason::Revoked));
    assert_eq!(revoked(&stage).len(), 0);
}

#[tokio::test]
async fn rev_09_a_redirect_of_the_revocation_endpoint_takes_no_token_along() {
    let (stage, other) = (Stage::new(), gatepass_testkit::Provider::start());
    let (keeper, key) = stage.with_grant().await;
    stage.server.inject(Fault::before(Endpoint::Revoke).redirect(307, &other.revocation_endpoint()));
    keeper.logout(&key).await.unwrap();
    assert_eq!(keeper.drain(Duration::from_secs(20)).await, 0);
    assert_eq!(other.log().len(), 0);
    assert_eq!(stage.store.journal(&key).state, State::Revoking, "the tokens may be alive");
}

#[tokio::test]
async fn rev_05_with_the_store_away_a_logout_says_so_and_is_written_later() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    stage.store.go_away();
    assert!(matches!(keeper.logout(&key).await, Err(KeepError::StoreUnavailable(_))));
    stage.store.come_back();
    assert_eq!(keeper.drain(Duration::from_secs(20)).await, 0);
    logged_out(keeper.access_token(&key).await);
}

#[tokio::test]
async fn a_new_login_raises_the_lineage_and_revokes_what_it_replaces() {
    let stage = Stage::with(
        gatepass_testkit::Provider::builder().revocation(Revocation::PerToken).start().unwrap(),
        STRICT,
    );
    let (keeper, key) = stage.with_grant().await;
    let old = keeper.access_token(&key).await.unwrap();
    keeper.install(&key, stage.log_in("alice").await).await.unwrap();
    let new = keeper.access_token(&key).await.unwrap();
    assert_ne!(new.lineage(), old.lineage());
    assert_eq!(keeper.drain(Duration::from_secs(20)).await, 0);
    assert_eq!(revoked(&stage).len(), 2);
    assert_eq!(stage.bearer_is(old.secret()).await, None);
    assert_eq!(stage.bearer_is(new.secret()).await.unwrap(), "user-alice");
}

#[tokio::test]
async fn a_new_login_revokes_nothing_where_a_revocation_reaches_other_families() {
    let stage = Stage::with(gatepass_testkit::Provider::start(), STRICT.reach(Reach::Grant));
    let (keeper, key) = stage.with_grant().await;
    keeper.install(&key, stage.log_in("alice").await).await.unwrap();
    assert_eq!(keeper.drain(Duration::from_secs(20)).await, 0);
    assert_eq!(revoked(&stage).len(), 0);
}

#[tokio::test]
async fn a_new_login_during_a_refresh_is_not_overwritten_by_it() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    stage.expire();
    let gate = Gate::new();
    stage.server.inject(Fault::after(Endpoint::Token).hold(&gate).when_grant_type("refresh_token"));
    let caller = tokio::spawn({
        let (keeper, key) = (keeper.clone(), key.clone());
        async move { keeper.access_token(&key).await }
    });
    gate.reached(1).await;
    keeper.install(&key, stage.log_in("alice").await).await.unwrap();
    let lineage = stage.store.journal(&key).lineage;
    gate.open();
    let served = caller.await.unwrap().unwrap();
    assert_eq!(served.lineage(), lineage, "the caller gets the token of the new login");
    assert_eq!(keeper.drain(Duration::from_secs(20)).await, 0);
    assert_eq!(stage.store.journal(&key).lineage, lineage);
    assert_eq!(stage.bearer_is(served.secret()).await.unwrap(), "user-alice");
}

#[tokio::test]
async fn the_sweep_settles_what_a_dead_holder_left() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    stage.expire();
    // A process that dies while its request is out.
    let gate = Gate::new();
    stage.server.inject(Fault::after(Endpoint::Token).hold(&gate));
    let runtime = std::thread::spawn({
        let (dying, key, store) = (stage.keeper(), key.clone(), stage.store.clone());
        let gate = gate.clone();
        move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
            let runtime = runtime.unwrap();
            runtime.spawn(async move { drop(dying.access_token(&key).await) });
            assert!(gate.wait_for(1, Duration::from_secs(20)));
            runtime.shutdown_background();
            drop(store);
        }
    });
    tokio::task::spawn_blocking(move || runtime.join().unwrap()).await.unwrap();
    gate.open();
    assert_eq!(stage.store.journal(&key).state, State::Refreshing);
    assert_eq!(keeper.sweep(10).await.unwrap(), Default::default());
    stage.advance(Duration::from_secs(10));
    assert_eq!(keeper.sweep(10).await.unwrap().settled, 1);
    assert_eq!(
        stage.store.journal(&key).state,
        State::Suspect,
        "a strict provider: not to be presented again"
    );
    assert_eq!(stage.server.token_requests("refresh_token").len(), 1);
}

#[tokio::test]
async fn the_sweeper_takes_up_what_is_due_and_ends_with_the_keeper() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    stage.server.inject(Fault::before(Endpoint::Revoke).status(503));
    keeper.logout(&key).await.unwrap();
    assert_eq!(keeper.drain(Duration::from_secs(20)).await, 0);
    assert_eq!(stage.store.journal(&key).state, State::Revoking);
    drop(keeper);

    let keeper = stage.keeper();
    keeper.start_sweeper(Duration::from_millis(5));
    stage.advance(Duration::from_secs(10));
    until("the grant is over", || stage.store.journal(&key).state == State::Dead(DeadReason::Revoked)).await;
    drop(keeper);
    until("nobody sweeps any more", || std::sync::Arc::strong_count(&stage.store) == 1).await;
}
