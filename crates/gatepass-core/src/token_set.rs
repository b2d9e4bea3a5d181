//! What a provider granted: an access token, perhaps a refresh token, and what else it said.
//!
//! - Expiry is counted from the moment before the request was sent.
//! - What was granted is told from what was asked for.

use std::fmt;

use zeroize::Zeroizing;

use crate::wire::json::string;
use crate::wire::token_response::Granted;
use crate::{Client, Refresh, Scopes, Secret, Timestamp};

/// A set of tokens.
#[must_use = "tokens that are not kept are lost, and the person has to log in again"]
pub struct TokenSet {
    client: Client,
    access: Secret,
    refresh: Option<Secret>,
    id_token: Option<UnverifiedIdToken>,
    verified: Option<IdToken>,
    issued: Timestamp,
    expires: Option<Timestamp>,
    requested: Scopes,
    granted: Scopes,
    extra: Extra,
}

impl TokenSet {
    pub(crate) fn new(
        client: Client,
        answer: Granted,
        requested: Scopes,
        before: Scopes,
        sent: Timestamp,
    ) -> Self {
        Self {
            client,
            access: answer.access,
            refresh: answer.refresh,
            id_token: answer.id_token.map(UnverifiedIdToken),
            verified: None,
            issued: sent,
            expires: answer.lifetime.map(|lifetime| sent.saturating_add(lifetime)),
            granted: answer.scopes.unwrap_or(before),
            requested,
            extra: answer.extra,
        }
    }

    /// The client that they were granted to.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The access token, to be sent as `Authorization: Bearer` to the provider's resources only.
    #[must_use]
    pub fn access_token(&self) -> &Secret {
        &self.access
    }

    /// The refresh token, if there is one.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&Secret> {
        self.refresh.as_ref()
    }

    /// The ID token, as long as nobody has verified it.
    #[must_use]
    pub fn id_token(&self) -> Option<&UnverifiedIdToken> {
        self.id_token.as_ref()
    }

    /// The ID token, after a protocol on top of this crate has verified it.
    #[must_use]
    pub fn verified_id_token(&self) -> Option<&IdToken> {
        self.verified.as_ref()
    }

    /// The same tokens, whose ID token was verified.
    #[doc(hidden)]
    pub fn with_verified_id_token(mut self) -> Self {
        self.verified = self.id_token.take().map(|UnverifiedIdToken(token)| IdToken(token));
        self
    }

    /// When the request left that brought these tokens.
    #[must_use]
    pub fn issued(&self) -> Timestamp {
        self.issued
    }

    /// When the access token ends; `None`: the provider did not say.
    #[must_use]
    pub fn expires(&self) -> Option<Timestamp> {
        self.expires
    }

    /// Whether the access token has ended. A token without an expiry has not.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// The scopes that were asked for.
    #[must_use]
    pub fn requested(&self) -> &Scopes {
        &self.requested
    }

    /// The scopes that were granted; what was asked for, if the provider did not say otherwise.
    #[must_use]
    pub fn granted(&self) -> &Scopes {
        &self.granted
    }

    /// Whether the provider granted something that was not asked for.
    #[must_use]
    pub fn is_wider_than_requested(&self) -> bool {
        !self.granted.is_subset_of(&self.requested)
    }

    /// Demands scopes.
    ///
    /// # Errors
    /// [`ScopesMissing`], which names those that were not granted.
    pub fn require(&self, scopes: &Scopes) -> Result<(), ScopesMissing> {
        let missing = scopes.without(&self.granted);
        if missing.is_empty() { Ok(()) } else { Err(ScopesMissing { missing }) }
    }

    /// The members of the token response that are not of RFC 6749.
    #[must_use]
    pub fn extra(&self) -> &Extra {
        &self.extra
    }

    /// Prepares to refresh these tokens, with the client that they were granted to; its secret or profile may have
    /// changed since.
    ///
    /// # Errors
    /// Gives the tokens back if there is no refresh token among them, or if they were granted to another client or by
    /// another provider: a refresh token goes to the provider that issued it and to no other.
    #[expect(clippy::result_large_err, reason = "the error is the tokens themselves, given back")]
    pub fn into_refresh(mut self, client: &Client) -> Result<Refresh, Self> {
        if !self.client.is_same_registration(client) {
            return Err(self);
        }
        match self.refresh.take() {
            Some(token) => Ok(Refresh::of(client.clone(), token, self)),
            None => Err(self),
        }
    }

    pub(crate) fn with_refresh(mut self, token: Secret) -> Self {
        self.refresh = Some(token);
        self
    }
}

impl fmt::Debug for TokenSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSet")
            .field("expires", &self.expires)
            .field("granted", &self.granted)
            .field("refresh", &self.refresh.is_some())
            .field("id_token", &(self.id_token.is_some() || self.verified.is_some()))
            .field("extra", &self.extra)
            .finish_non_exhaustive()
    }
}

/// An ID token that nobody verified: it proves nothing about who logged in.
#[derive(Clone, Debug)]
pub struct UnverifiedIdToken(Secret);

impl UnverifiedIdToken {
    /// The token's text, for something that verifies it.
    #[must_use]
    pub fn danger_unverified(&self) -> &str {
        self.0.expose()
    }
}

/// An ID token that was verified when a person logged in. It says who that is, and is the hint by which the provider knows
/// whose session is meant (`id_token_hint`); it is sent to the provider and to nobody else.
#[derive(Clone, Debug)]
pub struct IdToken(Secret);

impl IdToken {
    /// A token that was verified before it was kept.
    pub(crate) fn of_kept(token: Secret) -> Self {
        Self(token)
    }

    /// The token's text.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// The members of a token response that are not of RFC 6749, in their order, as JSON. They may hold secrets.
#[derive(Clone, Default)]
pub struct Extra(Vec<(Box<str>, Zeroizing<Box<str>>)>);

impl Extra {
    pub(crate) fn new<'a>(members: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        Self(members.map(|(name, raw)| (name.into(), Zeroizing::new(raw.into()))).collect())
    }

    /// The JSON text of a member, as it came: no number loses a digit.
    #[must_use]
    pub fn json(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.as_ref() == name).map(|(_, raw)| raw.as_ref())
    }

    /// The text of a member that is a string.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        string(self.json(name)?).map(|text| text.into_owned())
    }

    /// The names of the members, in the order in which they came.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Extra({} members)", self.0.len())
    }
}

/// Scopes that the program needs and the person did not grant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScopesMissing {
    /// Those that are missing.
    pub missing: Scopes,
}

impl fmt::Display for ScopesMissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "these scopes were not granted: {}", self.missing)
    }
}

impl std::error::Error for ScopesMissing {}
