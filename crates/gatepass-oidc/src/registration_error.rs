//! What can be wrong with a registration before its provider was asked.

use std::fmt;

use gatepass_core::ConfigError;

use crate::{DiscoveryError, OpenIdError};

/// A setting of a registration that is wrong, by name. It is the program's fault, and shows no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistrationError {
    /// The issuer is not one that can be asked.
    Issuer(DiscoveryError),
    /// A setting of the client is wrong.
    Config(ConfigError),
    /// The rules cannot be kept.
    Rules(OpenIdError),
}

impl fmt::Display for RegistrationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issuer(why) => fmt::Display::fmt(why, f),
            Self::Config(why) => fmt::Display::fmt(why, f),
            Self::Rules(why) => fmt::Display::fmt(why, f),
        }
    }
}

impl std::error::Error for RegistrationError {}
