//! A login that waits for the person to come back.
//!
//! - It is spent by [`Pending::receive`] and cannot be used twice; a callback with another `state` gives it back.
//! - Across processes it travels as a [`PendingSnapshot`], which only the same client can resume.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::pkce::Text43;
use crate::ports::Hash32;
use crate::{Callback, CallbackError, Client, Exchange, Scopes, Timestamp};

/// Which protocol a login speaks. What one began, another cannot finish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// OAuth 2.0.
    OAuth,
    /// OpenID Connect.
    OpenId,
}

/// A login that was started and waits for its callback.
#[must_use = "without it the person's callback cannot be told from a forged one, and the login is lost"]
pub struct Pending {
    client: Client,
    state: Text43,
    verifier: Text43,
    scopes: Scopes,
    resources: Box<[Box<str>]>,
    started: Timestamp,
    expires: Timestamp,
    protocol: Protocol,
    carried: Box<[u8]>,
}

impl Pending {
    #[expect(
        clippy::too_many_arguments,
        reason = "a constructor that only AuthRequest and the snapshot call"
    )]
    pub(crate) fn new(
        client: Client,
        state: Text43,
        verifier: Text43,
        scopes: Scopes,
        resources: Box<[Box<str>]>,
        started: Timestamp,
        expires: Timestamp,
        protocol: Protocol,
        carried: Box<[u8]>,
    ) -> Self {
        Self { client, state, verifier, scopes, resources, started, expires, protocol, carried }
    }

    /// What a store keeps this login under.
    #[must_use]
    pub fn state_hash(&self) -> Hash32 {
        state_hash(self.state.as_str())
    }

    /// When it was started.
    #[must_use]
    pub fn started(&self) -> Timestamp {
        self.started
    }

    /// When it is too late to come back.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// What a protocol on top of this crate sent along.
    #[doc(hidden)]
    #[must_use]
    pub fn carried(&self) -> &[u8] {
        &self.carried
    }

    /// Checks a callback and makes of it the exchange of its code.
    ///
    /// The order is: `state` (in constant time), age, `iss` (RFC 9207, of error responses too), `error`, `code`.
    ///
    /// # Errors
    /// [`CallbackError`]. Of a callback with another or no `state` it holds this login, unspent; any other error ends
    /// the login.
    pub fn receive(self, callback: Callback, now: Timestamp) -> Result<Exchange, CallbackError> {
        self.receive_as(Protocol::OAuth, callback, now)
    }

    /// The same for a protocol that stands on top of this crate: what one began, another cannot finish.
    ///
    /// # Errors
    /// As [`receive`](Pending::receive).
    #[doc(hidden)]
    pub fn receive_as(
        self,
        protocol: Protocol,
        callback: Callback,
        now: Timestamp,
    ) -> Result<Exchange, CallbackError> {
        if self.protocol != protocol {
            return Err(CallbackError::OtherProtocol);
        }
        match callback.state() {
            Some(state) if self.state.same_as(state) => {}
            Some(_) => return Err(CallbackError::NotOurs(Box::new(self))),
            None => return Err(CallbackError::StateMissing(Box::new(self))),
        }
        if now > self.expires {
            return Err(CallbackError::Expired);
        }
        self.check_issuer(callback.iss())?;
        if let Some(error) = callback.error() {
            return Err(CallbackError::Provider(error));
        }
        let code = callback.into_code().ok_or(CallbackError::NoCode)?;
        Ok(Exchange::new(self.client, code, self.verifier, self.scopes, self.resources))
    }

    fn check_issuer(&self, iss: Option<&str>) -> Result<(), CallbackError> {
        let provider = self.client.provider();
        let others = &provider.profile().callback_issuers;
        match (iss, provider.issuer()) {
            (None, _) if provider.requires_iss() => Err(CallbackError::IssuerMissing),
            (None, _) => Ok(()),
            (Some(iss), Some(ours)) if iss == ours => Ok(()),
            (Some(iss), _) if others.iter().any(|known| known.as_ref() == iss) => Ok(()),
            (Some(_), None) if others.is_empty() => Ok(()),
            (Some(_), _) => Err(CallbackError::IssuerMismatch),
        }
    }

    /// Makes a snapshot that another process can resume. It holds secrets: seal it before it is stored.
    pub fn park(self) -> PendingSnapshot {
        let provider = self.client.provider();
        let fields = Fields {
            v: VERSION,
            protocol: self.protocol,
            issuer: provider.issuer().map(Into::into),
            authorization_endpoint: provider.authorization_endpoint().as_str().into(),
            token_endpoint: provider.token_endpoint().as_str().into(),
            client_id: self.client.id().into(),
            redirect_uri: self.client.redirect_uri().as_str().into(),
            state: Zeroizing::new(self.state.as_str().into()),
            verifier: Zeroizing::new(self.verifier.as_str().into()),
            scope: self.scopes.as_str().into(),
            resources: self.resources,
            started: self.started.as_unix_millis(),
            expires: self.expires.as_unix_millis(),
            carried: Zeroizing::new(URL_SAFE_NO_PAD.encode(&self.carried).into()),
        };
        // One buffer from the start: growing would leave copies of the secrets behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(1024 + 6 * fields.len()));
        // Strings and numbers always serialize into memory.
        drop(serde_json::to_writer(&mut *bytes, &fields));
        PendingSnapshot(bytes)
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending")
            .field("client", &self.client)
            .field("protocol", &self.protocol)
            .field("scopes", &self.scopes)
            .field("started", &self.started)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// What a store keeps a login of this `state` under.
pub(crate) fn state_hash(state: &str) -> Hash32 {
    Hash32::digest("gatepass state", state.as_bytes())
}

const VERSION: u64 = 1;

/// What every version has, whatever else it holds.
#[derive(Deserialize)]
struct Version {
    v: u64,
}

/// Every field is demanded: one that is missing never means a weaker check.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    v: u64,
    protocol: Protocol,
    #[serde(deserialize_with = "Option::deserialize")]
    issuer: Option<Box<str>>,
    authorization_endpoint: Box<str>,
    token_endpoint: Box<str>,
    client_id: Box<str>,
    redirect_uri: Box<str>,
    state: Zeroizing<Box<str>>,
    verifier: Zeroizing<Box<str>>,
    scope: Box<str>,
    resources: Box<[Box<str>]>,
    started: i64,
    expires: i64,
    carried: Zeroizing<Box<str>>,
}

