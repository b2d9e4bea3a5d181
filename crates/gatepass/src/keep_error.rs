//! What can keep a grant from being installed, logged out or looked after; and a keeper from being built.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use gatepass_core::ports::{NoEntropy, StoreError};
use gatepass_core::renewal::DeadlineError;
use gatepass_core::{ConfigError, Remedy};

use crate::sealing::SealError;

/// A grant was not kept, or not let go.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum KeepError {
    /// The store is away. What was begun goes on in memory and is written when it is back, if the process lives.
    StoreUnavailable(Arc<StoreError>),
    /// Another login of the same key overtook this one, whose tokens are not kept.
    Overtaken,
    /// The grant was logged out meanwhile.
    LoggedOut,
    /// The tokens could not be sealed or opened.
    Sealing(SealError),
    /// No client is configured under the name of the grant's provider.
    NotConfigured,
    /// The task that did it is gone: it panicked, or the runtime is shutting down. What it did is not known.
    Lost,
}

impl KeepError {
    /// What a program can do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::StoreUnavailable(_) | Self::Lost | Self::Sealing(SealError::NoEntropy) => {
                Remedy::RetryLater(None)
            }
            Self::Overtaken | Self::LoggedOut => Remedy::AskAgain,
            Self::Sealing(_) | Self::NotConfigured => Remedy::FixConfiguration,
        }
    }
}

impl fmt::Display for KeepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StoreUnavailable(_) => "the store of grants cannot be used now",
            Self::Overtaken => "another login of the same grant overtook this one",
            Self::LoggedOut => "the grant was logged out meanwhile",
            Self::Sealing(_) => "the tokens could not be sealed",
            Self::NotConfigured => "no client is configured for the grant's provider",
            Self::Lost => "the task that looked after the grant is gone",
        })
    }
}

impl std::error::Error for KeepError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::StoreUnavailable(why) => Some(why.as_ref()),
            Self::Sealing(why) => Some(why),
            _ => None,
        }
    }
}

/// A keeper that cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeeperError {
    /// No client was given.
    NoClient,
    /// Two clients have the same name.
    SameName(Box<str>),
    /// The clients do not go together.
    Config(ConfigError),
    /// The deadlines do not fit what a provider's profile says.
    Deadlines {
        /// The name of the client.
        client: Box<str>,
        /// What does not fit.
        why: DeadlineError,
    },
    /// Tokens were to be served from memory for longer than anybody should wait for a logout.
    MemoryTooLong {
        /// The longest time.
        longest: Duration,
    },
    /// There is no randomness.
    NoEntropy(NoEntropy),
}

impl fmt::Display for KeeperError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoClient => f.write_str("a keeper needs at least one client"),
            Self::SameName(name) => write!(f, "two clients are named {name:?}"),
            Self::Config(why) => fmt::Display::fmt(why, f),
            Self::Deadlines { client, why } => write!(f, "for the client {client:?} {why}"),
            Self::MemoryTooLong { longest } => {
                write!(f, "tokens are served from memory for at most {} seconds", longest.as_secs())
            }
            Self::NoEntropy(why) => fmt::Display::fmt(why, f),
        }
    }
}

impl std::error::Error for KeeperError {}
