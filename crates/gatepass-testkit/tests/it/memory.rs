//! The contract suites over the stores in memory, asynchronous and blocking, on the system's clock and on one that
//! stands elsewhere.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gatepass_core::ports::Clock;
use gatepass_core::{Monotonic, Timestamp};
use gatepass_testkit::contract::{Lifted, Place};
use gatepass_testkit::memory::MemoryStore;

mod system {
    fn place() -> impl super::Place<Store = super::MemoryStore> {
        super::opens(super::MemoryStore::new())
    }

    gatepass_testkit::grant_store_contract!(place());
    gatepass_testkit::pending_store_contract!(place());
    gatepass_testkit::session_store_contract!(place());
}

mod blocking {
    use super::{Lifted, MemoryStore, Place};

    fn place() -> impl Place<Store = Lifted<MemoryStore>> {
        let store = MemoryStore::new();
        move || {
            let store = store.clone();
            async move { Lifted::new(store) }
        }
    }

    gatepass_testkit::grant_store_contract!(place());
    gatepass_testkit::pending_store_contract!(place());
    gatepass_testkit::session_store_contract!(place());
}

/// A case that read the process's clock instead of the store's would fail here.
mod sto_04_in_the_year_2040 {
    use super::{Elsewhere, MemoryStore, Place, opens};

    fn place() -> impl Place<Store = MemoryStore> {
        opens(MemoryStore::with_clock(std::sync::Arc::new(Elsewhere::new(2_208_988_800))))
    }

    gatepass_testkit::grant_store_contract!(place());
    gatepass_testkit::pending_store_contract!(place());
    gatepass_testkit::session_store_contract!(place());
}

mod before_the_epoch {
    use super::{Elsewhere, MemoryStore, Place, opens};

    fn place() -> impl Place<Store = MemoryStore> {
        opens(MemoryStore::with_clock(std::sync::Arc::new(Elsewhere::new(-2_208_988_800))))
    }

    gatepass_testkit::pending_store_contract!(place());
    gatepass_testkit::session_store_contract!(place());
}

fn opens(store: MemoryStore) -> impl Place<Store = MemoryStore> {
    let store = Arc::new(store);
    move || {
        let store = MemoryStore::clone(&store);
        async move { store }
    }
}

/// A clock that runs like any other from another time on.
#[derive(Debug)]
struct Elsewhere {
    from: Timestamp,
    begun: Instant,
}

impl Elsewhere {
    fn new(seconds: i64) -> Self {
        Self { from: Timestamp::from_unix_seconds(seconds), begun: Instant::now() }
    }
}

impl Clock for Elsewhere {
    fn now(&self) -> Timestamp {
        self.from.saturating_add(self.begun.elapsed())
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::since_origin(self.begun.elapsed() + Duration::from_secs(1))
    }
}
