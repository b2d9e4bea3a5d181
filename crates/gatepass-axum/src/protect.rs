//! A part of the application that is only for those who are logged in.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::response::{IntoResponse, Response};
use axum_core::extract::FromRequestParts;
use http::Request;
use tower::{Layer, Service};

use crate::{Login, Session};

/// The layer that lets nobody through who is not logged in: [`Login::protect`] gives it.
#[derive(Clone, Debug)]
pub struct Protect {
    login: Login,
}

impl Protect {
    pub(crate) fn new(login: Login) -> Self {
        Self { login }
    }
}

impl<S> Layer<S> for Protect {
    type Service = Protected<S>;

    fn layer(&self, inner: S) -> Protected<S> {
        Protected { login: self.login.clone(), inner }
    }
}

/// A service that only those reach who are logged in.
#[derive(Clone, Debug)]
pub struct Protected<S> {
    login: Login,
    inner: S,
}

impl<S, B> Service<Request<B>> for Protected<S>
where
    S: Service<Request<B>> + Clone + Send + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The service that has said that it is ready is the one to call.
        let unasked = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, unasked);
        let (mut parts, body) = request.into_parts();
        parts.extensions.insert(self.login.clone());
        Box::pin(async move {
            // It stays with the request, where the extractors below find it.
            match <Session as FromRequestParts<()>>::from_request_parts(&mut parts, &()).await {
                Ok(_) => Ok(inner.call(Request::from_parts(parts, body)).await?.into_response()),
                Err(refused) => Ok(refused.into_response()),
            }
        })
    }
}
