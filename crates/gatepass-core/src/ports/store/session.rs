//! The store of sessions.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use super::StoreError;
use super::pending::Hash32;
use crate::Timestamp;

/// The stable internal id of a session: what grants are owned by. It is no secret and never a cookie.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(Box<str>);

impl SessionId {
    /// Wraps an id.
    #[must_use]
    pub fn new(id: impl Into<Box<str>>) -> Self {
        Self(id.into())
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who a session is, as a provider that speaks OpenID Connect named them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Subject {
    /// The issuer, `iss`.
    pub iss: Box<str>,
    /// The subject, `sub`: unique only together with `iss`.
    pub sub: Box<str>,
    /// The provider's session, `sid`, when it named one.
    pub sid: Option<Box<str>>,
}

impl Subject {
    /// A subject of these parts.
    #[must_use]
    pub fn new(iss: impl Into<Box<str>>, sub: impl Into<Box<str>>, sid: Option<Box<str>>) -> Self {
        Self { iss: iss.into(), sub: sub.into(), sid }
    }
}

/// A session as a store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionRow {
    /// The stable id.
    pub id: SessionId,
    /// The name of the provider's configuration.
    pub provider: Box<str>,
    /// The application's own key of the person, when it gave one.
    pub owner: Option<Box<str>>,
    /// Who the provider says it is; `None` without OpenID Connect.
    pub subject: Option<Subject>,
    /// A hint by which its person tells it from their others, such as the browser's name. It proves nothing.
    pub description: Option<Box<str>>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// When it ends at the latest.
    pub expires: Timestamp,
}

impl SessionRow {
    /// A session made at `created` that ends at `expires`.
    #[must_use]
    pub fn new(id: SessionId, provider: impl Into<Box<str>>, created: Timestamp, expires: Timestamp) -> Self {
        Self {
            id,
            provider: provider.into(),
            owner: None,
            subject: None,
            description: None,
            created,
            last_seen: created,
            expires,
        }
    }
}

/// A session that was found, and the store's clock at that moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// The session; `None`: there is none, or it expired.
    pub session: Option<SessionRow>,
    /// The database's clock.
    pub now: Timestamp,
}

impl Found {
    /// A finding of these parts.
    #[must_use]
    pub fn new(session: Option<SessionRow>, now: Timestamp) -> Self {
        Self { session, now }
    }
}

/// Sessions, found by the digest of their cookie.
///
/// - SESS-1: [`create`](SessionStore::create) keeps every field to the letter; a second session of the same id is refused.
/// - SESS-2: [`find`](SessionStore::find) returns no session whose `expires` has passed on the store's clock.
/// - SESS-3: [`rotate`](SessionStore::rotate) adds a cookie; the session's other cookies end after `keep_old` at the
///   latest, so that a browser that has not yet heard of the new one stays logged in.
/// - SESS-4: [`end`](SessionStore::end) removes a session and all its cookies; it answers whether there was one.
/// - SESS-5: owners, issuers, subjects and sids are compared byte by byte, and never across issuers. Expired
///   sessions that were not purged are found by them too, so that a logout reaches their grants.
/// - SESS-6: [`touch`](SessionStore::touch) never moves `last_seen` or `expires` back, and neither it nor `rotate`
///   revives a session that has expired.
/// - SESS-7: [`purge`](SessionStore::purge) removes what has expired, at most `limit` sessions, and says which.
/// - SESS-8: what was [`remember`](SessionStore::remember)ed is known to all who use the store until its time is over on the
///   store's clock, which a second `remember` never brings forward; then `purge` removes it, at most `limit` at once.
#[async_trait]
pub trait SessionStore: Send + Sync + fmt::Debug {
    /// Keeps a new session under the digest of its cookie.
    ///
    /// # Errors
    /// [`StoreError`], when it was not kept.
    async fn create(&self, session: &SessionRow, cookie: Hash32) -> Result<(), StoreError>;

    /// Finds a session by the digest of a cookie.
    ///
    /// # Errors
    /// [`StoreError`], when the store did not answer.
    async fn find(&self, cookie: Hash32) -> Result<Found, StoreError>;

    /// Gives a session a new cookie; answers whether the session still exists.
    ///
    /// # Errors
    /// [`StoreError`], when it was not kept.
    async fn rotate(&self, id: &SessionId, cookie: Hash32, keep_old: Duration) -> Result<bool, StoreError>;

    /// Notes that a session was seen and may last longer.
    ///
    /// # Errors
    /// [`StoreError`], when it was not kept.
    async fn touch(&self, id: &SessionId, last_seen: Timestamp, expires: Timestamp)
    -> Result<(), StoreError>;

    /// Ends a session; answers whether there was one.
    ///
    /// # Errors
    /// [`StoreError`], when the store did not answer.
    async fn end(&self, id: &SessionId) -> Result<bool, StoreError>;

    /// Finds the sessions of one owner.
    ///
    /// # Errors
    /// [`StoreError`], when the store did not answer.
    async fn by_owner(&self, owner: &str) -> Result<Vec<SessionRow>, StoreError>;

    /// Finds the sessions of one session of the provider.
    ///
    /// # Errors
    /// [`StoreError`], when the store did not answer.
    async fn by_sid(&self, iss: &str, sid: &str) -> Result<Vec<SessionRow>, StoreError>;

    /// Finds the sessions of one subject.
    ///
    /// # Errors
    /// [`StoreError`], when the store did not answer.
    async fn by_subject(&self, iss: &str, sub: &str) -> Result<Vec<SessionRow>, StoreError>;

    /// Removes at most `limit` expired sessions and returns their ids.
    ///
    /// # Errors
    /// [`StoreError`], when the store did not answer.
    async fn purge(&self, limit: u32) -> Result<Vec<SessionId>, StoreError>;

    /// Remembers until then that something has been done, such as the logout that a token asked for.
    ///
    /// # Errors
    /// [`StoreError`], when it was not kept.
    async fn remember(&self, deed: Hash32, until: Timestamp) -> Result<(), StoreError>;

    /// Whether something has been done, as far as it is remembered.
    ///
    /// # Errors
    /// [`StoreError`], when the store did not answer.
    async fn remembers(&self, deed: Hash32) -> Result<bool, StoreError>;
}
