//! Connecting an account, and ending that: a POST each, from a page of this origin.

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::Method;
use url::form_urlencoded;

use super::wrong_method;
use crate::{Login, ReturnTo, Start, Visitor, answer};

/// A query longer than this is not looked at.
const LONGEST_QUERY: usize = 8 * 1024;

pub(super) async fn connect(login: &Login, provider: &str, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    if parts.method != Method::POST {
        return wrong_method(login, "POST", &parts.headers).await;
    }
    let mut start = Start::new();
    if let Some(place) = place(login, parts.uri.query()) {
        start = start.return_to(place);
    }
    let connected = Visitor::new(login.clone(), parts).connect(provider, start).await;
    connected.unwrap_or_else(|refused| refused.into_response())
}

pub(super) async fn disconnect(login: &Login, provider: &str, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    if parts.method != Method::POST {
        return wrong_method(login, "POST", &parts.headers).await;
    }
    let place = place(login, parts.uri.query()).unwrap_or_else(|| login.inner().after_login.clone());
    let visitor = Visitor::new(login.clone(), parts);
    match visitor.disconnect(provider).await {
        Ok(()) => answer::see_other(place.as_str()).unwrap_or_default(),
        Err(refused) => refused.into_response(),
    }
}

fn place(login: &Login, query: Option<&str>) -> Option<ReturnTo> {
    let query = query.filter(|query| query.len() <= LONGEST_QUERY)?;
    let mut places = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "return_to");
    let (Some((_, place)), None) = (places.next(), places.next()) else { return None };
    ReturnTo::parse(&place).ok().filter(|place| !login.inner().is_own(place.path()))
}
