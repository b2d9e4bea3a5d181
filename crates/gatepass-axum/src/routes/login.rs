//! The start of a login.

use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use gatepass::ports::{PendingKey, Wish};
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

/// How long the store keeps a login that was started; the person has a little less.
const KEEP_PARKED: Duration = Duration::from_secs(11 * 60);

/// Logins that one browser may have under way.
const PER_BROWSER: u32 = 32;

/// How long a browser remembers who it is: over a login in which the person looks for their telephone.
const KEEP_BROWSER: Duration = Duration::from_secs(24 * 3600);

/// A query longer than this is not looked at.
const LONGEST_QUERY: usize = 8 * 1024;

/// Says that the person was already sent to the public name of this site.
const HERE: &str = "here";

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
    match begin(login, entry, query.return_to, &parts).await {
        Ok(response) => response,
        Err(refusal) => show(login, &refusal, &parts.headers).await,
    }
}

/// What the query says; anything doubtful is left out.
struct Query {
    return_to: ReturnTo,
    wants_place: bool,
    is_here: bool,
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
    entry: &Entry,
    return_to: ReturnTo,
    parts: &Parts,
) -> Result<Response, Refusal> {
    let inner = login.inner();
    let refusal = |cause, why: &(dyn std::error::Error + 'static)| {
        Refusal::new(cause, &entry.name, Some(why), &inner.world)
    };
    let internal = || Refusal::new(Cause::Internal, &entry.name, None, &inner.world);
    let browser = match inner.browser_cookie.find(&parts.headers) {
        Some(known) => known,
        None => Ticket::new(&draw(&inner.world).ok_or_else(internal)?[0]),
    };
    let begun = entry
        .flow
        .begin(Wish::new(entry.scopes.clone()), &inner.world)
        .await
        .map_err(|why| refusal(Cause::of_begin(&why), &why))?;
    let key = PendingKey::new(begun.state, inner.browser_cookie.digest(&browser), &*entry.name);
    let sealed = Parked { return_to, snapshot: begun.snapshot }
        .seal(&key, &inner.ring, &*inner.world.entropy)
        .map_err(|why| refusal(Cause::Internal, &why))?;
    inner
        .pending
        .park(&key, sealed, KEEP_PARKED, PER_BROWSER)
        .await
        .map_err(|why| refusal(Cause::of_store(&why), &why))?;
    let mut response = answer::see_other(begun.url.as_str()).ok_or_else(internal)?;
    answer::add_cookie(&mut response, inner.browser_cookie.set(&browser, KEEP_BROWSER));
    tracing::debug!(provider = &*entry.name, "a login was started");
    Ok(response)
}
