//! The client for a provider's API with tokens that nobody keeps yet: between a login and the question whose it is.

use gatepass_core::ports::Limits;
use gatepass_core::{Body, Client, Secret, TokenSet, World};
use http::{Request, Response};

use super::{ApiError, Call, Judged, judge};

/// A client for a provider's API with the access token of a login that has just been made. It renews nothing.
#[derive(Clone, Debug)]
pub struct FreshBearer {
    client: Client,
    token: Secret,
    world: World,
}

impl FreshBearer {
    /// A client with the access token of these tokens, which go on belonging to whoever has them.
    #[must_use]
    pub fn of(tokens: &TokenSet, world: &World) -> Self {
        Self { client: tokens.client().clone(), token: tokens.access_token().clone(), world: world.clone() }
    }

    /// Sends a request with the access token, once. An answer of any status that is no refusal is `Ok`.
    ///
    /// # Errors
    /// [`ApiError`], also when the URL is not on one of the provider's resource origins.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<Body>, ApiError> {
        let call = Call::new(self.client.provider(), request)?.with(&self.token)?;
        let answer = self.world.http.send(call, &Limits::DEFAULT).await.map_err(ApiError::Http)?;
        match judge(answer) {
            Judged::Answer(answer) => answer,
            Judged::TokenRefused(refused) => Err(refused),
        }
    }
}
