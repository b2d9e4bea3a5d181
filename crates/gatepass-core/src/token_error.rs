//! What can be wrong with the token endpoint's answer.

use std::fmt;
use std::time::Duration;

use crate::{ProviderError, Remedy};

/// The token endpoint's answer was refused. Nothing of it may be used, and no part of its body is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// The provider reports an error (RFC 6749 section 5.2).
    Provider {
        /// What it said.
        error: ProviderError,
        /// The status that it came with.
        status: u16,
        /// When it says to come again.
        retry_after: Option<Duration>,
    },
    /// The endpoint redirects. It is not followed: the secrets would go along.
    Redirect {
        /// The status.
        status: u16,
    },
    /// A status that is no success, without an error that can be read.
    Status {
        /// The status.
        status: u16,
        /// When it says to come again.
        retry_after: Option<Duration>,
    },
    /// The answer is not `application/json`.
    ContentType,
    /// The body is not one JSON object in UTF-8 with each member once.
    Body,
    /// A member that must be there is not.
    Missing(&'static str),
    /// A member is not what it must be.
    FieldType(&'static str),
    /// The token is of a type that this client cannot use.
    UnknownTokenType,
    /// The request could not be made: the endpoint is no URI.
    Unrenderable,
}

impl TokenError {
    /// What a program can do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Provider { error, retry_after, status } => match error.remedy() {
                Remedy::RetryLater(_) => Remedy::RetryLater(*retry_after),
                _ if *status == 429 => Remedy::RetryLater(*retry_after),
                // A code in no RFC says less than its status.
                Remedy::ProviderMisbehaved if *status >= 500 => Remedy::RetryLater(*retry_after),
                other => other,
            },
            Self::Status { status: 429 | 500..=599, retry_after } => Remedy::RetryLater(*retry_after),
            Self::Status { status: 401, .. } | Self::Redirect { .. } | Self::Unrenderable => {
                Remedy::FixConfiguration
            }
            Self::Status { .. }
            | Self::ContentType
            | Self::Body
            | Self::Missing(_)
            | Self::FieldType(_)
            | Self::UnknownTokenType => Remedy::ProviderMisbehaved,
        }
    }

    /// Whether the client's own credentials were refused: `invalid_client`, or a bare 401.
    #[must_use]
    pub fn is_client_refused(&self) -> bool {
        match self {
            Self::Provider { error, .. } => *error.code() == crate::ErrorCode::InvalidClient,
            Self::Status { status, .. } => *status == 401,
            _ => false,
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider { error, status, .. } => write!(f, "{error} (status {status})"),
            Self::Redirect { status } => {
                write!(f, "the endpoint redirects (status {status}), which is not followed")
            }
            Self::Status { status, .. } => {
                write!(f, "the provider answered status {status} without a readable error")
            }
            Self::ContentType => f.write_str("the token response is not application/json"),
            Self::Body => f.write_str("the token response is not one json object with each member once"),
            Self::Missing(field) => write!(f, "the token response has no {field}"),
            Self::FieldType(field) => write!(f, "the token response has a {field} of the wrong type or form"),
            Self::UnknownTokenType => f.write_str("the token response has a token_type that is not bearer"),
            Self::Unrenderable => f.write_str("the token endpoint makes no request"),
        }
    }
}

impl std::error::Error for TokenError {}
