//! The keeper in programs without a runtime: threads, and processes that share one SQLite file.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use gatepass::blocking::{Keeper, World, drive};
use gatepass::ports::blocking::GrantStore;
use gatepass::ports::{GrantKey, Limits};
use gatepass::renewal::{DeadReason, State};
use gatepass::{
    ApiError, Body, Callback, KeyRing, LoginReason, Scopes, SystemEntropy, TokenSet, Unavailable,
};
use gatepass_sqlx::blocking::SqliteStore;
use gatepass_testkit::Provider;
use gatepass_testkit::provider::{Endpoint, Fault, Gate};
use gatepass_ureq::Ureq;

use crate::support::clock::MovedClock;
use crate::support::store::FlakyStore;
use crate::support::{DEADLINES, STRICT, client, session};

struct Stage {
    server: Provider,
    clock: Arc<MovedClock>,
    world: World,
    ring: KeyRing,
}

impl Stage {
    fn new() -> Self {
        let clock = Arc::new(MovedClock::default());
        let http = Arc::new(Ureq::new().danger_allow_http_loopback());
        let world = World::new(http, clock.clone(), Arc::new(SystemEntropy::new()));
        Self { server: Provider::start(), clock, world, ring: KeyRing::generate().unwrap() }
    }

    fn keeper(&self, store: Arc<dyn GrantStore>) -> Keeper {
        Keeper::builder(store, self.ring.clone(), self.world.clone())
            .client("example", client(&self.server, STRICT))
            .deadlines(DEADLINES)
            .build()
            .unwrap()
    }

    fn log_in(&self) -> TokenSet {
        let client = client(&self.server, STRICT);
        let request = client.authorize(&Scopes::new("profile").unwrap()).param("login_hint", "alice");
        let (url, pending) = request.start(self.world.attempt().unwrap()).unwrap();
        let request = http::Request::get(url.as_str()).body(Body::empty()).unwrap();
        let answer = self.world.http.send(request, &Limits::DEFAULT).unwrap();
        let back = url::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
        let callback = Callback::from_query(back.query().unwrap()).unwrap();
        let exchange = pending.receive(callback, self.world.clock.now()).unwrap();
        drive(exchange, &self.world, &Limits::DEFAULT).unwrap()
    }

    fn expire(&self) {
        self.clock.advance(Duration::from_secs(3601));
        self.server.advance(Duration::from_secs(3601));
    }

    fn refreshes(&self) -> usize {
        self.server.token_requests("refresh_token").len()
    }
}

fn ask(keepers: &[Keeper], threads: usize, key: &GrantKey) -> usize {
    let threads: Vec<_> = (0..threads)
        .map(|at| {
            let (keeper, key) = (keepers[at % keepers.len()].clone(), key.clone());
            thread::spawn(move || keeper.access_token(&key).unwrap().secret().expose().to_owned())
        })
        .collect();
    let mut tokens: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    tokens.sort();
    tokens.dedup();
    tokens.len()
}

#[test]
fn ref_05_threads_on_an_expired_token_cause_one_refresh() {
    let stage = Stage::new();
    let keeper = stage.keeper(Arc::new(FlakyStore::new(stage.clock.clone())));
    let key = session("alice");
    keeper.install(&key, stage.log_in()).unwrap();
    for round in 1..=3 {
        stage.expire();
        assert_eq!(ask(std::slice::from_ref(&keeper), 32, &key), 1);
        assert_eq!(stage.refreshes(), round);
    }
    assert_eq!(stage.server.stats().families_revoked, 0);
}

#[test]
fn c_70_programs_that_share_one_sqlite_file_are_as_safe_as_replicas() {
    let stage = Stage::new();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("grants.db").display());
    let keepers: Vec<_> = (0..3)
        .map(|_| {
            let store = SqliteStore::open(&url).unwrap();
            store.migrate().unwrap();
            stage.keeper(Arc::new(store))
        })
        .collect();
    let key = session("alice");
    keepers[0].install(&key, stage.log_in()).unwrap();
    for round in 1..=3 {
        // The database's clock is the system's: the access token is refused instead.
        stage.server.expire_access_tokens();
        let refused = keepers[0].access_token(&key).unwrap();
        let threads: Vec<_> = (0..24)
            .map(|at| {
                let (keeper, key, refused) = (keepers[at % 3].clone(), key.clone(), refused.clone());
                thread::spawn(move || keeper.unauthorized(&key, refused).unwrap())
            })
            .collect();
        for thread in threads {
            let token = thread.join().unwrap();
            assert!(!token.secret().same_as(refused.secret().expose()));
        }
        assert_eq!(stage.refreshes(), round);
    }
    assert_eq!(stage.server.stats().families_revoked, 0);
}

#[test]
fn a_program_that_ends_waits_for_the_renewal_that_it_began() {
    let stage = Stage::new();
    let store = Arc::new(FlakyStore::new(stage.clock.clone()));
    let keeper = stage.keeper(store.clone());
    let key = session("alice");
    keeper.install(&key, stage.log_in()).unwrap();
    stage.clock.advance(Duration::from_secs(3600 - 20));
    let gate = Gate::new();
    stage.server.inject(Fault::after(Endpoint::Token).hold(&gate));
    keeper.access_token(&key).unwrap();
    assert!(gate.wait_for(1, Duration::from_secs(20)));
    assert_eq!(keeper.drain(Duration::from_millis(5)), 1);
    let opener = thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        gate.open();
    });
    drop(keeper);
    assert_eq!(store.journal(&key).generation, 2, "the successor is stored before the program goes on");
    opener.join().unwrap();
}

#[test]
fn rev_05_a_blocking_logout_fences_first_and_then_revokes() {
    let stage = Stage::new();
    let store = Arc::new(FlakyStore::new(stage.clock.clone()));
    let keeper = stage.keeper(store.clone());
    let key = session("alice");
    keeper.install(&key, stage.log_in()).unwrap();
    let gate = Gate::new();
    stage.server.inject(Fault::before(Endpoint::Revoke).hold(&gate));
    keeper.logout(&key).unwrap();
    match keeper.access_token(&key) {
        Err(Unavailable::LoginRequired { why: LoginReason::LoggedOut, soft: false }) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(store.journal(&key).state, State::Revoking);
    gate.open();
    drop(keeper);
    assert_eq!(store.journal(&key).state, State::Dead(DeadReason::Revoked));
}

#[test]
fn rsr_06_a_blocking_call_renews_and_retries_once() {
    let stage = Stage::new();
    let keeper = stage.keeper(Arc::new(FlakyStore::new(stage.clock.clone())));
    let key = session("alice");
    keeper.install(&key, stage.log_in()).unwrap();
    let api = keeper.api(&key);
    stage.server.expire_access_tokens();
    assert_eq!(api.get(&stage.server.user_endpoint()).unwrap().status(), 200);
    assert_eq!(stage.refreshes(), 1);
    assert!(matches!(api.get("https://api.example/"), Err(ApiError::NotAResource)));
}
