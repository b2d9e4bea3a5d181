//! The authorization endpoint: checks the request (RFC 6749 section 4.1.1, RFC 7636, RFC 9700), then lets a person or the mode decide.

use super::answer::Answer;
use super::interaction;
use super::openid::{Knob, Login};
use super::pages;
use super::random;
use super::received::{Parameters, Received};
use super::redirect::Back;
use super::refusal::printable;
use super::settings::Mode;
use super::state::{AuthorizationRequest, Code, OpenIdRequest, Session, State};
use http::{Method, StatusCode, header};
use std::collections::BTreeSet;
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
        Err(refused) => return refused,
    };
    if let Some(op) = &mut state.openid {
        op.login_begins();
    }
    if state.misbehaviour.has(&Knob::LoginRequired) {
        return asked.back.with_error(state, "login_required", "nobody is logged in at the provider");
    }
    let now = state.clock.now();
    let session = session(state, request).filter(|session| !asked.is_too_old(session.since, now));
    if asked.wants("none") {
        let Some(session) = session else {
            return asked.back.with_error(state, "login_required", "nobody is logged in at the provider");
        };
        if state.settings.mode == Mode::Pages && !interaction::has_consent(state, &asked, &session.sub) {
            return asked.back.with_error(state, "consent_required", "the person has not allowed this yet");
        }
        let scopes = granted(state, &asked.scopes);
        return grant(state, &asked, &session, scopes);
    }
    match state.settings.mode {
        Mode::Auto => decide(state, asked, session),
        Mode::Pages => interaction::begin(state, asked, session),
    }
}

fn page(reason: &str) -> Answer {
    pages::refusal(StatusCode::BAD_REQUEST, reason)
}

/// Errors before the redirect URI is known are a page, never a redirect (RFC 6749 section 4.1.2.1).
fn check(state: &State, parameters: &Parameters) -> Result<AuthorizationRequest, Answer> {
    let repeated = parameters.repeated();
    if let Some(name @ ("client_id" | "redirect_uri")) = repeated {
        return Err(page(&format!("{name} came more than once.")));
    }
    let client_id = parameters.one("client_id").ok_or_else(|| page("client_id is missing."))?;
    let client = state
        .clients
        .iter()
        .find(|client| client.id == client_id)
        .ok_or_else(|| page("No client is registered under this client_id."))?;
    let sent = parameters.first("redirect_uri");
    let target = match (&sent, client.redirect_uris.as_slice()) {
        (Some(uri), _) if client.allows_redirect_to(uri) => uri,
        (Some(_), _) => return Err(page("This redirect_uri is not registered for the client.")),
        (None, [only]) => only,
        (None, _) => return Err(page("redirect_uri is missing.")),
    };
    let uri = Url::parse(target).map_err(|_| page("The redirect_uri is not an absolute URL."))?;
    if uri.fragment().is_some() {
        return Err(page("The redirect_uri has a fragment."));
    }
    let mode = parameters.one("response_mode").unwrap_or("query");
    let back = Back {
        uri,
        state: if repeated == Some("state") { None } else { parameters.first("state") },
        form_post: mode == "form_post",
    };
    let refuse = |error: &str, description: &str| Err(back.with_error(state, error, &printable(description)));
    if let Some(name) = repeated {
        return refuse("invalid_request", &format!("{name} came more than once"));
    }
    if !matches!(mode, "query" | "form_post") {
        return refuse("invalid_request", "response_mode is neither query nor form_post");
    }
    match parameters.one("response_type") {
        Some("code") => {}
        None => return refuse("invalid_request", "response_type is missing"),
        Some(_) => return refuse("unsupported_response_type", "only response_type=code is supported"),
    }
    for name in ["request", "request_uri"] {
        if parameters.one(name).is_some() {
            return refuse(&format!("{name}_not_supported"), &format!("{name} is not supported"));
        }
    }
    let challenge = parameters.first("code_challenge");
    match (&challenge, parameters.one("code_challenge_method")) {
        (None, Some(_)) => return refuse("invalid_request", "code_challenge is missing"),
        (None, None) if state.settings.require_pkce => {
            return refuse("invalid_request", "code_challenge is required");
        }
        (None, None) => {}
        (Some(challenge), Some("S256")) if is_s256(challenge) => {}
        (Some(_), Some("S256")) => {
            return refuse("invalid_request", "code_challenge is no SHA-256 hash in base64url");
        }
        (Some(_), _) => return refuse("invalid_request", "code_challenge_method must be S256"),
    }
    let scopes = AuthorizationRequest::scopes_in(parameters);
    if let Some(unknown) = scopes.iter().find(|scope| !state.settings.scopes.contains(scope)) {
        return refuse("invalid_scope", &format!("unknown scope {unknown}"));
    }
    let prompts = parameters.words("prompt");
    if prompts.iter().any(|word| word == "none") && prompts.len() > 1 {
        return refuse("invalid_request", "prompt=none goes with no other prompt");
    }
    if prompts
        .iter()
        .any(|word| !matches!(word.as_str(), "none" | "login" | "consent" | "select_account" | "create"))
    {
        return refuse("invalid_request", "unknown prompt");
    }
    let openid = match openid(state, parameters) {
        Ok(openid) => openid,
        Err(why) => return refuse("invalid_request", why),
    };
    Ok(AuthorizationRequest {
        openid,
        client_id: client.id.clone(),
        scopes,
        redirect_uri: sent,
        challenge,
        prompts,
        login_hint: parameters.first("login_hint"),
        back,
    })
}

