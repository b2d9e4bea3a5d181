//! A login that begins here and not at the client (OpenID Connect Core section 4).

use crate::provider::answer::Answer;
use crate::provider::pages;
use crate::provider::received::Received;
use crate::provider::state::State;
use http::{Method, StatusCode};
use url::Url;

/// Where the browser goes; `None` when the client is registered without such an address.
pub(crate) fn url(state: &State, client_id: &str, hint: Option<&str>, target: Option<&str>) -> Option<Url> {
    let at = state.client(client_id)?.initiate_login_uri.as_deref()?;
    let mut url = Url::parse(at).ok()?;
    let mut query = url.query_pairs_mut();
    query.append_pair("iss", &state.issuer());
    query.extend_pairs(hint.map(|hint| ("login_hint", hint)));
    query.extend_pairs(target.map(|target| ("target_link_uri", target)));
    drop(query);
    Some(url)
}

/// The link that a person clicks.
pub(crate) fn answer(state: &State, request: &Received) -> Answer {
    if request.method != Method::GET {
        return Answer::method_not_allowed("GET");
    }
    let asked = request.query_parameters();
    let client_id = asked.one("client_id").unwrap_or_default();
    match url(state, client_id, asked.one("login_hint"), asked.one("target_link_uri")) {
        Some(url) => Answer::see_other(url.as_str()),
        None => pages::refusal(StatusCode::BAD_REQUEST, "This client has no address to begin a login at."),
    }
}
