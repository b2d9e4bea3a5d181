//! The client: a provider, an id, a way to authenticate and a redirect URI.

use std::fmt;
use std::sync::{Arc, OnceLock};

use url::Url;

use crate::callback::is_of_a_callback;
use crate::client_auth::Credentials;
use crate::error::UrlFault;
use crate::wire::form::{pairs, push_decoded, push_pair};
use crate::{
    AuthRequest, ClientAuth, ConfigError, Pending, PendingSnapshot, Protocol, Provider, RedirectUri, Refresh,
    ResumeError, Revocation, Scopes, Secret, TokenKind,
};

/// A client registered at a provider. Cloning is cheap.
///
/// ```
/// # use gatepass_core::{Client, ClientAuth, Provider, Secret};
/// # let provider = Provider::builder("https://as.example/authorize", "https://as.example/token").build()?;
/// let auth = ClientAuth::Basic(Secret::from("the secret"));
/// let client = Client::new(provider, "the id", auth, "https://app.example/callback")?;
/// # Ok::<(), gatepass_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    provider: Provider,
    id: Box<str>,
    credentials: Credentials,
    redirect_uri: RedirectUri,
    /// The authorization URL up to the scopes.
    authorize: String,
    /// The scopes that were asked for first, with the URL that asks for them: most clients never ask for others.
    first: OnceLock<(Scopes, Url)>,
    /// The names of the parameters in it that the endpoint's query and the profile bring.
    fixed: Vec<Box<str>>,
    danger_openid_unverified: bool,
}

/// The parameters that only this library sets.
const RESERVED: [&str; 18] = [
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "grant_type",
    "redirect_uri",
    "refresh_token",
    "request",
    "request_uri",
    "response_type",
    "scope",
    "state",
    "token",
    "token_type_hint",
];

pub(crate) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// Only these may come more than once (RFC 8707 section 2, RFC 8693 section 2.1).
pub(crate) fn may_repeat(name: &str) -> bool {
    matches!(name, "resource" | "audience")
}

/// The names in the query of an endpoint, decoded.
fn names_in_query(name: &'static str, query: Option<&str>) -> Result<Vec<Box<str>>, ConfigError> {
    let mut names = Vec::new();
    for (encoded, _) in pairs(query.unwrap_or_default().as_bytes()) {
        let mut decoded = String::new();
        push_decoded(&mut decoded, encoded).ok_or(ConfigError::Url { name, fault: UrlFault::Characters })?;
        names.push(decoded.into());
    }
    Ok(names)
}

/// Refuses names that this library sets, and names that stand twice.
fn check_names(names: &[Box<str>]) -> Result<(), ConfigError> {
    for (at, name) in names.iter().enumerate() {
        if is_reserved(name) {
            return Err(ConfigError::ReservedParameter(name.clone()));
        }
        if names[..at].contains(name) && !may_repeat(name) {
            return Err(ConfigError::Parameter(name.clone()));
        }
    }
    Ok(())
}

impl Client {
    /// Makes a client.
    ///
    /// # Errors
    /// [`ConfigError`], which names the setting that is wrong.
    pub fn new(
        provider: Provider,
        id: impl Into<Box<str>>,
        auth: ClientAuth,
        redirect_uri: impl Into<Box<str>>,
    ) -> Result<Self, ConfigError> {
        let id = id.into();
        let profile = provider.profile();
        let credentials = Credentials::new(&id, &auth, profile)?;
        let redirect_uri = RedirectUri::new(redirect_uri)
            .map_err(|fault| ConfigError::Url { name: "redirect uri", fault })?;
        // Every callback would hold it twice, and be refused.
        let kept = names_in_query("redirect uri", redirect_uri.as_url().query())?;
        if let Some(name) = kept.into_iter().find(|name| is_of_a_callback(name)) {
            return Err(ConfigError::ReservedParameter(name));
        }
        let mut fixed = names_in_query("authorization endpoint", provider.authorization_endpoint().query())?;
        // How callbacks come is the profile's to say, or nobody would expect them so; and a nonce serves one login.
        if let Some(name) = fixed.iter().find(|name| name.as_ref() == "response_mode") {
            return Err(ConfigError::ReservedParameter(name.clone()));
        }
        fixed.extend(profile.authorize_params.iter().map(|(name, _)| name.clone()));
        if let Some(name) = fixed.iter().find(|name| name.as_ref() == "nonce") {
            return Err(ConfigError::ReservedParameter(name.clone()));
        }
        check_names(&fixed)?;
        check_names(&profile.token_params.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>())?;
        check_names(&names_in_query("token endpoint", provider.token_endpoint().query())?)?;
        let revocation = provider.revocation_uri().and_then(|uri| uri.query());
        check_names(&names_in_query("revocation endpoint", revocation)?)?;
        let mut extra = profile.authorize_params.iter().chain(&profile.token_params);
        if let Some((name, _)) = extra.find(|(name, value)| name.is_empty() || value.is_empty()) {
            return Err(ConfigError::Parameter(name.clone()));
        }
        let mut authorize = provider.authorization_endpoint().as_str().to_owned();
        if provider.authorization_endpoint().query().is_none() {
            authorize.push('?');
        }
        push_pair(&mut authorize, "response_type", "code");
        push_pair(&mut authorize, "client_id", &id);
        push_pair(&mut authorize, "redirect_uri", redirect_uri.as_str());
        for (name, value) in &profile.authorize_params {
            push_pair(&mut authorize, name, value);
        }
        Ok(Self(Arc::new(Inner {
            provider,
            id,
            credentials,
            redirect_uri,
            authorize,
            first: OnceLock::new(),
            fixed,
            danger_openid_unverified: false,
        })))
    }

