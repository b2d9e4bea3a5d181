//! Blocking ports in the place of asynchronous ones: their futures are ready at once, because they block until they
//! are. Tasks are threads.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use gatepass_core::ports::{
    BoxFuture, ClientSource, Clock, Continuation, GrantKey, GrantStore, HttpClient, HttpError, Limits,
    NoClient, Reading, Registered, Revision, Row, Spawn, StoreError, Swap, Timer, blocking,
};
use gatepass_core::{Body, Client, IdToken, Timestamp, TokenSet, World};
use http::{Request, Response};

use super::park::block_on;
use super::threads::threads;

pub(super) fn world(world: &gatepass_core::blocking::World) -> World {
    World::new(
        Arc::new(Http(Arc::clone(&world.http))),
        Arc::clone(&world.clock),
        Arc::clone(&world.entropy),
        Arc::new(Threads),
        Arc::new(Threads),
    )
}

#[derive(Debug)]
struct Threads;

impl Spawn for Threads {
    fn spawn(&self, task: BoxFuture<()>) {
        threads().start(Box::new(move || block_on(task)));
    }
}

impl Timer for Threads {
    fn sleep(&self, after: Duration) -> BoxFuture<()> {
        Box::pin(async move { threads().sleep(after) })
    }
}

#[derive(Debug)]
struct Http(Arc<dyn blocking::HttpClient>);

#[async_trait]
impl HttpClient for Http {
    async fn send(&self, request: Request<Body>, limits: &Limits) -> Result<Response<Body>, HttpError> {
        self.0.send(request, limits)
    }
}

#[derive(Debug)]
pub(super) struct Source {
    source: Arc<dyn blocking::ClientSource>,
    world: gatepass_core::blocking::World,
}

impl Source {
    pub(super) fn new(
        source: Arc<dyn blocking::ClientSource>,
        world: gatepass_core::blocking::World,
    ) -> Self {
        Self { source, world }
    }
}

#[async_trait]
impl ClientSource for Source {
    fn registered(&self) -> Registered {
        self.source.registered()
    }

    fn at_hand(&self) -> Option<Client> {
        self.source.at_hand()
    }

    async fn client(&self, _: &World) -> Result<Client, NoClient> {
        self.source.client(&self.world)
    }

    fn judge(&self, refreshed: TokenSet, login: Option<&IdToken>, clock: &dyn Clock) -> Continuation {
        self.source.judge(refreshed, login, clock)
    }

    async fn catch_up(&self, edition: u64, _: &World) -> Result<(), NoClient> {
        self.source.catch_up(edition, &self.world)
    }
}

#[derive(Debug)]
pub(super) struct Store(pub(super) Arc<dyn blocking::GrantStore>);

#[async_trait]
impl GrantStore for Store {
    async fn read(&self, key: &GrantKey) -> Result<Reading, StoreError> {
        self.0.read(key)
    }

    async fn swap(
        &self,
        key: &GrantKey,
        expected: Option<Revision>,
        next: Option<Row>,
    ) -> Result<Swap, StoreError> {
        self.0.swap(key, expected, next)
    }

    async fn due(&self, before: Timestamp, limit: u32) -> Result<Vec<GrantKey>, StoreError> {
        self.0.due(before, limit)
    }

    async fn scan(
        &self,
        after: Option<&GrantKey>,
        limit: u32,
    ) -> Result<Vec<(GrantKey, Revision, Row)>, StoreError> {
        self.0.scan(after, limit)
    }
}
