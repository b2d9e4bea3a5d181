//! One request under way: how far its connection came, and the guard that is judged right before the first byte.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use gatepass_core::ports::{Guard, HttpErrorKind, Processed};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, NextTimeout, RustlsConnector, Transport,
};

const CONNECTING: u8 = 0;
const SECURING: u8 = 1;
const WRITING: u8 = 2;
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
            WRITING => Processed::Maybe,
            _ => Processed::CertainlyNot,
        }
    }

    /// What kept the request from being answered, as far as the connection tells.
    pub(crate) fn failure(&self) -> HttpErrorKind {
        match self.phase.load(Ordering::Acquire) {
            CONNECTING => HttpErrorKind::Connect,
            SECURING => HttpErrorKind::Tls,
            TOO_LATE => HttpErrorKind::TooLate,
            NOT_PUBLIC => HttpErrorKind::NotPublic,
            _ => HttpErrorKind::Broken,
        }
    }
}

/// TLS with settings that are read once and shared by all requests.
#[derive(Clone)]
pub(crate) struct SharedTls {
    pub(crate) rustls: Arc<RustlsConnector>,
    pub(crate) flight: Arc<Flight>,
}

impl<In: Transport> Connector<In> for SharedTls {
    type Out = Either<In, <RustlsConnector as Connector<In>>::Out>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        if !details.needs_tls() {
            return Ok(chained.map(Either::A));
        }
        self.flight.phase.store(SECURING, Ordering::Release);
        // A request has a deadline of its own, which is no reason to read the root certificates again.
        let details = ConnectionDetails {
            uri: details.uri,
            addrs: details.addrs.clone(),
            config: details.config,
            request_level: false,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: Arc::clone(&details.current_time),
            run_connector: Arc::clone(&details.run_connector),
            register_shutdown: Arc::clone(&details.register_shutdown),
        };
        Ok(self.rustls.connect(&details, chained)?.map(Either::B))
    }
}

/// The last connector of the chain: it puts the gate before the first byte.
#[derive(Clone)]
pub(crate) struct Gate(pub(crate) Arc<Flight>);

impl<In: Transport> Connector<In> for Gate {
    type Out = Gated<In>;

    fn connect(
        &self,
        _: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        Ok(chained.map(|connection| Gated { connection, flight: Arc::clone(&self.0), open: false }))
    }
}

/// A ready connection on which nothing is written once the guard has passed.
pub(crate) struct Gated<T> {
    connection: T,
    flight: Arc<Flight>,
    open: bool,
}

impl<T: Transport> Transport for Gated<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.connection.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        if !self.open {
            if self.flight.is_too_late() {
                return Err(ureq::Error::ConnectionFailed);
            }
            self.flight.phase.store(WRITING, Ordering::Release);
            self.open = true;
        }
        self.connection.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        match self.connection.await_input(timeout) {
            // TLS that ends without saying so may have been cut off; ureq would take that for the end of a body
            // that has no length.
            Err(ureq::Error::Io(error)) if ends_abruptly(&error) => Err(ureq::Error::ConnectionFailed),
            other => other,
        }
    }

    fn is_open(&mut self) -> bool {
        self.connection.is_open()
    }

    fn is_tls(&self) -> bool {
        self.connection.is_tls()
    }
}

fn ends_abruptly(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), UnexpectedEof | ConnectionAborted | ConnectionReset)
}

impl fmt::Debug for SharedTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedTls")
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}

impl<T> fmt::Debug for Gated<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gated")
    }
}
