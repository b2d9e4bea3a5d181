//! The sessions of one person, here and on their other devices: to be looked at, and to be ended.

use std::error::Error;
use std::fmt;

use axum::response::{IntoResponse, Response};
use axum_core::extract::FromRequestParts;
use http::request::Parts;

use super::NotLoggedIn;
use super::asking::Asking;
use crate::navigation::is_same_origin;
use crate::{Cause, Session};

/// The sessions of the person who is logged in, on this device and on others.
///
/// Two sessions are one person's if the application has given them the same
/// [owner](crate::LoginBuilder::on_signed_in), or if a verified identity says so. A plain OAuth login says neither: then
/// the only session that is found is the current one.
///
/// As an extractor it stands, like [`Session`], for "only for those who are logged in".
///
/// ```
/// use axum::Form;
/// use axum::response::Redirect;
/// use gatepass_axum::{Sessions, SessionsError};
///
/// async fn list(sessions: Sessions) -> Result<String, SessionsError> {
///     let all = sessions.all().await?;
///     let line = |one: &gatepass_axum::Session| {
///         let here = if one.id() == sessions.current().id() { " (this one)" } else { "" };
///         format!("{}{here}", one.description().unwrap_or("unknown device"))
///     };
///     Ok(all.iter().map(line).collect::<Vec<_>>().join("\n"))
/// }
///
/// # #[derive(serde::Deserialize)]
/// # struct Which { id: String }
/// async fn end(sessions: Sessions, Form(which): Form<Which>) -> Result<Redirect, SessionsError> {
///     sessions.end(&which.id).await?;
///     Ok(Redirect::to("/sessions"))
/// }
/// # let _: axum::Router = axum::Router::new().route("/sessions", axum::routing::get(list).post(end));
/// ```
#[derive(Debug)]
pub struct Sessions {
    asking: Asking,
    session: Session,
    /// Why the request may change nothing, if so.
    flaw: Option<Cause>,
}

impl<S: Send + Sync> FromRequestParts<S> for Sessions {
    type Rejection = NotLoggedIn;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, NotLoggedIn> {
        let session = <Session as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        let asking = Asking::of(parts).ok_or_else(NotLoggedIn::no_layer)?;
        let here = is_same_origin(&parts.headers, asking.login.inner().site.origin());
        let flaw = match (parts.method.is_safe(), here) {
            (true, _) => Some(Cause::Method),
            (false, false) => Some(Cause::CrossSite),
            (false, true) => None,
        };
        Ok(Self { asking, session, flaw })
    }
}

impl Sessions {
    /// The session of this request.
    #[must_use]
    pub fn current(&self) -> &Session {
        &self.session
    }

    /// All of the person's sessions that have not ended: the current one first, then by when they were last seen.
    ///
    /// # Errors
    /// [`SessionsError`], when the store did not answer.
    pub async fn all(&self) -> Result<Vec<Session>, SessionsError> {
        let found = self.asking.login.sessions_of(&self.session).await;
        let mut all = found.map_err(|why| self.failed(Cause::of_store(&why), &why))?;
        all.sort_by_key(|one| (one.id() != self.session.id(), std::cmp::Reverse(one.last_seen())));
        Ok(all)
    }

    /// Ends one of the person's sessions, the current one too; answers whether it was one of theirs. Its tokens are of no
    /// use here from now on, and are revoked at the provider.
    ///
    /// It takes a request from a page of this origin, by a method that may change something.
    ///
    /// # Errors
    /// [`SessionsError`], when the request comes from elsewhere or the store did not answer.
    pub async fn end(&self, id: &str) -> Result<bool, SessionsError> {
        Ok(self.end_those(|one| one.id().as_str() == id).await? > 0)
    }

    /// Ends all of the person's sessions but the current one, and answers how many there were.
    ///
    /// # Errors
    /// As [`end`](Sessions::end).
    pub async fn end_others(&self) -> Result<usize, SessionsError> {
        self.end_those(|one| one.id() != self.session.id()).await
    }

    async fn end_those(&self, which: impl Fn(&Session) -> bool) -> Result<usize, SessionsError> {
        if let Some(cause) = self.flaw {
            return Err(self.refused(cause, None));
        }
        let mut those = self.all().await?;
        those.retain(which);
        let login = self.asking.login.clone();
        // Whoever has asked for it may close the page at once.
        let ending = async move {
            let mut ended = 0;
            for one in &those {
                login.end(one).await?;
                ended += 1;
            }
            Ok::<_, Box<dyn Error + Send + Sync>>(ended)
        };
        match self.asking.login.keeper().undisturbed(ending).await {
            Ok(Ok(ended)) => Ok(ended),
            Ok(Err(why)) => Err(self.failed(Cause::StoreUnavailable, &*why)),
            Err(why) => Err(self.failed(Cause::Internal, &why)),
        }
    }

    fn failed(&self, cause: Cause, why: &(dyn Error + 'static)) -> SessionsError {
        self.refused(cause, Some(why))
    }

    fn refused(&self, cause: Cause, why: Option<&(dyn Error + 'static)>) -> SessionsError {
        SessionsError { cause, response: Box::new(self.asking.refuse(cause, why)) }
    }
}

/// Sessions that could not be looked up, or were not ended. As an answer it is a page for a person and JSON for a program.
pub struct SessionsError {
    cause: Cause,
    response: Box<Response>,
}

impl SessionsError {
    /// Why.
    #[must_use]
    pub fn cause(&self) -> Cause {
        self.cause
    }
}

impl IntoResponse for SessionsError {
    fn into_response(self) -> Response {
        *self.response
    }
}

impl fmt::Debug for SessionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionsError").field("cause", &self.cause).finish_non_exhaustive()
    }
}

impl fmt::Display for SessionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the sessions could not be looked up or ended: {}", self.cause.label())
    }
}

impl Error for SessionsError {}
