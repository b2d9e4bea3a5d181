//! The refresh of an access token (RFC 6749 section 6).
//!
//! - A successor outranks a verdict: a refresh token in a successful answer is given out even if the rest is refused.
//! - Without a new refresh token the old one stays.

use std::fmt;

use http::{Request, Response};

use crate::renewal::Refusal;
use crate::wire::token_request::{Form, room};
use crate::wire::token_response::{successor, token_response};
use crate::{Attempt, Body, Client, Roundtrip, Scopes, Secret, Step, Timestamp, TokenError, TokenSet};

/// A refresh token that waits to be presented.
#[must_use = "a refresh that is not driven renews nothing"]
pub struct Refresh {
    client: Client,
    token: Secret,
    granted: Scopes,
    narrowed: Option<Scopes>,
    resource: Option<Box<str>>,
    rest: Option<Box<TokenSet>>,
}

impl Refresh {
    pub(crate) fn new(client: Client, token: Secret, granted: Scopes) -> Self {
        Self { client, token, granted, narrowed: None, resource: None, rest: None }
    }

    pub(crate) fn of(client: Client, token: Secret, rest: TokenSet) -> Self {
        let granted = rest.granted().clone();
        Self { client, token, granted, narrowed: None, resource: None, rest: Some(Box::new(rest)) }
    }

    /// Asks for fewer scopes than were granted.
    ///
    /// # Errors
    /// [`WiderScope`], when one of them was not granted.
    pub fn narrow(mut self, scopes: &Scopes) -> Result<Self, WiderScope> {
        if !scopes.is_subset_of(&self.granted) {
            return Err(WiderScope { wider: scopes.without(&self.granted) });
        }
        self.narrowed = Some(scopes.clone());
        Ok(self)
    }

    /// Asks for an access token for this resource, an absolute URI without a fragment (RFC 8707 section 2.2).
    pub fn resource(mut self, uri: impl Into<Box<str>>) -> Self {
        self.resource = Some(uri.into());
        self
    }

    /// Gives the tokens back, as they were; `None` if it was made of a refresh token alone.
    #[must_use]
    pub fn into_token_set(self) -> Option<TokenSet> {
        let token = self.token;
        self.rest.map(|rest| rest.with_refresh(token))
    }
}

impl Roundtrip for Refresh {
    type Sent = RefreshSent;
    type Output = Refreshed;
    type Error = RefreshError;

    fn request(self, attempt: Attempt) -> Result<(Request<Body>, RefreshSent), RefreshError> {
        let profile = self.client.provider().profile();
        let scopes = self.narrowed.as_ref().map_or(0, |scopes| scopes.as_str().len());
        let resource = self.resource.as_ref().map_or(0, |uri| "resource".len() + uri.len() + 2);
        let values = self.token.expose().len() + scopes + resource + room(&profile.token_params);
        let mut form = Form::with_room_for(&self.client, values);
        form.push("grant_type", "refresh_token");
        form.push("refresh_token", self.token.expose());
        if let Some(scopes) = self.narrowed.as_ref().filter(|scopes| !scopes.is_empty()) {
            let mut buffer = [0; 4];
            let separator = profile.request_scope_separator.encode_utf8(&mut buffer);
            form.push("scope", &scopes.as_str().replace(' ', separator));
        }
        if let Some(uri) = &self.resource {
            form.push("resource", uri);
        }
        for (name, value) in &profile.token_params {
            form.push(name, value);
        }
        let request = form.into_request(&self.client, self.client.provider().token_uri());
        Ok((request, RefreshSent { sent: attempt.now(), leg: self }))
    }

    fn response(
        sent: RefreshSent,
        answer: Response<Body>,
        now: Timestamp,
    ) -> Result<Step<Self>, RefreshError> {
        let RefreshSent { leg, sent } = sent;
        let profile = leg.client.provider().profile();
        let granted = match token_response(&answer, profile, now) {
            Ok(granted) => granted,
            Err(why) => {
                let salvage = successor(&answer, profile);
                let unspent = (salvage.is_none() && proves_unspent(&why)).then(|| Box::new(leg));
                return Err(RefreshError { why, salvage, unspent });
            }
        };
        let requested = leg.rest.as_ref().map_or(&leg.granted, |rest| rest.requested()).clone();
        let rotated = granted.refresh.as_ref().is_some_and(|new| !leg.token.same_as(new.expose()));
        let before = leg.narrowed.unwrap_or(leg.granted);
        let mut tokens = TokenSet::new(leg.client, granted, requested, before, sent);
        if tokens.refresh_token().is_none() {
            tokens = tokens.with_refresh(leg.token);
        }
        Ok(Step::Done(Refreshed { tokens, rotated }))
    }

    fn not_sent(sent: RefreshSent) -> Self {
        sent.leg
    }
}

/// Whether an answer proves that the refresh token was not used: too many requests, or an error about the request.
fn proves_unspent(why: &TokenError) -> bool {
    match why {
        TokenError::Status { status, .. } => *status == 429,
        TokenError::Provider { error, status, .. } => {
            *status == 429 || Refusal::of(error.code().as_str()) == Refusal::Other
        }
        _ => false,
    }
}

impl fmt::Debug for Refresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refresh")
            .field("client", &self.client)
            .field("granted", &self.granted)
            .finish_non_exhaustive()
    }
}

/// A refresh whose request was made and whose answer is awaited.
#[derive(Debug)]
#[must_use = "the answer to the request belongs here"]
pub struct RefreshSent {
    leg: Refresh,
    sent: Timestamp,
}

/// Refreshed tokens. The refresh token in them must be stored before the access token is used.
#[derive(Debug)]
#[must_use = "a refresh token that is not kept is lost, and the person has to log in again"]
#[non_exhaustive]
pub struct Refreshed {
    /// The tokens; the refresh token is the old one if the provider sent no other.
    pub tokens: TokenSet,
    /// Whether the refresh token is a new one.
    pub rotated: bool,
}

/// A refresh that was refused, and what of the answer has to be kept all the same.
#[derive(Debug)]
#[must_use = "a refresh token that is not kept is lost, and the person has to log in again"]
#[non_exhaustive]
pub struct RefreshError {
    /// Why the answer was refused.
    pub why: TokenError,
    /// The refresh token that it nevertheless carried: it has replaced the old one.
    pub salvage: Option<Secret>,
    /// The refresh itself, where the answer proves that its token was not used: it may be driven again later.
    pub unspent: Option<Box<Refresh>>,
}

impl fmt::Display for RefreshError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.why, f)
    }
}

impl std::error::Error for RefreshError {}

/// A refresh asked for more than was granted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WiderScope {
    /// What was not granted.
    pub wider: Scopes,
}

impl fmt::Display for WiderScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a refresh cannot ask for scopes that were not granted: {}", self.wider)
    }
}

impl std::error::Error for WiderScope {}
