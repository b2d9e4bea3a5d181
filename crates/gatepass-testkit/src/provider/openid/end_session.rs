//! The logout that a client starts (OpenID Connect RP-Initiated Logout 1.0), and the way back from it.

use super::knob::Place;
use super::logout;
use super::op::Given;
use crate::provider::answer::Answer;
use crate::provider::received::{Parameters, Received};
use crate::provider::settings::Mode;
use crate::provider::state::State;
use crate::provider::{authorize, pages};
use http::{Method, StatusCode};
use url::Url;

pub(crate) fn answer(state: &mut State, request: &Received) -> Answer {
    let parameters = match request.method {
        Method::GET => request.query_parameters(),
        Method::POST if request.is_form() => request.form_parameters(),
        Method::POST => return page("The request is not a form."),
        _ => return Answer::method_not_allowed("GET, POST"),
    };
    let asked = match check(state, &parameters) {
        Ok(asked) => asked,
        Err(why) => return page(&why),
    };
    let here = authorize::session(state, request);
    // Whoever has no token of ours may be any page that the person looks at.
    let unproven = asked.hint.is_none() && here.is_some() && state.settings.mode == Mode::Pages;
    if unproven && !(request.method == Method::POST && parameters.one("decision") == Some("log out")) {
        return pages::log_out(state, parameters.pairs());
    }
    let ends = |sid: &str, sub: &str| match &asked.hint {
        Some(hint) => sid == hint.sid || here.as_ref().is_some_and(|here| here.sid == sid && hint.sub == sub),
        None => here.as_ref().is_some_and(|here| here.sid == sid),
    };
    logout::end(state, |session| ends(&session.sid, &session.sub));
    match asked.back {
        Some(back) => send_back(state, back, parameters.one("state")),
        None => pages::logged_out(),
    }
}

#[derive(Debug)]
struct Asked {
    hint: Option<Given>,
    back: Option<Url>,
}

/// A mistake is a page: nobody is sent anywhere that is not registered (section 3).
fn check(state: &State, parameters: &Parameters) -> Result<Asked, String> {
    if let Some(name) = parameters.repeated() {
        return Err(format!("{name} came more than once."));
    }
    let given = state.openid.iter().flat_map(|op| &op.given);
    let hint = match parameters.one("id_token_hint") {
        Some(hint) => {
            let known = given.rev().find(|given| given.token == hint);
            Some(known.cloned().ok_or("The id_token_hint is no ID token that was given out here.")?)
        }
        None => None,
    };
    let client = parameters.one("client_id").or(hint.as_ref().map(|hint| hint.client_id.as_str()));
    if hint.as_ref().is_some_and(|hint| client != Some(&hint.client_id)) {
        return Err("The id_token_hint was given to another client.".to_owned());
    }
    let client = match client {
        Some(id) => Some(state.client(id).ok_or("No client is registered under this client_id.")?),
        None => None,
    };
    let back = match parameters.one("post_logout_redirect_uri") {
        Some(uri) => {
            let registered = client.is_some_and(|client| client.allows_return_to(uri));
            let url = Url::parse(uri).ok().filter(|_| registered);
            Some(url.ok_or("This post_logout_redirect_uri is not registered for the client.")?)
        }
        None => None,
    };
    Ok(Asked { hint, back })
}

fn send_back(state: &State, mut back: Url, asked_with: Option<&str>) -> Answer {
    let mut parameters: Vec<(String, String)> =
        asked_with.map(|value| ("state".to_owned(), value.to_owned())).into_iter().collect();
    state.misbehaviour.change_parameters(Place::LogoutReturn, &mut parameters, state.clock.now());
    if !parameters.is_empty() {
        back.query_pairs_mut().extend_pairs(parameters);
    }
    Answer::see_other(back.as_str())
}

fn page(reason: &str) -> Answer {
    pages::refusal(StatusCode::BAD_REQUEST, reason)
}
