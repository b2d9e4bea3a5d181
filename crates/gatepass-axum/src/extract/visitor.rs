//! Whoever sent the request, to be sent on to log in or to connect an account by the application's own handlers.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use axum_core::extract::FromRequestParts;
use gatepass::ports::Wish;
use http::Method;
use http::request::Parts;

use super::account::Account;
use super::asking::Asking;
use crate::beginning::{Beginning, NoRoom};
use crate::login::Entry;
use crate::navigation::{is_person, is_prefetch, is_same_origin};
use crate::parked::Purpose;
use crate::refusal::Refusal;
use crate::user::account;
use crate::{Cause, Login, NotLoggedIn, Start};

/// Whoever sent the request. A handler sends them to log in with wishes of the program's, to connect an account, or asks
/// for an account that they have connected.
///
/// As an extractor it stands for everybody; see [`Start`] for an example.
#[derive(Clone)]
pub struct Visitor {
    login: Login,
    parts: Parts,
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = NotLoggedIn;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, NotLoggedIn> {
        let login = parts.extensions.get::<Login>().cloned().ok_or_else(NotLoggedIn::no_layer)?;
        Ok(Self::new(login, parts.clone()))
    }
}

impl Visitor {
    pub(crate) fn new(login: Login, parts: Parts) -> Self {
        Self { login, parts }
    }

    /// Sends a person to log in: return the answer from the handler.
    ///
    /// Where they are logged in at the provider already and [`Start::also`] asks for more scopes, the session goes on
    /// with the new tokens; otherwise it is a login like any other, with a session of its own.
    ///
    /// A GET may come from anywhere, a POST from a page of this origin only. What the browser fetches ahead or a script
    /// fetches starts nothing.
    ///
    /// # Errors
    /// [`Refused`]; of the program's own mistakes in `start`, with a [`BeginError`](gatepass::ports::BeginError) as
    /// its source.
    pub async fn log_in(&self, start: Start) -> Result<Response, Refused> {
        self.judge(false)?;
        let inner = self.login.inner();
        let current = self.login.current(&self.parts.headers).await;
        let current = current.map_err(|why| self.failed(Cause::of_store(&why), &why))?;
        let mut doors = inner.entries.iter().filter(|entry| !entry.connects);
        let entry = match (&start.provider, &current) {
            (Some(name), _) => doors.find(|entry| entry.name == *name),
            (None, Some(session)) => inner.entry(session.provider()),
            (None, None) => doors.next(),
        };
        let entry = entry.ok_or_else(|| self.refused(Cause::UnknownProvider))?;
        let upgraded = current.filter(|session| !start.more.is_empty() && session.provider() == &*entry.name);
        let (scopes, purpose) = match &upgraded {
            Some(session) => (
                self.login.scopes_of(entry, &session.grant(), &start.more).await,
                Purpose::Renewal(session.id().as_str().into()),
            ),
            None => (entry.scopes.with(&start.more), Purpose::Session),
        };
        self.begin(entry, start, scopes, purpose).await
    }

    /// Sends a person to connect an account at a provider that was named by
    /// [`account`](crate::LoginBuilder::account): return the answer from the handler.
    ///
    /// It takes a POST from a page of this origin. The account is connected to the user who is logged in now, and only
    /// if that is still who is logged in when the person comes back.
    ///
    /// # Errors
    /// [`Refused`], as [`log_in`](Visitor::log_in), and when nobody is logged in.
    pub async fn connect(&self, provider: &str, start: Start) -> Result<Response, Refused> {
        self.judge(true)?;
        let entry = self.connectable(provider)?;
        let user = self.user().await?;
        let scopes = self.login.scopes_of(entry, &account(provider, &user), &start.more).await;
        self.begin(entry, start, scopes, Purpose::Account(user)).await
    }

    /// Disconnects an account: its tokens are of no use here from now on, and are revoked at the provider.
    ///
    /// It takes a request from a page of this origin, by any method that may change something.
    ///
    /// # Errors
    /// [`Refused`], when the request comes from elsewhere, nobody is logged in, or the store did not answer.
    pub async fn disconnect(&self, provider: &str) -> Result<(), Refused> {
        if self.parts.method.is_safe() {
            return Err(self.refused(Cause::Method));
        }
        self.judge_origin()?;
        self.connectable(provider)?;
        let user = self.user().await?;
        let ended = self.login.inner().keeper.logout(&account(provider, &user)).await;
        ended.map_err(|why| self.failed(Cause::of_keep(&why), &why))
    }

