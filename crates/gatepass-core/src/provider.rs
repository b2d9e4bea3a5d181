//! A provider: its endpoints, its issuer, its resources and its habits.

use std::fmt;
use std::sync::Arc;

use url::Url;

use crate::error::UrlFault;
use crate::wire::endpoint::endpoint;
use crate::{ConfigError, Profile};

/// An authorization server and the resources that take its tokens. Cloning is cheap.
///
/// ```
/// # use gatepass_core::Provider;
/// let provider = Provider::builder("https://as.example/authorize", "https://as.example/token")
///     .issuer("https://as.example")
///     .revocation_endpoint("https://as.example/revoke")
///     .resource("https://api.example")
///     .build()?;
/// # Ok::<(), gatepass_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

struct Inner {
    authorization_endpoint: Url,
    token_endpoint: Url,
    token_uri: http::Uri,
    revocation_endpoint: Option<http::Uri>,
    issuer: Option<Box<str>>,
    require_iss: bool,
    resources: Vec<url::Origin>,
    http_loopback: bool,
    /// Whether a document of the provider's says all this.
    discovered: bool,
    /// Origins at which its endpoints lay before.
    moved_from: Vec<Box<str>>,
    profile: Profile,
}

impl Provider {
    /// Begins with the two endpoints that every provider has.
    pub fn builder(authorization_endpoint: &str, token_endpoint: &str) -> ProviderBuilder {
        ProviderBuilder {
            authorization_endpoint: authorization_endpoint.into(),
            token_endpoint: token_endpoint.into(),
            revocation_endpoint: None,
            issuer: None,
            require_iss: false,
            resources: Vec::new(),
            http_loopback: false,
            discovered: false,
            moved_from: Vec::new(),
            profile: Profile::strict(),
        }
    }

    /// Where the person is sent.
    #[must_use]
    pub fn authorization_endpoint(&self) -> &Url {
        &self.0.authorization_endpoint
    }

    /// Where codes and refresh tokens are exchanged.
    #[must_use]
    pub fn token_endpoint(&self) -> &Url {
        &self.0.token_endpoint
    }

    /// Whether tokens can be revoked.
    #[must_use]
    pub fn can_revoke(&self) -> bool {
        self.0.revocation_endpoint.is_some()
    }

    /// The issuer identifier, to the letter.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.0.issuer.as_deref()
    }

    /// Whether a callback without `iss` is refused (RFC 9207).
    #[must_use]
    pub fn requires_iss(&self) -> bool {
        self.0.require_iss
    }

    /// The provider's habits.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.0.profile
    }

    /// Whether an access token may be sent to this URL: its origin is one of the resources.
    #[must_use]
    pub fn may_receive_tokens(&self, url: &Url) -> bool {
        url.username().is_empty() && url.password().is_none() && self.0.resources.contains(&url.origin())
    }

    pub(crate) fn resources(&self) -> &[url::Origin] {
        &self.0.resources
    }

    /// Whether http on loopback was allowed.
    #[must_use]
    pub fn allows_http_loopback(&self) -> bool {
        self.0.http_loopback
    }

    /// Whether its endpoints were named by a document that was fetched, and not by whoever wrote the program.
    #[must_use]
    pub fn is_discovered(&self) -> bool {
        self.0.discovered
    }

    /// The origin of the revocation endpoint.
    #[must_use]
    pub fn revocation_origin(&self) -> Option<url::Origin> {
        let uri = self.0.revocation_endpoint.as_ref()?;
        Url::parse(&uri.to_string()).ok().map(|url| url.origin())
    }

    /// Whether tokens that were issued by an endpoint of this origin may be sent to where the endpoints are now.
    #[must_use]
    pub fn accepts_grants_of(&self, origin: &str) -> bool {
        self.0.moved_from.iter().any(|known| **known == *origin)
    }

    pub(crate) fn token_uri(&self) -> &http::Uri {
        &self.0.token_uri
    }

    pub(crate) fn revocation_uri(&self) -> Option<&http::Uri> {
        self.0.revocation_endpoint.as_ref()
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("authorization_endpoint", &self.0.authorization_endpoint.as_str())
            .field("token_endpoint", &self.0.token_endpoint.as_str())
            .field("issuer", &self.0.issuer)
            .finish_non_exhaustive()
    }
}

