//! HTTP as a port.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use http::{Request, Response};

use super::Guard;
use crate::Body;

/// What bounds one request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// The request's first byte is not written after this passed (HTTP-5). `None`: no such moment.
    pub not_after: Option<Guard>,
    /// The whole time from the call to the last byte of the answer.
    pub total: Duration,
    /// The most bytes of an answer's body, after decompression.
    pub body: usize,
}

impl Limits {
    /// Ten seconds in all and an answer of at most one mebibyte.
    pub const DEFAULT: Self = Self { not_after: None, total: Duration::from_secs(10), body: 1 << 20 };

    /// The same limits, guarded.
    #[must_use]
    pub fn not_after(mut self, guard: Guard) -> Self {
        self.not_after = Some(guard);
        self
    }

    /// The same limits with another total time.
    #[must_use]
    pub fn total(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }

    /// The same limits with another cap on the answer's body, in bytes.
    #[must_use]
    pub fn body(mut self, bytes: usize) -> Self {
        self.body = bytes;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// An asynchronous HTTP client.
///
/// - HTTP-1: an answer of any status is `Ok`.
/// - HTTP-2: redirects are not followed; the 3xx is the answer.
/// - HTTP-3: one call is at most one request; nothing is retried.
/// - HTTP-4: the body is capped while it streams in and after decompression; more is [`HttpErrorKind::TooLarge`].
/// - HTTP-5: no byte of the request is written after [`Limits::not_after`] passed, judged once the connection is
///   ready; then the error is [`HttpErrorKind::TooLate`] and says [`Processed::CertainlyNot`].
/// - HTTP-6: the call ends within [`Limits::total`] plus scheduling: [`HttpErrorKind::Timeout`].
/// - HTTP-7: only https, unless loopback was allowed by name; certificates and host names are verified:
///   [`HttpErrorKind::Insecure`], [`HttpErrorKind::Tls`].
/// - HTTP-8: an error says [`Processed::CertainlyNot`] only if no byte of the request was written on a connection
///   that was ready (name not found, connection refused, TLS unfinished, too late); everything else is `Maybe`.
/// - HTTP-9: the error shows neither the query of the URL nor any body or header.
/// - HTTP-10: the connection of a call that timed out or was dropped is closed, not reused.
#[async_trait]
pub trait HttpClient: Send + Sync + fmt::Debug {
    /// Sends one request and reads the whole answer.
    ///
    /// # Errors
    /// [`HttpError`], when no whole answer was read.
    async fn send(&self, request: Request<Body>, limits: &Limits) -> Result<Response<Body>, HttpError>;
}

/// Whether the provider can have acted on a request that brought no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Processed {
    /// No byte of the request left on a ready connection.
    CertainlyNot,
    /// It may have.
    Maybe,
}

/// What kept an answer from being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HttpErrorKind {
    /// The request would not stay secret: the URL is not https and loopback was not allowed, or something that the
    /// source names would show it.
    Insecure,
    /// The address is not public, and the client was told to connect to public ones only.
    NotPublic,
    /// No connection: the name was not found or the connection was refused.
    Connect,
    /// TLS failed: the certificate or the host name is not trusted, or the versions do not meet.
    Tls,
    /// The guard passed before the first byte.
    TooLate,
    /// The total time ran out.
    Timeout,
    /// The answer is larger than allowed.
    TooLarge,
    /// The connection broke or what came was not HTTP.
    Broken,
}

/// A request that brought no whole answer. Shows the origin at most, never query, header or body.
#[derive(Debug)]
pub struct HttpError {
    kind: HttpErrorKind,
    processed: Processed,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl HttpError {
    /// An error of a kind.
    #[must_use]
    pub fn new(kind: HttpErrorKind, processed: Processed) -> Self {
        Self { kind, processed, source: None }
    }

    /// The same error with its cause, which must not show URLs, headers or bodies.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> HttpErrorKind {
        self.kind
    }

    /// Whether the provider can have acted.
    #[must_use]
    pub fn processed(&self) -> Processed {
        self.processed
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            HttpErrorKind::Insecure => {
                "the request would not stay secret (https is due; loopback must be allowed by name)"
            }
            HttpErrorKind::NotPublic => {
                "the address lies in a private network, and this client connects to public ones only"
            }
            HttpErrorKind::Connect => "no connection to the provider",
            HttpErrorKind::Tls => "the provider's certificate is not trusted or tls failed",
            HttpErrorKind::TooLate => "the request was held back because its time had passed",
            HttpErrorKind::Timeout => "the provider did not answer in time",
            HttpErrorKind::TooLarge => "the answer is larger than allowed",
            HttpErrorKind::Broken => "the connection broke before the whole answer came",
        })
    }
}

impl std::error::Error for HttpError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
