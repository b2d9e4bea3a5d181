//! The life of a grant: the rotation journal and the machine that moves it.

mod journal;

pub use journal::{AttemptId, DeadReason, Fingerprint, Journal, Lineage, State};
