//! The session as an extractor: for those who are logged in, or for everybody.

use std::fmt;

use axum::response::{IntoResponse, Response};
use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use gatepass::LoginReason;
use http::request::Parts;

use super::asking::{Asking, no_layer};
use super::ended::ended;
use crate::{Cause, Login, Session};

impl<S: Send + Sync> FromRequestParts<S> for Session {
    type Rejection = NotLoggedIn;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, NotLoggedIn> {
        let asking = Asking::of(parts).ok_or_else(NotLoggedIn::no_layer)?;
        match find(parts, &asking).await? {
            Some(session) if asking.person => match ended(parts, &asking, &session).await {
                Some(LoginReason::Suspect | LoginReason::Rejected) => Err(NotLoggedIn::again(&asking)),
                // Who a session is does not depend on tokens that were never meant to last.
                _ => Ok(session),
            },
            Some(session) => Ok(session),
            None => Err(NotLoggedIn::new(Cause::LoginRequired, asking.must_log_in())),
        }
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Session {
    type Rejection = NotLoggedIn;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, NotLoggedIn> {
        let asking = Asking::of(parts).ok_or_else(NotLoggedIn::no_layer)?;
        find(parts, &asking).await
    }
}

/// What a login has found out about a request: an application may have several, and one's session is not another's.
#[derive(Clone)]
struct Looked(Login, Option<Session>);

/// Finds the session of a request, once for all its extractors and the layer around them.
async fn find(parts: &mut Parts, asking: &Asking) -> Result<Option<Session>, NotLoggedIn> {
    if let Some(Looked(_, known)) = parts.extensions.get().filter(|Looked(login, _)| login.is(&asking.login))
    {
        return Ok(known.clone());
    }
    let inner = asking.login.inner();
    let Some(ticket) = inner.session_cookie.find(&parts.headers) else { return Ok(None) };
    let found = asking.login.session(&ticket).await.map_err(|why| {
        let cause = Cause::of_store(&why);
        NotLoggedIn::new(cause, asking.refuse(cause, Some(&why)))
    })?;
    // A session of a provider that is configured no more can do nothing here.
    let found = found.filter(|session| inner.entry(session.provider()).is_some());
    parts.extensions.insert(Looked(asking.login.clone(), found.clone()));
    if let Some(session) = &found {
        parts.extensions.insert(session.clone());
    }
    Ok(found)
}

/// There is no session, or none could be looked up. As an answer it sends a person to the login and gives a program
/// 401 with the login's URL.
pub struct NotLoggedIn {
    cause: Cause,
    response: Box<Response>,
}

impl NotLoggedIn {
    pub(super) fn new(cause: Cause, response: Response) -> Self {
        Self { cause, response: Box::new(response) }
    }

    pub(super) fn again(asking: &Asking) -> Self {
        let (cause, response) = asking.must_log_in_again();
        Self::new(cause, response)
    }

    pub(super) fn no_layer() -> Self {
        Self::new(Cause::Internal, no_layer())
    }

    /// Why.
    #[must_use]
    pub fn cause(&self) -> Cause {
        self.cause
    }
}

impl IntoResponse for NotLoggedIn {
    fn into_response(self) -> Response {
        *self.response
    }
}

impl fmt::Debug for NotLoggedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotLoggedIn").field("cause", &self.cause).finish_non_exhaustive()
    }
}

impl fmt::Display for NotLoggedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.cause {
            Cause::LoginRequired => "nobody is logged in, or has to log in again",
            Cause::NotAdmitted => "somebody is logged in whose provider does not say who they are",
            _ => "whether somebody is logged in could not be found out",
        })
    }
}

impl std::error::Error for NotLoggedIn {}
