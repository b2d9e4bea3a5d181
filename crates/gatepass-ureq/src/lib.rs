#![doc = include_str!("../README.md")]

mod answer;
mod gate;
mod logs;
mod names;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use gatepass_core::Body;
use gatepass_core::ports::blocking::HttpClient;
use gatepass_core::ports::{Destination, HttpError, HttpErrorKind, Limits, Processed};
use http::{Method, Request, Response};
use ureq::config::{Config, ConfigBuilder};
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::typestate::AgentScope;
use ureq::unversioned::transport::{ConnectProxyConnector, Connector, RustlsConnector, TcpConnector};
use ureq::{Agent, AsSendBody};

use crate::gate::{Flight, Gate, SharedTls};
use crate::names::Names;

/// Longer deadlines are this long: a clock that counts in nanoseconds has an end.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

/// What a connection reads into, which holds the largest head; ureq's own sizes cost more than a loopback roundtrip.
const INPUT: usize = 80 * 1024;
/// What a connection writes from.
const OUTPUT: usize = 16 * 1024;

/// A blocking [`HttpClient`] on ureq; needs no runtime. Clones share everything.
#[derive(Clone)]
pub struct Ureq {
    settings: Config,
    tls: TlsConfig,
    rustls: Arc<RustlsConnector>,
    http_loopback: bool,
    public_only: bool,
    wire_logs: bool,
}

impl Ureq {
    /// A client with the platform's root certificates and no proxy, whatever the environment says.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Agent::config_builder().proxy(None))
    }

    /// A client with settings of your own: a proxy, a client certificate (mTLS), other root certificates, a user
    /// agent.
    ///
    /// What the contracts demand is set last and cannot be changed here: redirects, status handling, compression,
    /// connections, https, the TLS provider and the verification of certificates. Where the root certificates are
    /// ureq's own default, the platform's stand for them. A builder reads a proxy from the environment unless it is
    /// told `proxy(None)`; plain http on loopback never meets a proxy.
    #[must_use]
    pub fn with(settings: ConfigBuilder<AgentScope>) -> Self {
        let settings = settings
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .save_redirect_history(false)
            .accept_encoding("gzip")
            .max_response_header_size(64 * 1024)
            .input_buffer_size(INPUT)
            .output_buffer_size(OUTPUT)
            .max_idle_connections(0)
            .max_idle_connections_per_host(0)
            .build();
        let wished = settings.tls_config();
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .client_cert(wished.client_cert().cloned())
            .use_sni(wished.use_sni())
            .root_certs(match wished.root_certs() {
                RootCerts::WebPki => RootCerts::PlatformVerifier,
                roots => roots.clone(),
            })
            .disable_verification(false)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .build();
        Self {
            settings,
            tls,
            rustls: Arc::default(),
            http_loopback: false,
            public_only: false,
            wire_logs: false,
        }
    }

    /// The same client, that also speaks plain http to 127.0.0.0/8, `::1` and `localhost`: for development and tests.
    #[must_use]
    pub fn danger_allow_http_loopback(mut self) -> Self {
        self.http_loopback = true;
        self
    }

    /// The same client, that connects to public addresses only, whatever names lead to: for providers that somebody types in,
    /// who could name a machine of yours. A name's addresses are judged, and one of those that passed is connected to. It uses
    /// no proxy, which would look names up by itself, and takes precedence over
    /// [`danger_allow_http_loopback`](Self::danger_allow_http_loopback).
    ///
    /// Use it for such providers alone: one in your own network is not reached.
    #[must_use]
    pub fn public_addresses_only(mut self) -> Self {
        self.public_only = true;
        self
    }

    /// The same client, that also sends while the finest logs of ureq are on, which show `Authorization`, queries
    /// and tokens.
    #[must_use]
    pub fn danger_allow_wire_logs(mut self) -> Self {
        self.wire_logs = true;
        self
    }

    /// Sends on a connection of its own, which is closed when the answer was read.
    fn exchange(
        &self,
        destination: &Destination,
        request: Request<Body>,
        flight: &Arc<Flight>,
        limits: &Limits,
    ) -> Result<Response<Body>, HttpError> {
        let connector =
            ().chain(ConnectProxyConnector::default())
                .chain(TcpConnector::default())
                .chain(SharedTls { rustls: Arc::clone(&self.rustls), flight: Arc::clone(flight) })
                .chain(Gate(Arc::clone(flight)));
        let agent = {
            let names = Names::new(self.public_only.then(|| Arc::clone(flight)));
            Agent::with_parts(self.settings.clone(), connector, names)
        };
        let failed = |error| failure(error, flight);

        let (parts, body) = request.into_parts();
        let incoming =
            if body.is_empty() && !matches!(parts.method, Method::POST | Method::PUT | Method::PATCH) {
                agent.run(self.bind(&agent, destination, Request::from_parts(parts, ()), limits))
            } else {
                agent.run(self.bind(&agent, destination, Request::from_parts(parts, body.as_bytes()), limits))
            };
        let (mut parts, incoming) = incoming.map_err(failed)?.into_parts();
        parts.extensions.clear();
        let announced = incoming.content_length();
        let body = answer::read(incoming.into_reader(), &mut parts.headers, announced, limits.body)
            .map_err(|error| failed(error.into()))?;
        Ok(Response::from_parts(parts, Body::from(body)))
    }

    fn bind<S: AsSendBody>(
        &self,
        agent: &Agent,
        destination: &Destination,
        request: Request<S>,
        limits: &Limits,
    ) -> Request<S> {
        let bound = agent
            .configure_request(request)
            .tls_config(self.tls.clone())
            .https_only(destination.is_tls())
            .timeout_global(Some(limits.total.min(LONGEST)));
        let direct = self.public_only || !destination.is_tls();
        if direct { bound.proxy(None).build() } else { bound.build() }
    }
}

impl Default for Ureq {
    fn default() -> Self {
        Self::new()
    }
}

impl HttpClient for Ureq {
    fn send(&self, request: Request<Body>, limits: &Limits) -> Result<Response<Body>, HttpError> {
        let destination = Destination::parse(request.uri(), self.http_loopback)?;
        if !self.wire_logs && logs::show_the_wire() {
            return Err(HttpError::new(HttpErrorKind::Insecure, Processed::CertainlyNot)
                .with_source(logs::WireLogged));
        }
        let flight = Flight::new(limits.not_after.clone());
        if flight.is_too_late() {
            return Err(HttpError::new(HttpErrorKind::TooLate, flight.processed()));
        }
        self.exchange(&destination, request, &flight, limits)
    }
}

fn failure(error: ureq::Error, flight: &Flight) -> HttpError {
    let kind = match &error {
        ureq::Error::Timeout(_) => HttpErrorKind::Timeout,
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => HttpErrorKind::TooLarge,
        _ => flight.failure(),
    };
    let failure = HttpError::new(kind, flight.processed());
    match error {
        // The others may show the URL.
        ureq::Error::Io(_) | ureq::Error::Rustls(_) | ureq::Error::Timeout(_) | ureq::Error::HostNotFound => {
            failure.with_source(error)
        }
        _ => failure,
    }
}

impl fmt::Debug for Ureq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ureq").field("http_loopback", &self.http_loopback).finish_non_exhaustive()
    }
}
