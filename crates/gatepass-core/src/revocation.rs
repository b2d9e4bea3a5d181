//! The revocation of a token (RFC 7009).
//!
//! - 200 is done, also for a token that the provider does not know; the body is not read.
//! - The token stands in the body, never in the URL.

use std::fmt;
use std::time::Duration;

use http::{Request, Response};

use crate::wire::token_request::Form;
use crate::wire::token_response::refusal;
use crate::{
    Attempt, Body, Client, ErrorCode, ProviderError, Remedy, Roundtrip, Secret, Step, Timestamp, TokenError,
};

/// Which kind of token is revoked: the `token_type_hint`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenKind {
    /// `access_token`
    Access,
    /// `refresh_token`
    Refresh,
}

/// A token that waits to be revoked.
#[must_use = "a revocation that is not driven revokes nothing"]
pub struct Revocation {
    client: Client,
    token: Secret,
    kind: TokenKind,
}

impl Revocation {
    pub(crate) fn new(client: Client, token: Secret, kind: TokenKind) -> Self {
        Self { client, token, kind }
    }
}

impl Roundtrip for Revocation {
    type Sent = RevocationSent;
    type Output = ();
    type Error = RevocationError;

    fn request(self, _attempt: Attempt) -> Result<(Request<Body>, RevocationSent), RevocationError> {
        let uri = self.client.provider().revocation_uri().ok_or(RevocationError::Unsupported)?;
        let mut form = Form::with_room_for(&self.client, self.token.expose().len());
        form.push("token", self.token.expose());
        form.push(
            "token_type_hint",
            match self.kind {
                TokenKind::Access => "access_token",
                TokenKind::Refresh => "refresh_token",
            },
        );
        let request = form.into_request(&self.client, uri);
        Ok((request, RevocationSent { leg: self }))
    }

    fn response(
        _: RevocationSent,
        answer: Response<Body>,
        now: Timestamp,
    ) -> Result<Step<Self>, RevocationError> {
        if answer.status() == 200 {
            return Ok(Step::Done(()));
        }
        Err(match refusal(&answer, now) {
            TokenError::Provider { error, .. } if *error.code() == ErrorCode::UnsupportedTokenType => {
                RevocationError::UnsupportedTokenType
            }
            TokenError::Provider { error, retry_after, .. } => {
                RevocationError::Provider { error, retry_after }
            }
            TokenError::Status { status, retry_after } => RevocationError::Status { status, retry_after },
            _ => RevocationError::Redirect { status: answer.status().as_u16() },
        })
    }

    fn not_sent(sent: RevocationSent) -> Self {
        sent.leg
    }
}

impl fmt::Debug for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revocation").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// A revocation whose request was made and whose answer is awaited.
#[derive(Debug)]
#[must_use = "the answer to the request belongs here"]
pub struct RevocationSent {
    leg: Revocation,
}

/// A token that was not revoked: it must be taken to be alive.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationError {
    /// The provider has no revocation endpoint.
    Unsupported,
    /// The provider cannot revoke tokens of this kind.
    UnsupportedTokenType,
    /// The provider reports another error.
    Provider {
        /// What it said.
        error: ProviderError,
        /// When it says to come again.
        retry_after: Option<Duration>,
    },
    /// A status that is not 200, without an error that can be read.
    Status {
        /// The status.
        status: u16,
        /// When it says to come again.
        retry_after: Option<Duration>,
    },
    /// The endpoint redirects. It is not followed: the token would go along.
    Redirect {
        /// The status.
        status: u16,
    },
}

impl RevocationError {
    /// What a program can do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Unsupported | Self::UnsupportedTokenType | Self::Redirect { .. } => {
                Remedy::FixConfiguration
            }
            Self::Provider { error, retry_after } => match error.remedy() {
                Remedy::RetryLater(_) => Remedy::RetryLater(*retry_after),
                other => other,
            },
            Self::Status { status: 429 | 500..=599, retry_after } => Remedy::RetryLater(*retry_after),
            Self::Status { status: 401, .. } => Remedy::FixConfiguration,
            Self::Status { .. } => Remedy::ProviderMisbehaved,
        }
    }
}

impl fmt::Display for RevocationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported => f.write_str("the provider has no revocation endpoint"),
            Self::UnsupportedTokenType => f.write_str("the provider does not revoke tokens of this kind"),
            Self::Provider { error, .. } => fmt::Display::fmt(error, f),
            Self::Status { status, .. } => write!(f, "the revocation endpoint answered status {status}"),
            Self::Redirect { status } => {
                write!(f, "the endpoint redirects (status {status}), which is not followed")
            }
        }
    }
}

impl std::error::Error for RevocationError {}
