//! What an operator wants to know: events as values.

use super::DeadReason;

/// Something worth counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Happened {
    /// A grant became suspect.
    Suspect,
    /// A suspect grant was healed by a late success, or by a late holder who did not use the token.
    Healed,
    /// A grant died.
    Dead(DeadReason),
    /// An expired lease was taken over.
    TookOver,
    /// A refresh token is presented again within the provider's window.
    Replayed,
    /// Another holder's tokens were taken.
    Adopted,
    /// A write whose reply was lost turned out to have been applied.
    OwnWrite,
    /// The store is away and something is kept in memory for it.
    PersistRetry,
    /// A successor met a fence and was put into the fenced row, to be revoked with it.
    FollowedFence,
    /// The provider could not be told of a logout now, and will be told later.
    RevocationPutOff,
    /// A successor has no place any more and is revoked.
    OrphanRevoked,
    /// A successor has no place any more and is dropped, because revoking it would reach further.
    OrphanDropped,
}