impl Fields {
    /// How many bytes the texts of varying length have.
    fn len(&self) -> usize {
        self.issuer.as_ref().map_or(0, |issuer| issuer.len())
            + self.authorization_endpoint.len()
            + self.token_endpoint.len()
            + self.client_id.len()
            + self.redirect_uri.len()
            + self.scope.len()
            + self.resources.iter().map(|resource| resource.len() + 1).sum::<usize>()
            + self.carried.len()
    }
}

/// A parked login: opaque, versioned, and not to be copied.
#[must_use = "without it the person's callback cannot be told from a forged one, and the login is lost"]
pub struct PendingSnapshot(Zeroizing<Vec<u8>>);

impl PendingSnapshot {
    /// The bytes, to be sealed and stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Takes up bytes that were stored. They are judged by [`Client::resume`].
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn resume(self, client: &Client, protocol: Protocol) -> Result<Pending, ResumeError> {
        let Version { v } = serde_json::from_slice(&self.0).map_err(|_| ResumeError::Unreadable)?;
        if v != VERSION {
            return Err(ResumeError::Version);
        }
        let fields: Fields = serde_json::from_slice(&self.0).map_err(|_| ResumeError::Unreadable)?;
        let provider = client.provider();
        if fields.protocol != protocol {
            return Err(ResumeError::OtherProtocol);
        }
        let same_provider = fields.issuer.as_deref() == provider.issuer()
            && fields.authorization_endpoint.as_ref() == provider.authorization_endpoint().as_str()
            && fields.token_endpoint.as_ref() == provider.token_endpoint().as_str();
        if !same_provider {
            return Err(ResumeError::OtherProvider);
        }
        if fields.client_id.as_ref() != client.id() {
            return Err(ResumeError::OtherClient);
        }
        if fields.redirect_uri.as_ref() != client.redirect_uri().as_str() {
            return Err(ResumeError::OtherRedirectUri);
        }
        let whole = || {
            Some(Pending {
                client: client.clone(),
                state: Text43::read(&fields.state)?,
                verifier: Text43::read(&fields.verifier)?,
                scopes: Scopes::new(&fields.scope).ok()?,
                resources: fields.resources,
                started: Timestamp::from_unix_millis(fields.started),
                expires: Timestamp::from_unix_millis(fields.expires),
                protocol,
                carried: URL_SAFE_NO_PAD.decode(fields.carried.as_bytes()).ok()?.into(),
            })
        };
        whole().ok_or(ResumeError::Unreadable)
    }
}

impl fmt::Debug for PendingSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PendingSnapshot({} bytes)", self.0.len())
    }
}

/// A parked login that this client cannot take up. It stays lost: start a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResumeError {
    /// The bytes are not a snapshot.
    Unreadable,
    /// The snapshot is of another version of this library.
    Version,
    /// It was begun by another protocol: an OpenID Connect login cannot be finished as a bare one.
    OtherProtocol,
    /// It was begun at another provider, or at other endpoints of it.
    OtherProvider,
    /// It was begun by another client.
    OtherClient,
    /// It was begun with another redirect URI.
    OtherRedirectUri,
}

impl fmt::Display for ResumeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "the parked login cannot be read",
            Self::Version => "the parked login is of another version of this library",
            Self::OtherProtocol => "the login was begun by another protocol",
            Self::OtherProvider => "the login was begun at another provider or at other endpoints",
            Self::OtherClient => "the login was begun by another client",
            Self::OtherRedirectUri => "the login was begun with another redirect uri",
        })
    }
}

impl std::error::Error for ResumeError {}
