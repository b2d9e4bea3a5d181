//! What the suite's provider asserts about the requests of a client: a function for each id, over everything that one run's
//! provider saw.
//!
//! A client without pushed requests, DPoP and client assertions is held to these; what the suite asserts of a pushed
//! request (A8-03 to A8-05) is asserted of the authorization request.

mod authorize;
mod resource;
#[cfg(test)]
mod tests;
mod token;

use data_encoding::BASE64URL_NOPAD;
use gatepass_testkit::provider::Endpoint;
use gatepass_testkit::provider::LogEntry;
use sha2::{Digest as _, Sha256};

/// What one provider saw, and what it knows of the client.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    log: &'a [LogEntry],
    issued: &'a [String],
    redirect_uri: &'a str,
}

impl<'a> Seen<'a> {
    fn requests(self, endpoint: Endpoint) -> impl Iterator<Item = &'a LogEntry> {
        self.log.iter().filter(move |entry| entry.endpoint == endpoint)
    }
}

/// An assertion: its id, and the function that gives a line for each request that breaks it.
pub type Assertion = (&'static str, fn(Seen<'_>) -> Vec<String>);

/// All of them.
pub const ASSERTIONS: [Assertion; 8] = [
    ("A8-01", authorize::a8_01),
    ("A8-03", authorize::a8_03),
    ("A8-04", authorize::a8_04),
    ("A8-05", authorize::a8_05),
    ("A8-09", token::a8_09),
    ("A8-12", resource::a8_12),
    ("A8-13", token::a8_13),
    ("A8-17", authorize::a8_17),
];

/// What is wrong with a run by all of them: a line each, with the id.
#[must_use]
pub fn all(log: &[LogEntry], issued: &[String], origin: &str) -> Vec<String> {
    let redirect_uri = format!("{origin}/callback");
    let seen = Seen { log, issued, redirect_uri: &redirect_uri };
    let broken = |(id, assertion): &Assertion| -> Vec<String> {
        assertion(seen).into_iter().map(|wrong| format!("{id}: {wrong}")).collect()
    };
    ASSERTIONS.iter().flat_map(broken).collect()
}

/// How many assertions held, by the lines of those that did not.
pub(crate) fn held(wrong: &[String]) -> usize {
    let holds = |id: &str| !wrong.iter().any(|wrong| wrong.starts_with(id));
    ASSERTIONS.iter().filter(|(id, _)| holds(id)).count()
}

/// What a query or a form holds, in its order.
fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(encoded).into_owned().collect()
}

/// The one value of a name; one that comes twice is none.
fn one<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut values = pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
    values.next().filter(|_| values.next().is_none())
}

/// The parameters of an authorization request.
fn asked(entry: &LogEntry) -> Vec<(String, String)> {
    pairs(entry.request.query.as_deref().unwrap_or_default().as_bytes())
}

fn challenge_of(verifier: &str) -> String {
    BASE64URL_NOPAD.encode(&Sha256::digest(verifier))
}

fn is_url_safe(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}
