//! What the machine asks of a driver, and how it ends.

use super::{DeadReason, Fingerprint, Journal, Lineage, Refusal};
use crate::Timestamp;
use crate::ports::Revision;

/// What the driver does next. One effect, then one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[must_use = "an effect that is not carried out stops the machine"]
pub enum Effect {
    /// Read the row: [`Event::Read`](super::Event::Read) or `StoreUnknown`.
    Read,
    /// Swap the row: `Swapped`, `Moved` or `StoreUnknown`.
    Swap {
        /// The revision that is replaced; `None`: there must be no row.
        expected: Option<Revision>,
        /// The new journal; `None` deletes.
        next: Option<Journal>,
        /// What is sealed with it, always under the new lineage and generation.
        tokens: Tokens,
    },
    /// Present this refresh token, out of the row that was last read: `Answered`. The request carries the guard.
    Send {
        /// The token's fingerprint.
        present: Fingerprint,
        /// No first byte later than this, on the store's clock. A driver maps it to its own two clocks: the time
        /// before the read was sent, plus (`not_after` - `Reading.now`).
        not_after: Timestamp,
    },
    /// Revoke a refresh token, then the access tokens beside it: `Told`.
    Revoke(Which),
    /// Wait, then say `Woke`.
    Wait {
        /// At the latest until then, on the store's clock.
        until: Timestamp,
        /// What for.
        why: Waiting,
    },
    /// The end.
    Done(Verdict),
}

/// Which tokens go with a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tokens {
    /// Those of the row that is replaced, sealed again.
    Keep,
    /// Those of the row that is replaced, with what the last answer brought put in: the successor if there is one, and
    /// the access token if it is usable.
    Answer,
    /// Those that the machine was made to install.
    Issued,
    /// None: an empty set.
    Drop,
}

/// Which tokens are revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Which {
    /// Those that the row held when it was read or found at this lineage and generation.
    Stored(Lineage, u64),
    /// Those that the last answer brought.
    Answer,
    /// Those that the machine was made to install.
    Issued,
}

/// What a machine waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Waiting {
    /// Another holder. Look earlier, with back-off: it is usually done long before its lease ends.
    Holder,
    /// The request before to arrive or be lost. Not earlier.
    Arrival,
    /// The store. Whoever waits for tokens is answered now; the machine goes on, since it has something to write.
    Store,
}

/// How a machine ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// The answer is stored: its access token may be used.
    Renewed,
    /// The successor is stored; the rest of the answer must not be used.
    Unusable,
    /// The row holds other tokens than those that were seen: look at them.
    Adopted,
    /// The provider refused the request, not the token: nothing changed.
    Refused(Refusal),
    /// The provider was not reached, or did not act, or it is not known and does not matter: try again later.
    Later,
    /// The refresh token may be spent: a valid access token serves on, and the person is asked to log in again.
    Suspect,
    /// The grant is over.
    Ended(Ended),
    /// The grant has no refresh token.
    NothingToPresent,
    /// The store was away when the machine began; nothing was changed.
    StoreAway,
    /// Logged out here; a sweep has still to tell the provider.
    Fenced,
    /// The new login stands; the tokens that it replaced, if any, are worth revoking.
    Installed(Option<Which>),
    /// The new login was overtaken by another one. Its tokens, if any are named, are worth revoking.
    Superseded(Option<Which>),
    /// The provider was told, or a dead row was removed.
    Swept,
    /// There was nothing to do.
    Nothing,
    /// A holder of the row is gone: renew what it holds, at this lineage and generation, to settle it.
    Abandoned(Lineage, u64),
    /// Not now: look again at this time.
    NotYet(Timestamp),
    /// The driver told the machine something that it did not ask for. A bug of the driver.
    OutOfTurn,
}

/// How a grant ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ended {
    /// There is no row.
    Absent,
    /// It was logged out and the provider is being told.
    LoggedOut,
    /// It is dead.
    Dead(DeadReason),
}
