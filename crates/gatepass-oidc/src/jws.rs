//! A signed token, read and verified (RFC 7515, RFC 8725).
//!
//! - Size and number of segments are judged before anything is decoded; header and payload have each member once.
//! - The algorithm is one that was agreed on; the token alone never chooses it. `crit` is refused, whatever it lists.
//! - Keys and addresses of keys in the header are never looked at; `kid` is a word to look up by.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatepass_core::extension::{Members, string};
use jsonwebtoken::DecodingKey;

use crate::key_set::KeySet;
use crate::{Algorithm, JwtError, KeyId};

const LONGEST_TOKEN: usize = 64 * 1024;
const LONGEST_HEADER: usize = 8 * 1024;

/// Which kind of token is expected: none is taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Id,
    Logout,
    UserInfo,
}

impl TokenKind {
    /// Whether a token that calls itself so may be one of this kind (RFC 8725 section 3.11).
    fn takes(self, typ: &str) -> bool {
        let plain = typ.eq_ignore_ascii_case("jwt");
        match self {
            Self::Id | Self::UserInfo => plain,
            Self::Logout => plain || typ.eq_ignore_ascii_case("logout+jwt"),
        }
    }
}

/// A token whose header was read and whose signature was not.
pub(crate) struct Jws<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) kid: Option<KeyId>,
    signed: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> Jws<'a> {
    /// Reads the header. Nothing of the payload is decoded.
    pub(crate) fn read(text: &'a str, kind: TokenKind, agreed: &[Algorithm]) -> Result<Self, JwtError> {
        if text.len() > LONGEST_TOKEN {
            return Err(JwtError::TooLarge);
        }
        let mut segments = text.splitn(6, '.');
        let mut next = || segments.next();
        let (header, payload, signature) = match [next(), next(), next(), next(), next(), next()] {
            [Some(header), Some(payload), Some(signature), None, ..] => (header, payload, signature),
            [.., Some(_), None] => return Err(JwtError::Encrypted),
            _ => return Err(JwtError::Malformed),
        };
        let signed = text.get(..header.len() + 1 + payload.len()).ok_or(JwtError::Malformed)?;
        if header.len() > LONGEST_HEADER {
            return Err(JwtError::TooLarge);
        }
        let header = decode(header)?;
        let header = Members::read(&header).ok_or(JwtError::NotAnObject)?;
        let word = |name| header.text(name).ok().flatten();
        let algorithm = word("alg").and_then(|name| Algorithm::named(&name)).ok_or(JwtError::Algorithm)?;
        if !agreed.contains(&algorithm) {
            return Err(JwtError::Algorithm);
        }
        if header.raw("crit").is_some() || header.raw("b64").is_some() {
            return Err(JwtError::Critical);
        }
        if let Some(raw) = header.raw("typ") {
            let typ = string(raw).ok_or(JwtError::OtherKind)?;
            let short = typ.get(..12).filter(|prefix| prefix.eq_ignore_ascii_case("application/"));
            if !kind.takes(short.and_then(|_| typ.get(12..)).unwrap_or(&typ)) {
                return Err(JwtError::OtherKind);
            }
        }
        let kid = match header.raw("kid") {
            None => None,
            Some(raw) => Some(KeyId::new(string(raw).ok_or(JwtError::NoKey)?)),
        };
        Ok(Self { algorithm, kid, signed, payload, signature })
    }

    /// Verifies the signature with the client secret.
    pub(crate) fn verify_mac(&self, secret: &[u8]) -> Result<String, JwtError> {
        self.verify([&DecodingKey::from_secret(secret)].into_iter())
    }

    /// Verifies the signature with the keys that fit; `None`: the set has none.
    ///
    /// Nor has it one where a token names none and all of them fail: the key without a name may be one that has come since.
    pub(crate) fn verify_with(&self, keys: &KeySet) -> Option<Result<String, JwtError>> {
        let mut keys = keys.fitting(self.kid.as_ref(), self.algorithm).peekable();
        keys.peek()?;
        match self.verify(keys) {
            Err(JwtError::Signature) if self.kid.is_none() => None,
            verified => Some(verified),
        }
    }

    /// The payload, once one of the keys has verified it.
    fn verify<'k>(&self, mut keys: impl Iterator<Item = &'k DecodingKey>) -> Result<String, JwtError> {
        let signature = decode(self.signature)?;
        if !keys.any(|key| self.algorithm.verifies(key, self.signed.as_bytes(), &signature)) {
            return Err(JwtError::Signature);
        }
        String::from_utf8(decode(self.payload)?).map_err(|_| JwtError::NotAnObject)
    }
}

/// Canonical base64url: no padding, no bits left over, nothing else.
fn decode(segment: &str) -> Result<Vec<u8>, JwtError> {
    URL_SAFE_NO_PAD.decode(segment).map_err(|_| JwtError::Malformed)
}
