//! What can keep a request from being answered by an API.

use std::fmt;

use gatepass_core::ports::HttpError;
use gatepass_core::{Remedy, Scopes};

use crate::unavailable::Unavailable;

/// A request to the API brought no answer. It shows no URL, no token and no body.
#[derive(Debug)]
#[non_exhaustive]
pub enum ApiError {
    /// The URL is not one that may be called: not https, or not a URL at all.
    Url,
    /// The URL is not on one of the provider's resource origins: no token was read.
    NotAResource,
    /// The request brings a token or credentials of its own.
    TokenInRequest,
    /// The access token holds a character that no header can.
    TokenCharacters,
    /// There is no access token.
    Unavailable(Unavailable),
    /// No answer came.
    Http(HttpError),
    /// The API refused the token, the renewed one too if there was one.
    TokenRefused,
    /// The token lacks scopes (RFC 6750 section 3.1).
    InsufficientScope {
        /// What the API says is needed; empty, if it does not.
        needed: Scopes,
    },
    /// The person has to authenticate again or more strongly (RFC 9470).
    StepUp {
        /// How strongly.
        acr_values: Option<Box<str>>,
        /// How many seconds ago at most.
        max_age: Option<u64>,
    },
}

impl ApiError {
    /// What a program can do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Url | Self::NotAResource | Self::TokenInRequest => Remedy::FixConfiguration,
            Self::TokenCharacters => Remedy::ProviderMisbehaved,
            Self::Unavailable(why) => why.remedy(),
            Self::Http(_) => Remedy::RetryLater(None),
            Self::TokenRefused | Self::InsufficientScope { .. } | Self::StepUp { .. } => Remedy::AskAgain,
        }
    }
}

impl From<Unavailable> for ApiError {
    fn from(why: Unavailable) -> Self {
        Self::Unavailable(why)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url => f.write_str("the url is not an https url"),
            Self::NotAResource => {
                f.write_str("the url is not on one of the provider's resource origins: name it as a resource")
            }
            Self::TokenInRequest => f.write_str("the request already carries a token or credentials"),
            Self::TokenCharacters => f.write_str("the access token cannot stand in a header"),
            Self::Unavailable(why) => fmt::Display::fmt(why, f),
            Self::Http(_) => f.write_str("the api did not answer"),
            Self::TokenRefused => f.write_str("the api refuses the access token"),
            Self::InsufficientScope { needed } if needed.is_empty() => {
                f.write_str("the access token lacks scopes that the api demands")
            }
            Self::InsufficientScope { needed } => write!(f, "the api demands the scopes {needed}"),
            Self::StepUp { .. } => f.write_str("the api demands that the person authenticates again"),
        }
    }
}

impl std::error::Error for ApiError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unavailable(why) => std::error::Error::source(why),
            Self::Http(why) => Some(why),
            _ => None,
        }
    }
}
