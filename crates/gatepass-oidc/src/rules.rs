//! What was agreed on with the provider when the client was registered, and how strict this client is.

use std::fmt;
use std::time::Duration;

use gatepass_core::{Secret, Timestamp};

use crate::tenants::Tenants;
use crate::{Algorithm, OpenIdError};

/// How tokens are judged. The default is what OpenID Connect says of a client that registered nothing special: RS256, one
/// audience, a nonce, and a minute of clock skew.
///
/// ```
/// # use gatepass_oidc::{Algorithm, Rules};
/// let rules = Rules::new().algorithms([Algorithm::Es256, Algorithm::Rs256]);
/// ```
#[derive(Clone)]
#[must_use = "rules that no client has judge nothing"]
pub struct Rules {
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) mac_secret: Option<Secret>,
    pub(crate) skew: Duration,
    pub(crate) oldest: Option<Duration>,
    pub(crate) trusted_audiences: Vec<Box<str>>,
    pub(crate) nonce_may_be_absent: bool,
    pub(crate) user_info: Option<Algorithm>,
    pub(crate) tenants: Option<Tenants>,
}

impl Rules {
    /// RS256 and nothing else; a minute of skew.
    pub fn new() -> Self {
        Self {
            algorithms: vec![Algorithm::Rs256],
            mac_secret: None,
            skew: Duration::from_secs(60),
            oldest: None,
            trusted_audiences: Vec::new(),
            nonce_may_be_absent: false,
            user_info: None,
            tenants: None,
        }
    }

    /// The algorithms under which the provider signs for this client (`id_token_signed_response_alg`), instead of RS256.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Tokens are signed by a MAC that is keyed with the client secret, and by nothing else.
    ///
    /// Whoever knows the secret can then make tokens. Not for public clients: they have none.
    pub fn mac(mut self, algorithm: Algorithm, client_secret: Secret) -> Self {
        self.algorithms = vec![algorithm];
        self.mac_secret = Some(client_secret);
        self
    }

    /// How far the provider's clock may be off; a minute otherwise, and never more than five.
    pub fn skew(mut self, skew: Duration) -> Self {
        self.skew = skew.min(Duration::from_secs(300));
        self
    }

    /// Refuses tokens that were issued longer ago than this, whatever their expiry.
    pub fn issued_within(mut self, age: Duration) -> Self {
        self.oldest = Some(age);
        self
    }

    /// Accepts tokens for several audiences when each other one is among these; `azp` must then be this client.
    pub fn trust_audience(mut self, audience: impl Into<Box<str>>) -> Self {
        self.trusted_audiences.push(audience.into());
        self
    }

    /// Accepts ID tokens without the nonce that was sent. Another nonce stays refused.
    pub fn danger_nonce_may_be_absent(mut self) -> Self {
        self.nonce_may_be_absent = true;
        self
    }

    /// User info comes signed (`userinfo_signed_response_alg`): plain JSON is refused. By a MAC it can be only where ID tokens
    /// are, too ([`mac`](Self::mac)).
    pub fn signed_user_info(mut self, algorithm: Algorithm) -> Self {
        self.user_info = Some(algorithm);
        self
    }

    /// The issuer in metadata is a template, and each tenant has an issuer of its own.
    pub fn tenants(mut self, tenants: Tenants) -> Self {
        self.tenants = Some(tenants);
        self
    }

    /// Whether these rules can be kept by a client at all.
    pub(crate) fn check(&self, public: bool) -> Result<(), OpenIdError> {
        let keyed = self.user_info.filter(|algorithm| algorithm.is_mac());
        match (&self.mac_secret, self.algorithms.as_slice()) {
            (_, []) => Err(OpenIdError::NoAlgorithm),
            (Some(_), _) if public => Err(OpenIdError::PublicClient),
            (Some(secret), [algorithm]) if algorithm.is_mac() => {
                let least = keyed.unwrap_or(*algorithm).least_secret().max(algorithm.least_secret());
                if secret.expose().len() < least { Err(OpenIdError::ShortSecret { least }) } else { Ok(()) }
            }
            (Some(_), _) => Err(OpenIdError::NotAMac),
            (None, list) if keyed.is_some() || list.iter().any(|one| one.is_mac()) => {
                Err(OpenIdError::MacWithoutSecret)
            }
            (None, _) => Ok(()),
        }
    }

    /// Whether a moment of the token's lies before now, the skew granted.
    pub(crate) fn is_past(&self, moment: Timestamp, now: Timestamp) -> bool {
        moment <= now.saturating_add(self.skew)
    }

    /// Whether a moment has gone by, the skew granted.
    pub(crate) fn has_gone(&self, moment: Timestamp, now: Timestamp) -> bool {
        moment.saturating_add(self.skew) <= now
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules")
            .field("algorithms", &self.algorithms)
            .field("skew", &self.skew)
            .field("trusted_audiences", &self.trusted_audiences)
            .finish_non_exhaustive()
    }
}
