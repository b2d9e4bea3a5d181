//! Proof Key for Code Exchange (RFC 7636), S256 only, and the random texts that a login is made of.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// 256 bits in base64url: 43 characters, kept in place and wiped when dropped.
#[derive(Clone)]
pub(crate) struct Text43(Zeroizing<[u8; 43]>);

impl Text43 {
    pub(crate) fn new(bytes: &[u8; 32]) -> Self {
        let mut text = Zeroizing::new([b'A'; 43]);
        // 32 bytes are 43 characters without padding.
        let written = URL_SAFE_NO_PAD.encode_slice(bytes, text.as_mut_slice());
        debug_assert_eq!(written, Ok(43));
        Self(text)
    }

    /// Takes up a text that was rendered before.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let bytes: [u8; 43] = text.as_bytes().try_into().ok()?;
        let unreserved = bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~'));
        unreserved.then(|| Self(Zeroizing::new(bytes)))
    }

    pub(crate) fn as_str(&self) -> &str {
        // Both constructors admit ASCII only.
        std::str::from_utf8(self.0.as_slice()).unwrap_or_default()
    }

    pub(crate) fn same_as(&self, other: &str) -> bool {
        crate::secret::same(self.0.as_slice(), other.as_bytes())
    }

    /// `BASE64URL(SHA256(ASCII(self)))`: the challenge to a verifier.
    pub(crate) fn challenge(&self) -> Self {
        Self::new(&Sha256::digest(self.0.as_slice()).into())
    }
}

impl fmt::Debug for Text43 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Text43(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::Text43;

    #[test]
    fn pkc_03_challenge_is_the_example_of_appendix_b() {
        let bytes = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105,
            214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
        ];
        let verifier = Text43::new(&bytes);
        assert_eq!(verifier.as_str(), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(verifier.challenge().as_str(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
