//! The rotation journal: what a grant's row says in the clear about the life of its refresh token.

use std::fmt;
use std::time::Duration;

use crate::Timestamp;

/// Names one family of tokens of a grant. It changes when the family does: login, re-login, logout, death.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lineage(u64);

impl Lineage {
    /// Wraps the number that a store keeps; a first lineage is drawn at random, so that a row that was deleted and
    /// made again is not taken for the old one. The upper bit is not used, since databases count in `i64`.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number & (u64::MAX >> 1))
    }

    /// The number that a store keeps.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The lineage after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self::new(self.0.wrapping_add(1))
    }
}

/// Names one claim of a row: who holds it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AttemptId([u8; 16]);

impl AttemptId {
    /// Wraps 16 random bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes that a store keeps.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AttemptId({:02x}{:02x}..)", self.0[0], self.0[1])
    }
}

/// Stands for a refresh token where the token itself must not stand: 128 bits of a digest.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// The fingerprint of a refresh token.
    #[must_use]
    pub fn of(refresh_token: &str) -> Self {
        let digest = crate::wire::digest("gatepass refresh token", refresh_token.as_bytes());
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        Self(half)
    }

    /// Rebuilds what a store kept.
    #[must_use]
    pub const fn from_stored(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes that a store keeps.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({:02x}{:02x}..)", self.0[0], self.0[1])
    }
}

/// Why a grant is dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeadReason {
    /// The provider refused the refresh token: `invalid_grant`.
    Rejected,
    /// The grant was revoked here.
    Revoked,
}

/// Where a grant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Nothing is under way.
    Active,
    /// A holder claimed the row and may have presented the refresh token.
    Refreshing,
    /// The refresh token may have been spent and its successor is not known: not to be presented again.
    Suspect,
    /// Logged out here; the provider has still to be told.
    Revoking,
    /// Over.
    Dead(DeadReason),
}

/// The rotation journal of one grant. It holds fingerprints and times, never a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Journal {
    /// The family.
    pub lineage: Lineage,
    /// Counts the writes of tokens within the lineage.
    pub generation: u64,
    /// Where the grant stands.
    pub state: State,
    /// The claim that holds the row.
    pub attempt: Option<AttemptId>,
    /// When the current refresh token was first presented, on the store's clock.
    pub first_sent: Option<Timestamp>,
    /// Until when the row is held, on the store's clock; of a grant that is to be revoked and that nobody holds: not
    /// before then; of a dead one: until when the row is kept, so that a late writer learns what became of it.
    pub lease_until: Option<Timestamp>,
    /// The current refresh token; `None`: there is none.
    pub current: Option<Fingerprint>,
    /// The one before.
    pub previous: Option<Fingerprint>,
}

impl Journal {
    /// The journal of a family that was just issued.
    #[must_use]
    pub const fn issued(lineage: Lineage, current: Option<Fingerprint>) -> Self {
        Self {
            lineage,
            generation: 1,
            state: State::Active,
            attempt: None,
            first_sent: None,
            lease_until: None,
            current,
            previous: None,
        }
    }

    /// The same tokens in another state, held by nobody.
    pub(super) const fn idle(self, state: State) -> Self {
        Self { state, attempt: None, first_sent: None, lease_until: None, ..self }
    }

    /// An estimate of the store's clock, made by a holder while he holds the row: not later than the end of his lease,
    /// or a wall clock that jumped ahead would hold the row for as long as it jumped.
    pub(super) fn no_later(&self, estimate: Timestamp) -> Timestamp {
        self.lease_until.map_or(estimate, |until| estimate.min(until))
    }

    /// When a sweeper must look at the grant: at the end of the lease while somebody holds it, at once when it is to
    /// be revoked and nobody does, when a dead row need not be kept any longer, else never.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        match self.state {
            State::Refreshing => self.lease_until,
            State::Revoking => Some(self.lease_until.unwrap_or(Timestamp::EPOCH)),
            State::Dead(_) => self.lease_until,
            State::Active | State::Suspect => None,
        }
    }

    /// Whether somebody holds the row at `now`, the store's clock.
    #[must_use]
    pub fn is_held(&self, now: Timestamp) -> bool {
        self.attempt.is_some() && self.lease_until.is_some_and(|until| until > now)
    }

    /// How long the holder may still send.
    #[must_use]
    pub fn lease_left(&self, now: Timestamp) -> Duration {
        self.lease_until.map_or(Duration::ZERO, |until| until.saturating_since(now))
    }
}
