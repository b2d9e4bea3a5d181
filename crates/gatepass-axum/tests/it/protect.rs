//! The layer around a part of an application, and the application around the login: any state, any layers.

use std::time::Duration;

use axum::extract::{FromRef, OriginalUri, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use gatepass::Profile;
use gatepass::ports::SessionStore as _;
use gatepass_axum::{AccessToken, Api, Login, Session};
use gatepass_testkit::Provider;
use gatepass_testkit::memory::MemoryStore;
use tower::{Layer as _, Service as _};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::CorsLayer;
use tower_http::normalize_path::NormalizePathLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::sensitive_headers::SetSensitiveHeadersLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use crate::support::{Browser, Parts, scopes};

fn login(provider: &Provider, parts: &Parts<MemoryStore>) -> Login {
    parts.builder().provider("test", parts.client(provider, "/callback"), scopes()).build().unwrap()
}

#[test]
fn a_protected_part_sends_people_to_log_in_and_tells_programs_where() {
    let (provider, parts) = (Provider::start(), Parts::new());
    let login = login(&provider, &parts);
    let inside = Router::new()
        .route(
            "/orders",
            get(async |Extension(session): Extension<Session>| session.provider().to_owned()).post("made"),
        )
        .layer(login.protect());
    let app = Router::new().route("/", get("for everybody")).nest("/shop", inside).merge(login.routes());
    let app = parts.run(login, app);
    let browser = Browser::new();
    assert_eq!(browser.go(&app.url("/")).text(), "for everybody");
    let page = browser.go(&app.url("/shop/orders?open=1"));
    assert_eq!(page.location(), app.url("/login?return_to=%2Fshop%2Forders%3Fopen%3D1"));
    let program = browser.fetch(&app.url("/shop/orders"));
    assert_eq!((program.status, program.error().as_str()), (401, "login_required"));
    assert_eq!(program.json()["login"], app.url("/login"));
    assert_eq!(program.header("www-authenticate"), format!("Gatepass login=\"{}\"", app.url("/login")));
    assert_eq!(program.header("cache-control"), "no-store");
    let post = browser.post(&app.url("/shop/orders"), "a=b");
    assert_eq!(post.status, 401);
    let page = browser.follow(&page.location());
    assert_eq!(
        (page.status, page.text().as_str(), page.url.as_str()),
        (200, "test", app.url("/shop/orders?open=1").as_str())
    );
    assert_eq!(browser.post(&app.url("/shop/orders"), "a=b").text(), "made");
}

/// Ends the session after the layer has found it: whoever looks it up once more finds none.
async fn pull_the_rug(State(store): State<MemoryStore>, request: Request, next: Next) -> Response {
    let session = request.extensions().get::<Session>().unwrap().id().clone();
    assert!(store.end(&session).await.unwrap());
    next.run(request).await
}

#[test]
fn a_session_is_looked_up_once_a_request() {
    let (provider, parts) = (Provider::start(), Parts::new());
    let login = login(&provider, &parts);
    let inside = Router::new()
        .route(
            "/",
            get(async |one: Session, other: Option<Session>| format!("{}", other.unwrap().id() == one.id())),
        )
        .layer(from_fn_with_state(parts.store.clone(), pull_the_rug))
        .layer(login.protect());
    let app = parts.run(login.clone(), inside.merge(login.routes()));
    let browser = Browser::new();
    assert_eq!(browser.follow(&app.url("/login")).text(), "true");
    assert_eq!(browser.go(&app.url("/")).status, 303, "and the next request finds that it has ended");
}

#[test]
fn a_session_of_one_login_is_none_of_another_s() {
    let (provider, parts, others) = (Provider::start(), Parts::new(), Parts::new());
    let ours = login(&provider, &parts);
    let theirs =
        others.builder().provider("test", others.client(&provider, "/theirs"), scopes()).build().unwrap();
    let page = async |session: Option<Session>| if session.is_some() { "in" } else { "nobody" };
    let app =
        Router::new().route("/", get(page).layer(theirs.layer())).layer(ours.protect()).merge(ours.routes());
    let app = parts.run(ours, app);
    let browser = Browser::new();
    assert_eq!(browser.follow(&app.url("/login")).text(), "nobody");
}

#[test]
fn the_application_s_state_may_be_anything() {
    #[derive(Clone)]
    struct Name(&'static str);
    #[derive(Clone)]
    struct Everything {
        name: Name,
        url: String,
    }
    impl FromRef<Everything> for Name {
        fn from_ref(all: &Everything) -> Self {
            all.name.clone()
        }
    }
    async fn page(
        State(Name(name)): State<Name>,
        State(all): State<Everything>,
        session: Session,
        token: AccessToken,
        api: Api,
    ) -> String {
        assert_eq!(api.session().id(), session.id());
        let user = api.json::<serde_json::Value>(&all.url).await.unwrap();
        format!("{name} {} {}", user["sub"], token.scopes())
    }
    let (provider, parts) = (Provider::start(), Parts::new());
    let login = login(&provider, &parts);
    let state = Everything { name: Name("all"), url: provider.user_endpoint() };
    let app =
        Router::new().route("/", get(page)).merge(login.routes()).layer(login.layer()).with_state(state);
    let app = parts.run(login, app);
    let browser = Browser::new();
    let program = browser.ask(&app.url("/"));
    assert_eq!((program.status, program.error().as_str()), (401, "login_required"));
    assert_eq!(browser.follow(&app.url("/")).text(), "all \"user-alice\" profile email");
}

#[test]
fn tower_http_around_it_breaks_nothing() {
    let (provider, parts) = (Provider::start(), Parts::new());
    let mut profile = Profile::strict();
    profile.authorize_params.push(("response_mode".into(), "query".into()));
    let client = parts.client_with(&provider, "/auth/callback", profile);
    let login = parts.builder().mounted_at("/auth").provider("test", client, scopes()).build().unwrap();
    let id = HeaderName::from_static("x-request-id");
    let whole = Router::new()
        .route("/page", get(async |_: Session| "page ".repeat(200)))
        .nest("/auth", login.routes())
        .layer(login.layer())
        .layer(SetResponseHeaderLayer::if_not_present(
            HeaderName::from_static("content-security-policy"),
            HeaderValue::from_static("default-src 'self'"),
        ))
        .layer(CompressionLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_secs(20)))
        .layer(CatchPanicLayer::new())
        .layer(CorsLayer::new())
        .layer(TraceLayer::new_for_http())
        .layer(SetSensitiveHeadersLayer::new([HeaderName::from_static("cookie")]))
        .layer(PropagateRequestIdLayer::new(id.clone()))
        .layer(SetRequestIdLayer::new(id, MakeRequestUuid));
    // A layer that changes the path has to stand before the router.
    let app = Router::new().fallback_service(NormalizePathLayer::trim_trailing_slash().layer(whole));
    let app = parts.run(login, app);
    let browser = Browser::new();
    let page = browser.follow(&app.url("/page/"));
    assert_eq!((page.status, page.text().len()), (200, 1000), "{}", page.url);
    let start = browser.go(&app.url("/auth/login/"));
    assert_eq!(
        start.header("content-security-policy"),
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    );
    assert_eq!(
        (start.status, start.header("cache-control"), start.header("referrer-policy")),
        (303, "no-store", "no-referrer")
    );
    let packed = browser.send(
        "GET",
        &app.url("/auth/callback?error=access_denied&state=x"),
        &[("accept", "text/html"), ("accept-encoding", "gzip")],
        None,
    );
    assert_eq!((packed.status, packed.header("cache-control")), (400, "no-store"));
    assert!(packed.header("content-security-policy").starts_with("default-src 'none'"));
    assert_eq!((packed.header("content-encoding"), &packed.body[..2]), ("gzip", &b"\x1f\x8b"[..]));
    assert_eq!(browser.post(&app.url("/auth/logout"), "").status, 303);
    assert_eq!(browser.ask(&app.url("/page")).status, 401);
}

#[test]
fn behind_a_proxy_that_takes_a_prefix_off_everything_leads_back_below_it() {
    let (provider, parts) = (Provider::start(), Parts::new());
    let client = parts.client(&provider, "/shop/callback");
    let login = parts.builder().behind_prefix("/shop").provider("test", client, scopes()).build().unwrap();
    let inside = Router::new()
        .route("/", get("front"))
        .route("/orders", get("orders").layer(login.protect()))
        .merge(login.routes());
    // The proxy: people see /shop/orders, and the program /orders. Nothing tells the program so.
    let proxy = tower::service_fn(move |mut request: Request| {
        let mut inside = inside.clone();
        async move {
            request.extensions_mut().remove::<OriginalUri>();
            let path = request.uri().path_and_query().unwrap().as_str();
            let Some(rest) = path.strip_prefix("/shop") else {
                return Ok(Response::builder().status(404).body("elsewhere".into()).unwrap());
            };
            *request.uri_mut() = if rest.is_empty() { "/" } else { rest }.parse().unwrap();
            inside.call(request).await
        }
    });
    let app = parts.run(login, Router::new().fallback_service(proxy));
    let browser = Browser::new();
    let page = browser.go(&app.url("/shop/orders?a=1"));
    assert_eq!(page.location(), app.url("/shop/login?return_to=%2Fshop%2Forders%3Fa%3D1"));
    let page = browser.follow(&page.location());
    assert_eq!((page.text().as_str(), page.url.as_str()), ("orders", app.url("/shop/orders?a=1").as_str()));
    let page = browser.follow(&app.url("/shop/login"));
    assert_eq!((page.text().as_str(), page.url.as_str()), ("front", app.url("/shop/").as_str()));
    assert_eq!(browser.post(&app.url("/shop/logout"), "").location(), app.url("/shop/"));

    for (prefix, mount) in [("shop", ""), ("/shop/", ""), ("/shop", "/other"), ("/shop", "/shopping")] {
        let client = parts.client(&provider, "/shop/callback");
        let builder = parts.builder().behind_prefix(prefix).mounted_at(mount);
        assert!(builder.provider("test", client, scopes()).build().is_err(), "{prefix} {mount}");
    }
}

#[test]
fn forwarded_headers_change_nothing() {
    let (provider, parts) = (Provider::start(), Parts::new());
    let app = parts.start(&provider);
    let browser = Browser::new();
    let lies = [
        ("accept", "text/html"),
        ("forwarded", "proto=https;host=evil.example"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-prefix", "/evil"),
    ];
    let start = browser.send("GET", &app.url("/login"), &lies, None);
    assert_eq!(start.parameter("redirect_uri"), app.url("/callback"));
    assert!(!start.cookies()[0].contains("Secure"), "{:?}", start.cookies());
    let page = browser.send("GET", &app.url("/session"), &lies, None);
    assert_eq!(page.location(), app.url("/login?return_to=%2Fsession"));
    browser.follow(&app.url("/login"));
    let post = [lies.as_slice(), &[("origin", "https://evil.example")]].concat();
    assert_eq!(browser.send("POST", &app.url("/logout"), &post, Some(b"")).status, 403);
}
