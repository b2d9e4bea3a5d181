//! The blocking twins of the asynchronous ports: the same names, the same numbered contracts.

use std::fmt;
use std::time::Duration;

use http::{Request, Response};

use super::{
    Claim, Clock, Continuation, Found, GrantKey, Hash32, HttpError, Limits, NoClient, Parking, PendingKey,
    Reading, Registered, Revision, Room, Row, Sealed, SessionId, SessionRow, StoreError, Swap,
};
use crate::blocking::World;
use crate::{Body, Client, IdToken, Timestamp, TokenSet};

/// A blocking HTTP client. Contracts HTTP-1 to HTTP-10 of [`HttpClient`](super::HttpClient).
pub trait HttpClient: Send + Sync + fmt::Debug {
    /// Sends one request and reads the whole answer.
    ///
    /// # Errors
    /// [`HttpError`], when no whole answer was read.
    fn send(&self, request: Request<Body>, limits: &Limits) -> Result<Response<Body>, HttpError>;
}

/// A blocking register of grants. Contracts GRANT-1 to GRANT-10 of [`GrantStore`](super::GrantStore).
pub trait GrantStore: Send + Sync + fmt::Debug {
    /// Reads one row.
    ///
    /// # Errors
    /// [`StoreError`], when the store could not be read.
    fn read(&self, key: &GrantKey) -> Result<Reading, StoreError>;

    /// Replaces the row if its revision is the expected one.
    ///
    /// # Errors
    /// [`StoreError`]; of kind `Unavailable`, the write may have been applied.
    fn swap(&self, key: &GrantKey, expected: Option<Revision>, next: Option<Row>)
    -> Result<Swap, StoreError>;

    /// Finds at most `limit` grants that a sweeper must look at.
    ///
    /// # Errors
    /// [`StoreError`], when the store could not be read.
    fn due(&self, before: Timestamp, limit: u32) -> Result<Vec<GrantKey>, StoreError>;

    /// Walks over all rows: at most `limit` whose keys come after `after`.
    ///
    /// # Errors
    /// [`StoreError`], when the store could not be read.
    fn scan(
        &self,
        after: Option<&GrantKey>,
        limit: u32,
    ) -> Result<Vec<(GrantKey, Revision, Row)>, StoreError>;
}

/// A blocking store of logins under way. Contracts PEND-1 to PEND-10 of [`PendingStore`](super::PendingStore).
pub trait PendingStore: Send + Sync + fmt::Debug {
    /// Keeps a login that was started, for at most `keep`, if there is room for it.
    ///
    /// # Errors
    /// [`StoreError`], when it was not kept.
    fn park(
        &self,
        key: &PendingKey,
        login: Sealed,
        keep: Duration,
        room: Room,
    ) -> Result<Parking, StoreError>;

    /// Takes a login to finish it.
    ///
    /// # Errors
    /// [`StoreError`], when the store did not answer.
    fn claim(&self, key: &PendingKey) -> Result<Claim, StoreError>;

    /// Replaces a claimed login by its outcome, which is kept for `keep`.
    ///
    /// # Errors
    /// [`StoreError`], when it was not kept.
    fn land(&self, key: &PendingKey, outcome: Sealed, keep: Duration) -> Result<bool, StoreError>;

    /// Removes at most `limit` expired rows.
    ///
    /// # Errors
    /// [`StoreError`], when the store did not answer.
    fn purge(&self, limit: u32) -> Result<u64, StoreError>;

    /// Reads when the store's clock stands.
    ///
    /// # Errors
    /// [`StoreError`], when the store did not answer.
    fn now(&self) -> Result<Timestamp, StoreError>;
}

/// A blocking store of sessions. Contracts SESS-1 to SESS-8 of [`SessionStore`](super::SessionStore).
pub trait SessionStore: Send + Sync + fmt::Debug {
    /// Keeps a new session under the digest of its cookie.
    ///
    /// # Errors
    /// [`StoreError`], when it was not kept.
    fn create(&self, session: &SessionRow, cookie: Hash32) -> Result<(), StoreError>;

