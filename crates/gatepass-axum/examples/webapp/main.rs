//! A whole web application: a person logs in at a provider and sees what its API says about them.
//!
//! It is configured by environment variables only; `--help` names them. Read this file first, then `settings.rs` (what
//! the variables mean), `store.rs` (where logins are kept and under which key) and `pages.rs` (what people see).
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to whoever started it")]

mod pages;
mod settings;
mod store;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use gatepass::{Keeper, World, world};
use gatepass_axum::{Api, ApiError, Login, LoginBuilder, Session};
use gatepass_reqwest::Reqwest;
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

/// What the one provider is called here.
const PROVIDER: &str = "provider";

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
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();

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
            ExitCode::FAILURE
        }
    }
}

async fn run(settings: Settings) -> Result<(), Box<dyn Error>> {
    let mut http = Reqwest::new()?;
    if settings.http_loopback {
        http = http.danger_allow_http_loopback();
    }
    let login = login(&settings, world(Arc::new(http))).await?;
    let app = Router::new()
        // The path of the redirect URI is whatever was registered.
        .without_v07_checks()
        .route("/", get(home))
        .route("/profile", get(profile))
        .route("/healthz", get(async || "ok\n"))
        .route("/style.css", get(pages::style))
        .merge(login.routes())
        .layer(login.layer())
        .layer(middleware::map_response(pages::guard))
        .with_state(Arc::new(settings.api_url));

    login.keeper().start_sweeper(Duration::from_secs(60));

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
    let keeper = Keeper::builder(store.grants(), ring.clone(), world.clone())
        .client(PROVIDER, settings.client.clone())
        .deadlines(settings.deadlines())
        .build()?;
    let builder: LoginBuilder = match store {
        Store::Sqlite(store) => Login::builder(store, ring, world),
        Store::Postgres(store) => Login::builder(store, ring, world),
    };
    let mut builder =
        builder.provider(PROVIDER, settings.client.clone(), settings.scopes.clone()).keeper(keeper);
    if let Some(idle) = settings.session_idle {
        builder = builder.session_lifetime(idle, ABSOLUTE);
    }
    if let Some(most) = settings.logins_under_way {
        builder = builder.logins_under_way(most);
    }
    Ok(builder.build()?)
}

/// For everybody.
async fn home(session: Option<Session>) -> Response {
    pages::home(session.is_some())
}

/// For people who are logged in: what the API says about them, as a page or as it is.
async fn profile(State(url): State<Arc<String>>, api: Api, headers: HeaderMap) -> Result<Response, ApiError> {
    let profile: Value = api.json(&url).await?;
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accept.contains("text/html") {
        return Ok(pages::profile(&profile));
    }
    Ok(axum::Json(profile).into_response())
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
