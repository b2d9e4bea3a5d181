//! A whole web application: a person logs in at a provider, sees what its API says about them, looks after their sessions,
//! and connects an account that outlives them.
//!
//! It is configured by environment variables only; `--help` names them. Read this file first, then `settings.rs` (what
//! the variables mean), `store.rs` (where logins are kept and under which key) and `pages.rs` (what people see).
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to whoever started it")]

mod environment;
mod pages;
mod provider;
mod settings;
mod store;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Router, middleware};
use gatepass::{Claims, World, world};
use gatepass_axum::{Api, ApiError, Login, LoginBuilder, Refused, Session, Sessions, SessionsError, Visitor};
use gatepass_reqwest::Reqwest;
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

use crate::settings::Settings;
use crate::store::Store;

/// How long a shutdown waits for open connections, and then for logins and renewals that are under way.
const PATIENCE: Duration = Duration::from_secs(15);

/// A session is over by then, however much it is used.
const ABSOLUTE: Duration = Duration::from_secs(14 * 24 * 3600);

/// What the provider is called here where people log in at it.
const PROVIDER: &str = "provider";

/// What it is called where people connect an account.
const ACCOUNT: &str = "account";

/// What the handlers know.
struct App {
    /// `None`: the provider's user info.
    api_url: Option<String>,
    connects: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        None => {}
        Some("--help" | "-h") => {
            print!("{}", settings::HELP);
            return ExitCode::SUCCESS;
        }
        Some(argument) => {
            eprintln!("webapp: {argument} is no option; everything is set by the environment, see --help");
            return ExitCode::from(2);
        }
    }
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    // Read by programs too: no colours, whatever else is built along.
    tracing_subscriber::fmt().with_ansi(false).with_env_filter(filter).with_writer(std::io::stderr).init();

    let settings = match Settings::read(|name| std::env::var_os(name)) {
        Ok(settings) => settings,
        Err(wrong) => {
            eprintln!("webapp: {wrong}");
            return ExitCode::from(2);
        }
    };
    match run(settings).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("webapp: {}", chain(&*why));
            if why.is::<store::Unusable>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

async fn run(settings: Settings) -> Result<(), Box<dyn Error>> {
    let mut http = Reqwest::new()?;
    if settings.http_loopback {
        http = http.danger_allow_http_loopback();
    }
    let login = login(&settings, world(Arc::new(http))).await?;
    // Only for people who are logged in: everybody else is sent to log in, and comes back.
    let inside = Router::new()
        .route("/profile", get(profile))
        .route("/sessions", get(sessions).post(end_sessions))
        .route("/account", get(account))
        .route_layer(login.protect());
    let policed = login.clone();
    let app = Router::new()
        // The path of the redirect URI is whatever was registered.
        .without_v07_checks()
        .route("/", get(home))
        .route("/healthz", get(async || "ok\n"))
        .route("/style.css", get(pages::style))
        .merge(login.routes())
        .merge(inside)
        .layer(login.layer())
        .layer(middleware::map_response(move |response| {
            pages::guard(response, pages::policy(&policed.form_action()))
        }))
        .with_state(Arc::new(App { api_url: settings.api_url, connects: settings.connect.is_some() }));

    login.keeper().start_sweeper(Duration::from_secs(60));
    // Nobody waits for it: a program that starts while its provider is down serves those who are logged in.
    let keeper = login.keeper().clone();
    tokio::spawn(async move {
        if let Err(why) = keeper.client(PROVIDER).await {
            tracing::warn!(why = chain(&why), "the provider cannot be asked yet who it is");
        }
    });

    // Whoever reads below that it listens may end it at once.
    let ended = shutdown()?;
    let listener = TcpListener::bind(&settings.listen)
        .await
        .map_err(|why| format!("cannot listen on {}: {why}", settings.listen))?;
    eprintln!("webapp: open {}/ (listening on {})", settings.origin, listener.local_addr()?);

    let (stop, stopped) = watch::channel(());
    tokio::spawn(async move {
        ended.await;
        drop(stop);
    });
    let asked = |mut stopped: watch::Receiver<()>| async move { drop(stopped.changed().await) };
    let serving = axum::serve(listener, app).with_graceful_shutdown(asked(stopped.clone()));
    tokio::select! {
        served = serving => served?,
        () = async { asked(stopped).await; tokio::time::sleep(PATIENCE).await } => {}
    }
    // Nobody is served any more; what was begun for people who are gone comes to its end.
    login.drain(PATIENCE).await;
    Ok(())
}

