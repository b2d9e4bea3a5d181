//! The algorithms that the provider signs with (RFC 7518 section 3, RFC 8037).

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

/// A signature algorithm, by the name that stands in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Algorithm {
    /// RSA PKCS#1 v1.5 with SHA-256.
    #[default]
    #[serde(rename = "RS256")]
    Rs256,
    /// RSA-PSS with SHA-256.
    #[serde(rename = "PS256")]
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// HMAC with SHA-256, keyed with the client secret; a client without one gets RS256.
    #[serde(rename = "HS256")]
    Hs256,
}

impl Algorithm {
    /// All of them, the default first.
    pub const ALL: [Self; 5] = [Self::Rs256, Self::Ps256, Self::Es256, Self::EdDsa, Self::Hs256];

    /// The algorithm of this name, to the letter.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// Its name in a header.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Hs256 => "HS256",
        }
    }

    pub(crate) fn jose(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Rs256 => jsonwebtoken::Algorithm::RS256,
            Self::Ps256 => jsonwebtoken::Algorithm::PS256,
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
            Self::EdDsa => jsonwebtoken::Algorithm::EdDSA,
            Self::Hs256 => jsonwebtoken::Algorithm::HS256,
        }
    }

    /// The hash behind `at_hash` and `c_hash` (OpenID Connect Core section 3.1.3.6); Ed25519 has SHA-512 inside.
    pub(crate) fn hash(self) -> &'static digest::Algorithm {
        match self {
            Self::EdDsa => &digest::SHA512,
            _ => &digest::SHA256,
        }
    }

    /// One that nobody expects who expects this one.
    pub(crate) fn another(self) -> Self {
        if self == Self::Rs256 { Self::Es256 } else { Self::Rs256 }
    }
}