    /// Finds a session by the digest of a cookie.
    ///
    /// # Errors
    /// [`StoreError`], when the store did not answer.
    fn find(&self, cookie: Hash32) -> Result<Found, StoreError>;

    /// Gives a session a new cookie; answers whether the session still exists.
    ///
    /// # Errors
    /// [`StoreError`], when it was not kept.
    fn rotate(&self, id: &SessionId, cookie: Hash32, keep_old: Duration) -> Result<bool, StoreError>;

    /// Notes that a session was seen and may last longer.
    ///
    /// # Errors
    /// [`StoreError`], when it was not kept.
    fn touch(&self, id: &SessionId, last_seen: Timestamp, expires: Timestamp) -> Result<(), StoreError>;

    /// Ends a session; answers whether there was one.
    ///
    /// # Errors
    /// [`StoreError`], when the store did not answer.
    fn end(&self, id: &SessionId) -> Result<bool, StoreError>;

    /// Finds the sessions of one owner.
    ///
    /// # Errors
    /// [`StoreError`], when the store did not answer.
    fn by_owner(&self, owner: &str) -> Result<Vec<SessionRow>, StoreError>;

    /// Finds the sessions of one session of the provider.
    ///
    /// # Errors
    /// [`StoreError`], when the store did not answer.
    fn by_sid(&self, iss: &str, sid: &str) -> Result<Vec<SessionRow>, StoreError>;

    /// Finds the sessions of one subject.
    ///
    /// # Errors
    /// [`StoreError`], when the store did not answer.
    fn by_subject(&self, iss: &str, sub: &str) -> Result<Vec<SessionRow>, StoreError>;

    /// Removes at most `limit` expired sessions and returns their ids.
    ///
    /// # Errors
    /// [`StoreError`], when the store did not answer.
    fn purge(&self, limit: u32) -> Result<Vec<SessionId>, StoreError>;

    /// Remembers until then that something has been done.
    ///
    /// # Errors
    /// [`StoreError`], when it was not kept.
    fn remember(&self, deed: Hash32, until: Timestamp) -> Result<(), StoreError>;

    /// Whether something has been done, as far as it is remembered.
    ///
    /// # Errors
    /// [`StoreError`], when the store did not answer.
    fn remembers(&self, deed: Hash32) -> Result<bool, StoreError>;
}

/// A blocking source of one client. Contracts SOURCE-1 to SOURCE-4 of [`ClientSource`](super::ClientSource).
pub trait ClientSource: Send + Sync + fmt::Debug {
    /// What is known without asking.
    fn registered(&self) -> Registered;

    /// The client, if it is at hand.
    fn at_hand(&self) -> Option<Client>;

    /// The client; its provider is asked, if it is not at hand or has been for long.
    ///
    /// # Errors
    /// [`NoClient`], which says whether to come again.
    fn client(&self, world: &World) -> Result<Client, NoClient>;

    /// Holds the tokens of a refresh against the login that they continue.
    fn judge(&self, refreshed: TokenSet, login: Option<&IdToken>, clock: &dyn Clock) -> Continuation;

    /// Fetches keys that are newer than those of an edition in which a [`judge`](ClientSource::judge) missed one.
    ///
    /// # Errors
    /// [`NoClient`], when there are none that are newer.
    fn catch_up(&self, edition: u64, world: &World) -> Result<(), NoClient>;
}

impl ClientSource for Client {
    fn registered(&self) -> Registered {
        Registered::of(self)
    }

    fn at_hand(&self) -> Option<Client> {
        Some(self.clone())
    }

    fn client(&self, _: &World) -> Result<Client, NoClient> {
        Ok(self.clone())
    }

    fn judge(&self, refreshed: TokenSet, _: Option<&IdToken>, _: &dyn Clock) -> Continuation {
        Continuation::Continued(refreshed)
    }

    fn catch_up(&self, _: u64, _: &World) -> Result<(), NoClient> {
        Ok(())
    }
}
