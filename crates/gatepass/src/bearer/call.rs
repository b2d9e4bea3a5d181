//! A request to an API, checked before a token is read, and the API's answer, judged.

use gatepass_core::ports::{Destination, Registered};
use gatepass_core::{Body, Provider, Scopes, Secret};
use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Request, Response};
use zeroize::Zeroizing;

use super::ApiError;
use super::challenge::Challenge;

/// A request that may carry a token.
pub(crate) struct Call(Request<Body>);

impl Call {
    /// A request to one of the resources of a client that is at hand.
    pub(crate) fn new(provider: &Provider, request: Request<Body>) -> Result<Self, ApiError> {
        let target = destination(&request, provider.allows_http_loopback())?;
        Self::to(&target, provider.may_receive_tokens(target.as_url()), request)
    }

    /// A request to one of the resources that are known before the provider was asked anything; otherwise it comes back.
    pub(crate) fn early(
        registered: &Registered,
        request: Request<Body>,
    ) -> Result<Result<Self, Request<Body>>, ApiError> {
        let target = destination(&request, registered.http_loopback)?;
        if !registered.may_receive_tokens(target.as_url()) {
            return Ok(Err(request));
        }
        Self::to(&target, true, request).map(Ok)
    }

    fn to(target: &Destination, is_resource: bool, request: Request<Body>) -> Result<Self, ApiError> {
        if !is_resource {
            return Err(ApiError::NotAResource);
        }
        let form = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let form = form.is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
        let body = if form { request.body().as_bytes() } else { &[] };
        if request.headers().contains_key(AUTHORIZATION)
            || target.as_url().query_pairs().any(|(name, _)| name == "access_token")
            || url::form_urlencoded::parse(body).any(|(name, _)| name == "access_token")
        {
            return Err(ApiError::TokenInRequest);
        }
        Ok(Self(request))
    }

    /// The request with this token.
    pub(crate) fn with(&self, token: &Secret) -> Result<Request<Body>, ApiError> {
        let secret = token.expose();
        let mut text = Zeroizing::new(String::with_capacity(7 + secret.len()));
        text.push_str("Bearer ");
        text.push_str(secret);
        let mut value = HeaderValue::from_str(&text).map_err(|_| ApiError::TokenCharacters)?;
        value.set_sensitive(true);
        let mut request = self.0.clone();
        request.headers_mut().insert(AUTHORIZATION, value);
        Ok(request)
    }
}

fn destination(request: &Request<Body>, http_loopback: bool) -> Result<Destination, ApiError> {
    Destination::parse(request.uri(), http_loopback).map_err(|_| ApiError::Url)
}

/// What an answer of the API means.
#[derive(Debug)]
pub(crate) enum Judged {
    Answer(Result<Response<Body>, ApiError>),
    /// The token was refused: another one may be good.
    TokenRefused(ApiError),
}

pub(crate) fn judge(answer: Response<Body>) -> Judged {
    let status = answer.status().as_u16();
    if !matches!(status, 401 | 403) {
        return Judged::Answer(Ok(answer));
    }
    let challenge = bearer(answer.headers());
    let error = challenge.as_ref().and_then(|challenge| challenge.param("error"));
    match (status, error) {
        (_, Some("insufficient_scope")) => {
            let scope = challenge.as_ref().and_then(|challenge| challenge.param("scope"));
            let needed = scope.and_then(|scope| Scopes::new(scope).ok());
            Judged::Answer(Err(ApiError::InsufficientScope { needed: needed.unwrap_or_default() }))
        }
        (_, Some("insufficient_user_authentication")) => {
            let param = |name| challenge.as_ref().and_then(|challenge| challenge.param(name));
            Judged::Answer(Err(ApiError::StepUp {
                acr_values: param("acr_values").map(Box::from),
                max_age: param("max_age").and_then(|age| age.parse().ok()),
            }))
        }
        (401, None | Some("invalid_token")) => Judged::TokenRefused(ApiError::TokenRefused),
        _ => Judged::Answer(Ok(answer)),
    }
}

/// The first bearer challenge of an answer. Headers that cannot be read are as good as none.
fn bearer(headers: &HeaderMap) -> Option<Challenge> {
    headers
        .get_all(WWW_AUTHENTICATE)
        .iter()
        .filter_map(|value| Challenge::all(value.to_str().ok()?))
        .flatten()
        .find(|challenge| challenge.is("bearer"))
}
