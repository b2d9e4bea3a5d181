//! The callback: the person comes back from the provider.
//!
//! The order is: parse, duplicates; then, in the one task that nobody breaks off, the claim by `state`, browser and
//! route; then `iss`, `error`, `code`. What fails before the claim has spent nothing.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{OriginalUri, Request};
use axum::response::Response;
use gatepass::Callback;
use gatepass::ports::PendingKey;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use url::form_urlencoded;

use super::{refuse, show, wrong_method};
use crate::landing::{Arrival, Landed};
use crate::login::Entry;
use crate::navigation::is_prefetch;
use crate::{Cause, Login, answer, pages};

/// A longer form is refused.
const LONGEST_FORM: usize = 64 * 1024;

/// A longer body is not even read to be thrown away.
const MOST_READ: usize = 4 << 20;

/// Marks the form that our own page has sent on, so that it is sent on once.
const SENT_ON: &str = "gatepass_sent_on";

/// What a callback by form may hold.
const FIELDS: [&str; 6] = ["state", "code", "iss", "error", "error_description", "error_uri"];

pub(super) async fn arrive(login: &Login, entry: &Arc<Entry>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    if is_prefetch(headers) {
        return refuse(login, Cause::Prefetch, &entry.name, headers).await;
    }
    let read = match parts.method {
        Method::GET => by_query(entry, parts.uri.query().unwrap_or_default(), headers),
        Method::POST => by_form(entry, headers, body).await,
        _ => return wrong_method(login, if entry.by_form { "POST" } else { "GET" }, headers).await,
    };
    let (callback, form) = match read {
        Ok(read) => read,
        Err(cause) => return refuse(login, cause, &entry.name, headers).await,
    };
    let Some(state) = callback.state_hash() else {
        return refuse(login, Cause::StateMissing, &entry.name, headers).await;
    };
    let inner = login.inner();
    let Some(browser) = inner.browser_cookie.find(headers) else {
        // A form from the provider's page comes without our cookie; sent on from our own it brings it along.
        return match form.filter(|form| !form.was_sent_on()) {
            Some(form) => form.send_on(request_path(&parts)),
            None => refuse(login, Cause::CookieMissing, &entry.name, headers).await,
        };
    };
    let arrival = Arrival {
        login: login.clone(),
        entry: Arc::clone(entry),
        key: PendingKey::new(state, inner.browser_cookie.digest(&browser), &*entry.name),
        callback,
        presented: inner.session_cookie.find(headers),
    };
    let landed = inner.keeper.undisturbed(arrival.land()).await;
    let (ticket, return_to) = match landed {
        Ok(Landed::Session { ticket, return_to }) => (Some(ticket), return_to),
        Ok(Landed::Already { return_to }) => (None, return_to),
        Ok(Landed::Refused(refusal)) => return show(login, &refusal, headers).await,
        Err(_) => return refuse(login, Cause::Internal, &entry.name, headers).await,
    };
    let Some(mut response) = answer::see_other(return_to.as_str()) else {
        return refuse(login, Cause::Internal, &entry.name, headers).await;
    };
    if let Some(ticket) = ticket {
        answer::add_cookie(&mut response, inner.session_cookie.set(&ticket, inner.lifetimes.absolute));
    }
    response
}

type Read = Result<(Callback, Option<Form>), Cause>;

fn by_query(entry: &Entry, query: &str, headers: &HeaderMap) -> Read {
    let has_body = headers.contains_key(header::TRANSFER_ENCODING)
        || headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0");
    if entry.by_form || has_body {
        return Err(Cause::WrongMode);
    }
    Ok((Callback::from_query(query).map_err(Cause::of_malformed)?, None))
}

async fn by_form(entry: &Entry, headers: &HeaderMap, body: Body) -> Read {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    let encoded = headers.contains_key(header::CONTENT_ENCODING);
    if encoded || !media.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Cause::ContentType);
    }
    let bytes = whole(body).await?;
    if !entry.by_form {
        return Err(Cause::WrongMode);
    }
    let callback = Callback::from_form(&bytes).map_err(Cause::of_malformed)?;
    Ok((callback, Some(Form(bytes))))
}

/// Reads a body that is not too large. What is too large is read on for a while, so that the browser has sent it and
/// listens to the answer.
async fn whole(mut body: Body) -> Result<Bytes, Cause> {
    let (mut bytes, mut read) = (Vec::new(), 0);
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.map_err(|_| Cause::Malformed)?.into_data() else { continue };
        read += data.len();
        if read > MOST_READ {
            break;
        }
        if read <= LONGEST_FORM {
            bytes.extend_from_slice(&data);
        }
    }
    if read > LONGEST_FORM { Err(Cause::TooLarge) } else { Ok(bytes.into()) }
}

/// The body of a callback by form, which the parser has found whole.
struct Form(Bytes);

impl Form {
    fn was_sent_on(&self) -> bool {
        form_urlencoded::parse(&self.0).any(|(name, _)| name == SENT_ON)
    }

    /// A page of ours that sends the same fields here once more, this time with our cookies.
    fn send_on(&self, to: &str) -> Response {
        let mut fields: Vec<_> =
            form_urlencoded::parse(&self.0).filter(|(name, _)| FIELDS.contains(&&**name)).collect();
        fields.push((SENT_ON.into(), "1".into()));
        let page = pages::send_on(to, fields.iter().map(|(name, value)| (&**name, &**value)));
        let mut response = answer::page(StatusCode::OK, page, &pages::SENDS_ON);
        // Under `no-referrer` a browser names no origin with the form that it sends.
        answer::set(&mut response, header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        response
    }
}

/// The path under which the browser knows this place, whatever was stripped on the way in.
fn request_path(parts: &http::request::Parts) -> &str {
    parts.extensions.get::<OriginalUri>().map_or_else(|| parts.uri.path(), |original| original.0.path())
}
