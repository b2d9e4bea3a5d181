//! The client for a provider's API in blocking programs.

use gatepass_core::Body;
use gatepass_core::ports::Limits;
use http::{Request, Response};

use super::Keeper;
use super::park::block_on;
use crate::bearer::{self, ApiError};
use crate::tokens::Slot;

/// A client for the API of a grant's provider. See [`crate::Bearer`], which this is.
#[derive(Clone, Debug)]
pub struct Bearer {
    bearer: bearer::Bearer,
    /// While this lives, the keeper is not gone.
    keeper: Keeper,
}

impl Bearer {
    pub(super) fn new(bearer: bearer::Bearer, keeper: Keeper) -> Self {
        Self { bearer, keeper }
    }

    /// The same client with the token of a resource, or of some of the scopes.
    #[must_use]
    pub fn slot(self, slot: Slot) -> Self {
        Self { bearer: self.bearer.slot(slot), keeper: self.keeper }
    }

    /// The same client with other limits for each request.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { bearer: self.bearer.limits(limits), keeper: self.keeper }
    }

    /// Gets a URL.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn get(&self, url: &str) -> Result<Response<Body>, ApiError> {
        block_on(self.bearer.get(url))
    }

    /// Sends a request with the access token; once more, with a renewed one, if the API refuses it.
    ///
    /// # Errors
    /// [`ApiError`], by what the program can do about it.
    pub fn send(&self, request: Request<Body>) -> Result<Response<Body>, ApiError> {
        block_on(self.bearer.send(request))
    }

    /// As [`send`](Self::send), for a request that must not be sent twice whatever the API says.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_once(&self, request: Request<Body>) -> Result<Response<Body>, ApiError> {
        block_on(self.bearer.send_once(request))
    }
}
