//! The start of a login at our own door.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use gatepass::Prompt;
use gatepass::ports::Wish;
use http::request::Parts;
use http::{HeaderMap, Method, header};
use url::form_urlencoded;

use super::{refuse, show, wrong_method};
use crate::beginning::{Beginning, NoRoom};
use crate::login::Entry;
use crate::marker::Marker;
use crate::navigation::Intent;
use crate::pages::{Action, Notice};
use crate::parked::Purpose;
use crate::{Cause, Login, ReturnTo, Session, answer};

/// A query longer than this is not looked at.
const LONGEST_QUERY: usize = 8 * 1024;

/// A hint longer than this is no hint.
const LONGEST_HINT: usize = 512;

/// Says that the person was already sent to the public name of this site.
const HERE: &str = "here";

/// Says that the browser was already given its cookie and asked to come once more.
const AGAIN: &str = "again";

/// Says that a login was lost on the way, and that this one is begun in its place.
pub(super) const ANEW: &str = "anew";

/// Says that the tokens of the session that is there serve no more, which only a call to an API may have shown.
pub(crate) const RENEW: &str = "renew";

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
    if query.is_anew && !Marker::BegunAnew.is_set(&parts.headers) {
        // The cookie that was set a moment ago did not come back, and no other would.
        return refuse(login, Cause::CookieMissing, "", &parts.headers).await;
    }
    let ended = login.ended_session(&parts, query.is_renewal).await;
    let mut doors = inner.entries.iter().filter(|entry| !entry.connects);
    let entry = match provider {
        Some(name) => doors.find(|entry| &*entry.name == name),
        None => match (&ended, doors.next(), doors.next()) {
            (Some(session), ..) => inner.entry(session.provider()),
            (None, _, Some(_)) => return choose(login, &query, &parts.headers),
            (None, only, None) => only,
        },
    };
    let Some(entry) = entry else {
        return refuse(login, Cause::UnknownProvider, "", &parts.headers).await;
    };
    if let Some(elsewhere) = elsewhere(login, provider, &query, &parts) {
        return elsewhere;
    }
    login.purge_sometimes();
    let ended = ended.filter(|session| session.provider() == &*entry.name);
    let no_room = if query.is_again {
        NoRoom::Refuse(Cause::CookieMissing)
    } else {
        once_more(login, provider, &parts)
    };
    let beginning = beginning(login, entry, query, ended).await;
    match beginning.begin(login, &parts.headers, no_room).await {
        Ok(response) => response,
        Err(not_begun) => show(login, &not_begun.refusal, &parts.headers).await,
    }
}

/// A session of its own; or, where a session is there whose grant has ended, its renewal, which the person need not
/// notice.
async fn beginning(login: &Login, entry: &Arc<Entry>, query: Query, ended: Option<Session>) -> Beginning {
    let (scopes, purpose) = match &ended {
        Some(session) => (
            login.scopes_of(entry, &session.grant(), &gatepass::Scopes::none()).await,
            Purpose::Renewal(session.id().as_str().into()),
        ),
        None => (entry.scopes.clone(), Purpose::Session),
    };
    let wish = query.wish(entry, Wish::new(scopes));
    let beginning = Beginning { entry: Arc::clone(entry), wish, return_to: query.return_to, purpose };
    if ended.is_some() { beginning.silently() } else { beginning }
}

impl Login {
    /// The session of a browser, if it has not ended and its grant has, by the store's word or by the link's.
    async fn ended_session(&self, parts: &Parts, by_link: bool) -> Option<Session> {
        let session = self.current(&parts.headers).await.ok().flatten()?;
        if by_link {
            return Some(session);
        }
        let holding = self.inner().keeper.holding(&session.grant()).await.ok()?;
        holding.wants_login.then_some(session)
    }
}

