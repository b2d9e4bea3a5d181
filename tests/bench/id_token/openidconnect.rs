//! The token verified by the `openidconnect` crate, as its documentation shows it: claims, nonce and `at_hash`.
#![allow(clippy::expect_used, reason = "a benchmark whose input is refused must stop")]

use std::time::{Duration, UNIX_EPOCH};

use ::openidconnect::core::{
    CoreGenderClaim, CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJsonWebKeySet,
    CoreJwsSigningAlgorithm,
};
use ::openidconnect::{
    AccessToken, AccessTokenHash, ClientId, ClientSecret, IdTokenClaims, IssuerUrl, Nonce,
};
use gatepass_oidc::Algorithm;

use super::{ACCESS_TOKEN, ISSUER, Signer};
use crate::{CLIENT_ID, SECRET};

/// What this crate makes of the claims.
pub type Claims = IdTokenClaims<::openidconnect::EmptyAdditionalClaims, CoreGenderClaim>;

/// A verifier, as an application holds it.
#[must_use]
pub fn verifier(signer: &Signer) -> CoreIdTokenVerifier<'static> {
    let keys: CoreJsonWebKeySet = serde_json::from_str(&super::key_set(signer)).expect("keys");
    let algorithm = match signer.algorithm() {
        Algorithm::Es256 => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        Algorithm::EdDsa => CoreJwsSigningAlgorithm::EdDsa,
        _ => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    };
    let now = u64::try_from(crate::gatepass::NOW.as_unix_seconds()).expect("a time");
    CoreIdTokenVerifier::new_confidential_client(
        ClientId::new(CLIENT_ID.into()),
        ClientSecret::new(SECRET.into()),
        IssuerUrl::new(ISSUER.into()).expect("an issuer"),
        keys,
    )
    .set_allowed_algs([algorithm])
    .set_time_fn(move || (UNIX_EPOCH + Duration::from_secs(now)).into())
}

/// Reads and verifies the token. Reading it is part of reading the token response there.
#[must_use]
pub fn verify(token: &str, verifier: &CoreIdTokenVerifier<'_>, nonce: &Nonce) -> CoreIdTokenClaims {
    let token: CoreIdToken = token.parse().expect("a token");
    let claims = token.claims(verifier, nonce).expect("it is right");
    let expected = claims.access_token_hash().expect("a hash");
    let access_token = AccessToken::new(ACCESS_TOKEN.into());
    let algorithm = token.signing_alg().expect("an algorithm");
    let key = token.signing_key(verifier).expect("a key");
    let actual = AccessTokenHash::from_token(&access_token, algorithm, key).expect("a hash");
    assert_eq!(actual, *expected);
    claims.clone()
}
