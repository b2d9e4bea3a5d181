//! An ID token inside an encryption that nobody should take: RSA1_5 (RFC 7516, RFC 7518 sections 4.2 and 5.2.3).
//!
//! No client here has registered a key, so the receiver's key is made on the spot and forgotten: what is to be seen is that a
//! client refuses by the header, and that is all that it can read.

use super::key::made;
use aws_lc_rs::cipher::{AES_128, DecryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::rsa::{KeySize, Pkcs1PublicEncryptingKey, PrivateDecryptingKey};
use aws_lc_rs::{hmac, rand};
use data_encoding::BASE64URL_NOPAD;
use serde_json::json;

/// The token as the plaintext of a JWE in its compact form.
pub(crate) fn by_rsa15(token: &str) -> String {
    let receiver = made(PrivateDecryptingKey::generate(KeySize::Rsa2048)).public_key();
    let receiver = made(Pkcs1PublicEncryptingKey::new(receiver));
    let mut content_key = [0_u8; 32];
    made(rand::fill(&mut content_key));
    let (mac_key, cipher_key) = content_key.split_at(16);

    let mut sealed_key = vec![0; receiver.ciphertext_size()];
    made(receiver.encrypt(&content_key, &mut sealed_key));
    let header = json!({ "alg": "RSA1_5", "enc": "A128CBC-HS256", "cty": "JWT" }).to_string();
    let header = BASE64URL_NOPAD.encode(header.as_bytes());

    let cipher = made(PaddedBlockEncryptingKey::cbc_pkcs7(made(UnboundCipherKey::new(&AES_128, cipher_key))));
    let mut ciphertext = token.as_bytes().to_vec();
    let context = made(cipher.encrypt(&mut ciphertext));
    let iv: &[u8] = match &context {
        DecryptionContext::Iv128(iv) => iv.as_ref(),
        _ => &[],
    };

    let bits = (header.len() as u64 * 8).to_be_bytes();
    let authenticated = [header.as_bytes(), iv, &ciphertext, &bits].concat();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, mac_key), &authenticated);

    let part = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    [header, part(&sealed_key), part(iv), part(&ciphertext), part(&tag.as_ref()[..16])].join(".")
}