/// The login: one provider, whose callback is where the redirect URI says.
async fn login(settings: &Settings, world: World) -> Result<Login, Box<dyn Error>> {
    let store = store::open(&settings.store).await?;
    let ring = store.key_ring(settings.store_key.as_ref())?;
    let builder: LoginBuilder = match store {
        Store::Sqlite(store) => Login::builder(store, ring, world),
        Store::Postgres(store) => Login::builder(store, ring, world),
    };
    let mut builder = settings.door.log_in(builder, PROVIDER, &settings.scopes);
    if let Some(path) = &settings.logout_path {
        builder = builder.logout_at_provider(&**path);
    }
    if let Some((door, scopes)) = &settings.connect {
        builder = door.connect(builder, ACCOUNT, scopes);
    }
    if let Some(idle) = settings.session_idle {
        builder = builder.session_lifetime(idle, ABSOLUTE);
    }
    if let Some(most) = settings.logins_under_way {
        builder = builder.logins_under_way(most);
    }
    Ok(builder.build()?)
}

/// For everybody.
async fn home(State(app): State<Arc<App>>, session: Option<Session>) -> Response {
    pages::home(session.is_some(), app.connects)
}

fn said(claims: &Claims) -> Value {
    serde_json::from_str(claims.as_json()).unwrap_or_default()
}

/// What the API, or the provider itself, says about the person, as a page or as it is.
async fn profile(State(app): State<Arc<App>>, api: Api, headers: HeaderMap) -> Result<Response, ApiError> {
    let profile: Value = match &app.api_url {
        Some(url) => api.json(url).await?,
        None => said(&api.user_info().await?),
    };
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accept.contains("text/html") {
        return Ok(pages::profile(&profile));
    }
    Ok(axum::Json(profile).into_response())
}

/// Where else the person is logged in.
async fn sessions(sessions: Sessions) -> Result<Response, SessionsError> {
    Ok(pages::sessions(sessions.current(), &sessions.all().await?))
}

/// Which session to end: the one of an id, or all but this one.
#[derive(Deserialize)]
struct Which {
    id: Option<String>,
}

async fn end_sessions(sessions: Sessions, Form(which): Form<Which>) -> Result<Redirect, SessionsError> {
    match which.id {
        Some(id) => drop(sessions.end(&id).await?),
        None => drop(sessions.end_others().await?),
    }
    Ok(Redirect::to("/sessions"))
}

/// What a connected account says, or the button that connects one: its tokens are the person's and no session's.
async fn account(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Response, Refused> {
    if !app.connects {
        return Ok(StatusCode::NOT_FOUND.into_response());
    }
    let account = visitor.account(ACCOUNT).await?;
    if !account.is_connected() {
        return Ok(pages::to_connect());
    }
    let answer = match &app.api_url {
        Some(url) => account.json::<Value>(url).await,
        None => account.user_info().await.map(|claims| said(&claims)),
    };
    Ok(answer.map_or_else(ApiError::into_response, |answer| pages::connected(&answer)))
}

/// Listens from now on for somebody who wants the program to end; what is answered waits for that.
#[cfg(unix)]
fn shutdown() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Listens for somebody who wants the program to end; what is answered waits for that.
#[cfg(not(unix))]
fn shutdown() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}

/// An error and all that led to it, in one line.
fn chain(why: &dyn Error) -> String {
    let mut text = why.to_string();
    let mut source = why.source();
    while let Some(why) = source {
        text = format!("{text}: {why}");
        source = why.source();
    }
    text
}
