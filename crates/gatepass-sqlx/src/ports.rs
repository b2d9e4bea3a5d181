//! The ports of a store, once for the asynchronous and once for the blocking twins; all the work is elsewhere.

/// Implements the three asynchronous ports for a type with a field `engine`.
macro_rules! async_ports {
    ($store:ty) => {
        #[async_trait::async_trait]
        impl gatepass_core::ports::GrantStore for $store {
            async fn read(&self, key: &GrantKey) -> Result<Reading, StoreError> {
                crate::grants::read(&*self.engine, key).await
            }

            async fn swap(
                &self,
                key: &GrantKey,
                expected: Option<Revision>,
                next: Option<Row>,
            ) -> Result<Swap, StoreError> {
                crate::grants::swap(&*self.engine, key, expected, next).await
            }

            async fn due(&self, before: Timestamp, limit: u32) -> Result<Vec<GrantKey>, StoreError> {
                crate::grants::due(&*self.engine, before, limit).await
            }

            async fn scan(
                &self,
                after: Option<&GrantKey>,
                limit: u32,
            ) -> Result<Vec<(GrantKey, Revision, Row)>, StoreError> {
                crate::grants::scan(&*self.engine, after, limit).await
            }
        }

        #[async_trait::async_trait]
        impl gatepass_core::ports::PendingStore for $store {
            async fn park(
                &self,
                key: &PendingKey,
                login: Sealed,
                keep: Duration,
                room: Room,
            ) -> Result<Parking, StoreError> {
                crate::pending::park(&*self.engine, key, login, keep, room).await
            }

            async fn claim(&self, key: &PendingKey) -> Result<Claim, StoreError> {
                crate::pending::claim(&*self.engine, key).await
            }

            async fn land(
                &self,
                key: &PendingKey,
                outcome: Sealed,
                keep: Duration,
            ) -> Result<bool, StoreError> {
                crate::pending::land(&*self.engine, key, outcome, keep).await
            }

            async fn purge(&self, limit: u32) -> Result<u64, StoreError> {
                crate::pending::purge(&*self.engine, limit).await
            }

            async fn now(&self) -> Result<Timestamp, StoreError> {
                crate::pending::now(&*self.engine).await
            }
        }

        #[async_trait::async_trait]
        impl gatepass_core::ports::SessionStore for $store {
            async fn create(&self, session: &SessionRow, cookie: Hash32) -> Result<(), StoreError> {
                crate::sessions::create(&*self.engine, session, cookie).await
            }

            async fn find(&self, cookie: Hash32) -> Result<Found, StoreError> {
                crate::sessions::find(&*self.engine, cookie).await
            }

            async fn rotate(
                &self,
                id: &SessionId,
                cookie: Hash32,
                keep_old: Duration,
            ) -> Result<bool, StoreError> {
                crate::sessions::rotate(&*self.engine, id, cookie, keep_old).await
            }

            async fn touch(
                &self,
                id: &SessionId,
                last_seen: Timestamp,
                expires: Timestamp,
            ) -> Result<(), StoreError> {
                crate::sessions::touch(&*self.engine, id, last_seen, expires).await
            }

            async fn end(&self, id: &SessionId) -> Result<bool, StoreError> {
                crate::sessions::end(&*self.engine, id).await
            }

            async fn by_owner(&self, owner: &str) -> Result<Vec<SessionRow>, StoreError> {
                crate::sessions::by_owner(&*self.engine, owner).await
            }

            async fn by_sid(&self, iss: &str, sid: &str) -> Result<Vec<SessionRow>, StoreError> {
                crate::sessions::by_sid(&*self.engine, iss, sid).await
            }

            async fn by_subject(&self, iss: &str, sub: &str) -> Result<Vec<SessionRow>, StoreError> {
                crate::sessions::by_subject(&*self.engine, iss, sub).await
            }

            async fn purge(&self, limit: u32) -> Result<Vec<SessionId>, StoreError> {
                crate::sessions::purge(&*self.engine, limit).await
            }

            async fn remember(&self, deed: Hash32, until: Timestamp) -> Result<(), StoreError> {
                crate::sessions::remember(&*self.engine, deed, until).await
            }

            async fn remembers(&self, deed: Hash32) -> Result<bool, StoreError> {
                crate::sessions::remembers(&*self.engine, deed).await
            }
        }
    };
}

/// What the ports name.
macro_rules! port_types {
    () => {
        use std::time::Duration;

        use gatepass_core::Timestamp;
        use gatepass_core::ports::{
            Claim, Found, GrantKey, Hash32, Parking, PendingKey, Reading, Revision, Room, Row, Sealed,
            SessionId, SessionRow, StoreError, Swap,
        };
    };
}

pub(crate) use {async_ports, port_types};
