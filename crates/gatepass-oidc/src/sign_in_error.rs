//! Why nobody was signed in, though the provider answered.

use std::fmt;
use std::time::Duration;

use gatepass_core::DriveError;

use crate::{FetchUserInfo, JwtError, UserInfoError};

/// A login that was not verified. Nothing of it may be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum SignInError {
    /// The ID token was refused.
    IdToken(JwtError),
    /// The provider's keys could not be had.
    Keys(NoKeys),
    /// User info was refused.
    UserInfo(UserInfoError),
    /// User info could not be had.
    NoUserInfo(Box<dyn std::error::Error + Send + Sync>),
}

impl SignInError {
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
            Self::UserInfo(why) => why,
            Self::NoUserInfo(why) => why.as_ref(),
        })
    }
}

/// There are no keys, and nobody fetches any for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoKeys {
    /// When a fetch is possible again.
    pub retry_after: Duration,
}

impl fmt::Display for NoKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the provider's keys could not be fetched; next try in {} s", self.retry_after.as_secs())
    }
}

impl std::error::Error for NoKeys {}
