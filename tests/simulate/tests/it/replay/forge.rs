//! Sealed tokens of any lineage and generation, made by a keeper: nobody else writes what a keeper reads.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use gatepass::ports::{
    BoxFuture, Clock, Entropy, GrantKey, GrantStore, HttpClient, HttpError, Limits, NoEntropy, Owner,
    Reading, Revision, Row, Sealed, Spawn, StoreError, Swap, Timer,
};
use gatepass::renewal::{Lineage, Rotation};
use gatepass::{
    Body, Callback, Client, ClientAuth, Exchange, Keeper, KeyRing, Monotonic, Profile, Provider, Roundtrip,
    Scopes, Seed, Step, Timestamp, TokenSet, World,
};
use http::{Request, Response};

/// When the replay of a walk begins.
pub(super) const BEGIN: Timestamp = Timestamp::from_unix_seconds(1_000_000);
const CALLBACK: &str = "https://app.example/callback";

pub(super) fn refresh(token: u8) -> String {
    format!("refresh-{token:03}.")
}

pub(super) fn key() -> GrantKey {
    GrantKey::new("example", Owner::User("ada".into()))
}

pub(super) fn ring() -> KeyRing {
    KeyRing::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap()
}

pub(super) fn client(rotation: Rotation) -> Client {
    let mut profile = Profile::strict();
    profile.rotation = rotation;
    let provider = Provider::builder("https://as.example/authorize", "https://as.example/token")
        .revocation_endpoint("https://as.example/revoke")
        .profile(profile)
        .build()
        .unwrap();
    Client::new(provider, "app", ClientAuth::None, CALLBACK).unwrap()
}

pub(super) fn answer(status: u16, body: impl Into<String>) -> Response<Body> {
    let answer = Response::builder().status(status).header("content-type", "application/json");
    answer.body(Body::from(body.into())).unwrap()
}

/// What a login brings, whose request left now.
pub(super) fn issued(client: &Client, token: u8, access: &str, now: Timestamp) -> TokenSet {
    let attempt = |byte| gatepass::Attempt::new(now, Seed::new([byte; 64]));
    let (url, pending) = client.authorize(&Scopes::new("read").unwrap()).start(attempt(1)).unwrap();
    let url = url::Url::parse(url.as_str()).unwrap();
    let (_, state) = url.query_pairs().find(|(name, _)| name == "state").unwrap();
    let callback = Callback::from_query(&format!("code=c&state={state}")).unwrap();
    let exchange = pending.receive(callback, now).unwrap();
    let (_, sent) = exchange.request(attempt(2)).unwrap();
    let body = format!(
        r#"{{"access_token":"{access}","token_type":"Bearer","expires_in":60,"refresh_token":"{}"}}"#,
        refresh(token)
    );
    match Exchange::response(sent, answer(200, body), now) {
        Ok(Step::Done(tokens)) => tokens,
        other => panic!("{:?}", other.err()),
    }
}

/// Polls what never has to wait.
pub(super) fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

#[derive(Default)]
struct Anvil {
    row: Mutex<Option<Row>>,
    revision: Mutex<i64>,
    now: Mutex<i64>,
    lineage: Mutex<Option<Lineage>>,
    draws: Mutex<u64>,
    next: Mutex<u8>,
    tasks: Mutex<Vec<BoxFuture<()>>>,
}

impl std::fmt::Debug for Anvil {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Anvil")
    }
}

/// Makes sealed tokens and keeps those that it made.
#[derive(Default)]
pub(super) struct Forge(HashMap<(Lineage, u64, u8), Sealed>);

impl Forge {
    /// A refresh token with an access token that ended long ago.
    pub(super) fn sealed(&mut self, lineage: Lineage, generation: u64, token: u8) -> Sealed {
        let made = self.0.entry((lineage, generation, token));
        made.or_insert_with(|| forge(lineage, generation, token)).clone()
    }
}

