//! What an answer of the provider proves, in the machine's words.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use gatepass_core::ports::Continuation;
use gatepass_core::renewal::{Fingerprint, Refusal, Seen};
use gatepass_core::{
    DriveError, Refresh, RefreshError, Refreshed, Remedy, Revocation, RevocationError, Secret, TokenError,
    TokenSet,
};

/// What the last request brought.
#[derive(Default)]
pub(super) struct Answer {
    /// The refresh token that has replaced the one that was presented.
    pub(super) successor: Option<Secret>,
    /// The rest, if it can be used.
    pub(super) tokens: Option<TokenSet>,
    /// Why it cannot.
    pub(super) refusal: Option<TokenError>,
    pub(super) retry_after: Option<Duration>,
    /// Why they are not to be used all the same.
    pub(super) unproven: Option<Unproven>,
}

/// A sound answer whose access token is not used.
#[derive(Clone, Debug)]
pub(crate) enum Unproven {
    /// It is about somebody else, or proves nothing about anybody.
    Refused(Arc<dyn Error + Send + Sync>),
    /// It cannot be judged with the keys of this edition.
    KeysMissing { edition: u64 },
}

impl Answer {
    /// `judge` says whether tokens continue the login. The successor is kept whatever it says.
    pub(super) fn of(
        result: Result<Refreshed, DriveError<Refresh>>,
        judge: impl FnOnce(TokenSet) -> Continuation,
    ) -> (Self, Seen) {
        match result {
            Ok(Refreshed { tokens, rotated, .. }) => {
                let successor = tokens.refresh_token().filter(|_| rotated).cloned();
                let (tokens, unproven) = match judge(tokens) {
                    Continuation::Continued(tokens) => (Some(tokens), None),
                    Continuation::KeysMissing { edition } => (None, Some(Unproven::KeysMissing { edition })),
                    Continuation::Refused(why) => (None, Some(Unproven::Refused(why))),
                    // `Continuation` may grow: what is not known to be right is not used.
                    _ => (None, Some(Unproven::Refused(Arc::new(Unjudged)))),
                };
                let usable = tokens.is_some();
                let seen = Seen::Answer { successor: fingerprint(successor.as_ref()), usable };
                (Self { successor, tokens, unproven, ..Self::default() }, seen)
            }
            Err(DriveError::NotSent { .. } | DriveError::NoEntropy { .. }) => {
                (Self::default(), Seen::NotSent)
            }
            Err(DriveError::Refused(RefreshError { why, salvage, .. })) => {
                let seen = match &salvage {
                    Some(token) => Seen::Answer { successor: fingerprint(Some(token)), usable: false },
                    None => seen(&why),
                };
                let retry_after = match why.remedy() {
                    Remedy::RetryLater(after) => after,
                    _ => None,
                };
                (Self { successor: salvage, refusal: Some(why), retry_after, ..Self::default() }, seen)
            }
            Err(_) => (Self::default(), Seen::NoAnswer),
        }
    }
}

/// Nobody could say whose the answer is.
#[derive(Debug)]
pub(super) struct Unjudged;

impl fmt::Display for Unjudged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody could say whose the answer is")
    }
}

impl Error for Unjudged {}

fn fingerprint(token: Option<&Secret>) -> Option<Fingerprint> {
    token.map(|token| Fingerprint::of(token.expose()))
}

fn seen(why: &TokenError) -> Seen {
    match why {
        TokenError::Provider { status: 429, .. } | TokenError::Status { status: 429, .. } => {
            Seen::TooManyRequests
        }
        TokenError::Provider { error, .. } => Seen::Refused(Refusal::of(error.code().as_str())),
        TokenError::Status { status: 502..=504, .. } => Seen::Unavailable,
        TokenError::Missing(_) | TokenError::FieldType(_) | TokenError::UnknownTokenType => {
            Seen::Answer { successor: None, usable: false }
        }
        TokenError::Unrenderable => Seen::NotSent,
        _ => Seen::NoAnswer,
    }
}

/// A provider that asks for more is asked again after this.
const LONGEST: Duration = Duration::from_secs(3600);
/// What only a change of the configuration mends is tried again after this.
const UNTIL_MENDED: Duration = Duration::from_secs(900);

/// What became of a revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Revoked {
    /// The provider knows.
    Done,
    /// It cannot be told, now or ever: it would be refused for ever.
    Never,
    /// Later, and not before so long a time.
    Later(Duration),
    /// When the configuration is mended.
    Misconfigured,
}

impl Revoked {
    pub(super) fn of(result: &Result<(), DriveError<Revocation>>) -> Self {
        let why = match result {
            Ok(()) => return Self::Done,
            Err(DriveError::Refused(why)) => why,
            Err(_) => return Self::Later(Duration::ZERO),
        };
        let revoked = match (why, why.remedy()) {
            (RevocationError::Unsupported | RevocationError::UnsupportedTokenType, _) => return Self::Never,
            (_, Remedy::ProviderMisbehaved | Remedy::AskAgain) => Self::Never,
            (_, Remedy::RetryLater(after)) => Self::Later(after.unwrap_or_default().min(LONGEST)),
            _ => Self::Misconfigured,
        };
        tracing::warn!(%why, ?revoked, "a token was not revoked");
        revoked
    }

    /// When it is tried again; `None`: it is not.
    pub(super) fn again_in(self) -> Option<Duration> {
        match self {
            Self::Done | Self::Never => None,
            Self::Later(after) => Some(after),
            Self::Misconfigured => Some(UNTIL_MENDED),
        }
    }

    pub(super) fn outcome(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Never => "given_up",
            Self::Later(_) => "later",
            Self::Misconfigured => "misconfigured",
        }
    }
}
