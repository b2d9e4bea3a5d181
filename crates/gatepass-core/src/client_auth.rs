//! How a client authenticates at the token and revocation endpoints (RFC 6749 section 2.3).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use zeroize::Zeroizing;

use crate::wire::form::{push_encoded, push_pair};
use crate::{BasicEncoding, ConfigError, Profile, Secret};

/// How a client authenticates: one method, configured and never guessed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ClientAuth {
    /// A public client: it has no secret and sends its id alone.
    None,
    /// `client_secret_basic`: id and secret in the `Authorization` header.
    Basic(Secret),
    /// `client_secret_post`: id and secret in the body.
    Post(Secret),
}

/// The credentials made ready once, so that a request only copies them.
pub(crate) enum Credentials {
    None,
    Basic { header: HeaderValue, id_in_body: bool },
    Post(Secret),
}

impl Credentials {
    pub(crate) fn new(id: &str, auth: &ClientAuth, profile: &Profile) -> Result<Self, ConfigError> {
        if id.is_empty() || id.chars().any(char::is_control) {
            return Err(ConfigError::ClientId);
        }
        let checked = |secret: &Secret| match secret.expose() {
            "" => Err(ConfigError::EmptySecret),
            text if text.chars().any(char::is_control) => Err(ConfigError::SecretCharacters),
            _ => Ok(()),
        };
        match auth {
            ClientAuth::None => Ok(Self::None),
            ClientAuth::Post(secret) => checked(secret).map(|()| Self::Post(secret.clone())),
            ClientAuth::Basic(secret) => {
                checked(secret)?;
                let mut pair =
                    Zeroizing::new(String::with_capacity(3 * (id.len() + secret.expose().len()) + 1));
                match profile.basic {
                    BasicEncoding::Form => {
                        push_encoded(&mut pair, id);
                        pair.push(':');
                        push_encoded(&mut pair, secret.expose());
                    }
                    BasicEncoding::Raw if id.contains(':') => return Err(ConfigError::ClientId),
                    BasicEncoding::Raw => {
                        pair.push_str(id);
                        pair.push(':');
                        pair.push_str(secret.expose());
                    }
                }
                let text = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
                let mut header = HeaderValue::from_str(&text).map_err(|_| ConfigError::SecretCharacters)?;
                header.set_sensitive(true);
                Ok(Self::Basic { header, id_in_body: profile.client_id_beside_basic })
            }
        }
    }

    /// The header that goes with a request, if any.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        match self {
            Self::Basic { header, .. } => Some(header.clone()),
            Self::None | Self::Post(_) => None,
        }
    }

    /// How many bytes of secrets go into the body.
    pub(crate) fn in_body(&self) -> usize {
        match self {
            Self::Post(secret) => secret.expose().len(),
            Self::None | Self::Basic { .. } => 0,
        }
    }

    /// Adds to a form what does not go into the header.
    pub(crate) fn push(&self, form: &mut String, id: &str) {
        match self {
            Self::Basic { id_in_body: false, .. } => {}
            Self::Basic { .. } | Self::None => push_pair(form, "client_id", id),
            Self::Post(secret) => {
                push_pair(form, "client_id", id);
                push_pair(form, "client_secret", secret.expose());
            }
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}