fn forge(lineage: Lineage, generation: u64, token: u8) -> Sealed {
    let anvil = Arc::new(Anvil::default());
    *anvil.next.lock().unwrap() = token;
    *anvil.now.lock().unwrap() = BEGIN.as_unix_seconds() - 1_000_000;
    let client = client(Rotation::STRICT);
    let world = World::new(anvil.clone(), anvil.clone(), anvil.clone(), anvil.clone(), anvil.clone());
    let keeper =
        Keeper::builder(anvil.clone(), ring(), world).client("example", client.clone()).build().unwrap();
    *anvil.lineage.lock().unwrap() = Some(lineage);
    let tokens = issued(&client, if generation == 1 { token } else { 99 }, "forged", Clock::now(&*anvil));
    anvil.finish(keeper.install(&key(), tokens)).unwrap();
    for _ in 1..generation {
        *anvil.now.lock().unwrap() += 3_600;
        anvil.finish(keeper.access_token(&key())).unwrap();
    }
    let row = anvil.row.lock().unwrap().clone().unwrap();
    assert_eq!((row.journal.lineage, row.journal.generation), (lineage, generation));
    row.tokens
}

impl Anvil {
    fn finish<T>(&self, call: impl Future<Output = T>) -> T {
        let mut call = std::pin::pin!(call);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(value) = call.as_mut().poll(&mut context) {
                return value;
            }
            let task = self.tasks.lock().unwrap().remove(0);
            at_once(task);
        }
    }

    fn reading(&self) -> Reading {
        let revision = Revision::new(*self.revision.lock().unwrap());
        Reading::new(self.row.lock().unwrap().clone().map(|row| (revision, row)), Clock::now(self))
    }
}

impl Clock for Anvil {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(*self.now.lock().unwrap())
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::since_origin(Duration::from_secs(u64::try_from(*self.now.lock().unwrap()).unwrap()))
    }
}

impl Entropy for Anvil {
    /// An installation draws its name first, and then its lineage.
    fn seed(&self) -> Result<Seed, NoEntropy> {
        let mut draws = self.draws.lock().unwrap();
        *draws += 1;
        let mut bytes = [0; 64];
        bytes[..8].copy_from_slice(&draws.to_be_bytes());
        bytes[32..40].copy_from_slice(&draws.to_be_bytes());
        if *draws == 3
            && let Some(lineage) = *self.lineage.lock().unwrap()
        {
            bytes[..8].copy_from_slice(&lineage.number().to_be_bytes());
        }
        Ok(Seed::new(bytes))
    }
}

impl Spawn for Anvil {
    fn spawn(&self, task: BoxFuture<()>) {
        self.tasks.lock().unwrap().push(task);
    }
}

impl Timer for Anvil {
    fn sleep(&self, _: Duration) -> BoxFuture<()> {
        panic!("nothing is waited for in a forge")
    }
}

#[async_trait]
impl HttpClient for Anvil {
    async fn send(&self, _: Request<Body>, _: &Limits) -> Result<Response<Body>, HttpError> {
        let token = refresh(*self.next.lock().unwrap());
        Ok(answer(
            200,
            format!(
                r#"{{"access_token":"forged","token_type":"Bearer","expires_in":60,"refresh_token":"{token}"}}"#
            ),
        ))
    }
}

#[async_trait]
impl GrantStore for Anvil {
    async fn read(&self, _: &GrantKey) -> Result<Reading, StoreError> {
        Ok(self.reading())
    }

    async fn swap(&self, _: &GrantKey, _: Option<Revision>, next: Option<Row>) -> Result<Swap, StoreError> {
        *self.row.lock().unwrap() = next;
        let mut revision = self.revision.lock().unwrap();
        *revision += 1;
        Ok(Swap::Done { revision: Revision::new(*revision), now: Clock::now(self) })
    }

    async fn due(&self, _: Timestamp, _: u32) -> Result<Vec<GrantKey>, StoreError> {
        Ok(Vec::new())
    }

    async fn scan(&self, _: Option<&GrantKey>, _: u32) -> Result<Vec<(GrantKey, Revision, Row)>, StoreError> {
        Ok(Vec::new())
    }
}
