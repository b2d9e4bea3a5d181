#![doc = include_str!("../README.md")]

mod answer;
mod flight;
mod names;

use std::error::Error;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use gatepass_core::Body;
use gatepass_core::ports::{Destination, HttpClient, HttpError, HttpErrorKind, Limits, Processed};
use http::header::ACCEPT_ENCODING;
use http::{HeaderValue, Request, Response};
use reqwest::{Client, ClientBuilder};

use crate::answer::Answer;
use crate::flight::{FLIGHT, Flight, GateLayer, Outgoing};
use crate::names::PublicNames;

/// An asynchronous [`HttpClient`] on reqwest; needs a tokio runtime with time and I/O. Clones share everything.
#[derive(Clone, Debug)]
pub struct Reqwest {
    https: Client,
    loopback: Client,
    http_loopback: bool,
    public_only: bool,
}

impl Reqwest {
    /// A client with the platform's root certificates and no proxy, whatever the environment says.
    ///
    /// # Errors
    /// [`BuildError`], when the root certificates could not be read.
    pub fn new() -> Result<Self, BuildError> {
        Self::with(Client::builder().no_proxy())
    }

    /// A client with settings of your own: proxies, a client certificate (mTLS), more root certificates, default
    /// headers, a resolver.
    ///
    /// What the contracts demand is set last and cannot be changed here: redirects, retries, compression, referer,
    /// connection pool, protocol version, https, verification of certificates, wire logging, and the outermost
    /// connector layer. Cookies stay off unless your own features and builder switch them on: leave them off. A
    /// builder reads proxies from the environment unless it is told [`no_proxy`](ClientBuilder::no_proxy).
    ///
    /// # Errors
    /// [`BuildError`], when the settings do not fit together.
    pub fn with(settings: ClientBuilder) -> Result<Self, BuildError> {
        let https = bound(settings)
            .https_only(true)
            .tls_danger_accept_invalid_certs(false)
            .tls_danger_accept_invalid_hostnames(false)
            .build()
            .map_err(BuildError)?;
        // Plain http never meets the caller's proxies: what is allowed on this machine must stay on it.
        let here = [(Ipv4Addr::LOCALHOST, 0).into(), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
        let loopback = bound(Client::builder().no_proxy().tls_certs_only([]))
            .resolve_to_addrs("localhost", &here)
            .build()
            .map_err(BuildError)?;
        Ok(Self { https, loopback, http_loopback: false, public_only: false })
    }

    /// As [`with`](Self::with), a client that connects to public addresses only, whatever names lead to: for providers that
    /// somebody types in, who could name a machine of yours. A name's addresses are judged, and one of those that passed is
    /// connected to. Proxies and a resolver of the settings are not used, since they would look names up by themselves
    /// (addresses that the settings name by [`resolve`](ClientBuilder::resolve) are the program's own word). It takes
    /// precedence over [`danger_allow_http_loopback`](Self::danger_allow_http_loopback).
    ///
    /// Use it for such providers alone: one in your own network is not reached.
    ///
    /// # Errors
    /// As [`with`](Self::with).
    pub fn public_addresses_only(settings: ClientBuilder) -> Result<Self, BuildError> {
        let client = Self::with(settings.no_proxy().dns_resolver(PublicNames))?;
        Ok(Self { public_only: true, ..client })
    }

    /// The same client, that also speaks plain http to 127.0.0.0/8, `::1` and `localhost`: for development and tests.
    #[must_use]
    pub fn danger_allow_http_loopback(mut self) -> Self {
        self.http_loopback = true;
        self
    }
}

fn bound(settings: ClientBuilder) -> ClientBuilder {
    settings
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .http1_only()
        .http1_max_headers(128)
        .pool_max_idle_per_host(0)
        .connection_verbose(false)
        .connector_layer(GateLayer)
}

#[async_trait]
impl HttpClient for Reqwest {
    async fn send(&self, request: Request<Body>, limits: &Limits) -> Result<Response<Body>, HttpError> {
        let destination = Destination::parse(request.uri(), self.http_loopback)?;
        let client = if destination.is_tls() { &self.https } else { &self.loopback };
        // The connector looks up names alone.
        if self.public_only && (destination.is_private_address() || !destination.is_tls()) {
            return Err(HttpError::new(HttpErrorKind::NotPublic, Processed::CertainlyNot));
        }
        let flight = Flight::new(limits.not_after.clone());
        if flight.is_too_late() {
            return Err(HttpError::new(HttpErrorKind::TooLate, flight.processed()));
        }
        let exchange =
            FLIGHT.scope(Arc::clone(&flight), exchange(client, destination, request, &flight, limits.body));
        match tokio::time::timeout(limits.total, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(HttpError::new(HttpErrorKind::Timeout, flight.processed())),
        }
    }
}

async fn exchange(
    client: &Client,
    destination: Destination,
    request: Request<Body>,
    flight: &Arc<Flight>,
    cap: usize,
) -> Result<Response<Body>, HttpError> {
    let (parts, body) = request.into_parts();
    let mut outgoing = reqwest::Request::new(parts.method, destination.into_url());
    *outgoing.headers_mut() = parts.headers;
    outgoing.headers_mut().entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("gzip"));
    if !body.is_empty() {
        *outgoing.body_mut() = Some(reqwest::Body::wrap(Outgoing::new(body, Arc::clone(flight))));
    }

    let failed = |error: reqwest::Error| {
        let kind = if error.is_timeout() { HttpErrorKind::Timeout } else { flight.failure() };
        HttpError::new(kind, flight.processed()).with_source(error.without_url())
    };
    let mut incoming = client.execute(outgoing).await.map_err(failed)?;
    let announced = incoming.content_length();
    let mut head = Response::new(());
    *head.status_mut() = incoming.status();
    *head.version_mut() = incoming.version();
    *head.headers_mut() = std::mem::take(incoming.headers_mut());
    let mut answer = Answer::of(head.headers_mut(), cap, announced);
    while let Some(chunk) = incoming.chunk().await.map_err(failed)? {
        answer.push(&chunk)?;
    }
    let body = Body::from(answer.finish()?);
    Ok(head.map(|()| body))
}

/// The client could not be built from its settings.
#[derive(Debug)]
pub struct BuildError(reqwest::Error);

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the http client could not be built from these settings")
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}
