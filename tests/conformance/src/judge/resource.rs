//! Requests with an access token, and those that have no business with one.

use gatepass_testkit::provider::Endpoint;

use super::{Seen, pairs};

/// At user info: one token that was issued, in the `Authorization` header alone, under the scheme of its type. Where metadata and
/// keys are, nothing of the kind.
pub(super) fn a8_12(seen: Seen<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for request in seen.requests(Endpoint::UserInfo).chain(seen.requests(Endpoint::User)) {
        let received = &request.request;
        let mut headers = received.headers.get_all("authorization").iter();
        let header =
            headers.next().filter(|_| headers.next().is_none()).and_then(|value| value.to_str().ok());
        let token = header.and_then(|header| header.strip_prefix("Bearer "));
        if !token.is_some_and(|token| seen.issued.iter().any(|issued| issued == token)) {
            wrong.push("the Authorization header is not Bearer with a token that was issued".to_owned());
        }
        let query = pairs(received.query.as_deref().unwrap_or_default().as_bytes());
        let elsewhere = query.into_iter().chain(pairs(&received.body));
        if elsewhere.into_iter().any(|(name, _)| name == "access_token") {
            wrong.push("the token is in the query or in the body as well".to_owned());
        }
    }
    for request in seen.requests(Endpoint::OpenIdConfiguration).chain(seen.requests(Endpoint::Jwks)) {
        if request.request.headers.contains_key("authorization")
            || request.request.headers.contains_key("cookie")
        {
            wrong.push("metadata or keys are asked for with credentials".to_owned());
        }
    }
    wrong
}
