//! Renewal by the keeper: one refresh for everybody, and nothing lost.

use std::collections::HashSet;
use std::time::Duration;

use gatepass::renewal::{Fingerprint, State};
use gatepass::{LoginReason, Scopes, Slot, Unavailable};
use gatepass_testkit::provider::{Endpoint, Fault, Gate, Rewrite};
use tokio::task::JoinSet;

use crate::support::{STRICT, Stage, session, until};

const REFRESH: &str = "refresh_token";

async fn served(stage: &Stage, callers: usize, keepers: usize) {
    let (first, key) = stage.with_grant().await;
    let keepers: Vec<_> = [first].into_iter().chain((1..keepers).map(|_| stage.keeper())).collect();
    for round in 1..=3 {
        stage.expire();
        let (reads, writes) = (stage.store.reads(), stage.store.swaps());
        let mut tasks = JoinSet::new();
        for caller in 0..callers {
            let (keeper, key) = (keepers[caller % keepers.len()].clone(), key.clone());
            tasks.spawn(async move { keeper.access_token(&key).await });
        }
        let mut tokens = HashSet::new();
        while let Some(served) = tasks.join_next().await {
            tokens.insert(served.unwrap().unwrap().secret().expose().to_owned());
        }
        assert_eq!(tokens.len(), 1, "everybody gets the same token");
        assert_eq!(stage.server.token_requests(REFRESH).len(), round, "one refresh an expiry");
        if keepers.len() == 1 {
            assert_eq!(stage.store.swaps() - writes, 2, "one claim and one commit");
            assert!(stage.store.reads() - reads < callers + 8, "one machine reads, not one a caller");
        }
    }
    assert_eq!(stage.server.stats().families_revoked, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn ref_05_two_hundred_callers_on_an_expired_token_cause_one_refresh() {
    served(&Stage::new(), 200, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c_70_callers_of_three_replicas_on_an_expired_token_cause_one_refresh() {
    served(&Stage::new(), 48, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c_70_a_token_that_ended_while_the_process_stood_still_is_not_handed_out() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    stage.expire();
    // The provider has answered; before that is stored, the machine sleeps for longer than the token lives.
    let (store, clock) = (stage.store.clone(), stage.clock.clone());
    stage.store.before_next_write(move || {
        store.before_next_write(move || clock.advance(Duration::from_secs(3601)));
    });
    let token = keeper.access_token(&key).await.unwrap();
    let now = gatepass::ports::Clock::now(&*stage.clock);
    assert!(token.expires().unwrap() > now, "{token:?}");
    assert_eq!(stage.server.token_requests(REFRESH).len(), 2, "it was renewed once more");
    assert_eq!(stage.store.journal(&key).generation, token.generation());
}

#[tokio::test(flavor = "multi_thread")]
async fn c_70_who_finds_another_replica_first_sends_nothing_and_takes_its_tokens() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    stage.expire();
    // Between this one's read and its claim, another one claims, refreshes and commits.
    let (other, theirs) = (stage.keeper(), key.clone());
    let (send, sent) = std::sync::mpsc::channel();
    stage.store.before_next_write(move || {
        let other = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(other.access_token(&theirs)).unwrap()
        });
        send.send(other.join().unwrap()).unwrap();
    });
    let mine = keeper.access_token(&key).await.unwrap();
    assert!(mine.secret().same_as(sent.recv().unwrap().secret().expose()));
    assert_eq!(stage.server.token_requests(REFRESH).len(), 1);
    assert_eq!(stage.server.stats().families_revoked, 0);
}

#[tokio::test]
async fn ref_06_who_comes_while_a_renewal_runs_and_who_comes_after_get_its_token() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    stage.expire();
    let gate = Gate::new();
    stage.server.inject(Fault::after(Endpoint::Token).hold(&gate));
    let early = tokio::spawn({
        let (keeper, key) = (keeper.clone(), key.clone());
        async move { keeper.access_token(&key).await }
    });
    gate.reached(1).await;
    let late = tokio::spawn({
        let (keeper, key) = (keeper.clone(), key.clone());
        async move { keeper.access_token(&key).await }
    });
    let other = tokio::spawn({
        let (keeper, key) = (stage.keeper(), key.clone());
        async move { keeper.access_token(&key).await }
    });
    gate.open();
    let early = early.await.unwrap().unwrap();
    let after = keeper.access_token(&key).await.unwrap();
    for token in [late.await.unwrap().unwrap(), other.await.unwrap().unwrap(), after] {
        assert!(early.secret().same_as(token.secret().expose()));
    }
    assert_eq!(stage.server.token_requests(REFRESH).len(), 1);
}

#[tokio::test]
async fn ref_01_a_refresh_authenticates_like_the_exchange_and_asks_for_nothing_else() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    stage.expire();
    keeper.access_token(&key).await.unwrap();
    let exchange = stage.server.token_requests("authorization_code").remove(0).request;
    let refresh = stage.server.token_requests(REFRESH).remove(0).request;
    assert_eq!(exchange.headers["authorization"], refresh.headers["authorization"]);
    for absent in ["redirect_uri", "code_verifier", "scope", "resource", "client_secret"] {
        assert_eq!(refresh.form_value(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn ref_03_a_new_refresh_token_replaces_the_old_and_without_one_the_old_stays() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    let first = stage.store.journal(&key);
    stage.expire();
    keeper.access_token(&key).await.unwrap();
    let second = stage.store.journal(&key);
    assert_eq!(second.previous, first.current);
    assert_ne!(second.current, first.current);
    assert_eq!((second.lineage, second.generation), (first.lineage, first.generation + 1));

    stage.server.inject(Fault::after(Endpoint::Token).rewrite(Rewrite::new().without_member(REFRESH)));
    stage.expire();
    keeper.access_token(&key).await.unwrap();
    let third = stage.store.journal(&key);
    assert_eq!((third.current, third.previous), (second.current, second.previous));
    assert_eq!(third.generation, second.generation + 1);
}

#[tokio::test]
async fn ref_04_with_the_store_away_the_successor_waits_in_memory_and_callers_are_answered() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    let old = keeper.access_token(&key).await.unwrap();
    let mut events = keeper.events();
    stage.expire();
    let gate = Gate::new();
    stage.server.inject(Fault::after(Endpoint::Token).hold(&gate));
    let caller = tokio::spawn({
        let (keeper, key) = (keeper.clone(), key.clone());
        async move { keeper.access_token(&key).await }
    });
    gate.reached(1).await;
    stage.store.go_away();
    gate.open();
    assert!(matches!(caller.await.unwrap(), Err(Unavailable::StoreUnavailable(_))));
    assert!(matches!(keeper.access_token(&key).await, Err(Unavailable::StoreUnavailable(_))));
    assert_eq!(keeper.drain(Duration::from_millis(1)).await, 1, "the successor is still in memory");
    assert_eq!(events.next().await.unwrap().happened, gatepass::renewal::Happened::PersistRetry);

    stage.store.come_back();
    assert_eq!(keeper.drain(Duration::from_secs(20)).await, 0);
    let new = keeper.access_token(&key).await.unwrap();
    assert!(!new.secret().same_as(old.secret().expose()));
    assert_eq!(stage.store.journal(&key).state, State::Active);
    assert_eq!(stage.server.token_requests(REFRESH).len(), 1);
    assert_eq!(stage.bearer_is(new.secret()).await.unwrap(), "user-alice");
}

#[tokio::test]
async fn ref_04_a_stale_token_serves_on_while_the_store_takes_no_writes() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    let old = keeper.access_token(&key).await.unwrap();
    stage.stale();
    stage.store.refuse_writes();
    for _ in 0..3 {
        assert!(keeper.access_token(&key).await.unwrap().secret().same_as(old.secret().expose()));
    }
    let writes = stage.store.swaps();
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(stage.store.swaps() - writes < 8, "a store that refuses writes is not hammered");
    assert_eq!(stage.server.token_requests(REFRESH).len(), 0, "nothing leaves before the intent is written");
    stage.advance(Duration::from_secs(30));
    assert!(matches!(keeper.access_token(&key).await, Err(Unavailable::StoreUnavailable(_))));
    stage.store.come_back();
    until("the token is renewed", || stage.server.token_requests(REFRESH).len() == 1).await;
    assert_eq!(keeper.drain(Duration::from_secs(20)).await, 0);
    keeper.access_token(&key).await.unwrap();
}

#[tokio::test]
async fn ref_04_a_write_whose_reply_was_lost_is_known_for_its_own() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    let mut events = keeper.events();
    stage.expire();
    let gate = Gate::new();
    stage.server.inject(Fault::after(Endpoint::Token).hold(&gate));
    let caller = tokio::spawn({
        let (keeper, key) = (keeper.clone(), key.clone());
        async move { keeper.access_token(&key).await }
    });
    gate.reached(1).await;
    stage.store.lose_next_reply();
    gate.open();
    caller.await.unwrap().unwrap();
    assert_eq!(events.next().await.unwrap().happened, gatepass::renewal::Happened::OwnWrite);
    assert_eq!(stage.store.journal(&key).generation, 2);
    assert_eq!(stage.server.requests(Endpoint::Revoke).len(), 0);
}

