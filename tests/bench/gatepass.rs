//! The steps by gatepass.
#![allow(clippy::expect_used, reason = "a benchmark whose input is refused must stop")]

use gatepass_core::{
    Attempt, Body, Callback, Client, ClientAuth, Exchange, Pending, Provider, Roundtrip, Scopes, Secret,
    Seed, Step, Timestamp, TokenSet,
};
use url::Url;

use crate::{AUTHORIZE, CLIENT_ID, REDIRECT_URI, RESPONSE, SECRET, TOKEN, callback_query};

/// The time at which everything happens.
pub const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

/// A client and the scopes that it asks for, as an application holds them.
#[must_use]
pub fn client() -> (Client, Scopes) {
    let provider =
        Provider::builder(AUTHORIZE, TOKEN).issuer("https://as.example").build().expect("a provider");
    let client = Client::new(provider, CLIENT_ID, ClientAuth::Basic(Secret::from(SECRET)), REDIRECT_URI);
    (client.expect("a client"), Scopes::new("profile email").expect("scopes"))
}

/// The randomness that the system's generator would deliver.
#[must_use]
pub fn attempt() -> Attempt {
    Attempt::new(NOW, Seed::new([0x5a; 64]))
}

/// Builds an authorization URL.
pub fn authorize(client: &Client, scopes: &Scopes, attempt: Attempt) -> (Url, Pending) {
    client.authorize(scopes).start(attempt).expect("a request")
}

/// A login that waits, and the query that ends it.
pub fn waiting(client: &Client, scopes: &Scopes) -> (Pending, String) {
    let (url, pending) = authorize(client, scopes, attempt());
    let state = url.query_pairs().find(|(name, _)| name == "state").expect("a state").1.into_owned();
    (pending, callback_query(&state))
}

/// Parses and checks a callback.
pub fn callback(pending: Pending, query: &str) -> Exchange {
    let callback = Callback::from_query(query).expect("a callback");
    pending.receive(callback, NOW).expect("an exchange")
}

/// A code that waits to be exchanged, and the answer.
pub fn answered(client: &Client, scopes: &Scopes) -> (Exchange, Attempt, http::Response<Body>) {
    let (pending, query) = waiting(client, scopes);
    let answer = http::Response::builder().header("content-type", "application/json");
    let answer = answer.body(Body::from(RESPONSE.to_owned())).expect("an answer");
    (callback(pending, &query), attempt(), answer)
}

/// Builds a token request and parses its response.
pub fn exchange((exchange, attempt, answer): (Exchange, Attempt, http::Response<Body>)) -> TokenSet {
    let (request, sent) = exchange.request(attempt).expect("a request");
    drop(request);
    match Exchange::response(sent, answer, NOW).expect("tokens") {
        Step::Done(tokens) => tokens,
        _ => unreachable!("a code is exchanged in one step"),
    }
}
