//! Who the application's user is: its own word for it, or our session.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use gatepass::ports::{GrantKey, Owner, StoreError, Subject};
use http::HeaderMap;
use http::request::Parts;

use crate::{Cause, Login, Session};

type Answer = Result<Option<Box<str>>, Box<dyn Error + Send + Sync>>;

/// The application's own way to tell its user from a request.
pub(crate) type Who = Arc<dyn Fn(Parts) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync>;

/// Why it is not known who the user is.
#[derive(Debug)]
pub(crate) enum Unknown {
    /// The store of sessions did not answer.
    Store(StoreError),
    /// The application's own way failed.
    Application(Box<dyn Error + Send + Sync>),
    /// There is a session, but nothing in it that would be the same in the person's next one.
    Nameless,
}

impl Unknown {
    pub(crate) fn cause(&self) -> Cause {
        match self {
            Self::Store(why) => Cause::of_store(why),
            Self::Application(_) | Self::Nameless => Cause::Internal,
        }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(why) => fmt::Display::fmt(why, f),
            Self::Application(_) => f.write_str("the application could not say who its user is"),
            Self::Nameless => f.write_str(
                "the session names nobody to whom an account could be connected: give sessions an owner, or say who \
                 the current user is",
            ),
        }
    }
}

impl Error for Unknown {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Store(why) => Some(why),
            Self::Application(why) => Some(why.as_ref()),
            Self::Nameless => None,
        }
    }
}

impl Login {
    /// The application's user who sent a request; `None`: nobody is logged in.
    pub(crate) async fn user(&self, parts: &Parts) -> Result<Option<Box<str>>, Unknown> {
        if let Some(who) = &self.inner().who {
            return who(parts.clone()).await.map_err(Unknown::Application);
        }
        let session = self.current(&parts.headers).await.map_err(Unknown::Store)?;
        session.map(|session| name(&session).ok_or(Unknown::Nameless)).transpose()
    }

    /// Whether anybody is logged in at all, by the application's word or by ours.
    pub(crate) async fn is_anybody(&self, parts: &Parts) -> bool {
        match &self.inner().who {
            Some(who) => matches!(who(parts.clone()).await, Ok(Some(_))),
            None => matches!(self.current(&parts.headers).await, Ok(Some(_))),
        }
    }

    /// The session of a browser, of a provider that is configured.
    pub(crate) async fn current(&self, headers: &HeaderMap) -> Result<Option<Session>, StoreError> {
        let Some(ticket) = self.inner().session_cookie.find(headers) else { return Ok(None) };
        let found = self.session(&ticket).await?;
        Ok(found.filter(|session| self.inner().entry(session.provider()).is_some()))
    }
}

/// What names the person of a session in their next one, too.
fn name(session: &Session) -> Option<Box<str>> {
    let subject = || session.subject().map(|subject| key_of(subject).into());
    session.owner().map(Into::into).or_else(subject)
}

/// Issuer and subject as one text. An issuer is a URL and holds no space.
pub(crate) fn key_of(subject: &Subject) -> String {
    format!("{} {}", subject.iss, subject.sub)
}

/// The grant of a connected account.
pub(crate) fn account(provider: &str, user: &str) -> GrantKey {
    GrantKey::new(provider, Owner::User(user.into()))
}
