//! A client that calls the provider's resources for the person who is logged in.

use std::error::Error;
use std::fmt;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use gatepass::ApiError as Refused;
use gatepass::{AccessToken, Body, Unavailable};
use http::request::Parts;
use http::{HeaderValue, Request, StatusCode, header};
use serde::de::DeserializeOwned;

use super::asking::Asking;
use crate::{Cause, NotLoggedIn, Session};

/// Calls the resources of the provider at which the person logged in, with a token that the keeper keeps fresh.
///
/// The token goes to the origins that the provider's description names as resources, and to no other. As an extractor
/// it stands, like [`Session`], for "only for those who are logged in". A handler that returns its [`ApiError`] sends
/// a person to the login when the grant has ended, and gives a program 401 with the login's URL.
///
/// ```
/// use axum::Json;
/// use gatepass_axum::{Api, ApiError};
///
/// async fn repositories(api: Api) -> Result<Json<serde_json::Value>, ApiError> {
///     Ok(Json(api.json("https://api.github.com/user/repos").await?))
/// }
/// ```
#[derive(Debug)]
pub struct Api {
    asking: Asking,
    session: Session,
}

impl<S: Send + Sync> FromRequestParts<S> for Api {
    type Rejection = NotLoggedIn;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, NotLoggedIn> {
        let session = <Session as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        let asking = Asking::of(parts).ok_or_else(NotLoggedIn::no_layer)?;
        Ok(Self { asking, session })
    }
}

impl Api {
    /// The session for which it calls.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Sends a request with the access token, renewed if need be. An answer of any status is `Ok`.
    ///
    /// # Errors
    /// [`ApiError`], when there is no token or no answer, or the URL is not one of the provider's resources.
    pub async fn send(&self, request: Request<Body>) -> Result<http::Response<Body>, ApiError> {
        let api = self.asking.login.keeper().api(&self.session.grant());
        api.send(request).await.map_err(|why| match &why {
            Refused::Unavailable(unavailable) => self.unavailable(unavailable),
            Refused::Url | Refused::NotAResource | Refused::TokenInRequest => {
                self.failed(Cause::Internal, &why)
            }
            // A token that is refused as soon as it is renewed would be refused after a login as well.
            _ => self.failed(Cause::ApiFailed, &why),
        })
    }

    /// Gets a resource as JSON.
    ///
    /// # Errors
    /// As [`send`](Api::send), and when the answer is not of a 2xx status or not the JSON that was expected.
    pub async fn json<T: DeserializeOwned>(&self, url: &str) -> Result<T, ApiError> {
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

    /// The access token, for a client of your own. Send it to the provider's resources only.
    ///
    /// # Errors
    /// [`ApiError`], when there is none.
    pub async fn access_token(&self) -> Result<AccessToken, ApiError> {
        let token = self.asking.login.keeper().access_token(&self.session.grant()).await;
        token.map_err(|why| self.unavailable(&why))
    }

    fn unavailable(&self, why: &Unavailable) -> ApiError {
        let cause = match why {
            Unavailable::LoginRequired { .. } => {
                tracing::info!(session = self.session.id().as_str(), %why, "a person has to log in again");
                return ApiError::new(Cause::LoginRequired, self.asking.must_log_in());
            }
            Unavailable::StoreUnavailable(_) => Cause::StoreUnavailable,
            Unavailable::Later { .. } => Cause::ProviderUnreachable,
            Unavailable::Refused(_) => Cause::ClientRefused,
            Unavailable::Unusable(_) => Cause::ProviderMisbehaved,
            _ => Cause::Internal,
        };
        self.failed(cause, why)
    }

    fn failed(&self, cause: Cause, why: &(dyn Error + 'static)) -> ApiError {
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