/// What the query says; anything doubtful is left out. What a program must be able to rely on is not taken from here.
struct Query {
    return_to: ReturnTo,
    wants_place: bool,
    is_here: bool,
    is_again: bool,
    is_anew: bool,
    is_renewal: bool,
    /// Those that stand on the list of what a link may ask for.
    asked: Vec<(&'static str, Box<str>)>,
}

/// The name of something that a link may ask for, and whether a value is fine.
type Allowed = (&'static str, fn(&str) -> bool);

impl Query {
    fn read(login: &Login, query: &str) -> Self {
        let inner = login.inner();
        let query = if query.len() > LONGEST_QUERY { "" } else { query };
        let only = |name: &str| {
            let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(known, _)| known == name);
            match (values.next(), values.next()) {
                (Some((_, value)), None) => Some(value),
                _ => None,
            }
        };
        let says = |name: &str| form_urlencoded::parse(query.as_bytes()).any(|(known, _)| known == name);
        let place = only("return_to").and_then(|place| ReturnTo::parse(&place).ok());
        let place = place.filter(|place| !inner.is_own(place.path()));
        let allowed: [Allowed; 3] =
            [("prompt", is_prompt), ("login_hint", is_hint), ("ui_locales", is_locales)];
        let asked = allowed.into_iter().filter_map(|(name, is_fine)| {
            let value = only(name).filter(|value| is_fine(value))?;
            Some((name, Box::from(&*value)))
        });
        Self {
            wants_place: place.is_some(),
            return_to: place.unwrap_or_else(|| inner.after_login.clone()),
            is_here: says(HERE),
            is_again: says(AGAIN),
            is_anew: says(ANEW),
            is_renewal: says(RENEW),
            asked: asked.collect(),
        }
    }

    fn place(&self) -> Option<&ReturnTo> {
        self.wants_place.then_some(&self.return_to)
    }

    /// Adds what the link asks for, but for what every request at the provider has already.
    fn wish(&self, entry: &Entry, wish: Wish) -> Wish {
        let asked = self.asked.iter().filter(|(name, _)| !entry.fixes(name));
        asked.fold(wish, |wish, (name, value)| wish.param(*name, value.clone()))
    }

    /// The door of a provider, with all that this link asks for.
    fn door(&self, login: &Login, provider: Option<&str>) -> String {
        let mut path = login.inner().site.login(provider, self.place());
        for (name, value) in &self.asked {
            path.push(if path.contains('?') { '&' } else { '?' });
            path.push_str(&form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish());
        }
        path
    }
}

/// Whoever made the link may say what the provider shows, but not that it shows nothing.
fn is_prompt(value: &str) -> bool {
    value.split(' ').all(|word| !matches!(Prompt::parse(word), None | Some(Prompt::None)))
}

pub(super) fn is_hint(value: &str) -> bool {
    matches!(value.len(), 1..=LONGEST_HINT) && !value.chars().any(char::is_control)
}

fn is_locales(value: &str) -> bool {
    matches!(value.len(), 1..=128)
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b' '))
}

/// A page on which the person chooses where to log in.
fn choose(login: &Login, query: &Query, headers: &HeaderMap) -> Response {
    let doors: Vec<&Arc<Entry>> = login.inner().entries.iter().filter(|entry| !entry.connects).collect();
    let links: Vec<String> = doors.iter().map(|entry| query.door(login, Some(&entry.name))).collect();
    let actions: Vec<Action<'_>> =
        doors.iter().zip(&links).map(|(entry, href)| Action { label: entry.title(), href }).collect();
    let look = login.inner().site.look();
    let texts = look.texts(headers);
    let notice = Notice {
        cause: None,
        lang: &texts.lang,
        title: &texts.choose.title,
        text: &texts.choose.text,
        actions: &actions,
        reference: None,
    };
    look.show(texts, &notice)
}

/// Sends a person who came by another name of this machine to the name to which the callback will come.
fn elsewhere(login: &Login, provider: Option<&str>, query: &Query, parts: &Parts) -> Option<Response> {
    let site = &login.inner().site;
    let host = parts.headers.get(header::HOST)?.to_str().ok()?;
    let better = site.better_host(host).filter(|_| !query.is_here)?;
    let path = query.door(login, provider);
    let mark = if path.contains('?') { '&' } else { '?' };
    answer::see_other(&format!("{better}{path}{mark}{HERE}=1"))
}

/// The same door, to which the browser brings along the cookie that it is given now.
fn once_more(login: &Login, provider: Option<&str>, parts: &Parts) -> NoRoom {
    let path = login.inner().site.login(provider, None);
    let query = parts.uri.query().filter(|query| !query.is_empty() && query.len() <= LONGEST_QUERY);
    NoRoom::ComeAgain(match query {
        Some(query) => format!("{path}?{query}&{AGAIN}=1"),
        None => format!("{path}?{AGAIN}=1"),
    })
}
