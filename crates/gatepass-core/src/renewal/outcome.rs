//! What a driver saw of a refresh, and what that proves about the refresh token.

use super::{Fingerprint, Policy, Rule, Rules};

/// A well-formed OAuth error, by what it says about the refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// `invalid_grant`: the token is spent, revoked or was never good.
    InvalidGrant,
    /// Another error about the request: the token was not used.
    Other,
    /// `server_error` or `temporarily_unavailable`: not about the request, so nothing is proven about the token.
    ServerFault,
}

impl Refusal {
    /// Sorts an error code (RFC 6749 section 5.2 and its extensions).
    #[must_use]
    pub fn of(code: &str) -> Self {
        match code {
            "invalid_grant" => Self::InvalidGrant,
            "server_error" | "temporarily_unavailable" => Self::ServerFault,
            _ => Self::Other,
        }
    }
}

/// What a driver saw of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Seen {
    /// No byte left on a ready connection: no connection, TLS unfinished, the guard had passed.
    NotSent,
    /// 429.
    TooManyRequests,
    /// 502, 503 or 504 without a well-formed OAuth error.
    Unavailable,
    /// A well-formed OAuth error.
    Refused(Refusal),
    /// A 2xx JSON object.
    Answer {
        /// The refresh token in it, if it is not empty, whatever else is wrong with the answer.
        successor: Option<Fingerprint>,
        /// Whether its access token can be used: the rest of the answer was judged and found good.
        usable: bool,
    },
    /// Anything else: no answer in time, a broken connection, a 500, a page that is not JSON.
    NoAnswer,
}

/// What is proven about the refresh token that was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It has a successor.
    Rotated(Fingerprint),
    /// It stays.
    Kept,
    /// It was not used.
    NotProcessed,
    /// It may have been used.
    Unknown,
    /// The provider refused.
    Rejected(Refusal),
}

impl Outcome {
    /// Judges what was seen of a request that presented `presented`.
    ///
    /// A successor outranks a verdict: an answer that is refused for anything else and brings one is `Rotated`.
    #[must_use]
    pub fn of(seen: Seen, presented: Fingerprint, policy: &Policy) -> Self {
        Self::under(Rules::ALL, seen, presented, policy)
    }

    pub(super) fn under(rules: Rules, seen: Seen, presented: Fingerprint, policy: &Policy) -> Self {
        match seen {
            Seen::NotSent | Seen::TooManyRequests => Self::NotProcessed,
            Seen::Unavailable if policy.rotation().unavailable_is_unprocessed => Self::NotProcessed,
            Seen::Unavailable if !rules.keep(Rule::GatewayProvesNothing) => Self::NotProcessed,
            Seen::Unavailable | Seen::NoAnswer | Seen::Refused(Refusal::ServerFault) => Self::Unknown,
            Seen::Refused(refusal) => Self::Rejected(refusal),
            Seen::Answer { usable: false, .. } if !rules.keep(Rule::SuccessorOutranksVerdict) => {
                Self::Rejected(Refusal::Other)
            }
            Seen::Answer { successor: Some(successor), .. } if successor != presented => {
                Self::Rotated(successor)
            }
            Seen::Answer { usable: true, .. } => Self::Kept,
            Seen::Answer { usable: false, .. } => Self::Unknown,
        }
    }
}
