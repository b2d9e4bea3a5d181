//! Why a document of a provider's, its metadata or its keys, could not be had or used.

use std::fmt;
use std::time::Duration;

use gatepass_core::ports::{HttpError, HttpErrorKind, NoEntropy};
use gatepass_core::{DriveError, Remedy, Roundtrip};

use crate::{DiscoveryError, Misfit};

/// A document of a provider's that could not be had, or not be used. Nothing stands in for it.
#[derive(Debug)]
#[non_exhaustive]
pub enum FetchError {
    /// No whole answer came.
    Unanswered(HttpError),
    /// There is no randomness.
    NoEntropy(NoEntropy),
    /// What the provider answered is no such document.
    Answer(DiscoveryError),
    /// The document is sound, and the registration does not fit it.
    Misfit(Misfit),
    /// The task that asked was ended, or panicked.
    Abandoned,
}

impl FetchError {
    pub(crate) fn of<R: Roundtrip<Error = DiscoveryError>>(why: DriveError<R>) -> Self {
        match why {
            DriveError::NotSent { why, .. } | DriveError::Unknown(why) => Self::Unanswered(why),
            DriveError::Refused(why) => Self::Answer(why),
            _ => Self::NoEntropy(NoEntropy::new()),
        }
    }

    /// What a program can do about it; the provider is asked again after this time at the earliest.
    pub(crate) fn remedy(&self, again_in: Duration) -> Remedy {
        match self {
            Self::Misfit(_) => Remedy::FixConfiguration,
            Self::Unanswered(why)
                if matches!(why.kind(), HttpErrorKind::Insecure | HttpErrorKind::NotPublic) =>
            {
                Remedy::FixConfiguration
            }
            Self::Answer(DiscoveryError::Status { status: 408 | 429 | 500.. }) => {
                Remedy::RetryLater(Some(again_in))
            }
            Self::Answer(_) => Remedy::FixConfiguration,
            Self::Unanswered(_) | Self::NoEntropy(_) | Self::Abandoned => Remedy::RetryLater(Some(again_in)),
        }
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unanswered(_) => f.write_str("the provider did not answer"),
            Self::NoEntropy(why) => fmt::Display::fmt(why, f),
            Self::Answer(why) => fmt::Display::fmt(why, f),
            Self::Misfit(why) => fmt::Display::fmt(why, f),
            Self::Abandoned => {
                f.write_str("the question to the provider was given up before its answer came")
            }
        }
    }
}

impl std::error::Error for FetchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unanswered(why) => Some(why),
            Self::Answer(why) => std::error::Error::source(why),
            Self::Misfit(why) => std::error::Error::source(why),
            Self::NoEntropy(_) | Self::Abandoned => None,
        }
    }
}
