//! An application in this process, with two providers and a clock that only a test moves.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use gatepass::ports::Clock;
use gatepass::{Client, ClientAuth, KeyRing, Monotonic, Scopes, Secret, Timestamp, World, world};
use gatepass_axum::Login;
use gatepass_reqwest::Reqwest;
use gatepass_testkit::Provider;
use gatepass_testkit::memory::MemoryStore;
use gatepass_testkit::provider::{self, Endpoint, Mode};
use tokio::runtime::Runtime;
use url::Url;

/// The application, until it is dropped.
pub(crate) struct Choice {
    /// The first and the second.
    pub(crate) providers: [Provider; 2],
    pub(crate) clock: MovedClock,
    origin: String,
    _runtime: Runtime,
}

impl Choice {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let providers = [(); 2].map(|()| Provider::builder().mode(Mode::Pages).start().unwrap());
        let clock = MovedClock::new();
        let mut world = inside();
        world.clock = Arc::new(clock.clone());
        let store = MemoryStore::with_clock(Arc::new(clock.clone()));
        let mut builder = Login::builder(store, KeyRing::generate().unwrap(), world);
        for (name, provider) in ["first", "second"].into_iter().zip(&providers) {
            let title = format!("The {name} house");
            let client = client(provider, name, &origin);
            builder = builder.provider(name, client, Scopes::new("profile").unwrap());
            builder = builder.titled(title).logout_at_provider("/logged-out");
        }
        let login = builder.build().unwrap();
        let here = Html("<form method=post action=/logout><button>Log out</button></form>");
        let app = Router::new().route("/here", get(here)).merge(login.routes()).layer(login.layer());
        let runtime = serve(listener, app);
        Self { providers, clock, origin, _runtime: runtime }
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The callback of the login that was started last at a provider, with a code that is none.
    pub(crate) fn callback(&self, provider: &Provider) -> String {
        let asked = provider.requests(Endpoint::Authorize);
        let asked = &asked.last().unwrap().request;
        let mut callback = Url::parse(&asked.query_value("redirect_uri").unwrap()).unwrap();
        let state = asked.query_value("state").unwrap();
        let parameters = [("state", &*state), ("code", "c"), ("iss", &provider.issuer())];
        callback.query_pairs_mut().extend_pairs(parameters);
        callback.into()
    }
}

/// The world of an application in this process.
pub(crate) fn inside() -> World {
    world(Arc::new(Reqwest::new().unwrap().danger_allow_http_loopback()))
}

/// A client that is registered at a provider under a name, which is also the last part of its callback's path.
pub(crate) fn client(provider: &Provider, name: &str, origin: &str) -> Client {
    let callback = format!("{origin}/callback/{name}");
    provider.register(provider::Client::confidential(name, "secret").redirect_uri(&callback));
    let described =
        gatepass::Provider::builder(&provider.authorization_endpoint(), &provider.token_endpoint())
            .issuer(provider.issuer())
            .revocation_endpoint(provider.revocation_endpoint())
            .danger_allow_http_loopback()
            .build()
            .unwrap();
    Client::new(described, name, ClientAuth::Basic(Secret::from("secret")), callback).unwrap()
}

/// Serves an application until what is returned is dropped.
pub(crate) fn serve(listener: TcpListener, app: Router) -> Runtime {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    listener.set_nonblocking(true).unwrap();
    runtime.spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        axum::serve(listener, app).await.unwrap();
    });
    runtime
}

/// Clones are the same clock.
#[derive(Clone, Debug)]
pub(crate) struct MovedClock(Arc<AtomicI64>);

impl MovedClock {
    fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        Self(Arc::new(AtomicI64::new(now.try_into().unwrap())))
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_millis().try_into().unwrap(), Ordering::SeqCst);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.0.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::since_origin(Duration::from_millis(self.0.load(Ordering::SeqCst).unsigned_abs()))
    }
}
