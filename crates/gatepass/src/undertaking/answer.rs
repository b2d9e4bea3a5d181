//! What an answer of the provider proves, in the machine's words.

use std::time::Duration;

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
}

impl Answer {
    pub(super) fn of(result: Result<Refreshed, DriveError<Refresh>>) -> (Self, Seen) {
        match result {
            Ok(Refreshed { tokens, rotated, .. }) => {
                let successor = tokens.refresh_token().filter(|_| rotated).cloned();
                let seen = Seen::Answer { successor: fingerprint(successor.as_ref()), usable: true };
                (Self { successor, tokens: Some(tokens), ..Self::default() }, seen)
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
                (Self { successor: salvage, tokens: None, refusal: Some(why), retry_after }, seen)
            }
            Err(_) => (Self::default(), Seen::NoAnswer),
        }
    }
}

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

/// Whether a revocation has to be tried again. What a provider refuses for good is not: it would be refused for ever.
pub(super) fn revocation_is_owed(result: &Result<(), DriveError<Revocation>>) -> bool {
    match result {
        Ok(()) => false,
        Err(DriveError::Refused(RevocationError::Unsupported | RevocationError::UnsupportedTokenType)) => {
            false
        }
        Err(DriveError::Refused(why)) => {
            let owed = !matches!(why.remedy(), Remedy::ProviderMisbehaved | Remedy::AskAgain);
            tracing::warn!(%why, owed, "a token was not revoked");
            owed
        }
        Err(_) => true,
    }
}
