//! The callback: the person comes back from the provider.
//!
//! The order is: parse, duplicates; then, in the one task that nobody breaks off, the claim by `state`, browser and
//! route; then the user who began; then `iss`, `error`, `code`. What fails before the claim has spent nothing.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::Response;
use gatepass::Callback;
use gatepass::ports::PendingKey;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, header};
use url::form_urlencoded;

use super::login::ANEW;
use super::{refuse, show, wrong_method};
use crate::beginning::NoRoom;
use crate::landing::{Arrival, Landed};
use crate::login::Entry;
use crate::marker::Marker;
use crate::navigation::{is_person, is_prefetch};
use crate::pages::{Action, Notice};
use crate::refusal::Refusal;
use crate::{Cause, Login, ReturnTo, answer, form};

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
    let flaw = Flaw { stuck: false, no_code: callback.reports_error() };
    let Some(browser) = inner.browser_cookie.find(headers) else {
        // A form from the provider's page comes without our cookie; sent on from our own it brings it along.
        if let Some(form) = form.filter(|form| !form.was_sent_on()) {
            return form.send_on(login, entry, headers);
        }
        let refusal = Refusal::new(Cause::CookieMissing, &entry.name, None, &inner.world);
        return lost(login, entry, &parts, refusal, None, flaw).await;
    };
    let arrival = Arrival {
        login: login.clone(),
        entry: Arc::clone(entry),
        key: PendingKey::new(state, inner.browser_cookie.digest(&browser), &*entry.name),
        callback,
        parts: parts.clone(),
    };
    let landed = inner.keeper.undisturbed(arrival.land()).await;
    let (ticket, return_to, renewed) = match landed {
        Ok(Landed::Session { ticket, return_to, renewed }) => (Some(ticket), return_to, renewed),
        Ok(Landed::Already { return_to }) => (None, return_to, false),
        Ok(Landed::Own { owner, subject, return_to }) => {
            let place = Some(return_to).filter(|place| !inner.is_own(place.path()));
            let place = place.unwrap_or_else(|| inner.after_login.clone());
            return match login.greet(entry, (owner, subject), place, &parts).await {
                Ok(response) => response,
                Err(refusal) => show(login, &refusal, headers).await,
            };
        }
        Ok(Landed::Aloud(beginning)) => {
            let begun = beginning.begin(login, headers, NoRoom::Refuse(Cause::Crowded)).await;
            return match begun {
                Ok(response) => by_itself(login, response, &parts),
                Err(not_begun) => show(login, &not_begun.refusal, headers).await,
            };
        }
        Ok(Landed::Lost { refusal, return_to, stuck }) => {
            let flaw = Flaw { stuck, ..flaw };
            return lost(login, entry, &parts, refusal, return_to, flaw).await;
        }
        Ok(Landed::Refused { refusal, home: Some(home) }) if login.is_anybody(&parts).await => {
            return refusal.answer(headers, &inner.site, Some(home.as_str()));
        }
        Ok(Landed::Refused { refusal, .. }) => return show(login, &refusal, headers).await,
        Err(_) => return refuse(login, Cause::Internal, &entry.name, headers).await,
    };
    let place = Some(&return_to).filter(|place| !inner.is_own(place.path())).unwrap_or(&inner.after_login);
    let Some(mut response) = answer::see_other(place.as_str()) else {
        return refuse(login, Cause::Internal, &entry.name, headers).await;
    };
    if let Some(ticket) = ticket {
        answer::add_cookie(&mut response, inner.session_cookie.set(&ticket, inner.lifetimes.absolute));
    }
    if renewed {
        answer::add_cookie(&mut response, Marker::Renewed.set(inner.site.is_secure()));
    }
    response
}

/// What else is known of a callback for which nothing waits.
#[derive(Clone, Copy)]
struct Flaw {
    /// Something waited, and its time is over or whoever took it is gone.
    stuck: bool,
    /// The provider reports an error.
    no_code: bool,
}

