//! From the authorization request to a verified identity.
//!
//! - `openid` and a nonce are always there; no method takes them away or sets them.
//! - Of an [`Unverified`] answer nothing can be read: neither tokens nor claims, before all of it was verified.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatepass_core::{
    Attempt, AuthRequest, Body, Exchange, ExchangeSent, Protocol, Roundtrip, Scopes, Secret, StartError,
    Step, Timestamp, TokenError, TokenSet,
};
use http::{Request, Response};
use url::Url;

use crate::id_token::{Expected, judge};
use crate::jws::{Jws, TokenKind};
use crate::waiting::{Carried, Waiting};
use crate::{Established, Identity, JwtError, KeyId, KeySet, OpenId};

/// An authentication request that is being put together (OpenID Connect Core section 3.1.2.1).
#[must_use = "a request that is not started asks nobody"]
pub struct SignInRequest {
    openid: OpenId,
    request: AuthRequest,
    max_age: Option<Duration>,
    acr: Vec<Box<str>>,
}

impl SignInRequest {
    pub(crate) fn new(openid: &OpenId, scopes: &Scopes) -> Self {
        let scopes = Scopes::of_stored(&format!("openid {scopes}"));
        Self {
            openid: openid.clone(),
            request: openid.0.client.authorize(&scopes),
            max_age: None,
            acr: Vec::new(),
        }
    }

    /// The age that every request of this client demands already, by its profile or the endpoint's query: the answer is held
    /// against it all the same.
    fn fixed_max_age(&self) -> Option<Duration> {
        let provider = self.openid.0.client.provider();
        let mut by_profile = provider.profile().authorize_params.iter();
        let by_profile = by_profile.find(|(name, _)| &**name == "max_age").map(|(_, age)| age.to_string());
        let by_query = || {
            let mut query = provider.authorization_endpoint().query_pairs();
            query.find(|(name, _)| name == "max_age").map(|(_, age)| age.into_owned())
        };
        by_profile.or_else(by_query)?.parse().ok().map(Duration::from_secs)
    }

    /// Adds a parameter: `prompt`, `login_hint`, `ui_locales`, what the provider knows. A whole number for `max_age` is
    /// taken for [`max_age`](Self::max_age), and so the answer is held against it. `acr_values` is a wish that the provider
    /// may pass over (OpenID Connect Core section 3.1.2.1); [`acr`](Self::acr) holds the answer against it.
    pub fn param(mut self, name: impl Into<Box<str>>, value: impl Into<Box<str>>) -> Self {
        let (name, value) = (name.into(), value.into());
        match value.parse() {
            Ok(seconds) if &*name == "max_age" => self.max_age(Duration::from_secs(seconds)),
            _ => {
                self.request = self.request.param(name, value);
                self
            }
        }
    }

    /// How long the person has to come back; ten minutes by default.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.request = self.request.lifetime(lifetime);
        self
    }

    /// The person must have logged in at the provider at most this long before now, in whole seconds; zero: anew. An ID
    /// token that does not say so is refused.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(Duration::from_secs(age.as_secs()));
        self
    }

    /// The person must have proved who they are in one of these ways, the best one first. An ID token that names none
    /// of them is refused.
    pub fn acr<T: Into<Box<str>>>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        self.acr = values.into_iter().map(Into::into).collect();
        self
    }

    /// Makes the URL to send the person to, and the login that waits for them to come back.
    ///
    /// # Errors
    /// [`StartError`], which names the parameter that is wrong.
    pub fn start(self, attempt: Attempt) -> Result<(Url, Waiting), StartError> {
        let nonce: Box<str> = URL_SAFE_NO_PAD.encode(attempt.derive("gatepass nonce")).into();
        let held_to = self.max_age.or_else(|| self.fixed_max_age());
        let mut request = self.request;
        if let Some(age) = self.max_age {
            request = request.param("max_age", age.as_secs().to_string());
        }
        if !self.acr.is_empty() {
            request = request.param("acr_values", self.acr.join(" "));
        }
        let carried =
            Carried { nonce: nonce.clone(), max_age: held_to.map(|age| age.as_secs()), acr: self.acr.into() };
        // Strings and numbers always serialize.
        let bytes = serde_json::to_vec(&carried).unwrap_or_default();
        let request = request.carry(Protocol::OpenId, bytes).param("nonce", nonce);
        let (url, pending) = request.start(attempt)?;
        Ok((url, Waiting::new(self.openid, pending, carried)))
    }
}

