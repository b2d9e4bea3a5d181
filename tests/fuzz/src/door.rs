//! The login's routes without a socket: what a request is answered, whatever it looks like.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use gatepass::{Client, ClientAuth, KeyRing, Profile, Provider, Scopes, world};
use gatepass_axum::Login;
use gatepass_reqwest::Reqwest;
use gatepass_testkit::memory::MemoryStore;
use http::{Request, Response};
use tower::ServiceExt as _;

/// A login in which nobody has begun, so that every callback must be refused.
#[derive(Debug)]
pub struct Door {
    routes: Router,
    runtime: Mutex<tokio::runtime::Runtime>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) sets_cookie: bool,
    pub(crate) body: String,
}

impl Answer {
    /// The cause of a refusal.
    pub(crate) fn cause(&self) -> String {
        let json: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        json["error"].as_str().unwrap_or_default().to_owned()
    }
}

/// Callbacks come by query.
pub(crate) static BY_QUERY: LazyLock<Door> = LazyLock::new(|| Door::new(Profile::strict()));

/// Callbacks come by form.
pub(crate) static BY_FORM: LazyLock<Door> = LazyLock::new(|| {
    let mut profile = Profile::strict();
    profile.authorize_params.push(("response_mode".into(), "form_post".into()));
    Door::new(profile)
});

impl Door {
    /// The routes of a login at a provider of this profile, which is never asked.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        let provider = Provider::builder("https://as.example/authorize", "https://as.example/token")
            .profile(profile)
            .build()
            .unwrap();
        let client = Client::new(provider, "id", ClientAuth::None, "http://127.0.0.1:9/callback").unwrap();
        let http = Reqwest::new().unwrap();
        let login = Login::builder(MemoryStore::new(), KeyRing::generate().unwrap(), world(Arc::new(http)))
            .provider("as", client, Scopes::new("a").unwrap())
            .build()
            .unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        Self { routes: login.routes().layer(login.layer()), runtime: Mutex::new(runtime) }
    }

    pub(crate) fn answer(&self, request: Request<Body>) -> Answer {
        let runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        runtime.block_on(async {
            let response: Response<Body> = self.routes.clone().oneshot(request).await.unwrap();
            let (status, sets_cookie) =
                (response.status().as_u16(), response.headers().contains_key("set-cookie"));
            let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
            Answer { status, sets_cookie, body: String::from_utf8(body.to_vec()).unwrap() }
        })
    }
}
