//! A provider, a store with faults, a clock that moves, and keepers over them.

pub(crate) mod clock;
pub(crate) mod source;
pub(crate) mod store;

use std::sync::Arc;
use std::time::{Duration, Instant};

use gatepass::ports::{GrantKey, Limits, Owner};
use gatepass::renewal::{Deadlines, Reach, Rotation};
use gatepass::{
    Body, Callback, Client, ClientAuth, Keeper, KeyRing, Profile, Provider, Scopes, Secret, SystemEntropy,
    TokenSet, TokioSpawn, TokioTimer, World, drive,
};
use gatepass_reqwest::Reqwest;
use gatepass_testkit::Provider as Server;

use clock::MovedClock;
use store::FlakyStore;

pub(crate) const CALLBACK: &str = "http://127.0.0.1:8080/callback";

/// Everything that a test of the keeper needs. The clocks of the world, of the store and of the provider move together.
pub(crate) struct Stage {
    pub(crate) server: Server,
    pub(crate) store: Arc<FlakyStore>,
    pub(crate) clock: Arc<MovedClock>,
    pub(crate) world: World,
    pub(crate) ring: KeyRing,
    pub(crate) rotation: Rotation,
    pub(crate) deadlines: Deadlines,
}

/// Short enough that a test waits for a lease, long enough that two busy cores keep within them.
pub(crate) const DEADLINES: Deadlines = Deadlines::DEFAULT
    .http(Duration::from_secs(8))
    .margin(Duration::from_millis(20))
    .lease(Duration::from_secs(9));

/// Nobody else's refresh token is touched by a revocation, and requests arrive at once.
pub(crate) const STRICT: Rotation = Rotation::STRICT.arrival(Duration::from_millis(20)).reach(Reach::Family);

impl Stage {
    pub(crate) fn new() -> Self {
        Self::with(Server::start(), STRICT)
    }

    pub(crate) fn with(server: Server, rotation: Rotation) -> Self {
        let clock = Arc::new(MovedClock::default());
        let http = Reqwest::new().unwrap().danger_allow_http_loopback();
        let world = World::new(
            Arc::new(http),
            clock.clone(),
            Arc::new(SystemEntropy::new()),
            Arc::new(TokioSpawn::new()),
            Arc::new(TokioTimer::new()),
        );
        let store = Arc::new(FlakyStore::new(clock.clone()));
        let ring = KeyRing::generate().unwrap();
        Self { server, store, clock, world, ring, rotation, deadlines: DEADLINES }
    }

    pub(crate) fn client(&self) -> Client {
        client(&self.server, self.rotation)
    }

    /// Another replica.
    pub(crate) fn keeper(&self) -> Keeper {
        Keeper::builder(self.store.clone(), self.ring.clone(), self.world.clone())
            .client("example", self.client())
            .deadlines(self.deadlines)
            .build()
            .unwrap()
    }

    pub(crate) async fn log_in(&self, who: &str) -> TokenSet {
        log_in(&self.client(), &self.world, who).await
    }

    /// A keeper that holds alice's grant.
    pub(crate) async fn with_grant(&self) -> (Keeper, GrantKey) {
        let (keeper, key) = (self.keeper(), session("alice"));
        keeper.install(&key, self.log_in("alice").await).await.unwrap();
        (keeper, key)
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.server.advance(by);
    }

    /// Past the end of an access token of an hour.
    pub(crate) fn expire(&self) {
        self.advance(Duration::from_secs(3601));
    }

    /// Into the time in which an access token of an hour still serves and is worth renewing.
    pub(crate) fn stale(&self) {
        self.advance(Duration::from_secs(3600 - 20));
    }

    /// Who the API says that the bearer is; `None`: it refuses the token.
    pub(crate) async fn bearer_is(&self, token: &Secret) -> Option<String> {
        let request = http::Request::get(self.server.user_endpoint())
            .header("authorization", format!("Bearer {}", token.expose()))
            .body(Body::empty())
            .unwrap();
        let answer = self.world.http.send(request, &Limits::DEFAULT).await.unwrap();
        let about: serde_json::Value = serde_json::from_slice(answer.body().as_bytes()).unwrap();
        about["sub"].as_str().map(str::to_owned)
    }
}

pub(crate) fn client(server: &Server, rotation: Rotation) -> Client {
    let mut profile = Profile::strict();
    profile.rotation = rotation;
    let provider = Provider::builder(&server.authorization_endpoint(), &server.token_endpoint())
        .issuer(server.issuer())
        .revocation_endpoint(server.revocation_endpoint())
        .resource(server.user_endpoint())
        .profile(profile)
        .danger_allow_http_loopback()
        .build()
        .unwrap();
    Client::new(provider, "app", ClientAuth::Basic(Secret::from("secret")), CALLBACK).unwrap()
}

pub(crate) fn session(id: &str) -> GrantKey {
    GrantKey::new("example", Owner::Session(id.into()))
}

pub(crate) async fn log_in(client: &Client, world: &World, who: &str) -> TokenSet {
    let request = client.authorize(&Scopes::new("profile email").unwrap()).param("login_hint", who);
    let (url, pending) = request.start(world.attempt().unwrap()).unwrap();
    let request = http::Request::get(url.as_str()).body(Body::empty()).unwrap();
    let answer = world.http.send(request, &Limits::DEFAULT).await.unwrap();
    let back = url::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    let callback = Callback::from_query(back.query().unwrap()).unwrap();
    let exchange = pending.receive(callback, world.clock.now()).unwrap();
    drive(exchange, world, &Limits::DEFAULT).await.unwrap()
}

/// Looks until it holds, by the real clock.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(30), "it did not come to this: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
