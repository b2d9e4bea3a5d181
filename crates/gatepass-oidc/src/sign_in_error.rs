//! Why nobody was signed in, though the provider answered.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use gatepass_core::ports::NoClient;
use gatepass_core::{DriveError, Remedy};

use crate::source::Missing;
use crate::{FetchError, FetchUserInfo, JwtError, UserInfoError};

/// A login that was not verified. Nothing of it may be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum SignInError {
    /// The ID token was refused.
    IdToken(JwtError),
    /// The provider's keys could not be had.
    Keys(NoKeys),
    /// The provider has not said what it is.
    NoClient(NoClient),
    /// User info was refused.
    UserInfo(UserInfoError),
    /// User info could not be had.
    NoUserInfo(Box<dyn std::error::Error + Send + Sync>),
}

impl SignInError {
    /// There is nothing newer than the keys in which one was missing.
    pub(crate) fn no_newer(why: NoKeys, refused: fn(JwtError) -> Self) -> Self {
        if why.is_outage() { Self::Keys(why) } else { refused(JwtError::NoKey) }
    }

    pub(crate) fn of_jwt(why: JwtError) -> Self {
        Self::UserInfo(UserInfoError::Jwt(why))
    }

    pub(crate) fn of_user_info(why: DriveError<FetchUserInfo>) -> Self {
        match why {
            DriveError::Refused(why) => Self::UserInfo(why),
            other => Self::NoUserInfo(Box::new(other)),
        }
    }
}

impl fmt::Display for SignInError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IdToken(_) => f.write_str("the id token was refused"),
            Self::Keys(_) => f.write_str("the id token could not be verified"),
            Self::NoClient(why) => fmt::Display::fmt(why, f),
            Self::UserInfo(_) => f.write_str("user info was refused"),
            Self::NoUserInfo(_) => f.write_str("user info could not be had"),
        }
    }
}

impl std::error::Error for SignInError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(match self {
            Self::IdToken(why) => why,
            Self::Keys(why) => why,
            Self::NoClient(why) => why.why.as_ref(),
            Self::UserInfo(why) => why,
            Self::NoUserInfo(why) => why.as_ref(),
        })
    }
}

/// There are no keys, and nobody fetches any for a while.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NoKeys {
    /// Why; `None`: they were fetched a moment ago, and the one that is missing was not among them.
    pub why: Option<Arc<FetchError>>,
    /// When a fetch is possible again.
    pub retry_after: Duration,
}

impl NoKeys {
    pub(crate) fn of(Missing { why, retry_after }: Missing) -> Self {
        Self { why, retry_after }
    }

    /// The client secret is the only key.
    pub(crate) fn none_newer() -> Self {
        Self { why: None, retry_after: Duration::ZERO }
    }

    /// Whether the provider was asked and gave none. Otherwise what is missing is missing there, too.
    pub(crate) fn is_outage(&self) -> bool {
        self.why.is_some()
    }

    /// What a program can do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match &self.why {
            Some(why) => why.remedy(self.retry_after),
            None => Remedy::RetryLater(Some(self.retry_after)),
        }
    }
}

impl fmt::Display for NoKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.retry_after.as_secs_f32().ceil();
        let what = if self.why.is_some() { "could not be fetched" } else { "are no newer ones" };
        write!(f, "the provider's keys {what}; next try in {seconds} s")
    }
}

impl std::error::Error for NoKeys {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.why.as_deref().map(|why| why as _)
    }
}
