//! Values that nobody guesses, and the two hashes of the provider: its own, never the core's.

use aws_lc_rs::digest;
use data_encoding::BASE64URL_NOPAD;

/// A new value of 256 bits behind a prefix that tells its kind in logs.
pub(crate) fn unguessable(prefix: &str) -> String {
    let mut bytes = [0_u8; 32];
    let filled = aws_lc_rs::rand::fill(&mut bytes);
    assert!(filled.is_ok(), "the operating system gave no randomness");
    format!("{prefix}{}", BASE64URL_NOPAD.encode(&bytes))
}

/// `BASE64URL(SHA256(verifier))` of RFC 7636 section 4.6.
pub(crate) fn s256(verifier: &str) -> String {
    BASE64URL_NOPAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()).as_ref())
}
