//! The routes: login, callback, logout. Whatever the method, each place is answered here and by nobody else.

mod backchannel;
mod callback;
mod connect;
mod initiate;
pub(crate) mod login;
mod logout;
mod logout_return;

use axum::Router;
use axum::extract::{Path, Request};
use axum::response::Response;
use axum::routing::any;
use http::{HeaderValue, header};

pub(crate) use self::backchannel::JUDGED_AT_ONCE;
use crate::refusal::Refusal;
use crate::{Cause, Login, answer};

pub(crate) fn all<S: Clone + Send + Sync + 'static>(login: &Login) -> Router<S> {
    let own = |login: &Login| login.clone();
    let mut router = Router::new().without_v07_checks();
    router = router.route("/login", {
        let login = own(login);
        any(move |request: Request| async move { login::start(&login, None, request).await })
    });
    router = router.route("/login/{provider}", {
        let login = own(login);
        any(move |Path(provider): Path<String>, request: Request| async move {
            login::start(&login, Some(&provider), request).await
        })
    });
    router = router.route("/logout", {
        let login = own(login);
        any(move |request: Request| async move { logout::end(&login, request).await })
    });
    router = router.route("/initiate-login", {
        let login = own(login);
        any(move |request: Request| async move { initiate::start(&login, request).await })
    });
    router = router.route("/backchannel-logout/{provider}", {
        let login = own(login);
        any(move |Path(provider): Path<String>, request: Request| async move {
            backchannel::arrive(&login, &provider, request).await
        })
    });
    if login.inner().entries.iter().any(|entry| entry.connects) {
        let (connects, disconnects) = (own(login), own(login));
        router = router.route(
            "/connect/{provider}",
            any(move |Path(provider): Path<String>, request: Request| async move {
                connect::connect(&connects, &provider, request).await
            }),
        );
        router = router.route(
            "/disconnect/{provider}",
            any(move |Path(provider): Path<String>, request: Request| async move {
                connect::disconnect(&disconnects, &provider, request).await
            }),
        );
    }
    let below = |path: &str| path.strip_prefix(login.inner().site.mount()).unwrap_or(path).to_owned();
    let mut returns: Vec<&str> = Vec::new();
    for path in login.inner().entries.iter().filter_map(|entry| entry.logout_path.as_deref()) {
        if !returns.contains(&path) {
            returns.push(path);
            let login = own(login);
            let back =
                any(move |request: Request| async move { logout_return::arrive(&login, request).await });
            router = router.route(&below(path), back);
        }
    }
    for entry in &login.inner().entries {
        let path = below(entry.callback().path());
        let (login, entry) = (own(login), entry.clone());
        router = router.route(
            &path,
            any(move |request: Request| async move { callback::arrive(&login, &entry, request).await }),
        );
    }
    router
}

/// Refuses with a page or JSON, and with a way on if the browser has a session all the same.
async fn refuse(login: &Login, cause: Cause, provider: &str, headers: &http::HeaderMap) -> Response {
    let refusal = Refusal::new(cause, provider, None, &login.inner().world);
    show(login, &refusal, headers).await
}

async fn show(login: &Login, refusal: &Refusal, headers: &http::HeaderMap) -> Response {
    let inner = login.inner();
    let lost = matches!(
        refusal.cause(),
        Cause::StateMissing | Cause::StateUnknown | Cause::OtherBrowser | Cause::Expired | Cause::Malformed
    );
    let mut home = None;
    if lost
        && let Some(ticket) = inner.session_cookie.find(headers)
        && let Ok(Some(_)) = login.session(&ticket).await
    {
        home = Some(inner.after_login.as_str());
    }
    refusal.answer(headers, &inner.site, home)
}

/// Refuses a method that the place does not take. Nothing has happened.
async fn wrong_method(login: &Login, allowed: &'static str, headers: &http::HeaderMap) -> Response {
    let mut response = refuse(login, Cause::Method, "", headers).await;
    answer::set(&mut response, header::ALLOW, HeaderValue::from_static(allowed));
    response
}