    /// The account that the user who is logged in has connected at a provider, or could connect.
    ///
    /// # Errors
    /// [`Refused`], when nobody is logged in, or the account could not be read.
    pub async fn account(&self, provider: &str) -> Result<Account, Refused> {
        self.connectable(provider)?;
        let user = self.user().await?;
        let grant = account(provider, &user);
        let holding = self.login.inner().keeper.holding(&grant).await;
        let holding = holding.map_err(|why| self.failed(Cause::of_unavailable(&why), &why))?;
        Ok(Account::new(Asking::for_login(self.login.clone(), &self.parts), grant, holding))
    }

    /// A GET, or a POST from here, by which a person goes to a page.
    fn judge(&self, only_post: bool) -> Result<(), Refused> {
        if is_prefetch(&self.parts.headers) {
            return Err(self.refused(Cause::Prefetch));
        }
        match self.parts.method {
            Method::GET if !only_post => {}
            Method::POST => self.judge_origin()?,
            _ => return Err(self.refused(Cause::Method)),
        }
        let says = ["sec-fetch-mode", "sec-fetch-dest"];
        let says = says.into_iter().any(|name| self.parts.headers.contains_key(name));
        if says && !is_person(&self.parts.headers) {
            return Err(self.refused(Cause::NotNavigation));
        }
        Ok(())
    }

    fn judge_origin(&self) -> Result<(), Refused> {
        if is_same_origin(&self.parts.headers, self.login.inner().site.origin()) {
            return Ok(());
        }
        Err(self.refused(Cause::CrossSite))
    }

    fn connectable(&self, provider: &str) -> Result<&Arc<Entry>, Refused> {
        let entry = self.login.inner().entry(provider).filter(|entry| entry.connects);
        entry.ok_or_else(|| self.refused(Cause::UnknownProvider))
    }

    async fn user(&self) -> Result<Box<str>, Refused> {
        let user = self.login.user(&self.parts).await.map_err(|why| self.failed(why.cause(), &why))?;
        user.ok_or_else(|| self.refused(Cause::LoginRequired))
    }

    async fn begin(
        &self,
        entry: &Arc<Entry>,
        start: Start,
        scopes: gatepass::Scopes,
        purpose: Purpose,
    ) -> Result<Response, Refused> {
        let inner = self.login.inner();
        self.login.purge_sometimes();
        let params = start.wish.params.into_iter();
        let wish = params.fold(Wish::new(scopes), |wish, (name, value)| wish.param(name, value));
        let place = start.return_to.filter(|place| !inner.is_own(place.path()));
        let return_to = place.unwrap_or_else(|| inner.after_login.clone());
        let beginning = Beginning { entry: Arc::clone(entry), wish, return_to, purpose };
        let begun = beginning.begin(&self.login, &self.parts.headers, NoRoom::Refuse(Cause::Crowded)).await;
        begun.map_err(|not_begun| {
            let why = not_begun.why.map(|why| Box::new(why) as Box<dyn Error + Send + Sync>);
            Refused { why, ..self.answer(&not_begun.refusal) }
        })
    }

    fn refused(&self, cause: Cause) -> Refused {
        self.answer(&Refusal::new(cause, "", None, &self.login.inner().world))
    }

    fn failed(&self, cause: Cause, why: &(dyn Error + 'static)) -> Refused {
        self.answer(&Refusal::new(cause, "", Some(why), &self.login.inner().world))
    }

    fn answer(&self, refusal: &Refusal) -> Refused {
        let response = refusal.answer(&self.parts.headers, &self.login.inner().site, None);
        Refused { cause: refusal.cause(), why: None, response: Box::new(response) }
    }
}

/// Without the request, whose headers hold cookies.
impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visitor").field("login", &self.login).finish_non_exhaustive()
    }
}

/// A visitor who was not sent on. As an answer it is a page for a person and JSON for a program.
pub struct Refused {
    cause: Cause,
    why: Option<Box<dyn Error + Send + Sync>>,
    response: Box<Response>,
}

impl Refused {
    /// Why.
    #[must_use]
    pub fn cause(&self) -> Cause {
        self.cause
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        *self.response
    }
}

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refused").field("cause", &self.cause).finish_non_exhaustive()
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the person was not sent on: {}", self.cause.label())
    }
}

impl Error for Refused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.why.as_deref().map(|why| why as _)
    }
}
