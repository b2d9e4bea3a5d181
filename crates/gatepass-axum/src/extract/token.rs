//! The access token as an extractor, for applications with a client of their own.

use std::ops::Deref;

use axum_core::extract::FromRequestParts;
use http::request::Parts;

use super::{Api, ApiError};

/// The access token of the person who is logged in, renewed if need be.
///
/// It goes to the provider's resources and nowhere else: [`Api`] sees to that by itself and repeats a call that the API
/// refused with a new token; with a token in hand that is the application's task. As an extractor it stands, like
/// [`Session`](crate::Session), for "only for those who are logged in".
///
/// ```
/// use gatepass_axum::AccessToken;
///
/// async fn hours_left(token: AccessToken) -> String {
///     format!("{:?} with {}", token.expires(), token.scopes())
/// }
/// # let _: axum::Router = axum::Router::new().route("/", axum::routing::get(hours_left));
/// ```
#[derive(Clone, Debug)]
pub struct AccessToken(gatepass::AccessToken);

impl AccessToken {
    /// The token as the keeper gives it, to be asked for another one when an API refuses it.
    #[must_use]
    pub fn into_inner(self) -> gatepass::AccessToken {
        self.0
    }
}

impl Deref for AccessToken {
    type Target = gatepass::AccessToken;

    fn deref(&self) -> &gatepass::AccessToken {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AccessToken {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let api = <Api as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        api.access_token().await.map(Self)
    }
}
