//! The start of a login.

use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use gatepass::ports::{Parking, PendingKey, Wish};
use http::request::Parts;
use http::{Method, StatusCode, header};
use url::form_urlencoded;

use super::{refuse, show, wrong_method};
use crate::cookie::Ticket;
use crate::login::Entry;
use crate::navigation::Intent;
use crate::pages::{self, Action};
use crate::parked::Parked;
use crate::random::draw;
use crate::refusal::Refusal;
use crate::{Cause, Login, ReturnTo, answer};

/// How long a browser remembers who it is: over a login in which the person looks for their telephone.
const KEEP_BROWSER: Duration = Duration::from_secs(24 * 3600);

/// A query longer than this is not looked at.
const LONGEST_QUERY: usize = 8 * 1024;

/// Says that the person was already sent to the public name of this site.
const HERE: &str = "here";

/// Says that the browser was already given its cookie and asked to come once more.
const AGAIN: &str = "again";

pub(super) async fn start(login: &Login, provider: Option<&str>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let inner = login.inner();
    if parts.method != Method::GET {
        return wrong_method(login, "GET", &parts.headers).await;
    }
    match Intent::at_login(&parts.method, &parts.headers) {
        Intent::Navigation => {}
        Intent::Prefetch => return refuse(login, Cause::Prefetch, "", &parts.headers).await,
        Intent::Background => return refuse(login, Cause::NotNavigation, "", &parts.headers).await,
    }
    let query = Query::read(login, parts.uri.query().unwrap_or_default());
    let entry = match provider {
        None if inner.entries.len() == 1 => inner.entries.first(),
        None => return choose(login, &query),
        Some(name) => inner.entry(name),
    };
    let Some(entry) = entry else {
        return refuse(login, Cause::UnknownProvider, "", &parts.headers).await;
    };
    if let Some(elsewhere) = elsewhere(login, provider, &query, &parts) {
        return elsewhere;
    }
    login.purge_sometimes();
    match begin(login, provider, entry, query, &parts).await {
        Ok(response) => response,
        Err(refusal) => show(login, &refusal, &parts.headers).await,
    }
}

/// What the query says; anything doubtful is left out.
struct Query {
    return_to: ReturnTo,
    wants_place: bool,
    is_here: bool,
    is_again: bool,
}

impl Query {
    fn read(login: &Login, query: &str) -> Self {
        let inner = login.inner();
        let query = if query.len() > LONGEST_QUERY { "" } else { query };
        let mut places = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "return_to");
        let place = match (places.next(), places.next()) {
            (Some((_, place)), None) => ReturnTo::parse(&place).ok(),
            _ => None,
        };
        let place = place.filter(|place| !inner.site.is_own(place.path()));
        Self {
            wants_place: place.is_some(),
            return_to: place.unwrap_or_else(|| inner.after_login.clone()),
            is_here: form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == HERE),
            is_again: form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == AGAIN),
        }
    }

    fn place(&self) -> Option<&ReturnTo> {
        self.wants_place.then_some(&self.return_to)
    }
}

/// A page on which the person chooses where to log in.
fn choose(login: &Login, query: &Query) -> Response {
    let inner = login.inner();
    let links: Vec<String> =
        inner.entries.iter().map(|entry| inner.site.login(Some(&entry.name), query.place())).collect();
    let actions: Vec<Action<'_>> =
        inner.entries.iter().zip(&links).map(|(entry, href)| Action { label: &entry.name, href }).collect();
    let page = pages::notice("Log in", "Choose where to log in.", &actions, None);
    answer::page(StatusCode::OK, page, &pages::READ_ONLY)
}

/// Sends a person who came by another name of this machine to the name to which the callback will come.
fn elsewhere(login: &Login, provider: Option<&str>, query: &Query, parts: &Parts) -> Option<Response> {
    let site = &login.inner().site;
    let host = parts.headers.get(header::HOST)?.to_str().ok()?;
    let better = site.better_host(host).filter(|_| !query.is_here)?;
    let path = site.login(provider, query.place());
    let mark = if path.contains('?') { '&' } else { '?' };
    answer::see_other(&format!("{better}{path}{mark}{HERE}=1"))
}

async fn begin(
    login: &Login,
    provider: Option<&str>,
    entry: &Entry,
    query: Query,
    parts: &Parts,
) -> Result<Response, Refusal> {
    let inner = login.inner();
    let refusal = |cause, why: &(dyn std::error::Error + 'static)| {
        Refusal::new(cause, &entry.name, Some(why), &inner.world)
    };
    let internal = || Refusal::new(Cause::Internal, &entry.name, None, &inner.world);
    let known = inner.browser_cookie.find(&parts.headers);
    let is_known = known.is_some();
    let browser = match known {
        Some(known) => known,
        None => Ticket::new(&draw(&inner.world).ok_or_else(internal)?[0]),
    };
    let begun = entry
        .flow
        .begin(Wish::new(entry.scopes.clone()), &inner.world)
        .await
        .map_err(|why| refusal(Cause::of_begin(&why), &why))?;
    let key = PendingKey::new(begun.state, inner.browser_cookie.digest(&browser), &*entry.name);
    let sealed = Parked { return_to: query.return_to, snapshot: begun.snapshot }
        .seal(&key, &inner.ring, &*inner.world.entropy)
        .map_err(|why| refusal(Cause::Internal, &why))?;
    let parking = login.park(&key, sealed, is_known).await;
    let refused = |cause| Refusal::new(cause, &entry.name, None, &inner.world);
    let mut response = match parking.map_err(|why| refusal(Cause::of_store(&why), &why))? {
        Parking::Parked => {
            tracing::debug!(provider = &*entry.name, "a login was started");
            answer::see_other(begun.url.as_str())
        }
        _ if is_known => return Err(refused(Cause::Crowded)),
        _ if query.is_again => return Err(refused(Cause::CookieMissing)),
        _ => once_more(login, provider, parts),
    }
    .ok_or_else(internal)?;
    answer::add_cookie(&mut response, inner.browser_cookie.set(&browser, KEEP_BROWSER));
    Ok(response)
}

/// Sends a browser here again, so that it brings along the cookie that it is given now.
fn once_more(login: &Login, provider: Option<&str>, parts: &Parts) -> Option<Response> {
    let path = login.inner().site.login(provider, None);
    let query = parts.uri.query().filter(|query| !query.is_empty() && query.len() <= LONGEST_QUERY);
    answer::see_other(&match query {
        Some(query) => format!("{path}?{query}&{AGAIN}=1"),
        None => format!("{path}?{AGAIN}=1"),
    })
}