/// A callback for which nothing waits. Whoever is logged in goes on, since they have come back to a page that has done
/// its work; anybody else begins anew, once, and is told what happened if that is lost as well. Nothing that the
/// callback holds is used, so whoever sent the person here has sent them to their own login.
async fn lost(
    login: &Login,
    entry: &Entry,
    parts: &Parts,
    refusal: Refusal,
    return_to: Option<ReturnTo>,
    flaw: Flaw,
) -> Response {
    let (inner, headers) = (login.inner(), &parts.headers);
    let explain = || show(login, &refusal, headers);
    if flaw.no_code || !is_person(headers) {
        return explain().await;
    }
    if login.is_anybody(parts).await {
        return match answer::see_other(inner.after_login.as_str()).filter(|_| !flaw.stuck) {
            Some(response) => response,
            None => explain().await,
        };
    }
    if entry.connects || Marker::BegunAnew.is_set(headers) {
        return explain().await;
    }
    let door = inner.site.login(Some(&entry.name), return_to.as_ref());
    let mark = if door.contains('?') { '&' } else { '?' };
    let Some(mut response) = answer::see_other(&format!("{door}{mark}{ANEW}=1")) else {
        return explain().await;
    };
    answer::add_cookie(&mut response, Marker::BegunAnew.set(inner.site.is_secure()));
    tracing::info!(provider = &*entry.name, "a login that was lost on the way is begun anew");
    by_itself(login, response, parts)
}

/// A redirect that leads on to the provider, as an answer to a form: a page that goes there by itself. What a form is
/// answered with must stay within the `form-action` of the page that held it (CSP), and where a provider leads is not
/// known here.
fn by_itself(login: &Login, redirect: Response, parts: &Parts) -> Response {
    let Some(place) = redirect.headers().get(header::LOCATION).filter(|_| parts.method == Method::POST)
    else {
        return redirect;
    };
    let Some(href) = place.to_str().ok() else { return redirect };
    let look = login.inner().site.look();
    let texts = look.texts(&parts.headers);
    let notice = Notice {
        cause: None,
        lang: &texts.lang,
        title: &texts.one_more_step.title,
        text: &texts.one_more_step.text,
        actions: &[Action { label: &texts.send_on, href }],
        reference: None,
    };
    let mut response = look.show(texts, &notice);
    if let Ok(mut onward) = HeaderValue::from_str(&format!("0; url={href}")) {
        onward.set_sensitive(true);
        answer::set(&mut response, header::REFRESH, onward);
    }
    for cookie in redirect.headers().get_all(header::SET_COOKIE) {
        answer::add_cookie(&mut response, Some(cookie.clone()));
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
    let bytes = form::read(headers, body).await?;
    if !entry.by_form {
        return Err(Cause::WrongMode);
    }
    let callback = Callback::from_form(&bytes).map_err(Cause::of_malformed)?;
    Ok((callback, Some(Form(bytes))))
}

/// The body of a callback by form, which the parser has found whole.
struct Form(Bytes);

impl Form {
    fn was_sent_on(&self) -> bool {
        form_urlencoded::parse(&self.0).any(|(name, _)| name == SENT_ON)
    }

    /// A page of ours that sends the same fields here once more, this time with our cookies.
    fn send_on(&self, login: &Login, entry: &Entry, headers: &HeaderMap) -> Response {
        let mut fields: Vec<_> =
            form_urlencoded::parse(&self.0).filter(|(name, _)| FIELDS.contains(&&**name)).collect();
        fields.push((SENT_ON.into(), "1".into()));
        // The path under which browsers know this place, whatever was stripped on the way in.
        let here = entry.callback().path();
        let look = login.inner().site.look();
        look.send_on(
            headers,
            (here, &login.form_action()),
            fields.iter().map(|(name, value)| (&**name, &**value)),
        )
    }
}