#[tokio::test]
async fn a_caller_that_goes_away_takes_no_renewal_with_it() {
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
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    gate.open();
    assert_eq!(keeper.drain(Duration::from_secs(20)).await, 0);
    assert_eq!(stage.store.journal(&key).generation, 2);
    keeper.access_token(&key).await.unwrap();
    assert_eq!(stage.server.token_requests(REFRESH).len(), 1);
}

#[tokio::test]
async fn a_fresh_token_costs_one_read_and_no_write() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    let (reads, swaps) = (stage.store.reads(), stage.store.swaps());
    for _ in 0..10 {
        keeper.access_token(&key).await.unwrap();
    }
    assert_eq!((stage.store.reads() - reads, stage.store.swaps() - swaps), (10, 0));
}

#[tokio::test]
async fn a_stale_token_is_served_while_one_renewal_runs() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    let old = keeper.access_token(&key).await.unwrap();
    stage.stale();
    let gate = Gate::new();
    stage.server.inject(Fault::after(Endpoint::Token).hold(&gate));
    for _ in 0..20 {
        assert!(keeper.access_token(&key).await.unwrap().secret().same_as(old.secret().expose()));
    }
    gate.reached(1).await;
    gate.open();
    assert_eq!(keeper.drain(Duration::from_secs(20)).await, 0);
    assert!(!keeper.access_token(&key).await.unwrap().secret().same_as(old.secret().expose()));
    assert_eq!(stage.server.token_requests(REFRESH).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn ref_08_nobody_ever_gets_the_token_of_another_person() {
    let stage = Stage::new();
    let keeper = stage.keeper();
    for who in ["alice", "bob"] {
        keeper.install(&session(who), stage.log_in(who).await).await.unwrap();
    }
    for _ in 0..3 {
        stage.expire();
        let mut tasks = JoinSet::new();
        for caller in 0..40 {
            let keeper = keeper.clone();
            let who = ["alice", "bob"][caller % 2];
            tasks.spawn(async move { (who, keeper.access_token(&session(who)).await.unwrap()) });
        }
        while let Some(served) = tasks.join_next().await {
            let (who, token) = served.unwrap();
            assert_eq!(stage.bearer_is(token.secret()).await.unwrap(), format!("user-{who}"));
        }
    }
    assert_eq!(stage.server.token_requests(REFRESH).len(), 6);
}

#[tokio::test]
async fn c_71_a_token_of_one_slot_is_never_served_for_another() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    let narrow = Slot::new().scopes(&Scopes::new("email").unwrap());
    let resource = Slot::new().resource("https://api.example/calendar");
    let all = keeper.access_token(&key).await.unwrap();
    let email = keeper.access_token_for(&key, &narrow).await.unwrap();
    let calendar = keeper.access_token_for(&key, &resource).await.unwrap();
    let again = keeper.access_token_for(&key, &narrow).await.unwrap();
    assert!(again.secret().same_as(email.secret().expose()));
    let distinct: HashSet<_> = [&all, &email, &calendar].map(|token| token.secret().expose()).into();
    assert_eq!(distinct.len(), 3);
    assert_eq!(email.scopes().as_str(), "email");
    assert_eq!(
        keeper.access_token(&key).await.unwrap().scopes(),
        all.scopes(),
        "the grant is as wide as before"
    );
    let asked: Vec<_> = stage.server.token_requests(REFRESH).into_iter().map(|entry| entry.request).collect();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].form_value("scope").as_deref(), Some("email"));
    assert_eq!(asked[1].form_value("resource").as_deref(), Some("https://api.example/calendar"));

    let wider = Slot::new().scopes(&Scopes::new("email write").unwrap());
    match keeper.access_token_for(&key, &wider).await {
        Err(Unavailable::NotGranted { missing }) => assert_eq!(missing.as_str(), "write"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn ref_09_a_narrower_scope_is_recorded() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    stage.server.inject(Fault::after(Endpoint::Token).rewrite(Rewrite::new().member("scope", "profile")));
    stage.expire();
    let token = keeper.access_token(&key).await.unwrap();
    assert_eq!(token.scopes().as_str(), "profile");
    let lost = Slot::new().scopes(&Scopes::new("email").unwrap());
    assert!(matches!(keeper.access_token_for(&key, &lost).await, Err(Unavailable::NotGranted { .. })));
}

#[tokio::test]
async fn ref_13_lifetimes_of_refresh_tokens_decide_nothing() {
    let server = gatepass_testkit::Provider::builder()
        .token_member("refresh_expires_in", 0)
        .token_member("refresh_token_expires_in", "5184000")
        .start()
        .unwrap();
    let stage = Stage::with(server, STRICT);
    let (keeper, key) = stage.with_grant().await;
    stage.advance(Duration::from_secs(90 * 24 * 3600));
    keeper.access_token(&key).await.unwrap();
}

#[tokio::test]
async fn ref_11_a_grant_is_refreshed_at_the_provider_of_its_name_and_nowhere_else() {
    let (stage, other) = (Stage::new(), gatepass_testkit::Provider::start());
    let keeper = gatepass::Keeper::builder(stage.store.clone(), stage.ring.clone(), stage.world.clone())
        .client("example", stage.client())
        .client("other", crate::support::client(&other, STRICT))
        .build()
        .unwrap();
    let key = session("alice");
    keeper.install(&key, stage.log_in("alice").await).await.unwrap();
    let (_, row) = stage.store.row(&key).unwrap();
    let moved = gatepass::ports::GrantKey::new("other", key.owner().clone());
    stage.store.put(&moved, row);
    stage.expire();
    assert!(matches!(keeper.access_token(&moved).await, Err(Unavailable::Unreadable(_))));
    assert_eq!(other.token_requests(REFRESH).len(), 0);
    keeper.access_token(&key).await.unwrap();
    assert_eq!(stage.server.token_requests(REFRESH).len(), 1);
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_however_many_met_the_refusal() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    let refused = keeper.access_token(&key).await.unwrap();
    stage.server.expire_access_tokens();
    let mut tasks = JoinSet::new();
    for _ in 0..32 {
        let (keeper, key, refused) = (keeper.clone(), key.clone(), refused.clone());
        tasks.spawn(async move { keeper.unauthorized(&key, refused).await });
    }
    while let Some(served) = tasks.join_next().await {
        assert!(!served.unwrap().unwrap().secret().same_as(refused.secret().expose()));
    }
    // Somebody who was slow to notice.
    keeper.unauthorized(&key, refused).await.unwrap();
    assert_eq!(stage.server.token_requests(REFRESH).len(), 1);
}

#[tokio::test]
async fn a_grant_without_a_refresh_token_serves_to_its_end() {
    let server = gatepass_testkit::Provider::builder()
        .refresh_tokens(gatepass_testkit::provider::RefreshTokens::Never);
    let stage = Stage::with(server.start().unwrap(), STRICT);
    let (keeper, key) = stage.with_grant().await;
    stage.stale();
    keeper.access_token(&key).await.unwrap();
    stage.expire();
    match keeper.access_token(&key).await {
        Err(Unavailable::LoginRequired { why: LoginReason::NotRenewable, soft: true }) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(stage.server.token_requests(REFRESH).len(), 0);
    assert_eq!(stage.store.journal(&key).current, None::<Fingerprint>);
}
