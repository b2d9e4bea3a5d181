//! What an OpenID provider chooses before it starts.

use super::algorithm::Algorithm;
use std::time::Duration;

/// The choices of an OpenID provider; by itself RS256, keys at `/jwks`, and user info as JSON.
///
/// # Examples
///
/// ```
/// use gatepass_testkit::Provider;
/// use gatepass_testkit::provider::openid::{Algorithm, OpenId};
///
/// # fn main() -> std::io::Result<()> {
/// let provider = Provider::builder().openid(OpenId::new().algorithm(Algorithm::Es256)).start()?;
/// assert!(provider.openid_configuration_url().ends_with("/.well-known/openid-configuration"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "hand it to Builder::openid"]
pub struct OpenId {
    pub(crate) algorithm: Algorithm,
    pub(crate) jwks_path: String,
    pub(crate) signed_user_info: Option<Algorithm>,
    pub(crate) id_token_lifetime: Duration,
    pub(crate) acr_values: Vec<String>,
}

impl OpenId {
    /// The defaults.
    pub fn new() -> Self {
        Self {
            algorithm: Algorithm::default(),
            jwks_path: "/jwks".to_owned(),
            signed_user_info: None,
            id_token_lifetime: Duration::from_secs(300),
            acr_values: ["urn:gatepass:password", "urn:gatepass:second-factor"].map(String::from).to_vec(),
        }
    }

    /// Signs for clients by this algorithm that [ask for none](super::super::Client::signed_by).
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Has the keys at this path below the issuer.
    pub fn jwks_path(mut self, path: &str) -> Self {
        self.jwks_path = format!("/{}", path.trim_matches('/'));
        self
    }

    /// Answers user info as a JWT that is signed by this algorithm.
    pub fn signed_user_info(mut self, algorithm: Algorithm) -> Self {
        self.signed_user_info = Some(algorithm);
        self
    }

    /// Sets how long an ID token is good for; five minutes otherwise.
    pub fn id_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.id_token_lifetime = lifetime;
        self
    }

    /// Sets the `acr` values that exist. A login has the first one that is asked for, else the first of all.
    pub fn acr_values(mut self, values: &[&str]) -> Self {
        self.acr_values = values.iter().map(|value| (*value).to_owned()).collect();
        self
    }
}

impl Default for OpenId {
    fn default() -> Self {
        Self::new()
    }
}
