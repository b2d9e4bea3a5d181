//! What a registration and its provider's metadata do not agree on.

use std::fmt;

use gatepass_core::ConfigError;

use crate::OpenIdError;

/// A provider that is not as the registration has it. Its configuration or ours is to be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misfit {
    /// The provider offers no way to authenticate by a client secret. No request goes without it instead.
    NoSharedAuth {
        /// What it offers.
        offered: Offered,
    },
    /// The provider does not announce PKCE with S256, which the registration demands.
    NoS256,
    /// A setting of the client does not go with the provider's endpoints.
    Config(ConfigError),
    /// The rules do not go with the provider.
    OpenId(OpenIdError),
}

/// Names that a provider gives, as far as they look like names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered(Box<[Box<str>]>);

/// As many as there are methods, and some more.
const MOST: usize = 12;

impl Offered {
    pub(crate) fn of(names: &[&str]) -> Self {
        let plain = |name: &&&str| {
            matches!(name.len(), 1..=40)
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        Self(names.iter().filter(plain).take(MOST).map(|name| Box::from(*name)).collect())
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|name| &**name)
    }
}

impl fmt::Display for Offered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.write_str("nothing that is known") } else { f.write_str(&self.0.join(", ")) }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSharedAuth { offered } => write!(
                f,
                "the provider takes a client secret neither by client_secret_basic nor by client_secret_post, it offers \
                 {offered}: have one of the two enabled there, or name the one that it takes all the same"
            ),
            Self::NoS256 => f.write_str(
                "the provider does not announce pkce with S256 (code_challenge_methods_supported), which this \
                 registration demands",
            ),
            Self::Config(why) => fmt::Display::fmt(why, f),
            Self::OpenId(why) => fmt::Display::fmt(why, f),
        }
    }
}

impl std::error::Error for Misfit {}