impl fmt::Debug for SignInRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInRequest")
            .field("request", &self.request)
            .field("max_age", &self.max_age)
            .field("acr", &self.acr)
            .finish_non_exhaustive()
    }
}

/// A code that waits to be exchanged for tokens and an ID token.
#[must_use = "a code that is not exchanged is worth nothing, and the login is lost"]
pub struct SignInExchange {
    openid: OpenId,
    exchange: Exchange,
    held_against: HeldAgainst,
}

struct HeldAgainst {
    carried: Carried,
    started: Timestamp,
    code: Secret,
}

impl SignInExchange {
    pub(crate) fn new(openid: OpenId, exchange: Exchange, carried: Carried, started: Timestamp) -> Self {
        let code = exchange.code();
        Self { openid, exchange, held_against: HeldAgainst { carried, started, code } }
    }
}

impl Roundtrip for SignInExchange {
    type Sent = SignInExchangeSent;
    type Output = Unverified;
    type Error = TokenError;

    fn request(self, attempt: Attempt) -> Result<(Request<Body>, SignInExchangeSent), TokenError> {
        let Self { openid, exchange, held_against } = self;
        let (request, sent) = exchange.request(attempt)?;
        Ok((request, SignInExchangeSent { openid, sent, held_against }))
    }

    fn response(
        sent: SignInExchangeSent,
        answer: Response<Body>,
        now: Timestamp,
    ) -> Result<Step<Self>, TokenError> {
        let SignInExchangeSent { openid, sent, held_against } = sent;
        match Exchange::response(sent, answer, now)? {
            Step::Again(exchange) => Ok(Step::Again(Self { openid, exchange, held_against })),
            Step::Done(tokens) if tokens.id_token().is_none() => Err(TokenError::Missing("id_token")),
            Step::Done(tokens) => Ok(Step::Done(Unverified { openid, tokens, held_against })),
            _ => Err(TokenError::Body),
        }
    }

    fn not_sent(sent: SignInExchangeSent) -> Self {
        let SignInExchangeSent { openid, sent, held_against } = sent;
        Self { openid, exchange: Exchange::not_sent(sent), held_against }
    }
}

impl fmt::Debug for SignInExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInExchange").field("exchange", &self.exchange).finish_non_exhaustive()
    }
}

/// An exchange whose request was made and whose answer is awaited.
#[must_use = "the answer to the request belongs here"]
pub struct SignInExchangeSent {
    openid: OpenId,
    sent: ExchangeSent,
    held_against: HeldAgainst,
}

impl fmt::Debug for SignInExchangeSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInExchangeSent").field("sent", &self.sent).finish_non_exhaustive()
    }
}

/// Tokens that came with an ID token which nobody has verified yet. Nothing of it can be read.
///
/// ```compile_fail,E0616
/// fn hurry(unverified: &gatepass_oidc::Unverified) {
///     let _ = &unverified.tokens;
/// }
/// ```
///
/// Nor can it be verified twice, or be kept beside the verdict:
///
/// ```compile_fail,E0382
/// # use gatepass_core::Timestamp;
/// # use gatepass_oidc::{KeySet, Unverified};
/// fn twice(unverified: Unverified, keys: &KeySet, now: Timestamp) {
///     let _ = unverified.verify(keys, now);
///     let _ = unverified.verify(keys, now);
/// }
/// ```
#[must_use = "what is not verified proves nothing, and the login is lost"]
pub struct Unverified {
    openid: OpenId,
    tokens: TokenSet,
    held_against: HeldAgainst,
}

impl Unverified {
    /// Verifies the ID token, all of it.
    pub fn verify(self, keys: &KeySet, now: Timestamp) -> Verdict {
        let HeldAgainst { carried, started, code } = &self.held_against;
        let expected = Expected::Login {
            nonce: &carried.nonce,
            max_age: carried.max_age(),
            acr: &carried.acr,
            started: *started,
            code: code.expose(),
        };
        match verify(&self.openid, &self.tokens, &expected, keys, now) {
            Ok(Some(identity)) => {
                Verdict::SignedIn(SignIn { tokens: self.tokens.with_verified_id_token(), identity })
            }
            Ok(None) => Verdict::NeedKeys(self),
            Err(why) => Verdict::Refused(why),
        }
    }

