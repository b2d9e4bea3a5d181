//! What a provider says about itself (OpenID Connect Discovery section 3, RFC 8414 section 2).
//!
//! - The issuer is the one that was asked, to the letter; else nothing of the document is used.
//! - Every endpoint is a sound https URL, whether this crate uses it or not yet; what is left out takes the defaults of
//!   the RFC and is never invented.

use std::fmt;

use gatepass_core::extension::{Members, endpoint};
use gatepass_core::{Provider, ProviderBuilder};
use url::Url;

use crate::DiscoveryError;

/// A provider's metadata, checked.
#[derive(Clone)]
pub struct Metadata {
    pub(crate) issuer: Box<str>,
    endpoints: Vec<(&'static str, Url)>,
    lists: Vec<(&'static str, Box<[Box<str>]>)>,
    sends_iss: bool,
    backchannel_logout: bool,
    json: Box<str>,
    http_loopback: bool,
}

const ENDPOINTS: [&str; 9] = [
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
    "end_session_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "registration_endpoint",
    "pushed_authorization_request_endpoint",
];

const LISTS: [&str; 11] = [
    "scopes_supported",
    "response_types_supported",
    "response_modes_supported",
    "grant_types_supported",
    "code_challenge_methods_supported",
    "token_endpoint_auth_methods_supported",
    "id_token_signing_alg_values_supported",
    "userinfo_signing_alg_values_supported",
    "subject_types_supported",
    "acr_values_supported",
    "prompt_values_supported",
];

impl Metadata {
    /// Reads a document that was fetched, or kept, for this issuer.
    ///
    /// # Errors
    /// [`DiscoveryError`], which names the member that is wrong.
    pub fn read(issuer: &str, document: &str, http_loopback: bool) -> Result<Self, DiscoveryError> {
        let members = Members::read(document.as_bytes()).ok_or(DiscoveryError::Body)?;
        let text = |name| members.text(name).map_err(|_| DiscoveryError::FieldType(name));
        let named = text("issuer")?.ok_or(DiscoveryError::Missing("issuer"))?;
        if *named != *issuer {
            return Err(DiscoveryError::IssuerMismatch);
        }
        let mut endpoints = Vec::new();
        for name in ENDPOINTS {
            if let Some(address) = text(name)? {
                let url = endpoint(&address, http_loopback)
                    .map_err(|fault| DiscoveryError::Endpoint { name, fault })?;
                endpoints.push((name, url));
            }
        }
        let mut lists = Vec::new();
        for name in LISTS {
            if let Some(raw) = members.raw(name) {
                let list: Vec<Box<str>> =
                    serde_json::from_str(raw).map_err(|_| DiscoveryError::FieldType(name))?;
                lists.push((name, list.into()));
            }
        }
        let flag = |name| match members.raw(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(DiscoveryError::FieldType(name)),
        };
        let metadata = Self {
            issuer: issuer.into(),
            endpoints,
            lists,
            sends_iss: flag("authorization_response_iss_parameter_supported")?,
            backchannel_logout: flag("backchannel_logout_supported")?,
            json: document.into(),
            http_loopback,
        };
        for name in ["authorization_endpoint", "token_endpoint"] {
            metadata.endpoint(name).ok_or(DiscoveryError::Missing(name))?;
        }
        if metadata
            .list("response_types_supported")
            .is_some_and(|types| !types.iter().any(|one| **one == *"code"))
        {
            return Err(DiscoveryError::NoCodeFlow);
        }
        Ok(metadata)
    }

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// One of the endpoints, by its name in the document.
    #[must_use]
    pub fn endpoint(&self, name: &str) -> Option<&Url> {
        self.endpoints.iter().find(|(known, _)| *known == name).map(|(_, url)| url)
    }

    /// One of the lists of what is supported, by its name in the document; `None`: the document does not say.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<&[Box<str>]> {
        self.lists.iter().find(|(known, _)| *known == name).map(|(_, list)| &**list)
    }

    /// Whether the provider says that it knows PKCE with S256. It is sent in any case, and ignored by those that do not.
    #[must_use]
    pub fn supports_s256(&self) -> bool {
        self.list("code_challenge_methods_supported")
            .is_some_and(|methods| methods.iter().any(|method| **method == *"S256"))
    }

    /// How a client may authenticate at the token endpoint; Basic, where the document does not say (RFC 8414).
    #[must_use]
    pub fn token_endpoint_auth_methods(&self) -> Vec<&str> {
        match self.list("token_endpoint_auth_methods_supported") {
            Some(methods) => methods.iter().map(|method| &**method).collect(),
            None => vec!["client_secret_basic"],
        }
    }

    /// Whether the provider ends sessions here by back-channel logout.
    #[must_use]
    pub fn supports_backchannel_logout(&self) -> bool {
        self.backchannel_logout
    }

    /// The document as it came, to be kept for a start without the provider.
    #[must_use]
    pub fn as_json(&self) -> &str {
        &self.json
    }

    /// The names of endpoints that lie on another origin than before: somebody moved them, or somebody else did.
    #[must_use]
    pub fn moved_since(&self, before: &Self) -> Vec<&'static str> {
        self.endpoints
            .iter()
            .filter(|(name, url)| before.endpoint(name).is_some_and(|old| old.origin() != url.origin()))
            .map(|(name, _)| *name)
            .collect()
    }

    /// Begins a provider with everything that the document says: endpoints, issuer, and whether callbacks carry `iss`.
    /// User info may receive its tokens.
    pub fn provider(&self) -> ProviderBuilder {
        let address = |name| self.endpoint(name).map_or("", Url::as_str);
        let mut provider = Provider::builder(address("authorization_endpoint"), address("token_endpoint"))
            .issuer(&*self.issuer)
            .discovered();
        if self.sends_iss {
            provider = provider.require_iss();
        }
        if let Some(url) = self.endpoint("revocation_endpoint") {
            provider = provider.revocation_endpoint(url.as_str());
        }
        if let Some(url) = self.endpoint("userinfo_endpoint") {
            provider = provider.resource(url.as_str());
        }
        if self.http_loopback { provider.danger_allow_http_loopback() } else { provider }
    }
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metadata").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}