/// A provider that is being described. Nothing is checked before [`build`](ProviderBuilder::build).
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing before `build`"]
pub struct ProviderBuilder {
    authorization_endpoint: Box<str>,
    token_endpoint: Box<str>,
    revocation_endpoint: Option<Box<str>>,
    issuer: Option<Box<str>>,
    require_iss: bool,
    resources: Vec<Box<str>>,
    http_loopback: bool,
    discovered: bool,
    moved_from: Vec<Box<str>>,
    profile: Profile,
}

impl ProviderBuilder {
    /// Names the issuer. A callback with another `iss` is refused (RFC 9207).
    pub fn issuer(mut self, issuer: impl Into<Box<str>>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Says that the provider always sends `iss`: a callback without it is refused, an error response too.
    pub fn require_iss(mut self) -> Self {
        self.require_iss = true;
        self
    }

    /// Where tokens are revoked (RFC 7009).
    pub fn revocation_endpoint(mut self, endpoint: impl Into<Box<str>>) -> Self {
        self.revocation_endpoint = Some(endpoint.into());
        self
    }

    /// Allows access tokens to be sent to the origin of this URL. May be called several times.
    pub fn resource(mut self, url: impl Into<Box<str>>) -> Self {
        self.resources.push(url.into());
        self
    }

    /// Sets the provider's habits.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Allows http for endpoints and resources on 127.0.0.0/8, `::1` and `localhost`: for development only.
    pub fn danger_allow_http_loopback(mut self) -> Self {
        self.http_loopback = true;
        self
    }

    /// Says that a document that was fetched names the endpoints. Should it name others one day, the tokens of grants that
    /// were issued before are not sent there.
    pub fn discovered(mut self) -> Self {
        self.discovered = true;
        self
    }

    /// Says that the provider's endpoints lay at the origin of this URL before: grants that were issued there go on.
    pub fn moved_from(mut self, url: impl Into<Box<str>>) -> Self {
        self.moved_from.push(url.into());
        self
    }

    /// Checks everything.
    ///
    /// # Errors
    /// [`ConfigError`], which names the first setting that is wrong.
    pub fn build(self) -> Result<Provider, ConfigError> {
        let url = |name, text: &str| {
            endpoint(text, self.http_loopback).map_err(|fault| ConfigError::Url { name, fault })
        };
        let uri = |name, url: &Url| {
            url.as_str().parse().map_err(|_| ConfigError::Url { name, fault: UrlFault::Characters })
        };
        let authorization_endpoint = url("authorization endpoint", &self.authorization_endpoint)?;
        let token_endpoint = url("token endpoint", &self.token_endpoint)?;
        let revocation_endpoint = match &self.revocation_endpoint {
            Some(text) => Some(uri("revocation endpoint", &url("revocation endpoint", text)?)?),
            None => None,
        };
        if let Some(issuer) = &self.issuer {
            url("issuer", issuer)?;
        }
        if self.require_iss && self.issuer.is_none() && self.profile.callback_issuers.is_empty() {
            return Err(ConfigError::IssuerUnknown);
        }
        let mut resources = Vec::with_capacity(self.resources.len());
        for text in &self.resources {
            resources.push(url("resource", text)?.origin());
        }
        if let Some(person) = &self.profile.person {
            let url = url("resource that says who a person is", person.url())?;
            resources.push(url.origin());
        }
        let mut moved_from = Vec::with_capacity(self.moved_from.len());
        for text in &self.moved_from {
            moved_from.push(url("former endpoint", text)?.origin().ascii_serialization().into());
        }
        Ok(Provider(Arc::new(Inner {
            token_uri: uri("token endpoint", &token_endpoint)?,
            authorization_endpoint,
            token_endpoint,
            revocation_endpoint,
            issuer: self.issuer,
            require_iss: self.require_iss,
            resources,
            http_loopback: self.http_loopback,
            discovered: self.discovered,
            moved_from,
            profile: self.profile,
        })))
    }
}
