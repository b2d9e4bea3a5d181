//! The answers of the token and revocation endpoints (RFC 6749 sections 5.1 and 5.2).

use std::borrow::Cow;
use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, Response};

use super::json::{Members, string};
use super::retry_after::retry_after;
use crate::error::ErrorCode;
use crate::token_set::Extra;
use crate::{Body, Profile, ProviderError, Scopes, Secret, Timestamp, TokenError};

/// What a good token response says, still without the scopes that were asked for.
pub(crate) struct Granted {
    pub(crate) access: Secret,
    pub(crate) refresh: Option<Secret>,
    pub(crate) id_token: Option<Secret>,
    pub(crate) lifetime: Option<Duration>,
    pub(crate) scopes: Option<Scopes>,
    pub(crate) extra: Extra,
}

pub(crate) fn token_response(
    answer: &Response<Body>,
    profile: &Profile,
    now: Timestamp,
) -> Result<Granted, TokenError> {
    let status = answer.status().as_u16();
    let good = status == 200 || (answer.status().is_success() && profile.token_statuses.contains(&status));
    if !good {
        return Err(refusal(answer, now));
    }
    match content(answer.headers()) {
        Content::Json => {}
        Content::Form if profile.token_response_may_be_form => {
            let json = form_as_json(answer.body().as_bytes()).ok_or(TokenError::Body)?;
            return granted(&Members::read(&json).ok_or(TokenError::Body)?, status, profile);
        }
        _ => return Err(TokenError::ContentType),
    }
    granted(&Members::read(answer.body().as_bytes()).ok_or(TokenError::Body)?, status, profile)
}

/// The refresh token of a 2xx answer that was refused: it has replaced the old one all the same.
pub(crate) fn successor(answer: &Response<Body>, profile: &Profile) -> Option<Secret> {
    if !answer.status().is_success() {
        return None;
    }
    let body = answer.body().as_bytes();
    let found = super::json::successor(body).or_else(|| {
        let form = matches!(content(answer.headers()), Content::Form) && profile.token_response_may_be_form;
        form.then(|| super::json::successor(&form_as_json(body)?)).flatten()
    });
    found.map(Secret::new)
}

/// What an answer that is no success says.
pub(crate) fn refusal(answer: &Response<Body>, now: Timestamp) -> TokenError {
    let status = answer.status().as_u16();
    if (300..400).contains(&status) {
        return TokenError::Redirect { status };
    }
    let retry_after = retry_after(answer.headers(), now);
    let members =
        matches!(content(answer.headers()), Content::Json).then(|| Members::read(answer.body().as_bytes()));
    match members.flatten().and_then(|members| provider_error(&members)) {
        Some(error) if status >= 400 => TokenError::Provider { error, status, retry_after },
        _ => TokenError::Status { status, retry_after },
    }
}

enum Content {
    Json,
    Form,
    Other,
}

fn content(headers: &HeaderMap) -> Content {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        Content::Json
    } else if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
        || essence.eq_ignore_ascii_case("text/plain")
    {
        Content::Form
    } else {
        Content::Other
    }
}

fn provider_error(members: &Members<'_>) -> Option<ProviderError> {
    let code = ErrorCode::read(&members.text("error").ok()??)?;
    let text = |name| members.text(name).ok().flatten();
    Some(ProviderError::new(code, text("error_description").as_deref(), text("error_uri").as_deref()))
}

fn granted(members: &Members<'_>, status: u16, profile: &Profile) -> Result<Granted, TokenError> {
    if members.raw("error").is_some_and(|raw| raw != "null") {
        return Err(match provider_error(members) {
            Some(error) => TokenError::Provider { error, status, retry_after: None },
            None => TokenError::FieldType("error"),
        });
    }
    let access = token(members, "access_token")?.ok_or(TokenError::Missing("access_token"))?;
    let token_type = members.text("token_type").map_err(|_| TokenError::FieldType("token_type"))?;
    let token_type = token_type.or(profile.token_type_default.as_deref().map(Cow::Borrowed));
    let token_type = token_type.filter(|name| !name.is_empty()).ok_or(TokenError::Missing("token_type"))?;
    let bearer = token_type.eq_ignore_ascii_case("bearer")
        || profile.token_types_as_bearer.iter().any(|name| name.eq_ignore_ascii_case(&token_type));
    if !bearer {
        return Err(TokenError::UnknownTokenType);
    }
    Ok(Granted {
        access,
        refresh: token(members, "refresh_token")?,
        id_token: token(members, "id_token")?,
        lifetime: members.raw("expires_in").map_or(Ok(None), lifetime)?,
        scopes: scopes(members, profile)?,
        extra: Extra::new(members.iter().filter(|(name, _)| {
            !matches!(
                *name,
                "access_token" | "token_type" | "refresh_token" | "id_token" | "expires_in" | "scope"
            )
        })),
    })
}

/// A token: printable ASCII (RFC 6749 appendix A.12), at least one character.
fn token(members: &Members<'_>, name: &'static str) -> Result<Option<Secret>, TokenError> {
    let Some(text) = members.text(name).map_err(|_| TokenError::FieldType(name))? else { return Ok(None) };
    match text.as_ref() {
        "" if name == "access_token" => Err(TokenError::Missing(name)),
        "" => Err(TokenError::FieldType(name)),
        text if text.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) => Ok(Some(Secret::from(text))),
        _ => Err(TokenError::FieldType(name)),
    }
}

/// Seconds, as a number or as a string of digits. A fraction is cut, a negative number is "already over", and what is
/// too large stands for ever.
fn lifetime(raw: &str) -> Result<Option<Duration>, TokenError> {
    const WRONG: TokenError = TokenError::FieldType("expires_in");
    if raw == "null" {
        return Ok(None);
    }
    if raw.starts_with('"') {
        let text = string(raw).ok_or(WRONG)?;
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(WRONG);
        }
        return Ok(Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX))));
    }
    if raw.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Some(Duration::from_secs(raw.parse().unwrap_or(u64::MAX))));
    }
    let number: f64 = raw.parse().map_err(|_| WRONG)?;
    // `as` saturates: NaN cannot be written in JSON, what is negative becomes zero.
    Ok(Some(Duration::from_secs(number as u64)))
}

fn scopes(members: &Members<'_>, profile: &Profile) -> Result<Option<Scopes>, TokenError> {
    const WRONG: TokenError = TokenError::FieldType("scope");
    let separators = profile.response_scope_separators.as_ref();
    match members.raw("scope") {
        None => Ok(None),
        Some("null") if profile.scope_may_be_null => Ok(None),
        Some(raw) if raw.starts_with('[') && profile.scope_may_be_array => {
            let list: Vec<String> = serde_json::from_str(raw).map_err(|_| WRONG)?;
            Scopes::granted(list.iter().map(String::as_str)).map(Some).ok_or(WRONG)
        }
        Some(raw) => {
            let text = string(raw).ok_or(WRONG)?;
            Scopes::granted(text.split(|c| separators.contains(c))).map(Some).ok_or(WRONG)
        }
    }
}

/// A form-encoded answer as the JSON object that it stands for.
fn form_as_json(body: &[u8]) -> Option<Vec<u8>> {
    let mut object = serde_json::Map::new();
    for (name, value) in super::form::pairs(body) {
        let (mut key, mut text) = (String::new(), String::new());
        super::form::push_decoded(&mut key, name)?;
        super::form::push_decoded(&mut text, value)?;
        if object.insert(key, text.into()).is_some() {
            return None;
        }
    }
    serde_json::to_vec(&object).ok()
}
