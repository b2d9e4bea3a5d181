//! What a driver tells the machine.

use std::time::Duration;

use super::{Journal, Seen};
use crate::ports::Revision;

/// The row as the machine sees it; `None`: there is none.
pub type Found = Option<(Revision, Journal)>;

/// What happened since the last effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event {
    /// The first event of every machine.
    Begin,
    /// The read found this.
    Read(Found),
    /// The swap was applied; this is the row's revision now.
    Swapped(Revision),
    /// The swap was refused; this is what is there.
    Moved(Found),
    /// The store did not answer, or refused for its own reasons. A swap may have been applied.
    StoreUnknown,
    /// The request to the token endpoint is over.
    Answered(Seen),
    /// The revocation is over.
    Told(Told),
    /// The wait is over.
    Woke,
}

/// How a revocation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Told {
    /// The provider knows, or there is no way of telling it.
    Done,
    /// Not now: try again later, and not before so long a time, nor before a lease is over.
    NotNow {
        /// How long the driver wants to leave the provider alone.
        again_in: Duration,
    },
}
