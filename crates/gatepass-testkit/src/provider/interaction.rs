//! The person's part: login and consent, kept beside the authorization request until they are done.

use super::answer::Answer;
use super::authorize;
use super::pages;
use super::random;
use super::received::Received;
use super::state::{AuthorizationRequest, Session, State};
use http::{Method, StatusCode, header};

pub(crate) fn begin(state: &mut State, asked: AuthorizationRequest, session: Option<Session>) -> Answer {
    let must_log_in = ["login", "select_account", "create"].into_iter().any(|prompt| asked.wants(prompt));
    match session {
        Some(session) if !must_log_in => after_login(state, asked, &session),
        _ => {
            let id = random::unguessable("gp_interaction_");
            let page =
                pages::login(state, &id, &asked, asked.login_hint.as_deref().unwrap_or_default(), None);
            state.interactions.insert(id, asked);
            page
        }
    }
}

pub(crate) fn has_consent(state: &State, asked: &AuthorizationRequest, sub: &str) -> bool {
    let given = state.consents.get(&(sub.to_owned(), asked.client_id.clone()));
    given.is_some_and(|given| asked.scopes.iter().all(|scope| given.contains(scope)))
}

fn after_login(state: &mut State, asked: AuthorizationRequest, session: &Session) -> Answer {
    if !asked.wants("consent") && has_consent(state, &asked, &session.sub) {
        let scopes = authorize::granted(state, &asked.scopes);
        return authorize::grant(state, &asked, session, scopes);
    }
    let id = random::unguessable("gp_interaction_");
    state.interactions.insert(id.clone(), asked);
    Answer::see_other(&format!("{}/consent?interaction={id}", state.settings.issuer_path))
}

/// Takes the login form.
pub(crate) fn login(state: &mut State, request: &Received) -> Answer {
    if request.method != Method::POST {
        return Answer::method_not_allowed("POST");
    }
    let form = request.form_parameters();
    let id = form.first("interaction").unwrap_or_default();
    let Some(asked) = state.interactions.get(&id).cloned() else {
        return expired();
    };
    if form.one("decision") == Some("cancel") {
        state.interactions.remove(&id);
        return asked.back.with_error(state, "access_denied", "the person cancelled the login");
    }
    let username = form.one("username").unwrap_or_default().trim();
    let password = form.one("password").unwrap_or_default();
    let known = state.users.iter().find(|user| user.username == username && user.password == password);
    let Some(sub) = known.map(|user| user.sub.clone()) else {
        return pages::login(state, &id, &asked, username, Some("That user name and password do not match."));
    };
    state.interactions.remove(&id);
    let (session, cookie) = authorize::log_in(state, &sub);
    after_login(state, asked, &session).with(header::SET_COOKIE, &cookie)
}

/// Shows the consent page, and takes it.
pub(crate) fn consent(state: &mut State, request: &Received) -> Answer {
    let form = match request.method {
        Method::GET => request.query_parameters(),
        Method::POST => request.form_parameters(),
        _ => return Answer::method_not_allowed("GET, POST"),
    };
    let id = form.first("interaction").unwrap_or_default();
    let (Some(asked), Some(session)) =
        (state.interactions.get(&id).cloned(), authorize::session(state, request))
    else {
        return expired();
    };
    if request.method == Method::GET {
        return pages::consent(state, &id, &asked, &session.sub);
    }
    state.interactions.remove(&id);
    let allowed: Vec<String> =
        asked.scopes.iter().filter(|scope| form.has("scope", scope)).cloned().collect();
    if form.one("decision") != Some("allow") || allowed.is_empty() {
        return asked.back.with_error(state, "access_denied", "the person said no");
    }
    let scopes = authorize::granted(state, &allowed);
    state.consents.entry((session.sub.clone(), asked.client_id.clone())).or_default().extend(allowed);
    authorize::grant(state, &asked, &session, scopes)
}

fn expired() -> Answer {
    pages::refusal(
        StatusCode::BAD_REQUEST,
        "This page was used before or is too old. Please start again at the application.",
    )
}
