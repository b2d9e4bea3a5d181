//! What a fresh access token costs: one read of the store, and no waiting for anybody else.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use gatepass::ports::{GrantKey, GrantStore, Reading, Revision, Row, StoreError, Swap};
use gatepass::{Keeper, Timestamp};
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::support::store::FlakyStore;
use crate::support::{Stage, session};

const CALLERS: usize = 8;

/// Answers a read when so many readers have asked.
#[derive(Debug)]
struct Meeting {
    store: Arc<FlakyStore>,
    all: Barrier,
}

#[async_trait]
impl GrantStore for Meeting {
    async fn read(&self, key: &GrantKey) -> Result<Reading, StoreError> {
        self.all.wait().await;
        GrantStore::read(&*self.store, key).await
    }

    async fn swap(
        &self,
        key: &GrantKey,
        expected: Option<Revision>,
        next: Option<Row>,
    ) -> Result<Swap, StoreError> {
        GrantStore::swap(&*self.store, key, expected, next).await
    }

    async fn due(&self, before: Timestamp, limit: u32) -> Result<Vec<GrantKey>, StoreError> {
        GrantStore::due(&*self.store, before, limit).await
    }

    async fn scan(
        &self,
        after: Option<&GrantKey>,
        limit: u32,
    ) -> Result<Vec<(GrantKey, Revision, Row)>, StoreError> {
        GrantStore::scan(&*self.store, after, limit).await
    }
}

/// Callers on these grants are all at the store at once: who held a lock meanwhile would keep the others from it.
async fn read_side_by_side(owners: &[&str], at_most: Duration) {
    let stage = Stage::new();
    let first = stage.keeper();
    for owner in owners {
        first.install(&session(owner), stage.log_in("alice").await).await.unwrap();
    }
    let meeting = Arc::new(Meeting { store: stage.store.clone(), all: Barrier::new(CALLERS) });
    let keeper = Keeper::builder(meeting, stage.ring.clone(), stage.world.clone())
        .client("example", stage.client())
        .serve_from_memory(at_most)
        .build()
        .unwrap();
    let before = stage.store.reads();
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let (keeper, key) = (keeper.clone(), session(owners[caller % owners.len()]));
        callers.spawn(async move { keeper.access_token(&key).await });
    }
    let all = async {
        while let Some(served) = callers.join_next().await {
            served.unwrap().unwrap();
        }
    };
    timeout(Duration::from_secs(20), all).await.expect("nobody waits for another caller");
    assert_eq!(stage.store.reads() - before, CALLERS, "one read a call");
}

#[tokio::test]
async fn callers_on_different_grants_do_not_wait_for_one_another() {
    read_side_by_side(&["1", "2", "3", "4", "5", "6", "7", "8"], Duration::ZERO).await;
}

#[tokio::test]
async fn callers_on_one_grant_do_not_wait_for_one_another() {
    read_side_by_side(&["1"], Duration::ZERO).await;
}

#[tokio::test]
async fn callers_whose_tokens_are_to_be_remembered_do_not_either() {
    read_side_by_side(&["1", "2", "3", "4", "5", "6", "7", "8"], Duration::from_secs(10)).await;
    read_side_by_side(&["1"], Duration::from_secs(10)).await;
}