    /// The key that the token names, for somebody who fetches keys; `None`: it names none.
    #[must_use]
    pub fn key_id(&self) -> Option<KeyId> {
        key_id(&self.openid, &self.tokens)
    }
}

impl fmt::Debug for Unverified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unverified(..)")
    }
}

/// What became of an ID token.
#[derive(Debug)]
#[must_use = "it holds the tokens"]
#[non_exhaustive]
pub enum Verdict {
    /// Somebody logged in.
    SignedIn(SignIn),
    /// No key of the set fits: fetch the keys, and verify again. With keys that are as fresh as they can be this means that
    /// the token is refused.
    NeedKeys(Unverified),
    /// The token was refused, and the tokens that came with it are gone.
    Refused(JwtError),
}

/// A login that was verified.
#[derive(Debug)]
#[must_use = "tokens that are not kept are lost, and the person has to log in again"]
#[non_exhaustive]
pub struct SignIn {
    /// The tokens.
    pub tokens: TokenSet,
    /// Who logged in.
    pub identity: Identity,
}

/// The tokens of a refresh, to be held against the login that they continue (OpenID Connect Core section 12.2).
///
/// The refresh token can be taken at once: it has replaced the old one whatever the ID token says. The access token
/// cannot.
#[must_use = "a refresh token that is not kept is lost, and the person has to log in again"]
pub struct Refreshed {
    openid: OpenId,
    tokens: TokenSet,
    before: Established,
}

impl Refreshed {
    pub(crate) fn new(openid: OpenId, tokens: TokenSet, before: Established) -> Self {
        Self { openid, tokens, before }
    }

    /// The refresh token that replaces the old one, to be stored before anything else.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&Secret> {
        self.tokens.refresh_token()
    }

    /// Judges the ID token, if there is one: a refresh need not bring any.
    pub fn verify(self, keys: &KeySet, now: Timestamp) -> RefreshVerdict {
        if self.tokens.id_token().is_none() {
            return RefreshVerdict::Continued { tokens: self.tokens, identity: None };
        }
        match verify(&self.openid, &self.tokens, &Expected::Refresh(&self.before), keys, now) {
            Ok(Some(identity)) => RefreshVerdict::Continued {
                tokens: self.tokens.with_verified_id_token(),
                identity: Some(identity),
            },
            Ok(None) => RefreshVerdict::NeedKeys(self),
            Err(why) => RefreshVerdict::Refused(why),
        }
    }

    /// The key that the token names, for somebody who fetches keys; `None`: it names none.
    #[must_use]
    pub fn key_id(&self) -> Option<KeyId> {
        key_id(&self.openid, &self.tokens)
    }
}

impl fmt::Debug for Refreshed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Refreshed(..)")
    }
}

/// What became of the ID token of a refresh.
#[derive(Debug)]
#[must_use = "it holds the tokens"]
#[non_exhaustive]
pub enum RefreshVerdict {
    /// The login goes on.
    Continued {
        /// The new tokens.
        tokens: TokenSet,
        /// The person again, if an ID token came along.
        identity: Option<Identity>,
    },
    /// No key of the set fits: fetch the keys, and verify again.
    NeedKeys(Refreshed),
    /// The ID token was refused: the access token must not be used.
    Refused(JwtError),
}

/// `None`: no key fits.
fn verify(
    openid: &OpenId,
    tokens: &TokenSet,
    expected: &Expected<'_>,
    keys: &KeySet,
    now: Timestamp,
) -> Result<Option<Identity>, JwtError> {
    let parts = &*openid.0;
    let token = tokens.id_token().ok_or(JwtError::Malformed)?.danger_unverified();
    let jws = Jws::read(token, TokenKind::Id, &parts.rules.algorithms)?;
    let payload = match &parts.rules.mac_secret {
        Some(secret) => jws.verify_mac(secret.expose().as_bytes())?,
        None => match jws.verify_with(keys) {
            Some(payload) => payload?,
            None => return Ok(None),
        },
    };
    judge(parts, &jws, payload, token, tokens.access_token(), expected, now).map(Some)
}

fn key_id(openid: &OpenId, tokens: &TokenSet) -> Option<KeyId> {
    let token = tokens.id_token()?.danger_unverified();
    Jws::read(token, TokenKind::Id, &openid.0.rules.algorithms).ok()?.kid
}
