//! An account that the application's user has connected.

use gatepass::ports::GrantKey;
use gatepass::{AccessToken, Body, Claims, Holding, Scopes};
use http::Request;
use serde::de::DeserializeOwned;

use super::asking::Asking;
use super::calls::{ApiError, Calls};

/// An account of the application's user at a provider: connected, or to be connected. A
/// [`Visitor`](crate::Visitor::account) gives it.
///
/// A call without a connected account is [`Cause::NotConnected`](crate::Cause::NotConnected): nobody is sent to the
/// provider who has not asked for it. Show a button that posts to `/connect/{provider}`.
///
/// ```
/// use axum::response::{IntoResponse, Response};
/// use gatepass_axum::{ApiError, Refused, Visitor};
///
/// async fn events(visitor: Visitor) -> Result<Response, Refused> {
///     let calendar = visitor.account("calendar").await?;
///     if !calendar.is_connected() {
///         return Ok("Connect your calendar first.".into_response());
///     }
///     let events = calendar.json::<serde_json::Value>("https://calendar.example/events").await;
///     Ok(events.map_or_else(ApiError::into_response, |events| axum::Json(events).into_response()))
/// }
/// # let _: axum::Router = axum::Router::new().route("/events", axum::routing::get(events));
/// ```
#[derive(Clone, Debug)]
pub struct Account {
    calls: Calls,
    holding: Holding,
}

impl Account {
    pub(super) fn new(asking: Asking, grant: GrantKey, holding: Holding) -> Self {
        Self { calls: Calls { asking, grant, connected: true }, holding }
    }

    /// Whether it is connected, as the store says: there is a token, or a renewal will bring one.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.holding.login_required.is_none()
    }

    /// What it allows, or allowed before it ended.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.holding.granted
    }

    /// The key under which the keeper holds its tokens.
    #[must_use]
    pub fn grant(&self) -> &GrantKey {
        &self.calls.grant
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
    /// As [`send`](Account::send), and when the answer is not of a 2xx status or not the JSON that was expected.
    pub async fn json<T: DeserializeOwned>(&self, url: &str) -> Result<T, ApiError> {
        self.calls.json(url).await
    }

    /// Who the person is, in the provider's words of now: as its user info says, signed or not, and about the subject of their
    /// login or not at all. They are data about a person: escape them where they are shown.
    ///
    /// # Errors
    /// As [`send`](Account::send), and when the answer was refused.
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
