//! The answers of the login's routes, each with the headers that keep it out of caches, frames and referrers.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::pages;

/// A page under a policy of its own.
pub(crate) fn page(status: StatusCode, html: String, policy: &str) -> Response {
    let mut response = of(status, Body::from(html));
    set(&mut response, header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if let Ok(policy) = HeaderValue::from_str(policy) {
        set(&mut response, header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// JSON.
pub(crate) fn json(status: StatusCode, body: &serde_json::Value) -> Response {
    let mut response = of(status, Body::from(body.to_string()));
    set(&mut response, header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Nothing but a status.
pub(crate) fn empty(status: StatusCode) -> Response {
    of(status, Body::empty())
}

/// A redirect after which the browser comes by GET. `None`: the place is not one that a header can hold.
pub(crate) fn see_other(location: &str) -> Option<Response> {
    let mut response = of(StatusCode::SEE_OTHER, Body::empty());
    let mut location = HeaderValue::from_str(location).ok()?;
    // An authorization URL holds `state`.
    location.set_sensitive(true);
    set(&mut response, header::LOCATION, location);
    Some(response)
}

/// Adds a cookie to an answer.
pub(crate) fn add_cookie(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

fn of(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    guard(response.headers_mut());
    response
}

/// Sets what every answer has.
fn guard(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(pages::NO_PAGE));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
}

pub(crate) fn set(response: &mut Response, name: HeaderName, value: HeaderValue) {
    response.headers_mut().insert(name, value);
}
