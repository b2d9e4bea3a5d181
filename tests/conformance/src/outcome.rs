//! What came of one run of a module.

use std::fmt;

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// All went well.
    Accepted,
    /// The client refused.
    Refused {
        /// The status of its answer.
        status: u16,
        /// The cause that it wrote down; empty where it writes none.
        cause: String,
        /// What it told its operator.
        detail: String,
    },
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => f.write_str("accepted"),
            Self::Refused { status, cause, detail } if cause.is_empty() && detail.is_empty() => {
                write!(f, "refused {status}")
            }
            Self::Refused { status, cause, detail } => write!(f, "refused {status} {cause}: {detail}"),
        }
    }
}

/// What came of one run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// Requests after the fault had met the client, less those for keys and metadata that may be made all the same.
    pub further: usize,
    /// Fetches of keys in all.
    pub key_fetches: usize,
    /// Requests that the provider saw in all.
    pub requests: usize,
    /// How many of the [assertions](crate::judge::ASSERTIONS) about its requests held.
    pub held: usize,
    /// What must not be: a line each.
    pub wrong: Vec<String>,
}
