//! One request under way: how far its connection came, and the guard that is judged on the way out.
//!
//! The pool is off, so hyper opens every connection inside the future of the request that needs it; that is how the
//! connector below finds the flight of its request in the task.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use gatepass_core::Body;
use gatepass_core::ports::{Guard, HttpErrorKind, Processed};
use http_body::{Frame, SizeHint};
use tower::{BoxError, Layer, Service};

tokio::task_local! {
    pub(crate) static FLIGHT: Arc<Flight>;
}

const CONNECTING: u8 = 0;
const TLS_FAILED: u8 = 1;
const CONNECTED: u8 = 2;
const TOO_LATE: u8 = 3;
const NOT_PUBLIC: u8 = 4;

/// One request under way.
pub(crate) struct Flight {
    guard: Option<Guard>,
    phase: AtomicU8,
}

impl Flight {
    pub(crate) fn new(guard: Option<Guard>) -> Arc<Self> {
        Arc::new(Self { guard, phase: AtomicU8::new(CONNECTING) })
    }

    /// Judges the guard; `true` is final.
    pub(crate) fn is_too_late(&self) -> bool {
        let late = self.guard.as_ref().is_some_and(Guard::has_passed);
        if late {
            self.phase.store(TOO_LATE, Ordering::Release);
        }
        late
    }

    /// Notes that the request may not go where it would.
    pub(crate) fn is_private(&self) {
        self.phase.store(NOT_PUBLIC, Ordering::Release);
    }

    /// Whether the provider can have seen a byte of the request.
    pub(crate) fn processed(&self) -> Processed {
        match self.phase.load(Ordering::Acquire) {
            CONNECTED => Processed::Maybe,
            _ => Processed::CertainlyNot,
        }
    }

    /// What kept the request from being answered, as far as the connection tells.
    pub(crate) fn failure(&self) -> HttpErrorKind {
        match self.phase.load(Ordering::Acquire) {
            CONNECTING => HttpErrorKind::Connect,
            TLS_FAILED => HttpErrorKind::Tls,
            TOO_LATE => HttpErrorKind::TooLate,
            NOT_PUBLIC => HttpErrorKind::NotPublic,
            _ => HttpErrorKind::Broken,
        }
    }

    fn note_refused(&self, error: &BoxError) {
        // The TCP connector has an error type of its own; what comes as a bare I/O error is the TLS handshake.
        if error.is::<io::Error>() {
            self.phase.store(TLS_FAILED, Ordering::Release);
        }
    }
}

/// Puts the gate around the connector.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GateLayer;

impl<S> Layer<S> for GateLayer {
    type Service = Gate<S>;

    fn layer(&self, connector: S) -> Gate<S> {
        Gate { connector }
    }
}

/// A connector that hands a ready connection over only while the guard of its request stands.
#[derive(Clone, Debug)]
pub(crate) struct Gate<S> {
    connector: S,
}

impl<S, Target> Service<Target> for Gate<S>
where
    S: Service<Target, Error = BoxError>,
    S::Future: Send + 'static,
    S::Response: 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(cx)
    }

    fn call(&mut self, target: Target) -> Self::Future {
        let flight = FLIGHT.try_with(Arc::clone);
        let connecting = self.connector.call(target);
        Box::pin(async move {
            let flight = flight.map_err(|_| Refused("this connection belongs to no request"))?;
            let connection = connecting.await.inspect_err(|error| flight.note_refused(error))?;
            if flight.is_too_late() {
                return Err(Refused("the guard passed while the connection was made").into());
            }
            flight.phase.store(CONNECTED, Ordering::Release);
            Ok(connection)
        })
    }
}

/// A request's body that judges the guard a last time in the very poll in which hyper writes.
///
/// hyper takes the body after it rendered the head and before it flushes either, so that a refusal here leaves no
/// byte on the wire.
pub(crate) struct Outgoing {
    bytes: Bytes,
    flight: Arc<Flight>,
}

impl Outgoing {
    pub(crate) fn new(body: Body, flight: Arc<Flight>) -> Self {
        Self { bytes: Bytes::from_owner(body), flight }
    }
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = Refused;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Refused>>> {
        if self.bytes.is_empty() {
            return Poll::Ready(None);
        }
        if self.flight.is_too_late() {
            return Poll::Ready(Some(Err(Refused("the guard passed before the first byte"))));
        }
        Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.bytes)))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}

/// Why the gate stayed shut.
#[derive(Debug)]
pub(crate) struct Refused(&'static str);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Refused {}
