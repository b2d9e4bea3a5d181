//! The cryptography library alone: is this the key's signature of this text?
#![allow(clippy::expect_used, reason = "a benchmark whose input is refused must stop")]

use aws_lc_rs::signature::{ParsedPublicKey, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Signer;

/// What there is to verify, taken apart.
#[derive(Debug)]
pub struct Signed {
    message: String,
    signature: Vec<u8>,
}

/// Takes a token apart.
#[must_use]
pub fn signed(token: &str) -> Signed {
    let (message, signature) = token.rsplit_once('.').expect("a token");
    Signed { message: message.to_owned(), signature: URL_SAFE_NO_PAD.decode(signature).expect("a signature") }
}

/// Verifies with a key that the library has read before.
pub fn verify(key: &ParsedPublicKey, signed: &Signed) {
    key.verify_sig(signed.message.as_bytes(), &signed.signature).expect("it is right");
}

/// Verifies with a key that has to be read.
pub fn read_and_verify(signer: &Signer, signed: &Signed) {
    let (algorithm, key) = signer.public();
    let key = UnparsedPublicKey::new(algorithm, key);
    key.verify(signed.message.as_bytes(), &signed.signature).expect("it is right");
}

/// Reads a key.
#[must_use]
pub fn key(signer: &Signer) -> ParsedPublicKey {
    let (algorithm, key) = signer.public();
    ParsedPublicKey::new(algorithm, key).expect("a key")
}
