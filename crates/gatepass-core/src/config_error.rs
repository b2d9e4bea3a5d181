//! What can be wrong with a configuration. It is found when the configuration is built, never during a login.

use std::fmt;

use crate::error::UrlFault;

/// A setting that is wrong, by name. It never shows the setting's value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// A URL is not one that may be used.
    Url {
        /// The setting.
        name: &'static str,
        /// What is wrong.
        fault: UrlFault,
    },
    /// The client id is empty or holds a control character.
    ClientId,
    /// The client secret is empty. A client without one is `ClientAuth::None`.
    EmptySecret,
    /// The client secret holds a control character, or one that Basic cannot carry unencoded.
    SecretCharacters,
    /// `iss` is required, but neither an issuer nor the profile says which.
    IssuerUnknown,
    /// A parameter that this library sends itself is set by hand, in the endpoint's query or the profile.
    ReservedParameter(Box<str>),
    /// A parameter of the endpoint's query or the profile that stands twice, or has no name or no value.
    Parameter(Box<str>),
    /// Two providers share an issuer, so that a mix-up could not be seen (RFC 9207 section 4).
    SameIssuer,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url { name, fault } => write!(f, "the {name} {fault}"),
            Self::ClientId => f.write_str("the client id is empty or holds a control character"),
            Self::EmptySecret => {
                f.write_str("the client secret is empty: a client without one has no authentication")
            }
            Self::SecretCharacters => f.write_str(
                "the client secret holds a character that cannot be sent with this authentication method",
            ),
            Self::IssuerUnknown => f.write_str("iss is required of callbacks, but no issuer is configured"),
            Self::ReservedParameter(name) => {
                write!(f, "the parameter {name} is set by this library and cannot be given by hand")
            }
            Self::Parameter(name) => {
                write!(f, "the parameter {name} is configured twice, or has no name or no value")
            }
            Self::SameIssuer => f.write_str("two providers share one issuer"),
        }
    }
}

impl std::error::Error for ConfigError {}
