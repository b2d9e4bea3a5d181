//! A web application with users and sessions of its own, which lets people log in at a provider.
//!
//! Its sessions are those of `tower-sessions`; the tokens belong to its users and outlive their sessions. Configured by
//! environment variables only, those of the example `webapp`: CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, AUTH_URL, TOKEN_URL,
//! API_URL, REVOCATION_URL, and ALLOW_HTTP_LOOPBACK for a provider on this machine. REDIRECT_URI is where it listens.
#![allow(clippy::print_stderr, reason = "a program talks to whoever started it")]

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use gatepass::ports::{GrantKey, Owner};
use gatepass::{Client, ClientAuth, KeyRing, Provider, Scopes, Secret, world};
use gatepass_axum::{Admission, Arrived, Login};
use gatepass_reqwest::Reqwest;
use gatepass_sqlx::SqliteStore;
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpListener;
use tower_sessions::cookie::SameSite;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};

type BoxError = Box<dyn Error + Send + Sync>;

/// What the provider is called here.
const PROVIDER: &str = "provider";

/// Under which name a session holds its user.
const USER: &str = "user";

/// The application's users, by a key that never changes. A real one has a table.
#[derive(Clone, Default)]
struct Users(Arc<Mutex<HashMap<String, String>>>);

impl Users {
    /// Finds the user of an account at the provider, or makes one.
    fn find_or_make(&self, key: &str, name: &str) {
        let mut users = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        users.entry(key.to_owned()).or_insert_with(|| name.to_owned());
    }

    fn name(&self, key: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }
}

/// What the provider's API says of somebody: one field names them for good, the other may change.
#[derive(Deserialize)]
struct Profile {
    sub: String,
    name: String,
}

#[derive(Clone)]
struct App {
    login: Login,
    users: Users,
    api_url: Arc<str>,
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let (client, api_url) = (client()?, variable("API_URL")?);
    let redirect_uri = client.redirect_uri().as_url().clone();
    let (users, asked) = (Users::default(), api_url.clone());

    let mut http = Reqwest::new()?;
    if std::env::var_os("ALLOW_HTTP_LOOPBACK").is_some() {
        http = http.danger_allow_http_loopback();
    }
    let store = SqliteStore::open("sqlite::memory:").await?;
    store.migrate().await?;
    let known = users.clone();
    let login = Login::builder(store, KeyRing::generate()?, world(Arc::new(http)))
        .provider(PROVIDER, client, Scopes::new("profile")?)
        // Whose login is it? The API says, and from then on it is one of our users.
        .on_signed_in(move |who| {
            let (users, url) = (known.clone(), asked.clone());
            async move {
                let profile: Profile = who.json(&url).await?;
                let key = format!("{PROVIDER} {}", profile.sub);
                users.find_or_make(&key, &profile.name);
                Ok(Admission::of(key))
            }
        })
        // They are in: our session holds them, under an id that no browser had before.
        .own_sessions(async |arrived: Arrived| {
            let session = arrived.parts.extensions.get::<Session>().ok_or("the session layer is missing")?;
            session.cycle_id().await?;
            session.insert(USER, &*arrived.owner).await?;
            Ok(())
        })
        // And this is how the login can tell, when somebody comes back to a login that is long over.
        .current_user(async |parts: Parts| match parts.extensions.get::<Session>() {
            Some(session) => Ok(session.get::<String>(USER).await?),
            None => Ok(None),
        })
        .build()?;

    // A strict cookie would stay away from the page to which the provider's answer leads.
    let sessions = SessionManagerLayer::new(MemoryStore::default())
        .with_same_site(SameSite::Lax)
        .with_secure(redirect_uri.scheme() == "https");
    let app = Router::new()
        .route("/", get(home))
        .route("/profile", get(profile))
        .route("/leave", post(leave))
        .merge(login.routes())
        .with_state(App { login: login.clone(), users, api_url: api_url.into() })
        // Around the login's routes, too: they begin the session.
        .layer(sessions);

    let address = redirect_uri.socket_addrs(|| None)?;
    let listener = TcpListener::bind(&*address).await?;
    eprintln!("own_sessions: open {}/ ", redirect_uri.origin().ascii_serialization());
    axum::serve(listener, app).with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) }).await?;
    login.drain(Duration::from_secs(15)).await;
    Ok(())
}

async fn home(State(app): State<App>, session: Session) -> Result<Response, Failed> {
    let name = session.get::<String>(USER).await?.and_then(|user| app.users.name(&user));
    let body = match name {
        Some(name) => format!(
            "<h1>Hello, {}</h1><p><a href=\"/profile\">Your profile</a></p>\
             <form method=\"post\" action=\"/leave\"><button>Log out</button></form>",
            escape(&name)
        ),
        None => "<h1>Welcome</h1><p><a href=\"/login?return_to=/profile\">Log in</a></p>".to_owned(),
    };
    Ok(page("Own sessions", &body))
}

/// Only for our users: what the provider's API says about them.
async fn profile(State(app): State<App>, session: Session, uri: Uri) -> Result<Response, Failed> {
    let Some(user) = session.get::<String>(USER).await? else {
        return Ok(Redirect::to(&format!("/login?return_to={}", uri.path())).into_response());
    };
    let answer = app.login.api_of(&user, PROVIDER).get(&app.api_url).await?;
    let profile: Value = serde_json::from_slice(answer.body().as_bytes())?;
    let json = serde_json::to_string_pretty(&profile)?;
    Ok(page("Your profile", &format!("<h1>Your profile</h1><pre tabindex=\"0\">{}</pre>", escape(&json))))
}

/// Ends the session, and what the user has allowed this application at the provider.
async fn leave(State(app): State<App>, session: Session, headers: HeaderMap) -> Result<Response, Failed> {
    if headers.get("sec-fetch-site").is_none_or(|site| site != "same-origin") {
        return Ok((StatusCode::FORBIDDEN, "Please log out on our own page.").into_response());
    }
    if let Some(user) = session.get::<String>(USER).await? {
        session.flush().await?;
        app.login.keeper().logout(&GrantKey::new(PROVIDER, Owner::User(user.into()))).await?;
    }
    Ok(Redirect::to("/").into_response())
}

/// Something failed that the person can do nothing about; the operator reads what.
struct Failed(BoxError);

impl<E: Into<BoxError>> From<E> for Failed {
    fn from(why: E) -> Self {
        Self(why.into())
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        eprintln!("own_sessions: {}", self.0);
        (StatusCode::BAD_GATEWAY, page("Something went wrong", "<h1>Something went wrong</h1>"))
            .into_response()
    }
}

fn client() -> Result<Client, BoxError> {
    let mut provider =
        Provider::builder(&variable("AUTH_URL")?, &variable("TOKEN_URL")?).resource(variable("API_URL")?);
    if let Ok(url) = variable("REVOCATION_URL") {
        provider = provider.revocation_endpoint(url);
    }
    if std::env::var_os("ALLOW_HTTP_LOOPBACK").is_some() {
        provider = provider.danger_allow_http_loopback();
    }
    let auth = ClientAuth::Basic(Secret::from(variable("CLIENT_SECRET")?));
    Ok(Client::new(provider.build()?, variable("CLIENT_ID")?, auth, variable("REDIRECT_URI")?)?)
}

fn variable(name: &str) -> Result<String, String> {
    std::env::var(name).map_err(|_| format!("the variable {name} is missing"))
}

fn page(title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>{title}</title></head><body><main>{body}</main></body></html>"
    );
    ([("cache-control", "no-store")], Html(html)).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
