//! The signature algorithms that exist here (RFC 7518 section 3, RFC 8037, RFC 9864). `none` is not among them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm as Jose, DecodingKey};
use sha2::{Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq as _;

/// A signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// RSA PKCS#1 v1.5 with SHA-256: what OpenID Connect demands of every provider.
    Rs256,
    /// RSA PKCS#1 v1.5 with SHA-384.
    Rs384,
    /// RSA PKCS#1 v1.5 with SHA-512.
    Rs512,
    /// RSA-PSS with SHA-256.
    Ps256,
    /// RSA-PSS with SHA-384.
    Ps384,
    /// RSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
    /// HMAC with SHA-256, keyed with the client secret.
    Hs256,
    /// HMAC with SHA-384, keyed with the client secret.
    Hs384,
    /// HMAC with SHA-512, keyed with the client secret.
    Hs512,
}

/// What kind of key an algorithm needs. One key serves one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Rsa,
    P256,
    P384,
    Ed25519,
    Mac,
}

const ALL: [(&str, Algorithm); 13] = [
    ("RS256", Algorithm::Rs256),
    ("RS384", Algorithm::Rs384),
    ("RS512", Algorithm::Rs512),
    ("PS256", Algorithm::Ps256),
    ("PS384", Algorithm::Ps384),
    ("PS512", Algorithm::Ps512),
    ("ES256", Algorithm::Es256),
    ("ES384", Algorithm::Es384),
    ("EdDSA", Algorithm::EdDsa),
    ("HS256", Algorithm::Hs256),
    ("HS384", Algorithm::Hs384),
    ("HS512", Algorithm::Hs512),
    ("Ed25519", Algorithm::EdDsa),
];

impl Algorithm {
    /// The algorithm of this name, to the letter; `Ed25519` is the newer name of what `EdDSA` means here.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        ALL.iter().find(|(known, _)| *known == name).map(|(_, algorithm)| *algorithm)
    }

    /// Its name in a header.
    #[must_use]
    pub fn name(self) -> &'static str {
        ALL.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }

    /// Whether it is keyed with the client secret.
    #[must_use]
    pub fn is_mac(self) -> bool {
        self.kind() == Kind::Mac
    }

    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512 => Kind::Rsa,
            Self::Es256 => Kind::P256,
            Self::Es384 => Kind::P384,
            Self::EdDsa => Kind::Ed25519,
            Self::Hs256 | Self::Hs384 | Self::Hs512 => Kind::Mac,
        }
    }

    /// How many bytes a signature has; `None`: as many as the key.
    pub(crate) fn signature_len(self) -> Option<usize> {
        match self {
            Self::Es256 | Self::EdDsa | Self::Hs512 => Some(64),
            Self::Es384 => Some(96),
            Self::Hs256 => Some(32),
            Self::Hs384 => Some(48),
            _ => None,
        }
    }

    /// How many bytes a key must have to be no weaker than the algorithm (RFC 7518 section 3.2).
    pub(crate) fn least_secret(self) -> usize {
        match self {
            Self::Hs384 => 48,
            Self::Hs512 => 64,
            _ => 32,
        }
    }

    /// Whether this is the left half of the hash of a text, as `at_hash` and `c_hash` have it (OpenID Connect Core
    /// section 3.1.3.6).
    pub(crate) fn is_half_hash(self, hash: &str, text: &str) -> bool {
        fn is_left<D: sha2::Digest>(given: &str, text: &str) -> bool {
            let hash = D::digest(text.as_bytes());
            let mut left = [0; 43];
            let len = URL_SAFE_NO_PAD.encode_slice(hash.get(..hash.len() / 2).unwrap_or_default(), &mut left);
            len.is_ok_and(|len| left.get(..len).is_some_and(|left| left.ct_eq(given.as_bytes()).into()))
        }
        match self {
            Self::Rs256 | Self::Ps256 | Self::Es256 | Self::Hs256 => is_left::<Sha256>(hash, text),
            Self::Rs384 | Self::Ps384 | Self::Es384 | Self::Hs384 => is_left::<Sha384>(hash, text),
            Self::Rs512 | Self::Ps512 | Self::Hs512 | Self::EdDsa => is_left::<Sha512>(hash, text),
        }
    }

    /// Whether the signature is the key's, of this message.
    ///
    /// The library is asked by its provider and not by its process-wide default, which panics where another crate
    /// switches its other back end on.
    pub(crate) fn verifies(self, key: &DecodingKey, message: &[u8], signature: &Vec<u8>) -> bool {
        if self.signature_len().is_some_and(|len| len != signature.len()) {
            return false;
        }
        (DEFAULT_PROVIDER.verifier_factory)(&self.jose(), key)
            .is_ok_and(|verifier| verifier.verify(message, signature).is_ok())
    }

    fn jose(self) -> Jose {
        match self {
            Self::Rs256 => Jose::RS256,
            Self::Rs384 => Jose::RS384,
            Self::Rs512 => Jose::RS512,
            Self::Ps256 => Jose::PS256,
            Self::Ps384 => Jose::PS384,
            Self::Ps512 => Jose::PS512,
            Self::Es256 => Jose::ES256,
            Self::Es384 => Jose::ES384,
            Self::EdDsa => Jose::EdDSA,
            Self::Hs256 => Jose::HS256,
            Self::Hs384 => Jose::HS384,
            Self::Hs512 => Jose::HS512,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
