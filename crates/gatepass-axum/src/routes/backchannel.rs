//! The back-channel logout: a provider says that somebody has logged out there, and everything here ends that goes by that
//! login (OpenID Connect Back-Channel Logout section 2.5 to 2.8).
//!
//! - What proves it is the token. There is no cookie, no session and no page that it would have to come from.
//! - Nothing is read of a token that was not verified, nothing is looked up for it, and it leaves no line in the log: it
//!   is counted.
//! - Every failure is 400, success and "out already" are 200, and nothing of it may be cached.

use std::error::Error;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use gatepass::ports::LogoutRefused;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::json;
use url::form_urlencoded;

use crate::login::Entry;
use crate::{LoggedOut, Login, answer, form};

/// Tokens that are judged at once: a flood that comes while a provider's keys are fetched is not kept waiting.
pub(crate) const JUDGED_AT_ONCE: usize = 256;

/// What became of a logout token.
enum Outcome {
    Ended,
    Nobody,
    Again,
    /// It is no form with one token.
    Malformed(&'static str),
    Refused,
    KeysAway,
    Crowded,
    /// It is good, and could not be carried out.
    Failed,
}

pub(super) async fn arrive(login: &Login, name: &str, request: Request) -> Response {
    let entry = login.inner().entry(name).filter(|entry| !entry.connects);
    let Some(entry) = entry else {
        return refused(StatusCode::NOT_FOUND, "invalid_request", "there is no such provider");
    };
    let (parts, body) = request.into_parts();
    if parts.method != Method::POST {
        let said = "a logout token comes by POST";
        let mut response = refused(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", said);
        answer::set(&mut response, header::ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    let outcome = match only_token(&parts.headers, body).await {
        Ok(token) => carry_out(login, entry, &token).await,
        Err(said) => Outcome::Malformed(said),
    };
    let label = outcome.label();
    metrics::counter!("gatepass_logout_tokens_total", "provider" => entry.name.to_string(), "outcome" => label)
        .increment(1);
    outcome.answer()
}

/// The one token of the form; whatever else stands there is not looked at.
async fn only_token(headers: &HeaderMap, body: Body) -> Result<String, &'static str> {
    let bytes = form::read(headers, body).await.map_err(|_| "this is no form, or too large a one")?;
    let mut tokens = form_urlencoded::parse(&bytes).filter(|(name, _)| name == "logout_token");
    match (tokens.next(), tokens.next()) {
        (Some((_, token)), None) => Ok(token.into_owned()),
        (None, _) => Err("there is no logout_token in the form"),
        (Some(_), Some(_)) => Err("there is more than one logout_token in the form"),
    }
}

async fn carry_out(login: &Login, entry: &Arc<Entry>, token: &str) -> Outcome {
    let inner = login.inner();
    let provider = &*entry.name;
    let verified = {
        let Some(_seat) = inner.logout_seats.take() else { return Outcome::Crowded };
        entry.flow.logged_out(token, &inner.world).await
    };
    let who = match verified {
        Ok(who) => LoggedOut::new(entry, who),
        Err(why) => {
            let cause = why.source().map(ToString::to_string);
            tracing::debug!(provider, %why, cause, "a logout token ended nothing");
            return match why {
                LogoutRefused::NotNow(_) => Outcome::KeysAway,
                _ => Outcome::Refused,
            };
        }
    };
    let ending = {
        let login = login.clone();
        async move { login.log_out(who).await }
    };
    match inner.keeper.undisturbed(ending).await {
        Ok(Ok(Some(0))) => Outcome::Nobody,
        Ok(Ok(Some(sessions))) => {
            tracing::info!(provider, sessions, "somebody logged out at the provider");
            Outcome::Ended
        }
        Ok(Ok(None)) => Outcome::Again,
        Ok(Err(why)) => {
            let cause = why.source().map(ToString::to_string);
            tracing::error!(provider, %why, cause, "a logout at the provider could not be carried out here");
            Outcome::Failed
        }
        Err(why) => {
            tracing::error!(provider, %why, "a logout at the provider could not be carried out here");
            Outcome::Failed
        }
    }
}

impl Outcome {
    fn label(&self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Nobody => "nobody",
            Self::Again => "again",
            Self::Malformed(_) => "malformed",
            Self::Refused => "refused",
            Self::KeysAway => "keys_away",
            Self::Crowded => "crowded",
            Self::Failed => "failed",
        }
    }

    fn answer(&self) -> Response {
        let (error, said) = match self {
            Self::Ended | Self::Nobody | Self::Again => return answer::empty(StatusCode::OK),
            Self::Malformed(said) => ("invalid_request", *said),
            Self::Refused => ("invalid_request", "the logout token was refused"),
            Self::KeysAway => {
                ("temporarily_unavailable", "the keys that sign logout tokens cannot be had now")
            }
            Self::Crowded => ("temporarily_unavailable", "too many logout tokens come at once"),
            Self::Failed => ("server_error", "the logout could not be carried out: ask again"),
        };
        refused(StatusCode::BAD_REQUEST, error, said)
    }
}

fn refused(status: StatusCode, error: &str, said: &str) -> Response {
    answer::json(status, &json!({ "error": error, "error_description": said }))
}
