//! The client under test, and what all cases ask of it.

use std::error::Error;
use std::fmt;

use gatepass_core::Body;
use gatepass_core::ports::{HttpClient, HttpError, HttpErrorKind, Limits, Processed, blocking};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request, Response};
use tokio::runtime::Runtime;

/// How a client is to be built.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Setup {
    /// Whether plain http to loopback is allowed by its name.
    pub http_loopback: bool,
    /// A root certificate (DER) to be trusted besides the platform's.
    pub root: Option<Vec<u8>>,
    /// The client's own certificate and key (PEM), to be shown to servers that ask.
    pub identity: Option<String>,
    /// Whether it may connect to public addresses only.
    pub public_only: bool,
}

type Make = dyn Fn(&Setup) -> Box<dyn blocking::HttpClient>;

/// The client under test. Asynchronous ones are blocked on, so that each case is written once.
pub struct Subject {
    make: Box<Make>,
}

impl Subject {
    /// A blocking client.
    pub fn blocking<C: blocking::HttpClient + 'static>(make: impl Fn(&Setup) -> C + 'static) -> Self {
        Self { make: Box::new(move |setup| Box::new(make(setup))) }
    }

    /// An asynchronous client, on a tokio runtime of its own.
    pub fn asynchronous<C: HttpClient + 'static>(make: impl Fn(&Setup) -> C + 'static) -> Self {
        Self { make: Box::new(move |setup| Box::new(OnRuntime { client: make(setup), runtime: runtime() })) }
    }

    pub(crate) fn strict(&self) -> Box<dyn blocking::HttpClient> {
        (self.make)(&Setup::default())
    }

    pub(crate) fn on_loopback(&self) -> Box<dyn blocking::HttpClient> {
        (self.make)(&Setup { http_loopback: true, ..Setup::default() })
    }

    pub(crate) fn trusting(&self, root: &[u8]) -> Box<dyn blocking::HttpClient> {
        (self.make)(&Setup { root: Some(root.to_vec()), ..Setup::default() })
    }

    pub(crate) fn public_only(&self, root: &[u8], http_loopback: bool) -> Box<dyn blocking::HttpClient> {
        let root = Some(root.to_vec());
        (self.make)(&Setup { root, http_loopback, public_only: true, ..Setup::default() })
    }

    pub(crate) fn known(&self, root: &[u8], identity: &str) -> Box<dyn blocking::HttpClient> {
        let (root, identity) = (Some(root.to_vec()), Some(identity.to_owned()));
        (self.make)(&Setup { root, identity, ..Setup::default() })
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subject")
    }
}

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

#[derive(Debug)]
struct OnRuntime<C> {
    client: C,
    runtime: Runtime,
}

impl<C: HttpClient> blocking::HttpClient for OnRuntime<C> {
    fn send(&self, request: Request<Body>, limits: &Limits) -> Result<Response<Body>, HttpError> {
        self.runtime.block_on(self.client.send(request, limits))
    }
}

/// What must not show up in any error.
pub(crate) const CANARIES: [&str; 4] = ["canary-query", "canary-header", "canary-body", CANARY_ANSWER];
/// What servers put into answers that end as errors.
pub(crate) const CANARY_ANSWER: &str = "canary-answer";

/// A token request with a canary in its query, its `Authorization` and its body.
pub(crate) fn request(url: &str) -> Request<Body> {
    let mut authorization = HeaderValue::from_static("Basic canary-header");
    authorization.set_sensitive(true);
    Request::post(format!("{url}?code=canary-query"))
        .header(AUTHORIZATION, authorization)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("code=canary-body".to_owned()))
        .unwrap()
}

/// Demands an error of this kind that shows no canary (HTTP-9).
pub(crate) fn demand_error(
    what: &str,
    outcome: Result<Response<Body>, HttpError>,
    kind: HttpErrorKind,
    processed: Processed,
) {
    let error = match outcome {
        Err(error) => error,
        Ok(answer) => panic!("{what}: {kind:?} was due, but an answer came: {}", answer.status()),
    };
    assert_eq!((error.kind(), error.processed()), (kind, processed), "{what}: {error:?}");
    let mut shown = format!("{error:?} {error:#?} {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        shown.push_str(&format!(" {cause:?} {cause}"));
        source = cause.source();
    }
    for canary in CANARIES {
        assert!(!shown.contains(canary), "{what}: the error shows {canary}: {shown}");
    }
}