fn openid(state: &State, parameters: &Parameters) -> Result<OpenIdRequest, &'static str> {
    let Some(op) = &state.openid else {
        return Ok(OpenIdRequest::default());
    };
    let max_age = match parameters.one("max_age").map(str::parse) {
        Some(Err(_)) => return Err("max_age is no number of seconds"),
        Some(Ok(seconds)) => Some(seconds),
        None => None,
    };
    let known = &op.settings.acr_values;
    let asked = parameters.words("acr_values").into_iter().find(|value| known.contains(value));
    let acr = asked.or_else(|| known.first().cloned()).unwrap_or_default();
    Ok(OpenIdRequest { nonce: parameters.first("nonce"), max_age, acr })
}

fn is_s256(challenge: &str) -> bool {
    challenge.len() == 43 && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// The automatic mode: a session answers by itself, else `login_hint` says who logs in.
fn decide(state: &mut State, asked: AuthorizationRequest, session: Option<Session>) -> Answer {
    let hint = asked.login_hint.as_deref();
    if hint == Some("deny") {
        return asked.back.with_error(state, "access_denied", "the person said no");
    }
    if let Some(code) = hint.and_then(|hint| hint.strip_prefix("error:")) {
        return asked.back.with_error(state, &printable(code), "as login_hint asked");
    }
    let hinted = match hint {
        Some(name) => match state.users.iter().find(|user| user.username == name) {
            Some(user) => Some(user.sub.clone()),
            None => return asked.back.with_error(state, "access_denied", "login_hint names no user"),
        },
        None => None,
    };
    let scopes = granted(state, &asked.scopes);
    match session {
        Some(session)
            if !asked.wants("login") && hinted.as_ref().is_none_or(|hinted| *hinted == session.sub) =>
        {
            grant(state, &asked, &session, scopes)
        }
        _ => {
            let Some(sub) = hinted.or_else(|| state.users.first().map(|user| user.sub.clone())) else {
                return asked.back.with_error(state, "access_denied", "the provider has no users");
            };
            let (session, cookie) = log_in(state, &sub);
            grant(state, &asked, &session, scopes).with(header::SET_COOKIE, &cookie)
        }
    }
}

/// Who is logged in at the browser that sent this.
pub(crate) fn session(state: &State, request: &Received) -> Option<Session> {
    state.sessions.get(request.cookie(&session_cookie(state))?).cloned()
}

/// Cookies do not tell ports apart, so the name does: providers side by side keep their sessions.
fn session_cookie(state: &State) -> String {
    let port = state.origin.rsplit(':').next().unwrap_or_default();
    format!("gatepass_provider_{port}")
}

/// Opens a session; gives the cookie that holds it.
pub(crate) fn log_in(state: &mut State, sub: &str) -> (Session, String) {
    let value = random::unguessable("gp_session_");
    state.stats.logins += 1;
    let session = Session {
        sub: sub.to_owned(),
        sid: random::unguessable("gp_sid_"),
        since: state.clock.now(),
        clients: BTreeSet::new(),
    };
    state.sessions.insert(value.clone(), session.clone());
    (session, format!("{}={value}; Path=/; HttpOnly; SameSite=Lax", session_cookie(state)))
}

/// What the provider is willing to grant of the scopes that are asked for.
pub(crate) fn granted(state: &State, asked: &[String]) -> Vec<String> {
    let allowed =
        |scope: &&String| state.settings.grant_at_most.as_ref().is_none_or(|most| most.contains(scope));
    asked.iter().filter(allowed).cloned().collect()
}

/// Issues the code and sends the browser back with it.
pub(crate) fn grant(
    state: &mut State,
    asked: &AuthorizationRequest,
    session: &Session,
    scopes: Vec<String>,
) -> Answer {
    for known in state.sessions.values_mut().filter(|known| known.sid == session.sid) {
        known.clients.insert(asked.client_id.clone());
    }
    let login = Login {
        sid: session.sid.clone(),
        at: session.since,
        acr: asked.openid.acr.clone(),
        nonce: asked.openid.nonce.clone(),
    };
    let code = state.issue("gp_code_");
    let expires = state.clock.now() + state.settings.code_lifetime;
    state.codes.insert(
        code.clone(),
        Code {
            client_id: asked.client_id.clone(),
            redirect_uri: asked.redirect_uri.clone(),
            challenge: asked.challenge.clone(),
            sub: session.sub.clone(),
            login,
            scopes,
            expires,
            spent_on: None,
        },
    );
    state.stats.codes_issued += 1;
    asked.back.with_code(state, &code)
}
