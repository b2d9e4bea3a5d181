//! The authorization request (RFC 6749 section 4.1.1).
//!
//! - `state` and PKCE are always there; no method takes them away or sets them.
//! - A request is started once, with one [`Attempt`]: two logins share no value.

use std::fmt;
use std::time::Duration;

use url::Url;

use crate::client::{is_reserved, may_repeat};
use crate::pkce::Text43;
use crate::wire::form::push_pair;
use crate::{Attempt, Client, Pending, Protocol, Scopes};

/// How long a person has to come back.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(600);

/// An authorization request that is being put together.
#[must_use = "a request that is not started asks nobody"]
pub struct AuthRequest {
    client: Client,
    scopes: Scopes,
    params: Vec<(Box<str>, Box<str>)>,
    lifetime: Duration,
    protocol: Protocol,
    carried: Box<[u8]>,
}

impl AuthRequest {
    pub(crate) fn new(client: Client, scopes: Scopes) -> Self {
        Self {
            client,
            scopes,
            params: Vec::new(),
            lifetime: DEFAULT_LIFETIME,
            protocol: Protocol::OAuth,
            carried: Box::default(),
        }
    }

    /// Adds a parameter: `prompt`, `login_hint`, `resource`, what the provider knows. Only `resource` and `audience`
    /// may come more than once (RFC 8707).
    pub fn param(mut self, name: impl Into<Box<str>>, value: impl Into<Box<str>>) -> Self {
        self.params.push((name.into(), value.into()));
        self
    }

    /// How long the person has to come back; ten minutes by default.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Lets a protocol on top of this crate send bytes along with the pending login.
    #[doc(hidden)]
    pub fn carry(mut self, protocol: Protocol, bytes: impl Into<Box<[u8]>>) -> Self {
        self.protocol = protocol;
        self.carried = bytes.into();
        self
    }

    /// Makes the URL to send the person to, and the login that waits for them to come back.
    ///
    /// # Errors
    /// [`StartError`], which names the parameter that is wrong.
    pub fn start(self, attempt: Attempt) -> Result<(Url, Pending), StartError> {
        self.check()?;
        let (now, seed) = attempt.into_parts();
        let [state, verifier] = seed.split().map(|half| Text43::new(&half));
        let challenge = verifier.challenge();
        let mut url = match self.params.as_slice() {
            [] => self.client.authorization_url(&self.scopes),
            params => with_params(&self.client, &self.scopes, params),
        }
        .ok_or(StartError::Unrenderable)?;
        // Neither holds a character that would have to be encoded.
        url.query_pairs_mut()
            .append_pair("state", state.as_str())
            .append_pair("code_challenge", challenge.as_str())
            .append_pair("code_challenge_method", "S256");

        let expires = now.saturating_add(self.lifetime);
        let pending = Pending::new(
            self.client,
            state,
            verifier,
            self.scopes,
            self.params
                .into_iter()
                .filter(|(name, _)| name.as_ref() == "resource")
                .map(|(_, value)| value)
                .collect(),
            now,
            expires,
            self.protocol,
            self.carried,
        );
        Ok((url, pending))
    }

    fn check(&self) -> Result<(), StartError> {
        for (at, (name, value)) in self.params.iter().enumerate() {
            let name = name.as_ref();
            let of_profile = name == "response_mode";
            if is_reserved(name) || of_profile || (name == "nonce" && self.protocol == Protocol::OAuth) {
                return Err(StartError::Reserved(name.into()));
            }
            if name.is_empty() || value.is_empty() || name.contains('\0') || value.contains('\0') {
                return Err(StartError::Empty(name.into()));
            }
            let known = || self.params[..at].iter().map(|(known, _)| known).chain(self.client.fixed_params());
            if !may_repeat(name) && known().any(|known| known.as_ref() == name) {
                return Err(StartError::Twice(name.into()));
            }
            if name == "resource" && (Url::parse(value).is_err() || value.contains('#')) {
                return Err(StartError::Resource);
            }
            if name == "prompt" && value.split(' ').any(|one| one == "none") && value.as_ref() != "none" {
                return Err(StartError::PromptNone);
            }
        }
        let separator = self.client.provider().profile().request_scope_separator;
        let openid = self.scopes.iter().flat_map(|token| token.split(separator)).any(|one| one == "openid");
        if self.protocol == Protocol::OAuth && openid && !self.client.may_ask_openid() {
            return Err(StartError::OpenId);
        }
        Ok(())
    }
}

fn with_params(client: &Client, scopes: &Scopes, params: &[(Box<str>, Box<str>)]) -> Option<Url> {
    let mut url = String::from(client.authorization_url(scopes)?);
    for (name, value) in params {
        push_pair(&mut url, name, value);
    }
    Url::parse(&url).ok()
}

impl fmt::Debug for AuthRequest {
    /// Shows the names of parameters and no values: hints name people, and tokens travel as hints.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let params: Vec<&str> = self.params.iter().map(|(name, _)| name.as_ref()).collect();
        f.debug_struct("AuthRequest")
            .field("client", &self.client)
            .field("scopes", &self.scopes)
            .field("params", &params)
            .field("lifetime", &self.lifetime)
            .field("protocol", &self.protocol)
            .finish_non_exhaustive()
    }
}

/// An authorization request that cannot be made. It is the program's fault.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartError {
    /// A parameter that this library or the profile sets.
    Reserved(Box<str>),
    /// A parameter without a name or value, or with a NUL in it.
    Empty(Box<str>),
    /// A parameter that comes twice.
    Twice(Box<str>),
    /// `resource` is not an absolute URI without a fragment (RFC 8707 section 2).
    Resource,
    /// `prompt` holds `none` beside another value.
    PromptNone,
    /// The scope `openid` asks for an ID token, which a plain client cannot verify.
    OpenId,
    /// The authorization endpoint and the parameters do not make a URL.
    Unrenderable,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reserved(name) => write!(f, "the parameter {name} is set by this library or the profile and cannot be given by hand"),
            Self::Empty(name) => write!(f, "the parameter {name} has no name, no value, or a nul in it"),
            Self::Twice(name) => write!(f, "the parameter {name} is there twice"),
            Self::Resource => f.write_str("resource is not an absolute uri without a fragment"),
            Self::PromptNone => f.write_str("prompt=none cannot be combined with another prompt"),
            Self::OpenId => f.write_str(
                "the scope openid asks for an id token that a plain client cannot verify: use gatepass-oidc, or leave it out",
            ),
            Self::Unrenderable => f.write_str("the authorization endpoint and the parameters make no url"),
        }
    }
}

impl std::error::Error for StartError {}
