//! One key pair of the provider: made when it is first needed, never written down.

use super::super::random;
use super::algorithm::Algorithm;
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaPublicKeyComponents,
};
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};

/// The PKCS#8 wrapping of an RSA key of 2048 bits; the library wants what is inside (RFC 8017 appendix A.1.2).
const PKCS8_WRAPPING: usize = 26;

#[derive(Debug)]
pub(crate) struct SigningKey {
    pub(crate) kid: String,
    pub(crate) algorithm: Algorithm,
    pub(crate) private: EncodingKey,
    /// As it stands in the key set (RFC 7517).
    pub(crate) public: Value,
    /// Whether something was signed with it.
    pub(crate) used: bool,
}

impl SigningKey {
    /// A new key for one algorithm; there is none for HS256, whose key is the client's secret.
    pub(crate) fn generate(algorithm: Algorithm) -> Self {
        let kid = random::unguessable("gp_key_");
        let (private, public) = match algorithm {
            Algorithm::Rs256 | Algorithm::Ps256 => rsa(),
            Algorithm::Es256 => p256(),
            Algorithm::EdDsa => ed25519(),
            Algorithm::Hs256 => (EncodingKey::from_secret(&[]), json!({})),
        };
        let mut public = public;
        public["kid"] = kid.clone().into();
        public["alg"] = algorithm.name().into();
        public["use"] = "sig".into();
        Self { kid, algorithm, private, public, used: false }
    }
}

fn rsa() -> (EncodingKey, Value) {
    let pair = made(RsaKeyPair::generate(KeySize::Rsa2048));
    let der = made(pair.as_der());
    let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
    let jwk = json!({
        "kty": "RSA",
        "n": BASE64URL_NOPAD.encode(&public.n),
        "e": BASE64URL_NOPAD.encode(&public.e),
    });
    (EncodingKey::from_rsa_der(der.as_ref().get(PKCS8_WRAPPING..).unwrap_or_default()), jwk)
}

fn p256() -> (EncodingKey, Value) {
    let pair = made(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING));
    let der = made(pair.to_pkcs8v1());
    // One byte that says "uncompressed", then both coordinates.
    let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
    let jwk = json!({
        "kty": "EC",
        "crv": "P-256",
        "x": BASE64URL_NOPAD.encode(x),
        "y": BASE64URL_NOPAD.encode(y),
    });
    (EncodingKey::from_ec_der(der.as_ref()), jwk)
}

fn ed25519() -> (EncodingKey, Value) {
    let pair = made(Ed25519KeyPair::generate());
    let der = made(pair.to_pkcs8());
    let jwk = json!({
        "kty": "OKP",
        "crv": "Ed25519",
        "x": BASE64URL_NOPAD.encode(pair.public_key().as_ref()),
    });
    (EncodingKey::from_ed_der(der.as_ref()), jwk)
}

/// What a library makes that has no reason to fail.
pub(crate) fn made<T, E>(result: Result<T, E>) -> T {
    match result {
        Ok(made) => made,
        Err(_) => panic!("the cryptographic library does not do what it is there for"),
    }
}
