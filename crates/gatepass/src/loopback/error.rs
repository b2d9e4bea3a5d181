//! What can go wrong on the loopback port.

use std::error::Error;
use std::{fmt, io};

use gatepass_core::CallbackError;

/// A port that could not be taken.
#[derive(Debug)]
#[non_exhaustive]
pub enum BindError {
    /// The system gives no port of 127.0.0.1 or `::1`.
    Port(io::Error),
    /// The path is not one that arrives as it is written: `/` and plain characters.
    Path,
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Port(_) => "no port of 127.0.0.1 or ::1 can be taken",
            Self::Path => "the path of a redirect uri is a slash and plain characters, without a query",
        })
    }
}

impl Error for BindError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Port(why) => Some(why),
            Self::Path => None,
        }
    }
}

/// A login whose callback did not come, or was refused.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoopbackError {
    /// Nobody came back in time.
    TimedOut,
    /// The callback was of this login and was refused. The person saying no is among the reasons.
    Refused(CallbackError),
}

impl fmt::Display for LoopbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("nobody came back from the browser in time"),
            Self::Refused(why) => fmt::Display::fmt(why, f),
        }
    }
}

impl Error for LoopbackError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::TimedOut => None,
            Self::Refused(why) => why.source(),
        }
    }
}
