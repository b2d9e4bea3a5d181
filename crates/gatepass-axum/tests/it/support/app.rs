//! An application that uses the login, served on loopback by a runtime of its own.

use std::net::TcpListener;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use gatepass::ports::{GrantStore, PendingStore, SessionStore};
use gatepass::{Client, ClientAuth, KeyRing, Profile, Scopes, Secret, World, world};
use gatepass_axum::{Login, LoginBuilder, Session};
use gatepass_reqwest::Reqwest;
use gatepass_testkit::Provider;
use gatepass_testkit::memory::MemoryStore;
use gatepass_testkit::provider;
use tokio::runtime::Runtime;

/// An application that runs until it is dropped.
pub(crate) struct App {
    pub(crate) origin: String,
    pub(crate) login: Login,
    runtime: Option<Runtime>,
}

/// What an application is made of; all replicas of one share it.
#[derive(Clone)]
pub(crate) struct Parts<S> {
    pub(crate) store: S,
    pub(crate) ring: KeyRing,
    pub(crate) world: World,
    pub(crate) listener: Arc<TcpListener>,
}

impl Parts<MemoryStore> {
    pub(crate) fn new() -> Self {
        Self::with(MemoryStore::new())
    }
}

impl<S> Parts<S>
where
    S: GrantStore + PendingStore + SessionStore + Clone + 'static,
{
    pub(crate) fn with(store: S) -> Self {
        let http = Reqwest::new().unwrap().danger_allow_http_loopback();
        Self {
            store,
            ring: KeyRing::generate().unwrap(),
            world: world(Arc::new(http)),
            listener: Arc::new(TcpListener::bind("127.0.0.1:0").unwrap()),
        }
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.listener.local_addr().unwrap())
    }

    pub(crate) fn builder(&self) -> LoginBuilder {
        Login::builder(self.store.clone(), self.ring.clone(), self.world.clone())
    }

    /// One provider, at the usual callback.
    pub(crate) fn start(&self, provider: &Provider) -> App {
        self.serve(self.builder().provider("test", self.client(provider, "/callback"), scopes()))
    }

    /// A client of the provider whose callback has this path.
    pub(crate) fn client(&self, provider: &Provider, path: &str) -> Client {
        self.client_with(provider, path, Profile::strict())
    }

    pub(crate) fn client_with(&self, provider: &Provider, path: &str, profile: Profile) -> Client {
        let callback = format!("{}{path}", self.origin());
        let id = format!("app{}", path.replace('/', "-"));
        provider.register(provider::Client::confidential(&id, "secret").redirect_uri(&callback));
        let described =
            gatepass::Provider::builder(&provider.authorization_endpoint(), &provider.token_endpoint())
                .issuer(provider.issuer())
                .require_iss()
                .revocation_endpoint(provider.revocation_endpoint())
                .resource(provider.user_endpoint())
                .profile(profile)
                .danger_allow_http_loopback()
                .build()
                .unwrap();
        Client::new(described, &*id, ClientAuth::Basic(Secret::from("secret")), callback).unwrap()
    }

    pub(crate) fn serve(&self, builder: LoginBuilder) -> App {
        let login = builder.build().unwrap();
        let app = Router::new()
            .route("/", get(home))
            .route("/session", get(session))
            .merge(login.routes())
            .layer(login.layer());
        self.run(login, app)
    }

    pub(crate) fn run(&self, login: Login, app: Router) -> App {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = self.listener.try_clone().unwrap();
        listener.set_nonblocking(true).unwrap();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, app).await.unwrap();
        });
        App { origin: self.origin(), login, runtime: Some(runtime) }
    }
}

impl App {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.as_ref().unwrap().block_on(future)
    }
}

impl Drop for App {
    /// As a killed process: nothing that is under way comes to its end.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

pub(crate) fn scopes() -> Scopes {
    Scopes::new("profile email").unwrap()
}

async fn home(session: Option<Session>) -> String {
    session.map_or_else(|| "nobody".to_owned(), |session| format!("session {}", session.id().as_str()))
}

async fn session(session: Session) -> String {
    format!("session {}", session.id().as_str())
}
