//! The way back from a logout at the provider (OpenID Connect RP-Initiated Logout section 3).
//!
//! Nothing happens here but a redirect to where logouts lead, and that only for the browser that was sent away with this
//! `state`, once. Nothing else of the request is looked at.

use axum::extract::Request;
use axum::response::Response;
use http::Method;
use url::form_urlencoded;

use super::{refuse, wrong_method};
use crate::navigation::is_prefetch;
use crate::refusal::Refusal;
use crate::{Cause, Login, answer};

/// A longer query is not looked at.
const LONGEST_QUERY: usize = 8 * 1024;

pub(super) async fn arrive(login: &Login, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let (inner, headers) = (login.inner(), &parts.headers);
    if parts.method != Method::GET {
        return wrong_method(login, "GET", headers).await;
    }
    if is_prefetch(headers) {
        return refuse(login, Cause::Prefetch, "", headers).await;
    }
    let query = parts.uri.query().filter(|query| query.len() <= LONGEST_QUERY).unwrap_or_default();
    let mut states = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "state");
    let is_ours = match (states.next(), states.next(), inner.logout_cookie.find(headers)) {
        (Some((_, state)), None, Some(ticket)) => ticket.same_as(&state),
        _ => false,
    };
    match answer::see_other(inner.after_logout.as_str()).filter(|_| is_ours) {
        Some(mut response) => {
            answer::add_cookie(&mut response, inner.logout_cookie.clear());
            response
        }
        None => {
            let refusal = Refusal::new(Cause::LogoutUnknown, "", None, &inner.world);
            refusal.answer(headers, &inner.site, Some(inner.after_logout.as_str()))
        }
    }
}
