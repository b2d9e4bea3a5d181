//! The ports of both kinds of keepers, behind all of which stands one script. Tasks and threads run when somebody waits
//! for them.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use gatepass::ports::{
    BoxFuture, Clock, Entropy, GrantKey, GrantStore, HttpClient, HttpError, Limits, NoEntropy, Reading,
    Revision, Row, Spawn, StoreError, Swap, Timer, blocking,
};
use gatepass::{Body, Keeper, Monotonic, Seed, Timestamp, TokenSet, World};
use gatepass_explore::trace::{Task, Trace};
use http::{Request, Response};

use super::Answer;
use super::forge::{at_once, client, issued, key, ring};
use super::script::Script;

/// Which kind of keepers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keepers {
    Tasks,
    Threads,
}

impl Keepers {
    /// Does what the walk's machine was made for.
    pub(super) fn run(self, script: &Arc<Script>, trace: &Trace) -> Answer {
        let client = client(trace.scenario.rotation());
        let deadlines = *trace.scenario.policy().deadlines();
        let tokens = match trace.task {
            Task::Install(_, token) => Some(issued(&client, token, "issued", Clock::now(&**script))),
            _ => None,
        };
        match self {
            Self::Tasks => {
                let tasks = Arc::new(Queue::default());
                let world =
                    World::new(script.clone(), script.clone(), script.clone(), tasks.clone(), script.clone());
                let builder = Keeper::builder(script.clone(), ring(), world).client("example", client);
                let keeper = builder.deadlines(deadlines).build().unwrap();
                tasks.finish(ask(&keeper, trace.task, tokens))
            }
            Self::Threads => {
                let world = gatepass::blocking::World::new(script.clone(), script.clone(), script.clone());
                let builder = gatepass::blocking::Keeper::builder(script.clone(), ring(), world);
                let keeper = builder.client("example", client).deadlines(deadlines).build().unwrap();
                let threads = Arc::new(Inline { script: script.clone(), started: Mutex::default() });
                let asked = threads.clone();
                let answer =
                    gatepass::blocking::on_threads(asked, || ask_blocking(&keeper, trace.task, tokens));
                // What would follow is not run; a keeper that is dropped would wait for it.
                threads.started.lock().unwrap().clear();
                answer
            }
        }
    }
}

async fn ask(keeper: &Keeper, task: Task, tokens: Option<TokenSet>) -> Answer {
    match (task, tokens) {
        (Task::Renew(_), _) => Answer::Token(keeper.access_token(&key()).await),
        (Task::Fence, _) => Answer::Done(keeper.logout(&key()).await),
        (Task::Install(..), Some(tokens)) => Answer::Done(keeper.install(&key(), tokens).await),
        _ => Answer::Swept(keeper.sweep(1).await),
    }
}

fn ask_blocking(keeper: &gatepass::blocking::Keeper, task: Task, tokens: Option<TokenSet>) -> Answer {
    match (task, tokens) {
        (Task::Renew(_), _) => Answer::Token(keeper.access_token(&key())),
        (Task::Fence, _) => Answer::Done(keeper.logout(&key())),
        (Task::Install(..), Some(tokens)) => Answer::Done(keeper.install(&key(), tokens)),
        _ => Answer::Swept(keeper.sweep(1)),
    }
}

/// Tasks that wait for somebody to wait for them.
#[derive(Default)]
struct Queue(Mutex<Vec<BoxFuture<()>>>);

impl Queue {
    fn finish<T>(&self, call: impl Future<Output = T>) -> T {
        let mut call = std::pin::pin!(call);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(value) = call.as_mut().poll(&mut context) {
                return value;
            }
            let task = self.0.lock().unwrap().remove(0);
            at_once(task);
        }
    }
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Queue")
    }
}

impl Spawn for Queue {
    fn spawn(&self, task: BoxFuture<()>) {
        self.0.lock().unwrap().push(task);
    }
}

/// Threads that run in the place of whoever waits for them.
struct Inline {
    script: Arc<Script>,
    started: Mutex<Vec<Box<dyn FnOnce() + Send>>>,
}

impl gatepass::blocking::Threads for Inline {
    fn start(&self, task: Box<dyn FnOnce() + Send>) {
        self.started.lock().unwrap().push(task);
    }

    fn sleep(&self, time: Duration) {
        self.script.sleeps(time);
    }

    fn waker(&self) -> Waker {
        Waker::noop().clone()
    }

    fn park(&self) {
        let task = self.started.lock().unwrap().remove(0);
        task();
    }
}

impl Clock for Script {
    fn now(&self) -> Timestamp {
        self.local()
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::since_origin(self.local().saturating_since(Timestamp::EPOCH))
    }
}

impl Entropy for Script {
    fn seed(&self) -> Result<Seed, NoEntropy> {
        Ok(self.draws())
    }
}

impl Timer for Script {
    fn sleep(&self, after: Duration) -> BoxFuture<()> {
        self.sleeps(after);
        Box::pin(async {})
    }
}

#[async_trait]
impl HttpClient for Script {
    async fn send(&self, request: Request<Body>, limits: &Limits) -> Result<Response<Body>, HttpError> {
        self.sends(&request, limits)
    }
}

impl blocking::HttpClient for Script {
    fn send(&self, request: Request<Body>, limits: &Limits) -> Result<Response<Body>, HttpError> {
        self.sends(&request, limits)
    }
}

#[async_trait]
impl GrantStore for Script {
    async fn read(&self, _: &GrantKey) -> Result<Reading, StoreError> {
        self.reads()
    }

    async fn swap(
        &self,
        _: &GrantKey,
        expected: Option<Revision>,
        next: Option<Row>,
    ) -> Result<Swap, StoreError> {
        self.swaps(expected, next)
    }

    async fn due(&self, _: Timestamp, _: u32) -> Result<Vec<GrantKey>, StoreError> {
        Ok(vec![key()])
    }

    async fn scan(&self, _: Option<&GrantKey>, _: u32) -> Result<Vec<(GrantKey, Revision, Row)>, StoreError> {
        Ok(Vec::new())
    }
}

impl blocking::GrantStore for Script {
    fn read(&self, _: &GrantKey) -> Result<Reading, StoreError> {
        self.reads()
    }

    fn swap(&self, _: &GrantKey, expected: Option<Revision>, next: Option<Row>) -> Result<Swap, StoreError> {
        self.swaps(expected, next)
    }

    fn due(&self, _: Timestamp, _: u32) -> Result<Vec<GrantKey>, StoreError> {
        Ok(vec![key()])
    }

    fn scan(&self, _: Option<&GrantKey>, _: u32) -> Result<Vec<(GrantKey, Revision, Row)>, StoreError> {
        Ok(Vec::new())
    }
}
