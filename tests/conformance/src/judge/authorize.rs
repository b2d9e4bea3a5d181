//! The authorization request.

use std::collections::BTreeSet;

use gatepass_testkit::provider::Endpoint;

use super::{Seen, asked, is_url_safe, one};
use crate::CLIENT_ID;

/// Our client id, the registered redirect URI without a fragment, and `openid` in the scope.
pub(super) fn a8_01(seen: Seen<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for request in seen.requests(Endpoint::Authorize) {
        let asked = asked(request);
        if one(&asked, "client_id") != Some(CLIENT_ID) {
            wrong.push("client_id is not ours".to_owned());
        }
        let redirect_uri = one(&asked, "redirect_uri").unwrap_or_default();
        if redirect_uri != seen.redirect_uri || redirect_uri.contains('#') {
            wrong.push(format!("redirect_uri {redirect_uri:?} is not the registered one"));
        }
        if !one(&asked, "scope").unwrap_or_default().split(' ').any(|scope| scope == "openid") {
            wrong.push("scope is without openid".to_owned());
        }
    }
    wrong
}

/// `state` is there, URL-safe, at most 128 characters, and of one request.
pub(super) fn a8_03(seen: Seen<'_>) -> Vec<String> {
    of_one_request(seen, "state", 128)
}

/// An S256 challenge, of one request; a verifier serves one login, and is no shorter than 43 characters.
pub(super) fn a8_04(seen: Seen<'_>) -> Vec<String> {
    let mut wrong = of_one_request(seen, "code_challenge", 43);
    for request in seen.requests(Endpoint::Authorize) {
        let asked = asked(request);
        if one(&asked, "code_challenge_method") != Some("S256") {
            wrong.push("code_challenge_method is not S256".to_owned());
        }
        if one(&asked, "code_challenge").is_none_or(|challenge| challenge.len() != 43) {
            wrong.push("code_challenge is no SHA-256 hash".to_owned());
        }
    }
    let verifiers: Vec<_> = seen
        .requests(Endpoint::Token)
        .filter_map(|request| request.request.form_value("code_verifier"))
        .collect();
    if verifiers.iter().collect::<BTreeSet<_>>().len() != verifiers.len() {
        wrong.push("a code_verifier came twice".to_owned());
    }
    if verifiers.iter().any(|verifier| verifier.len() < 43 || !is_url_safe(verifier)) {
        wrong.push("a code_verifier is too short, or has characters that it must not have".to_owned());
    }
    wrong
}

/// `response_type=code`, and no request inside the request.
pub(super) fn a8_05(seen: Seen<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for request in seen.requests(Endpoint::Authorize) {
        let asked = asked(request);
        if one(&asked, "response_type") != Some("code") {
            wrong.push("response_type is not code".to_owned());
        }
        if asked.iter().any(|(name, _)| matches!(name.as_str(), "request" | "request_uri")) {
            wrong.push("there is a request inside the request".to_owned());
        }
    }
    wrong
}

/// `nonce` is there, URL-safe, at most 43 characters, and of one request.
pub(super) fn a8_17(seen: Seen<'_>) -> Vec<String> {
    of_one_request(seen, "nonce", 43)
}

fn of_one_request(seen: Seen<'_>, name: &str, longest: usize) -> Vec<String> {
    let (mut wrong, mut before) = (Vec::new(), BTreeSet::new());
    for request in seen.requests(Endpoint::Authorize) {
        let asked = asked(request);
        match one(&asked, name) {
            None | Some("") => wrong.push(format!("{name} is missing")),
            Some(value) if value.len() > longest => wrong.push(format!("{name} is too long")),
            Some(value) if !is_url_safe(value) => wrong.push(format!("{name} is not URL-safe")),
            Some(value) if !before.insert(value.to_owned()) => wrong.push(format!("{name} came twice")),
            Some(_) => {}
        }
    }
    wrong
}
