//! A blocking store as an asynchronous one, so that the cases are written once.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use gatepass_core::Timestamp;
use gatepass_core::ports::{
    Claim, Found, GrantKey, GrantStore, Hash32, Parking, PendingKey, PendingStore, Reading, Revision, Room,
    Row, Sealed, SessionId, SessionRow, SessionStore, StoreError, StoreErrorKind, Swap, blocking,
};

/// A blocking store whose calls run on threads of their own.
#[derive(Debug)]
pub struct Lifted<S>(Arc<S>);

impl<S> Lifted<S> {
    /// Lifts a store.
    #[must_use]
    pub fn new(store: S) -> Self {
        Self(Arc::new(store))
    }
}

impl<S: Send + Sync + 'static> Lifted<S> {
    async fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce(&S) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || call(&store))
            .await
            .map_err(|why| StoreError::new(StoreErrorKind::Unavailable).with_source(why))?
    }
}

#[async_trait]
impl<S: blocking::GrantStore + 'static> GrantStore for Lifted<S> {
    async fn read(&self, key: &GrantKey) -> Result<Reading, StoreError> {
        let key = key.clone();
        self.call(move |store| store.read(&key)).await
    }

    async fn swap(
        &self,
        key: &GrantKey,
        expected: Option<Revision>,
        next: Option<Row>,
    ) -> Result<Swap, StoreError> {
        let key = key.clone();
        self.call(move |store| store.swap(&key, expected, next)).await
    }

    async fn due(&self, before: Timestamp, limit: u32) -> Result<Vec<GrantKey>, StoreError> {
        self.call(move |store| store.due(before, limit)).await
    }

    async fn scan(
        &self,
        after: Option<&GrantKey>,
        limit: u32,
    ) -> Result<Vec<(GrantKey, Revision, Row)>, StoreError> {
        let after = after.cloned();
        self.call(move |store| store.scan(after.as_ref(), limit)).await
    }
}

#[async_trait]
impl<S: blocking::PendingStore + 'static> PendingStore for Lifted<S> {
    async fn park(
        &self,
        key: &PendingKey,
        login: Sealed,
        keep: Duration,
        room: Room,
    ) -> Result<Parking, StoreError> {
        let key = key.clone();
        self.call(move |store| store.park(&key, login, keep, room)).await
    }

    async fn claim(&self, key: &PendingKey) -> Result<Claim, StoreError> {
        let key = key.clone();
        self.call(move |store| store.claim(&key)).await
    }

    async fn land(&self, key: &PendingKey, outcome: Sealed, keep: Duration) -> Result<bool, StoreError> {
        let key = key.clone();
        self.call(move |store| store.land(&key, outcome, keep)).await
    }

    async fn purge(&self, limit: u32) -> Result<u64, StoreError> {
        self.call(move |store| store.purge(limit)).await
    }

    async fn now(&self) -> Result<Timestamp, StoreError> {
        self.call(move |store| store.now()).await
    }
}

#[async_trait]
impl<S: blocking::SessionStore + 'static> SessionStore for Lifted<S> {
    async fn create(&self, session: &SessionRow, cookie: Hash32) -> Result<(), StoreError> {
        let session = session.clone();
        self.call(move |store| store.create(&session, cookie)).await
    }

    async fn find(&self, cookie: Hash32) -> Result<Found, StoreError> {
        self.call(move |store| store.find(cookie)).await
    }

    async fn rotate(&self, id: &SessionId, cookie: Hash32, keep_old: Duration) -> Result<bool, StoreError> {
        let id = id.clone();
        self.call(move |store| store.rotate(&id, cookie, keep_old)).await
    }

    async fn touch(
        &self,
        id: &SessionId,
        last_seen: Timestamp,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        let id = id.clone();
        self.call(move |store| store.touch(&id, last_seen, expires)).await
    }

    async fn end(&self, id: &SessionId) -> Result<bool, StoreError> {
        let id = id.clone();
        self.call(move |store| store.end(&id)).await
    }

    async fn by_owner(&self, owner: &str) -> Result<Vec<SessionRow>, StoreError> {
        let owner = owner.to_owned();
        self.call(move |store| store.by_owner(&owner)).await
    }

    async fn by_sid(&self, iss: &str, sid: &str) -> Result<Vec<SessionRow>, StoreError> {
        let (iss, sid) = (iss.to_owned(), sid.to_owned());
        self.call(move |store| store.by_sid(&iss, &sid)).await
    }

    async fn by_subject(&self, iss: &str, sub: &str) -> Result<Vec<SessionRow>, StoreError> {
        let (iss, sub) = (iss.to_owned(), sub.to_owned());
        self.call(move |store| store.by_subject(&iss, &sub)).await
    }

    async fn purge(&self, limit: u32) -> Result<Vec<SessionId>, StoreError> {
        self.call(move |store| store.purge(limit)).await
    }

    async fn remember(&self, deed: Hash32, until: Timestamp) -> Result<(), StoreError> {
        self.call(move |store| store.remember(deed, until)).await
    }

    async fn remembers(&self, deed: Hash32) -> Result<bool, StoreError> {
        self.call(move |store| store.remembers(deed)).await
    }
}
