//! The token request.

use data_encoding::BASE64;
use gatepass_testkit::provider::{Endpoint, LogEntry};

use super::{Seen, asked, challenge_of, one, pairs};
use crate::{CLIENT_ID, CLIENT_SECRET};

/// A form with a grant type; with a code, the redirect URI of the request to which the verifier fits.
pub(super) fn a8_09(seen: Seen<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for request in seen.requests(Endpoint::Token) {
        let form = pairs(&request.request.body);
        let content_type = request.request.header("content-type").unwrap_or_default();
        if request.request.method != "POST" || !content_type.starts_with("application/x-www-form-urlencoded")
        {
            wrong.push("the request is no posted form".to_owned());
        }
        if request.request.query.is_some() {
            wrong.push("there are parameters in the address".to_owned());
        }
        match one(&form, "grant_type") {
            None => wrong.push("grant_type is missing".to_owned()),
            Some("authorization_code") => {
                let challenge = one(&form, "code_verifier").map(challenge_of);
                let begun = seen.requests(Endpoint::Authorize).map(asked).find(|asked| {
                    challenge.is_some() && one(asked, "code_challenge") == challenge.as_deref()
                });
                let Some(begun) = begun else {
                    wrong.push("code_verifier fits to no code_challenge".to_owned());
                    continue;
                };
                if one(&form, "redirect_uri") != one(&begun, "redirect_uri") {
                    wrong.push("redirect_uri is not that of the authorization request".to_owned());
                }
            }
            Some(_) => {}
        }
    }
    wrong
}

/// Basic credentials of exactly two parts, each form-encoded, which are ours; a refresh asks for no more than was granted.
pub(super) fn a8_13(seen: Seen<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    let granted: Vec<String> = seen
        .requests(Endpoint::Authorize)
        .flat_map(|request| {
            let asked = asked(request);
            one(&asked, "scope").unwrap_or_default().split(' ').map(ToOwned::to_owned).collect::<Vec<_>>()
        })
        .collect();
    for request in seen.requests(Endpoint::Token).chain(seen.requests(Endpoint::Revoke)) {
        let expected = [CLIENT_ID, CLIENT_SECRET].map(ToOwned::to_owned);
        if credentials(request) != Some(expected) {
            wrong.push(
                "the Authorization header is not Basic with our id and secret, form-encoded".to_owned(),
            );
        }
        let form = pairs(&request.request.body);
        if form.iter().any(|(name, _)| name == "client_secret") {
            wrong.push("the secret is in the body".to_owned());
        }
        let asked = one(&form, "scope").unwrap_or_default();
        if asked.split(' ').any(|scope| !scope.is_empty() && !granted.iter().any(|known| known == scope)) {
            wrong.push("a refresh asks for more scope than was granted".to_owned());
        }
    }
    wrong
}

/// Id and secret; each decodes as the name of one form pair does.
fn credentials(request: &LogEntry) -> Option<[String; 2]> {
    let mut headers = request.request.headers.get_all("authorization").iter();
    let header = headers.next().filter(|_| headers.next().is_none())?.to_str().ok()?;
    let decoded = String::from_utf8(BASE64.decode(header.strip_prefix("Basic ")?.as_bytes()).ok()?).ok()?;
    let parts: Vec<&str> = decoded.split(':').collect();
    let [id, secret] = parts[..] else { return None };
    let form_decoded = |text: &str| match &pairs(text.as_bytes())[..] {
        [(name, value)] if value.is_empty() => Some(name.clone()),
        _ => None,
    };
    Some([form_decoded(id)?, form_decoded(secret)?])
}
