//! The caller's future is dropped after every turn that anybody took, at whatever await it then stands: a browser that
//! closes the connection, a timeout around a call, a `select!`. Nothing may be lost by it.

mod keeper;
mod login;
mod ports;
mod turns;

use std::sync::Arc;

use gatepass::ports::GrantKey;
use gatepass::renewal::{Fingerprint, Journal, Reach, Rotation, State};
use gatepass::{Profile, Provider, ProviderBuilder, SystemEntropy, World};
use gatepass_testkit::memory::MemoryStore;
use gatepass_ureq::Ureq;

use ports::{Http, Store};
use turns::{Run, Turns};

/// A provider that kills a family whose token comes back, and a world in which everybody takes turns.
struct Stage {
    server: gatepass_testkit::Provider,
    turns: Turns,
    store: Store,
    world: World,
}

impl Stage {
    fn new() -> Self {
        let turns = Turns::new();
        let http = Http(Ureq::new().danger_allow_http_loopback());
        let entropy = Arc::new(SystemEntropy::new());
        let own = || Arc::new(turns.clone());
        let world = World::new(Arc::new(http), own(), entropy, own(), own());
        let store = Store(MemoryStore::with_clock(own()));
        let server = gatepass_testkit::Provider::builder().stopped_clock().start().unwrap();
        Self { server, turns, store, world }
    }

    fn provider(&self) -> ProviderBuilder {
        let mut profile = Profile::strict();
        profile.rotation = Rotation::STRICT.reach(Reach::Family);
        Provider::builder(&self.server.authorization_endpoint(), &self.server.token_endpoint())
            .issuer(self.server.issuer())
            .revocation_endpoint(self.server.revocation_endpoint())
            .resource(self.server.user_endpoint())
            .profile(profile)
            .danger_allow_http_loopback()
    }

    fn advance(&self, by: std::time::Duration) {
        self.turns.advance(by);
        self.server.advance(by);
    }

    fn journal(&self, key: &GrantKey) -> Option<Journal> {
        let reading = gatepass::ports::blocking::GrantStore::read(&self.store.0, key).unwrap();
        reading.row.map(|(_, row)| row.journal)
    }

    fn grants(&self) -> Vec<GrantKey> {
        let rows = gatepass::ports::blocking::GrantStore::scan(&self.store.0, None, 10).unwrap();
        rows.into_iter().map(|(key, ..)| key).collect()
    }

    /// The row is nobody's, and holds the refresh token that the provider handed out last.
    #[track_caller]
    fn is_at_rest(&self, key: &GrantKey) {
        let journal = self.journal(key).expect("a row");
        assert_eq!((journal.state, journal.attempt, journal.lease_until), (State::Active, None, None));
        let issued = self.server.issued();
        let known = issued.iter().any(|token| journal.current == Some(Fingerprint::of(token)));
        assert!(known, "the row holds a refresh token that the provider knows");
        let stats = self.server.stats();
        assert_eq!((stats.reuse_detected, stats.code_reuse_detected, stats.families_revoked), (0, 0, 0));
    }
}

/// Runs an act again and again, each time on a stage of its own, and drops it one turn later each time; what must hold
/// after a cut is told how many turns there were. Answers at how many awaits of the caller there was a cut.
#[track_caller]
fn sweep(mut act: impl FnMut(usize) -> Run<()>) -> usize {
    let (mut cuts, mut awaits) = (0, 0);
    loop {
        match act(cuts) {
            Run::Cut { waits } => {
                cuts += 1;
                awaits = awaits.max(waits);
            }
            Run::Ended(()) => {
                assert!(awaits > 0, "the caller was never cut while it waited");
                assert!(cuts > awaits, "the caller was never cut while others moved");
                return awaits;
            }
        }
        assert!(cuts < 1000, "the act never ends");
    }
}
