//! What all cases share: a provider, clients, moments, and requests and answers taken apart.

use std::error::Error;
use std::time::Duration;

use gatepass_core::{
    Attempt, AuthRequest, Body, Callback, CallbackError, Client, ClientAuth, Exchange, ExchangeSent, Pending,
    Profile, Provider, ProviderBuilder, Roundtrip, Scopes, Secret, Seed, Step, Timestamp, TokenError,
    TokenSet,
};
use http::{Request, Response};
use url::Url;

use crate::vectors::Vector;

pub(crate) const AUTHORIZE: &str = "https://as.example/authorize";
pub(crate) const TOKEN: &str = "https://as.example/token";
pub(crate) const REVOKE: &str = "https://as.example/revoke";
pub(crate) const ISSUER: &str = "https://as.example";
pub(crate) const REDIRECT: &str = "https://app.example/callback";
pub(crate) const ID: &str = "the-app";
pub(crate) const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

pub(crate) fn after(seconds: u64) -> Timestamp {
    NOW.saturating_add(Duration::from_secs(seconds))
}

pub(crate) fn builder() -> ProviderBuilder {
    Provider::builder(AUTHORIZE, TOKEN).issuer(ISSUER).revocation_endpoint(REVOKE)
}

pub(crate) fn provider() -> Provider {
    builder().build().unwrap()
}

/// A provider with habits.
pub(crate) fn with_profile(change: impl FnOnce(&mut Profile)) -> Provider {
    let mut profile = Profile::strict();
    change(&mut profile);
    builder().profile(profile).build().unwrap()
}

pub(crate) fn client_of(provider: Provider) -> Client {
    Client::new(provider, ID, ClientAuth::None, REDIRECT).unwrap()
}

/// A public client of the usual provider.
pub(crate) fn client() -> Client {
    client_of(provider())
}

pub(crate) fn client_with(auth: ClientAuth) -> Client {
    Client::new(provider(), ID, auth, REDIRECT).unwrap()
}

pub(crate) fn secret() -> Secret {
    Secret::from("the secret")
}

pub(crate) fn scopes(list: &str) -> Scopes {
    Scopes::new(list).unwrap()
}

/// An attempt whose 64 random bytes differ with `number`, and from each other.
pub(crate) fn attempt(number: u8) -> Attempt {
    attempt_at(NOW, number)
}

pub(crate) fn attempt_at(now: Timestamp, number: u8) -> Attempt {
    let mut bytes = [0; 64];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::try_from(at).unwrap() ^ number.wrapping_mul(31);
    }
    Attempt::new(now, Seed::new(bytes))
}

/// A login on its way, with the values that the browser carries.
#[derive(Debug)]
pub(crate) struct Login {
    pub(crate) url: Url,
    pub(crate) pending: Pending,
    pub(crate) state: String,
}

pub(crate) fn start(request: AuthRequest, number: u8) -> Login {
    let (url, pending) = request.start(attempt(number)).unwrap();
    let state = only(&query(&url), "state");
    Login { url, pending, state }
}

pub(crate) fn login(client: &Client) -> Login {
    start(client.authorize(&scopes("profile email")), 1)
}

/// The decoded parameters of a form, read by a parser that is not the core's.
pub(crate) fn form(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

pub(crate) fn query(url: &Url) -> Vec<(String, String)> {
    form(url.query().unwrap_or_default().as_bytes())
}

pub(crate) fn all(pairs: &[(String, String)], name: &str) -> Vec<String> {
    pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
}

/// The value of a parameter that must be there exactly once.
pub(crate) fn only(pairs: &[(String, String)], name: &str) -> String {
    match all(pairs, name).as_slice() {
        [one] => one.clone(),
        other => panic!("{name} is there {} times", other.len()),
    }
}

pub(crate) fn has(pairs: &[(String, String)], name: &str) -> bool {
    !all(pairs, name).is_empty()
}

pub(crate) fn callback(query: &str) -> Callback {
    Callback::from_query(query).unwrap()
}

impl Login {
    /// The person comes back at once with these parameters beside the right `state`.
    pub(crate) fn receive(self, rest: &str) -> Result<Exchange, CallbackError> {
        let callback = callback(&format!("state={}&{rest}", self.state));
        self.pending.receive(callback, NOW)
    }

    pub(crate) fn exchange(self) -> Exchange {
        self.receive("code=the-code").unwrap()
    }
}

/// The request of a leg, and what waits for its answer.
pub(crate) fn ask<R: Roundtrip>(leg: R) -> (Request<Body>, R::Sent) {
    leg.request(attempt(9)).unwrap()
}

/// The form in a request's body.
pub(crate) fn sent_form(request: &Request<Body>) -> Vec<(String, String)> {
    form(request.body().as_bytes())
}

pub(crate) fn header<'a, T>(message: &'a Request<T>, name: &str) -> Option<&'a str> {
    let mut values = message.headers().get_all(name).iter();
    let value = values.next()?;
    assert!(values.next().is_none(), "{name} is there twice");
    Some(value.to_str().unwrap())
}

pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Response<Body> {
    let mut answer = Response::builder().status(status);
    for (name, value) in headers {
        answer = answer.header(*name, *value);
    }
    answer.body(Body::from(body.into())).unwrap()
}

pub(crate) fn json(status: u16, body: &str) -> Response<Body> {
    answer(status, &[("content-type", "application/json")], body)
}

pub(crate) const GOOD: &str = r#"{"access_token":"at","token_type":"Bearer","expires_in":3600}"#;

pub(crate) fn judge<R: Roundtrip>(sent: R::Sent, answer: Response<Body>) -> Result<R::Output, R::Error> {
    match R::response(sent, answer, NOW)? {
        Step::Done(output) => Ok(output),
        _ => panic!("this leg asks once"),
    }
}

/// Drives the exchange of a login with one answer.
pub(crate) fn exchanged(login: Login, answer: Response<Body>) -> Result<TokenSet, TokenError> {
    let (_, sent): (_, ExchangeSent) = ask(login.exchange());
    judge::<Exchange>(sent, answer)
}

/// The error of what must fail.
pub(crate) fn refused<T, E>(outcome: Result<T, E>) -> E {
    match outcome {
        Err(error) => error,
        Ok(_) => panic!("this had to be refused"),
    }
}

/// An error with its causes, as every kind of log would print them.
pub(crate) fn printed(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        text.push_str(&format!("{error} | {error:?} | {error:#?}\n"));
        next = error.source();
    }
    text
}

/// The vectors of a row that accept, or those that refuse; there must be some.
pub(crate) fn vectors_of(table: &str, row: &str, refusing: bool) -> Vec<Vector> {
    let mut vectors = Vector::all(table);
    vectors.retain(|vector| vector.row == row && vector.expect.contains_key("refused") == refusing);
    assert!(!vectors.is_empty(), "{row} has no vectors");
    vectors
}
