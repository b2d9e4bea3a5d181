//! Why there is no access token, by what a program can do about it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use gatepass_core::ports::{NoClient, StoreError};
use gatepass_core::{Remedy, Scopes, TokenError};

use crate::sealing::SealError;

/// There is no access token to be had now. It shows no secret; many waiters may get the same one.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Unavailable {
    /// The person has to log in (again).
    LoginRequired {
        /// What became of the grant.
        why: LoginReason,
        /// Whether it may go without the person noticing (`prompt=none`): their session here need not end.
        soft: bool,
    },
    /// The slot asks for scopes that were not granted.
    NotGranted {
        /// Those that were not.
        missing: Scopes,
    },
    /// The store is away. A renewal that got an answer goes on in memory until it is back.
    StoreUnavailable(Arc<StoreError>),
    /// The provider was not reached or is busy, or another process is at it: the same may succeed later.
    Later {
        /// When the provider says to come again.
        retry_after: Option<Duration>,
    },
    /// The provider refused the request, not the person: its configuration or ours is wrong.
    Refused(TokenError),
    /// The provider's answer was refused; what of it had to be kept was.
    Unusable(TokenError),
    /// The ID token of the provider's answer was refused, since it is about somebody else or proves nothing: its access token
    /// is not used, and its refresh token is kept.
    IdTokenRefused(Arc<dyn std::error::Error + Send + Sync>),
    /// The provider has not said yet what it is, or by which keys it is to be judged.
    NoClient(NoClient),
    /// The provider's endpoints have moved to another origin since the grant was issued, and its tokens are not sent there.
    Moved {
        /// The origin at which it was issued.
        from: Box<str>,
        /// The one that the provider names now.
        to: Box<str>,
    },
    /// The stored tokens do not open.
    Unreadable(SealError),
    /// No client is configured under the name of the grant's provider.
    NotConfigured,
}

/// Why somebody has to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LoginReason {
    /// There is no grant.
    Absent,
    /// It was logged out here.
    LoggedOut,
    /// The provider ended it: `invalid_grant`.
    Rejected,
    /// The refresh token may be spent and its successor is not known.
    Suspect,
    /// The access token has ended and there is no refresh token.
    NotRenewable,
}

impl LoginReason {
    pub(crate) fn unavailable(self) -> Unavailable {
        let soft = matches!(self, Self::Suspect | Self::NotRenewable);
        Unavailable::LoginRequired { why: self, soft }
    }
}

impl Unavailable {
    /// What a program can do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::LoginRequired { .. } | Self::NotGranted { .. } => Remedy::AskAgain,
            Self::StoreUnavailable(_) => Remedy::RetryLater(None),
            Self::Later { retry_after } => Remedy::RetryLater(*retry_after),
            Self::Refused(why) => match why.remedy() {
                // A refusal of the request by a code that means the person elsewhere.
                Remedy::AskAgain | Remedy::PersonDeclined => Remedy::ProviderMisbehaved,
                other => other,
            },
            Self::Unusable(_) | Self::IdTokenRefused(_) => Remedy::ProviderMisbehaved,
            Self::NoClient(why) => why.remedy,
            Self::Unreadable(SealError::NoEntropy) => Remedy::RetryLater(None),
            Self::Unreadable(_) | Self::NotConfigured | Self::Moved { .. } => Remedy::FixConfiguration,
        }
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LoginRequired { why, .. } => write!(f, "{why}: the person has to log in"),
            Self::NotGranted { missing } => write!(f, "these scopes were not granted: {missing}"),
            Self::StoreUnavailable(_) => f.write_str("the store of grants cannot be used now"),
            Self::Later { .. } => f.write_str("the access token cannot be renewed now: try again later"),
            Self::Refused(_) => f.write_str("the provider refused the renewal"),
            Self::Unusable(_) => f.write_str("the provider's answer to the renewal was refused"),
            Self::IdTokenRefused(_) => f.write_str("the id token of the renewal was refused"),
            Self::NoClient(why) => fmt::Display::fmt(why, f),
            Self::Moved { from, to } => write!(
                f,
                "the provider's endpoints have moved from {from} to {to} since the grant was issued: allow it by name, \
                 or ask for a new login"
            ),
            Self::Unreadable(_) => f.write_str("the stored tokens cannot be opened"),
            Self::NotConfigured => f.write_str("no client is configured for the grant's provider"),
        }
    }
}

impl fmt::Display for LoginReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent => "there is no grant",
            Self::LoggedOut => "the grant was logged out",
            Self::Rejected => "the provider ended the grant",
            Self::Suspect => "the grant cannot be renewed since the outcome of a renewal is unknown",
            Self::NotRenewable => "the access token has ended and there is no refresh token",
        })
    }
}

impl std::error::Error for Unavailable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::StoreUnavailable(why) => Some(why.as_ref()),
            Self::Refused(why) | Self::Unusable(why) => Some(why),
            Self::Unreadable(why) => Some(why),
            Self::IdTokenRefused(why) => Some(why.as_ref()),
            Self::NoClient(why) => std::error::Error::source(why),
            _ => None,
        }
    }
}
