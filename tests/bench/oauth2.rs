//! The steps by the `oauth2` crate, as its documentation shows them.
#![allow(clippy::expect_used, reason = "a benchmark whose input is refused must stop")]

use std::convert::Infallible;

use ::oauth2::basic::{BasicClient, BasicTokenResponse};
use ::oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet, HttpResponse,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenUrl,
};
use url::Url;

use crate::{AUTHORIZE, CLIENT_ID, REDIRECT_URI, RESPONSE, SECRET, TOKEN, callback_query};

/// A client that can authorize and exchange.
pub type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// A client, as an application holds it.
#[must_use]
pub fn client() -> Client {
    BasicClient::new(ClientId::new(CLIENT_ID.into()))
        .set_client_secret(ClientSecret::new(SECRET.into()))
        .set_auth_uri(AuthUrl::new(AUTHORIZE.into()).expect("a url"))
        .set_token_uri(TokenUrl::new(TOKEN.into()).expect("a url"))
        .set_redirect_uri(RedirectUrl::new(REDIRECT_URI.into()).expect("a url"))
}

/// A verifier and a state, made of randomness that was drawn before.
pub fn attempt() -> (PkceCodeVerifier, CsrfToken) {
    let text = "WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo";
    (PkceCodeVerifier::new(text.into()), CsrfToken::new(text.into()))
}

/// Builds an authorization URL.
pub fn authorize(
    client: &Client,
    attempt: (PkceCodeVerifier, CsrfToken),
) -> (Url, CsrfToken, PkceCodeVerifier) {
    let (verifier, state) = attempt;
    let (url, state) = client
        .authorize_url(|| state)
        .add_scope(Scope::new("profile".into()))
        .add_scope(Scope::new("email".into()))
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
        .url();
    (url, state, verifier)
}

/// The state of a login that waits, and the URL that ends it.
pub fn waiting() -> (CsrfToken, String) {
    let (_, state) = attempt();
    let url = format!("/callback/as?{}", callback_query(state.secret()));
    (state, url)
}

/// Parses and checks a callback.
#[must_use]
pub fn callback(expected: &CsrfToken, target: &str) -> AuthorizationCode {
    let url = Url::parse(&("https://app.example".to_string() + target)).expect("a url");
    let state = url.query_pairs().find(|(name, _)| name == "state").expect("a state").1;
    assert_eq!(CsrfToken::new(state.into_owned()).secret(), expected.secret());
    AuthorizationCode::new(url.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned())
}

/// A code that waits to be exchanged, and the answer.
#[must_use]
pub fn answered() -> (AuthorizationCode, PkceCodeVerifier, HttpResponse) {
    let (state, url) = waiting();
    let answer = http::Response::builder().header("content-type", "application/json");
    let answer = answer.body(RESPONSE.as_bytes().to_vec()).expect("an answer");
    (callback(&state, &url), attempt().0, answer)
}

/// Builds a token request and parses its response.
#[must_use]
pub fn exchange(
    client: &Client,
    (code, verifier, answer): (AuthorizationCode, PkceCodeVerifier, HttpResponse),
) -> BasicTokenResponse {
    let answer = std::cell::RefCell::new(Some(answer));
    client
        .exchange_code(code)
        .set_pkce_verifier(verifier)
        .request(&|request| {
            drop(request);
            Ok::<_, Infallible>(answer.borrow_mut().take().expect("one request"))
        })
        .expect("tokens")
}
