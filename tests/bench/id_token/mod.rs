//! One ID token, as a large provider makes it, signed by a key that is made for the run; and who verifies it.

pub mod bare;
pub mod gatepass;
pub mod openidconnect;
mod signer;

pub use signer::Signer;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

/// The issuer.
pub const ISSUER: &str = "https://op.example/realms/people";
/// The access token that comes along, and which `at_hash` is of.
pub const ACCESS_TOKEN: &str = "ya29.a0AfH6SMBx7-3Jc2qkqT5nVbR8w1Yp0sXuKz4LmDgHfJ6oQeNtCvWyBiEaUrIlPoZsXd";

/// The claims of the token that answers this nonce.
#[must_use]
pub fn claims(signer: &Signer, nonce: &str) -> String {
    let now = crate::gatepass::NOW.as_unix_seconds();
    json!({
        "iss": ISSUER,
        "sub": "f9a4c1de-6d7e-4c53-9a55-0b6f1f3f7a21",
        "aud": [crate::CLIENT_ID],
        "azp": crate::CLIENT_ID,
        "exp": now + 300,
        "iat": now,
        "auth_time": now - 5,
        "jti": "0f3b7c1a-3df1-4b4e-9d0c-1f8f7a6f4a8e",
        "typ": "ID",
        "nonce": nonce,
        "at_hash": signer.half_hash(ACCESS_TOKEN),
        "sid": "2b6a8f70-52a2-4c2e-9f1b-5f0f5a1b7c3d",
        "acr": "1",
        "email_verified": true,
        "name": "Alice Example",
        "preferred_username": "alice",
        "given_name": "Alice",
        "family_name": "Example",
        "email": "alice@app.example",
        "picture": "https://op.example/people/f9a4c1de/picture.png",
    })
    .to_string()
}

/// The token.
#[must_use]
pub fn token(signer: &Signer, nonce: &str) -> String {
    let header = json!({"alg": signer.algorithm().name(), "typ": "JWT", "kid": signer::KEY_ID});
    let part = |text: String| URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", part(header.to_string()), part(claims(signer, nonce)));
    let signature = URL_SAFE_NO_PAD.encode(signer.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// The key set, as the provider publishes it: the key among two others.
#[must_use]
pub fn key_set(signer: &Signer) -> String {
    let others = [Signer::new(gatepass_oidc::Algorithm::Es256), Signer::new(gatepass_oidc::Algorithm::EdDsa)];
    let [first, last] = others.map(|other| other.jwk("another"));
    json!({"keys": [first, signer.jwk(signer::KEY_ID), last]}).to_string()
}
