//! Calls to a provider's resources with a grant's token, and what a person or a program is told when they fail.

use std::error::Error;
use std::fmt;

use axum::response::{IntoResponse, Response};
use gatepass::ApiError as Failure;
use gatepass::ports::GrantKey;
use gatepass::{AccessToken, Body, SealError, Unavailable};
use http::{HeaderValue, Request, StatusCode, header};
use serde::de::DeserializeOwned;

use super::asking::Asking;
use crate::{Cause, NotLoggedIn};

/// Whoever calls, and with which grant.
#[derive(Clone, Debug)]
pub(super) struct Calls {
    pub(super) asking: Asking,
    pub(super) grant: GrantKey,
    /// Whether the grant is a connected account and no session's.
    pub(super) connected: bool,
}

impl Calls {
    pub(super) async fn send(&self, request: Request<Body>) -> Result<http::Response<Body>, ApiError> {
        let api = self.asking.login.keeper().api(&self.grant);
        api.send(request).await.map_err(|why| match &why {
            Failure::Unavailable(unavailable) => self.unavailable(unavailable),
            Failure::Url | Failure::NotAResource | Failure::TokenInRequest => {
                self.failed(Cause::Internal, &why)
            }
            // A token that is refused as soon as it is renewed would be refused after a login as well.
            _ => self.failed(Cause::ApiFailed, &why),
        })
    }

    pub(super) async fn json<T: DeserializeOwned>(&self, url: &str) -> Result<T, ApiError> {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() =
            url.parse().map_err(|why: http::uri::InvalidUri| self.failed(Cause::Internal, &why))?;
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let answer = self.send(request).await?;
        if !answer.status().is_success() {
            return Err(self.failed(Cause::ApiFailed, &Answered(answer.status())));
        }
        // The parser's words could show what was parsed.
        serde_json::from_slice(answer.body().as_bytes()).map_err(|_| self.failed(Cause::ApiFailed, &NotJson))
    }

    pub(super) async fn access_token(&self) -> Result<AccessToken, ApiError> {
        let token = self.asking.login.keeper().access_token(&self.grant).await;
        token.map_err(|why| self.unavailable(&why))
    }

    pub(super) fn unavailable(&self, why: &Unavailable) -> ApiError {
        match why {
            Unavailable::LoginRequired { .. } if self.connected => self.failed(Cause::NotConnected, why),
            Unavailable::LoginRequired { .. } => {
                tracing::info!(%why, "a person has to log in again");
                let (cause, response) = self.asking.must_log_in_again();
                ApiError::new(cause, response)
            }
            // A new login brings tokens that can be read, and an operator has to see to the key.
            Unavailable::Unreadable(seal) if !self.connected && *seal != SealError::NoEntropy => {
                tracing::error!(%why, "the tokens of a session cannot be read: its person has to log in again");
                let (cause, response) = self.asking.must_log_in_again();
                ApiError::new(cause, response)
            }
            // A new login goes where the provider is now, and brings nothing along.
            Unavailable::Moved { .. } if !self.connected => {
                tracing::warn!(%why, "a person has to log in again");
                let (cause, response) = self.asking.must_log_in_again();
                ApiError::new(cause, response)
            }
            why => self.failed(Cause::of_unavailable(why), why),
        }
    }

    pub(super) fn failed(&self, cause: Cause, why: &(dyn Error + 'static)) -> ApiError {
        ApiError::new(cause, self.asking.refuse(cause, Some(why)))
    }
}

/// An API answered with a status that is no success.
#[derive(Debug)]
struct Answered(StatusCode);

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the api answered status {}", self.0.as_u16())
    }
}

impl Error for Answered {}

/// An API answered with something else than the JSON that was expected.
#[derive(Debug)]
struct NotJson;

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the api's answer is not the json that was expected")
    }
}

impl Error for NotJson {}

/// A call that brought no answer, or no token to call with. As an answer it is a page for a person and JSON for a
/// program, and where the person has to log in again it sends them there.
pub struct ApiError {
    cause: Cause,
    response: Box<Response>,
}

impl ApiError {
    fn new(cause: Cause, response: Response) -> Self {
        Self { cause, response: Box::new(response) }
    }

    /// Why.
    #[must_use]
    pub fn cause(&self) -> Cause {
        self.cause
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        *self.response
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError").field("cause", &self.cause).finish_non_exhaustive()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the api could not be called: {}", self.cause.label())
    }
}

impl Error for ApiError {}

impl From<NotLoggedIn> for ApiError {
    fn from(why: NotLoggedIn) -> Self {
        Self::new(why.cause(), why.into_response())
    }
}