    /// Lets this client ask for the scope `openid` although nothing here verifies an ID token.
    ///
    /// The ID token then proves nothing: use `gatepass-oidc` to know who logged in.
    #[must_use]
    pub fn danger_openid_unverified(mut self) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.danger_openid_unverified = true;
            return self;
        }
        let inner = &self.0;
        Self(Arc::new(Inner {
            provider: inner.provider.clone(),
            id: inner.id.clone(),
            credentials: match &inner.credentials {
                Credentials::None => Credentials::None,
                Credentials::Basic { header, id_in_body } => {
                    Credentials::Basic { header: header.clone(), id_in_body: *id_in_body }
                }
                Credentials::Post(secret) => Credentials::Post(secret.clone()),
            },
            redirect_uri: inner.redirect_uri.clone(),
            authorize: inner.authorize.clone(),
            first: OnceLock::new(),
            fixed: inner.fixed.clone(),
            danger_openid_unverified: true,
        }))
    }

    /// Begins a login that asks for these scopes.
    #[must_use = "a request that is not started asks nobody"]
    pub fn authorize(&self, scopes: &Scopes) -> AuthRequest {
        AuthRequest::new(self.clone(), scopes.clone())
    }

    /// Takes up a login that was parked, here or in another process.
    ///
    /// # Errors
    /// [`ResumeError`], when the login was started by another provider, client, redirect URI or protocol.
    pub fn resume(&self, snapshot: PendingSnapshot) -> Result<Pending, ResumeError> {
        self.resume_as(snapshot, Protocol::OAuth)
    }

    /// Takes up a login of a protocol that stands on top of this crate.
    ///
    /// # Errors
    /// As [`resume`](Client::resume).
    #[doc(hidden)]
    pub fn resume_as(&self, snapshot: PendingSnapshot, protocol: Protocol) -> Result<Pending, ResumeError> {
        snapshot.resume(self, protocol)
    }

    /// Prepares to refresh with a token that was kept, for a grant of these scopes.
    #[must_use = "a leg that is not driven asks nobody"]
    pub fn refresh(&self, refresh_token: Secret, granted: &Scopes) -> Refresh {
        Refresh::new(self.clone(), refresh_token, granted.clone())
    }

    /// Prepares to revoke a token; `None` if the provider has no revocation endpoint.
    #[must_use = "a leg that is not driven asks nobody"]
    pub fn revoke(&self, token: Secret, kind: TokenKind) -> Option<Revocation> {
        self.provider().can_revoke().then(|| Revocation::new(self.clone(), token, kind))
    }

    /// The provider.
    #[must_use]
    pub fn provider(&self) -> &Provider {
        &self.0.provider
    }

    /// The client id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// The redirect URI.
    #[must_use]
    pub fn redirect_uri(&self) -> &RedirectUri {
        &self.0.redirect_uri
    }

    /// Whether it has no secret, so that nothing can be keyed with one.
    #[doc(hidden)]
    #[must_use]
    pub fn is_public(&self) -> bool {
        matches!(self.0.credentials, Credentials::None)
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.0.credentials
    }

    /// The authorization URL with everything that two logins share.
    pub(crate) fn authorization_url(&self, scopes: &Scopes) -> Option<Url> {
        let (first, url) = match self.0.first.get() {
            Some(first) => first,
            None => {
                let url = self.render(scopes)?;
                self.0.first.get_or_init(|| (scopes.clone(), url))
            }
        };
        if first.as_str() == scopes.as_str() { Some(url.clone()) } else { self.render(scopes) }
    }

    fn render(&self, scopes: &Scopes) -> Option<Url> {
        let mut url = self.0.authorize.clone();
        let separator = self.provider().profile().request_scope_separator;
        match scopes.as_str() {
            "" => {}
            list if separator == ' ' => push_pair(&mut url, "scope", list),
            list => push_pair(&mut url, "scope", &list.replace(' ', separator.encode_utf8(&mut [0; 4]))),
        }
        Url::parse(&url).ok()
    }

    pub(crate) fn fixed_params(&self) -> &[Box<str>] {
        &self.0.fixed
    }

    /// Whether both are the same client of the same provider, whatever their secrets and profiles.
    pub(crate) fn is_same_registration(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.id() == other.id()
                && self.provider().issuer() == other.provider().issuer()
                && self.provider().token_endpoint() == other.provider().token_endpoint())
    }

    pub(crate) fn may_ask_openid(&self) -> bool {
        self.0.danger_openid_unverified
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("provider", &self.0.provider)
            .field("id", &self.0.id)
            .field("redirect_uri", &self.0.redirect_uri)
            .finish_non_exhaustive()
    }
}
