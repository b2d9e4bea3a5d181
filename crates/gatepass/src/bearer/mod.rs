//! The client for a provider's API that attaches the access token of a grant.
//!
//! - A URL that is not on one of the provider's resource origins is refused before a token is read.
//! - The token stands in the `Authorization` header and nowhere else. Redirects are not followed.
//! - One refusal leads to one renewal and one retry.

mod call;
mod challenge;
mod error;
mod fresh;

use gatepass_core::Body;
use gatepass_core::ports::{GrantKey, Limits};
use http::{Request, Response};

use crate::keeper::Keeper;
use crate::tokens::Slot;
use crate::unavailable::Unavailable;

pub(crate) use call::{Call, Judged, judge};
pub use error::ApiError;
pub use fresh::FreshBearer;

/// A client for the API of a grant's provider. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Bearer {
    keeper: Keeper,
    key: GrantKey,
    slot: Slot,
    limits: Limits,
}

impl Bearer {
    pub(crate) fn new(keeper: Keeper, key: GrantKey) -> Self {
        Self { keeper, key, slot: Slot::new(), limits: Limits::DEFAULT }
    }

    /// The same client with the token of a resource, or of some of the scopes.
    #[must_use]
    pub fn slot(mut self, slot: Slot) -> Self {
        self.slot = slot;
        self
    }

    /// The same client with other limits for each request.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Gets a URL.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn get(&self, url: &str) -> Result<Response<Body>, ApiError> {
        self.send(Request::get(url).body(Body::empty()).map_err(|_| ApiError::Url)?).await
    }

    /// Sends a request with the access token. When the API refuses the token with 401, it is renewed, once, and the
    /// request is sent again, once: an API that refuses a token has not acted.
    ///
    /// Any other answer is `Ok`, whatever its status.
    ///
    /// # Errors
    /// [`ApiError`], by what the program can do about it.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<Body>, ApiError> {
        self.call(request, true).await
    }

    /// As [`send`](Self::send), for a request that must not be sent twice whatever the API says.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_once(&self, request: Request<Body>) -> Result<Response<Body>, ApiError> {
        self.call(request, false).await
    }

    async fn call(&self, request: Request<Body>, replayable: bool) -> Result<Response<Body>, ApiError> {
        let call = self.keeper.admit(self.key.provider(), request).await?;
        let http = &self.keeper.world().http;
        let token = self.keeper.access_token_for(&self.key, &self.slot).await?;
        let answer = http.send(call.with(token.secret())?, &self.limits).await.map_err(ApiError::Http)?;
        let refused = match judge(answer) {
            Judged::Answer(answer) => return answer,
            Judged::TokenRefused(refused) if !replayable => return Err(refused),
            Judged::TokenRefused(refused) => refused,
        };
        let renewed = self.keeper.unauthorized(&self.key, token).await.map_err(|why| why.or(refused))?;
        let answer = http.send(call.with(renewed.secret())?, &self.limits).await.map_err(ApiError::Http)?;
        match judge(answer) {
            Judged::Answer(answer) => answer,
            Judged::TokenRefused(refused) => Err(refused),
        }
    }
}

impl Unavailable {
    /// What to say after a refusal when there is no other token: the person's case is worth more than the API's.
    pub(crate) fn or(self, refused: ApiError) -> ApiError {
        match self {
            Self::LoginRequired { .. } | Self::Later { .. } | Self::StoreUnavailable(_) => {
                ApiError::Unavailable(self)
            }
            _ => refused,
        }
    }
}
