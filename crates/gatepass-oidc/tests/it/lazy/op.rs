//! A provider behind both HTTP ports that can be away, and slow, and a clock that is moved by hand.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use gatepass_core::ports::{Clock, HttpClient, HttpError, HttpErrorKind, Limits, Processed, blocking};
use gatepass_core::{Body, Monotonic, Timestamp, World};
use http::{Request, Response};
use serde_json::{Value, json};

use crate::support::{NOW, document};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub(super) struct Op {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    /// Status and body of the metadata; `None`: no connection.
    metadata: Option<(u16, String)>,
    keys: Option<Value>,
    token: Value,
    asked: Vec<String>,
    /// The most bytes of an answer that the last question would take.
    cap: usize,
    /// How the last token request authenticated.
    credentials: &'static str,
    /// Whether questions wait.
    held: bool,
}

impl Op {
    pub(super) fn new() -> Arc<Self> {
        let state = State {
            metadata: Some((200, document().to_string())),
            keys: Some(json!({"keys": []})),
            token: json!({"access_token": "at", "token_type": "Bearer"}),
            asked: Vec::new(),
            cap: 0,
            credentials: "",
            held: false,
        };
        Arc::new(Self { state: Mutex::new(state), changed: Condvar::new() })
    }

    pub(super) fn says(&self, document: &Value) {
        self.answers(200, &document.to_string());
    }

    pub(super) fn answers(&self, status: u16, body: &str) {
        self.change(|state| state.metadata = Some((status, body.to_owned())));
    }

    pub(super) fn is_away(&self) {
        self.change(|state| (state.metadata, state.keys) = (None, None));
    }

    pub(super) fn publishes(&self, keys: Value) {
        self.change(|state| state.keys = Some(keys));
    }

    pub(super) fn issues(&self, token: &str) {
        self.change(|state| {
            state.token = json!({"access_token": "at", "token_type": "Bearer", "id_token": token});
        });
    }

    /// From now on questions wait until they are let go.
    pub(super) fn hold(&self) {
        self.change(|state| state.held = true);
    }

    pub(super) fn let_go(&self) {
        self.change(|state| state.held = false);
    }

    /// The addresses that were asked.
    pub(super) fn asked(&self) -> Vec<String> {
        self.state.lock().unwrap().asked.clone()
    }

    /// Those of documents that say what the provider is. Keys are fetched beside them when a login begins.
    pub(super) fn documents(&self) -> Vec<String> {
        self.asked().into_iter().filter(|asked| asked.contains("/.well-known/")).collect()
    }

    /// How often a path was asked for.
    pub(super) fn count(&self, path: &str) -> usize {
        self.asked().iter().filter(|asked| asked.ends_with(path)).count()
    }

    /// How the client authenticated at the token endpoint.
    pub(super) fn credentials(&self) -> &'static str {
        self.state.lock().unwrap().credentials
    }

    /// The most bytes of an answer that the last question would take.
    pub(super) fn cap(&self) -> usize {
        self.state.lock().unwrap().cap
    }

    /// Waits until something was asked so often; for blocking programs.
    pub(super) fn wait_for(&self, path: &str, times: usize) {
        let state = self.state.lock().unwrap();
        let missing =
            |state: &mut State| state.asked.iter().filter(|asked| asked.ends_with(path)).count() < times;
        let waited = self.changed.wait_timeout_while(state, PATIENCE, missing).unwrap().1;
        assert!(!waited.timed_out(), "nobody asked for {path}");
    }

    fn change(&self, how: impl FnOnce(&mut State)) {
        how(&mut self.state.lock().unwrap());
        self.changed.notify_all();
    }

    fn arrives(&self, request: &Request<Body>, limits: &Limits) {
        let body = String::from_utf8_lossy(request.body().as_bytes()).into_owned();
        let credentials = match request.headers().get("authorization") {
            Some(_) => "basic",
            None if body.contains("client_secret=") => "post",
            None => "none",
        };
        self.change(|state| {
            state.asked.push(request.uri().to_string());
            state.cap = limits.body;
            if request.uri().path().ends_with("/token") {
                state.credentials = credentials;
            }
        });
    }

    fn answer(&self, request: &Request<Body>) -> Result<Response<Body>, HttpError> {
        let state = self.state.lock().unwrap();
        let away = || HttpError::new(HttpErrorKind::Connect, Processed::CertainlyNot);
        let (status, body) = match request.uri().path() {
            path if path.contains("/.well-known/") => state.metadata.clone().ok_or_else(away)?,
            path if path.ends_with("/jwks") => (200, state.keys.as_ref().ok_or_else(away)?.to_string()),
            path if path.ends_with("/token") => (200, state.token.to_string()),
            _ => (404, String::new()),
        };
        let answer = Response::builder().status(status).header("content-type", "application/json");
        Ok(answer.body(Body::from(body)).unwrap())
    }
}

#[async_trait]
impl HttpClient for Op {
    async fn send(&self, request: Request<Body>, limits: &Limits) -> Result<Response<Body>, HttpError> {
        self.arrives(&request, limits);
        while self.state.lock().unwrap().held {
            tokio::task::yield_now().await;
        }
        self.answer(&request)
    }
}

impl blocking::HttpClient for Op {
    fn send(&self, request: Request<Body>, limits: &Limits) -> Result<Response<Body>, HttpError> {
        self.arrives(&request, limits);
        let state = self.state.lock().unwrap();
        let (state, waited) = self.changed.wait_timeout_while(state, PATIENCE, |state| state.held).unwrap();
        assert!(!waited.timed_out(), "nobody lets it go");
        drop(state);
        self.answer(&request)
    }
}

/// Both clocks, moved by hand.
#[derive(Debug, Default)]
pub(super) struct Hands(Mutex<Duration>);

impl Hands {
    pub(super) fn advance(&self, seconds: u64) {
        *self.0.lock().unwrap() += Duration::from_secs(seconds);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        NOW.saturating_add(*self.0.lock().unwrap())
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::since_origin(*self.0.lock().unwrap())
    }
}

/// The asynchronous world around this provider.
pub(super) fn world(op: &Arc<Op>) -> (World, Arc<Hands>) {
    let clock = Arc::new(Hands::default());
    let mut world = gatepass::world(op.clone());
    world.clock = clock.clone();
    (world, clock)
}

/// The blocking one.
pub(super) fn blocking_world(op: &Arc<Op>) -> (gatepass_core::blocking::World, Arc<Hands>) {
    let clock = Arc::new(Hands::default());
    let entropy = Arc::new(gatepass::SystemEntropy::new());
    (gatepass_core::blocking::World::new(op.clone(), clock.clone(), entropy), clock)
}
