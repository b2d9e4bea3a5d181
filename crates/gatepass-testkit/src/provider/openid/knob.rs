//! The single knobs of a misbehaviour: what can be turned by itself.

use super::algorithm::Algorithm;
use super::change::Change;
use serde::{Deserialize, Serialize};

/// What the provider signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Token {
    /// The ID token that a code is exchanged for.
    IdToken,
    /// The ID token of a refresh.
    RefreshedIdToken,
    /// User info, signed or as plain JSON.
    UserInfo,
    /// The logout token.
    LogoutToken,
}

/// Where a member stands that is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Place {
    /// Both metadata documents.
    Metadata,
    /// The authorization response.
    Callback,
    /// The success of the token endpoint, for a code or a refresh token.
    TokenResponse,
    /// The way back from the logout at the provider.
    LogoutReturn,
    /// The claims of a token.
    Claims(Token),
}

impl From<Token> for Place {
    fn from(token: Token) -> Self {
        Self::Claims(token)
    }
}

/// One knob of a [`Misbehaviour`](super::Misbehaviour). Not each of them is a fault: some prepare the ground for one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Knob {
    /// One member is changed, before it is signed or sent.
    Member {
        /// Where it stands.
        place: Place,
        /// Its name.
        member: String,
        /// What becomes of it.
        change: Change,
    },
    /// ID tokens and logout tokens are signed by this algorithm, whatever the client is registered for.
    Algorithm(Algorithm),
    /// This token is signed by another algorithm than it should be: ES256 instead of RS256, RS256 instead of all others.
    OtherAlgorithm(Token),
    /// This token says `alg: none` and has no signature.
    Unsigned(Token),
    /// Some bits of the signature are wrong.
    DamagedSignature(Token),
    /// The ID token of a code exchange is encrypted by RSA1_5, to a key that nobody has.
    EncryptedByRsa15,
    /// The header of this token has no `kid`.
    WithoutKeyId(Token),
    /// The key set has a second key that fits, before the right one.
    SecondKey,
    /// The keys are at a place that nobody guesses.
    MovedKeys,
    /// The keys change once, just before the next ID token is signed.
    RotationBeforeSigning,
    /// The keys change once, when the next login begins and one has been finished with the old ones.
    RotationBetweenLogins,
    /// ID tokens of a code exchange have a `c_hash`.
    CodeHash,
    /// User info is a JWT signed by this algorithm.
    SignedUserInfo(Algorithm),
    /// User info has a claim that another party signed.
    AggregatedClaims,
    /// User info has a claim that is to be fetched elsewhere, at [`Endpoint::ClaimSource`](super::super::Endpoint).
    DistributedClaims,
    /// Clients authenticate by HTTP Basic and in no other way.
    OnlyBasic,
    /// Every authorization request ends in `login_required`, by the response mode that was asked for.
    LoginRequired,
}

impl Knob {
    /// One member is changed.
    #[must_use]
    pub fn member(place: impl Into<Place>, member: &str, change: Change) -> Self {
        Self::Member { place: place.into(), member: member.to_owned(), change }
    }

    /// One member is left out.
    #[must_use]
    pub fn without(place: impl Into<Place>, member: &str) -> Self {
        Self::member(place, member, Change::Remove)
    }

    /// One member has this behind it.
    #[must_use]
    pub fn append(place: impl Into<Place>, member: &str, ending: &str) -> Self {
        Self::member(place, member, Change::Append(ending.to_owned()))
    }
}
