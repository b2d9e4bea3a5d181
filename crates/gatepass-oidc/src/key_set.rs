//! The keys of a provider as they stood at one moment (RFC 7517 section 5).
//!
//! - A key that is unknown, broken, weak, symmetric, private or for encryption is passed over: it never verifies, and
//!   never spoils the others.
//! - A key is chosen by id, type, curve, algorithm and use. Without an id all that fit are tried, a handful at most.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatepass_core::extension::Members;
use jsonwebtoken::DecodingKey;
use serde_json::value::RawValue;

use crate::Algorithm;
use crate::algorithm::Kind;

/// More keys than this are no key set of one provider.
const MOST_KEYS: usize = 512;

/// How many keys are tried on one token.
const MOST_TRIED: usize = 4;

/// The name of a key, `kid`: a word to look up by and nothing else.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct KeyId(Box<str>);

impl KeyId {
    pub(crate) fn new(name: impl Into<Box<str>>) -> Self {
        Self(name.into())
    }

    /// Its text, which comes from a token that nobody has verified.
    #[must_use]
    pub fn untrusted(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.0.len() <= 64 && self.0.bytes().all(|byte| byte.is_ascii_graphic());
        write!(f, "KeyId({})", if known { &*self.0 } else { ".." })
    }
}

/// A provider's public keys. Cloning is cheap.
#[derive(Clone, Default)]
pub struct KeySet {
    keys: Arc<[Key]>,
}

#[derive(Clone)]
struct Key {
    id: Option<KeyId>,
    kind: Kind,
    /// The one algorithm that the key is for, when it says so.
    algorithm: Option<Algorithm>,
    key: DecodingKey,
}

impl KeySet {
    /// Reads a key set.
    ///
    /// # Errors
    /// [`KeySetError`], when it is none. A set whose keys are all passed over is empty and no error.
    pub fn read(json: &[u8]) -> Result<Self, KeySetError> {
        let members = Members::read(json).ok_or(KeySetError::NotAnObject)?;
        let keys = members.raw("keys").ok_or(KeySetError::NoKeys)?;
        let keys: Vec<&RawValue> = serde_json::from_str(keys).map_err(|_| KeySetError::NoKeys)?;
        if keys.len() > MOST_KEYS {
            return Err(KeySetError::TooMany);
        }
        Ok(Self { keys: keys.into_iter().filter_map(|raw| Key::read(raw.get())).collect() })
    }

    /// How many keys there are that can verify.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no key can verify anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys that may have signed a token of this key id under this algorithm.
    pub(crate) fn fitting(
        &self,
        id: Option<&KeyId>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &DecodingKey> {
        self.keys
            .iter()
            .filter(move |key| key.kind == algorithm.kind())
            .filter(move |key| key.algorithm.is_none_or(|only| only == algorithm))
            .filter(move |key| id.is_none() || key.id.as_ref() == id)
            .take(MOST_TRIED)
            .map(|key| &key.key)
    }
}

impl Key {
    /// `None`: this key is passed over.
    fn read(json: &str) -> Option<Self> {
        let members = Members::read(json.as_bytes())?;
        let word = |name| members.text(name).ok().flatten();
        if ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].iter().any(|private| members.raw(private).is_some())
        {
            return None;
        }
        if members.raw("use").is_some() && word("use")? != "sig" {
            return None;
        }
        if let Some(operations) = members.raw("key_ops") {
            let operations: Vec<String> = serde_json::from_str(operations).ok()?;
            if !operations.iter().any(|operation| operation == "verify") {
                return None;
            }
        }
        let algorithm = match members.raw("alg") {
            None => None,
            Some(_) => Some(Algorithm::named(&word("alg")?)?),
        };
        let bytes = |name| URL_SAFE_NO_PAD.decode(word(name)?.as_bytes()).ok();
        let (kind, key) = match (&*word("kty")?, word("crv").as_deref()) {
            ("RSA", _) => (Kind::Rsa, rsa(&bytes("n")?, &bytes("e")?)?),
            ("EC", Some("P-256")) => (Kind::P256, curve_point(Kind::P256, &bytes("x")?, &bytes("y")?)?),
            ("EC", Some("P-384")) => (Kind::P384, curve_point(Kind::P384, &bytes("x")?, &bytes("y")?)?),
            ("OKP", Some("Ed25519")) => {
                let point = bytes("x")?;
                (Kind::Ed25519, (point.len() == 32).then(|| DecodingKey::from_ed_der(&point))?)
            }
            _ => return None,
        };
        if algorithm.is_some_and(|algorithm| algorithm.kind() != kind) {
            return None;
        }
        let id = match members.raw("kid") {
            None => None,
            Some(_) => Some(KeyId::new(word("kid")?)),
        };
        Some(Self { id, kind, algorithm, key })
    }
}

/// At least 2048 bits (RFC 7518 section 3.3), at most what the library takes; an odd exponent of at least 3.
fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<DecodingKey> {
    let bits = modulus.len().saturating_mul(8).checked_sub(modulus.first()?.leading_zeros() as usize)?;
    let exponent_is_sound = match exponent {
        [single] => *single >= 3,
        [first, ..] => *first != 0 && exponent.len() <= 4,
        [] => false,
    } && exponent.last().is_some_and(|last| last % 2 == 1);
    (modulus.first() != Some(&0) && (2048..=8192).contains(&bits) && exponent_is_sound)
        .then(|| DecodingKey::from_rsa_raw_components(modulus, exponent))
}

/// A point that lies on its curve.
fn curve_point(kind: Kind, x: &[u8], y: &[u8]) -> Option<DecodingKey> {
    let (len, algorithm) = match kind {
        Kind::P384 => (48, &ECDSA_P384_SHA384_FIXED),
        _ => (32, &ECDSA_P256_SHA256_FIXED),
    };
    if x.len() != len || y.len() != len {
        return None;
    }
    let point = [&[4], x, y].concat();
    ParsedPublicKey::new(algorithm, &point).ok()?;
    Some(DecodingKey::from_ec_der(&point))
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| (&key.id, key.kind))).finish()
    }
}

/// What arrived is no key set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeySetError {
    /// It is not one JSON object in UTF-8 with each member once.
    NotAnObject,
    /// It has no array `keys`.
    NoKeys,
    /// It has more than 512 keys.
    TooMany,
}

impl fmt::Display for KeySetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAnObject => "the key set is no json object with each member once",
            Self::NoKeys => "the key set has no list of keys",
            Self::TooMany => "the key set has more than 512 keys",
        })
    }
}

impl std::error::Error for KeySetError {}
