//! The store of logins that are under way.

use std::fmt;

use async_trait::async_trait;

use super::{Sealed, StoreError};
use crate::Timestamp;

/// A SHA-256 digest under which a secret value is kept: a `state`, a browser's cookie, a session's cookie.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash32([u8; 32]);

impl Hash32 {
    /// Digests a value for one purpose; the same value has another digest for another purpose.
    #[must_use]
    pub fn digest(purpose: &str, value: &[u8]) -> Self {
        Self(crate::wire::digest(purpose, value))
    }

    /// Rebuilds what a store kept.
    #[must_use]
    pub const fn from_stored(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to keep.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Hash32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash32({:02x}{:02x}..)", self.0[0], self.0[1])
    }
}

/// What a login under way is found by: all three must agree.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PendingKey {
    /// The digest of `state`.
    pub state: Hash32,
    /// The digest of the browser's cookie.
    pub browser: Hash32,
    /// The name of the route (the provider's configuration) where the callback must arrive.
    pub route: Box<str>,
}

impl PendingKey {
    /// A key of these parts.
    #[must_use]
    pub fn new(state: Hash32, browser: Hash32, route: impl Into<Box<str>>) -> Self {
        Self { state, browser, route: route.into() }
    }
}

/// How many logins may be under way at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Room {
    /// Parked logins of one browser; at least one.
    pub per_browser: u32,
    /// Logins of all browsers, in whatever phase.
    pub in_all: u32,
}

impl Room {
    /// So many of one browser, and so many in all.
    #[must_use]
    pub const fn new(per_browser: u32, in_all: u32) -> Self {
        Self { per_browser, in_all }
    }
}

/// Whether there was room for a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a login that was not parked cannot be finished"]
#[non_exhaustive]
pub enum Parking {
    /// It is kept.
    Parked,
    /// As many logins as there is room for are under way. Nothing was changed.
    Full,
}

/// What became of a claim. Only `Yours` changed the row.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claim {
    /// The login is yours to finish, and nobody else's any more.
    Yours(Sealed),
    /// Another callback is finishing it, since so long on the store's clock. One that died stays busy until the row
    /// expires: what is too long is the caller's to say.
    Busy(std::time::Duration),
    /// It was finished: this is the outcome.
    Landed(Sealed),
    /// The state is known, but to another browser or on another route.
    OtherBrowser,
    /// There is no such login, or it expired.
    Unknown,
}

/// Logins under way: parked, claimed, landed.
///
/// - PEND-1: of several claims of one parked login, exactly one is [`Claim::Yours`].
/// - PEND-2: a claim matches `state`, `browser` and `route` in one atomic step; a mismatch of any changes nothing.
/// - PEND-3: after `Yours` it is `Busy`, with the time since the claim, until [`land`](PendingStore::land), then `Landed`
///   until its `until`.
/// - PEND-4: a row is `Unknown` once its `until` has passed on the store's clock, whatever its phase, and lands no more.
/// - PEND-5: [`park`](PendingStore::park) keeps at most [`per_browser`](Room::per_browser) parked rows of one browser:
///   its oldest parked rows go, never another browser's, and never a claimed or landed one.
/// - PEND-6: `land` changes only a claimed row; it answers whether it did.
/// - PEND-7: [`purge`](PendingStore::purge) removes what has expired, at most `limit` rows, and says how many.
/// - PEND-8: a second `park` of the same state is refused as [`StoreErrorKind::Refused`](super::StoreErrorKind).
/// - PEND-9: every `until` is counted from the store's clock: the store is given how long, not when.
/// - PEND-10: where [`in_all`](Room::in_all) rows are kept, of whatever browser and phase, `park` answers
///   [`Parking::Full`] and changes nothing; rows that have expired make room, and so do those of the same browser that
///   PEND-5 removes. Of logins that are parked at the very same moment a few more may find room. The work for one
///   login does not grow with the number of rows.
#[async_trait]
pub trait PendingStore: Send + Sync + fmt::Debug {
    /// Keeps a login that was started, for at most `keep`, if there is room for it.
    ///
    /// # Errors
    /// [`StoreError`], when it was not kept.
    async fn park(
        &self,
        key: &PendingKey,
        login: Sealed,
        keep: std::time::Duration,
        room: Room,
    ) -> Result<Parking, StoreError>;

    /// Takes a login to finish it.
    ///
    /// # Errors
    /// [`StoreError`], when the store did not answer.
    async fn claim(&self, key: &PendingKey) -> Result<Claim, StoreError>;

    /// Replaces a claimed login by its outcome, which is kept for `keep`.
    ///
    /// # Errors
    /// [`StoreError`], when it was not kept.
    async fn land(
        &self,
        key: &PendingKey,
        outcome: Sealed,
        keep: std::time::Duration,
    ) -> Result<bool, StoreError>;

    /// Removes at most `limit` expired rows.
    ///
    /// # Errors
    /// [`StoreError`], when the store did not answer.
    async fn purge(&self, limit: u32) -> Result<u64, StoreError>;

    /// Reads when the store's clock stands, which is what `keep` is counted from.
    ///
    /// # Errors
    /// [`StoreError`], when the store did not answer.
    async fn now(&self) -> Result<Timestamp, StoreError>;
}
