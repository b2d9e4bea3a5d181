//! The token verified by gatepass: every rule of a login.
#![allow(clippy::expect_used, reason = "a benchmark whose input is refused must stop")]

use gatepass_core::{Body, Callback, Client, ClientAuth, Roundtrip, Scopes, Secret, Step};
use gatepass_oidc::{KeySet, Metadata, OpenId, Rules, SignIn, SignInExchange, Unverified, Verdict};
use serde_json::json;

use super::{ACCESS_TOKEN, ISSUER, Signer};
use crate::gatepass::{NOW, attempt};
use crate::{AUTHORIZE, CLIENT_ID, REDIRECT_URI, SECRET, TOKEN};

/// A client, as an application holds it.
#[must_use]
pub fn client(signer: &Signer) -> OpenId {
    let document = json!({
        "issuer": ISSUER,
        "authorization_endpoint": AUTHORIZE,
        "token_endpoint": TOKEN,
        "jwks_uri": "https://op.example/jwks",
    });
    let metadata = Metadata::read(ISSUER, &document.to_string(), false).expect("metadata");
    let provider = metadata.provider().build().expect("a provider");
    let client = Client::new(provider, CLIENT_ID, ClientAuth::Basic(Secret::from(SECRET)), REDIRECT_URI);
    let rules = Rules::new().algorithms([signer.algorithm()]);
    OpenId::new(client.expect("a client"), &metadata, rules).expect("rules")
}

/// The provider's keys, as they are kept between logins.
#[must_use]
pub fn keys(signer: &Signer) -> KeySet {
    KeySet::read(super::key_set(signer).as_bytes()).expect("keys")
}

/// The nonce of every login here: its randomness is always the same.
#[must_use]
pub fn nonce(client: &OpenId) -> String {
    let (url, waiting) = client.authorize(&Scopes::none()).start(attempt()).expect("a request");
    drop(waiting);
    url.query_pairs().find(|(name, _)| name == "nonce").expect("a nonce").1.into_owned()
}

/// A login as far as the token response.
pub fn answered(client: &OpenId, token: &str) -> Unverified {
    let (url, waiting) = client.authorize(&Scopes::none()).start(attempt()).expect("a request");
    let state = url.query_pairs().find(|(name, _)| name == "state").expect("a state").1;
    let callback = Callback::from_query(&format!("code={}&state={state}", crate::CODE)).expect("a callback");
    let exchange = waiting.receive(callback, NOW).expect("an exchange");
    let (_, sent) = exchange.request(attempt()).expect("a request");
    let body = json!({"access_token": ACCESS_TOKEN, "token_type": "Bearer", "id_token": token});
    let answer = http::Response::builder().header("content-type", "application/json");
    let answer = answer.body(Body::from(body.to_string())).expect("an answer");
    match SignInExchange::response(sent, answer, NOW).expect("tokens") {
        Step::Done(unverified) => unverified,
        _ => unreachable!("a code is exchanged in one step"),
    }
}

/// Verifies the token, all of it.
pub fn verify(unverified: Unverified, keys: &KeySet) -> SignIn {
    match unverified.verify(keys, NOW) {
        Verdict::SignedIn(sign_in) => sign_in,
        refused => unreachable!("{refused:?}"),
    }
}
