//! A client that calls the provider's resources for the person who is logged in.

use axum_core::extract::FromRequestParts;
use gatepass::{AccessToken, Body, Claims};
use http::Request;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::asking::Asking;
use super::calls::{ApiError, Calls};
use super::ended::ended;
use crate::{NotLoggedIn, Session};

/// Calls the resources of the provider at which the person logged in, with a token that the keeper keeps fresh.
///
/// The token goes to the origins that the provider's description names as resources, and to no other. As an extractor
/// it stands, like [`Session`], for "only for those who are logged in", and for "whose grant serves": where it has
/// ended, a person is sent to log in again, which they need not notice, and comes back. If it ends later, a handler
/// that returns its [`ApiError`] does the same. A program is given 401 with the login's URL.
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
    calls: Calls,
    session: Session,
}

impl<S: Send + Sync> FromRequestParts<S> for Api {
    type Rejection = NotLoggedIn;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, NotLoggedIn> {
        let session = <Session as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        let asking = Asking::of(parts).ok_or_else(NotLoggedIn::no_layer)?;
        if asking.person && ended(parts, &asking, &session).await.is_some() {
            return Err(NotLoggedIn::again(&asking));
        }
        let grant = session.grant();
        Ok(Self { calls: Calls { asking, grant, connected: false }, session })
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
        self.calls.send(request).await
    }

    /// Gets a resource as JSON.
    ///
    /// # Errors
    /// As [`send`](Api::send), and when the answer is not of a 2xx status or not the JSON that was expected.
    pub async fn json<T: DeserializeOwned>(&self, url: &str) -> Result<T, ApiError> {
        self.calls.json(url).await
    }

    /// Who the person is, in the provider's words of now: as its user info says, signed or not, and about the subject of their
    /// login or not at all. They are data about a person: escape them where they are shown.
    ///
    /// # Errors
    /// As [`send`](Api::send), and when the answer was refused.
    pub async fn user_info(&self) -> Result<Claims, ApiError> {
        self.calls.user_info().await
    }

    /// The access token, for a client of your own. Send it to the provider's resources only.
    ///
    /// # Errors
    /// [`ApiError`], when there is none.
    pub async fn access_token(&self) -> Result<AccessToken, ApiError> {
        self.calls.access_token().await
    }
}
