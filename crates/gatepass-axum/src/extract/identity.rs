//! Who is logged in, as a verified ID token names them.

use std::fmt;
use std::sync::Arc;

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use gatepass::ports::Subject;
use gatepass::{Claims, Email, EmailTrust};
use http::request::Parts;

use super::asking::Asking;
use crate::user::key_of;
use crate::{Cause, NotLoggedIn, Session};

/// Who the person of a session is, by the ID token of their login, which was verified (OpenID Connect Core section 2).
///
/// The key of a person is issuer **and** subject, to the letter: two issuers may use one subject for two people, and an
/// e-mail address is whoever's it is today. As an extractor it stands, like [`Session`], for "only for those who are logged
/// in", and for "whose login said who they are": somebody whose provider does not say so, such as one of plain OAuth,
/// is told that they cannot come in with that account. `Option<Identity>` lets everybody in. It costs one read of the
/// store beside the session's.
///
/// ```
/// use gatepass_axum::Identity;
///
/// async fn greet(who: Option<Identity>) -> String {
///     let name = who.and_then(|who| who.claims().text("name"));
///     format!("Welcome, {}", name.as_deref().unwrap_or("whoever you are"))
/// }
/// # let _: axum::Router = axum::Router::new().route("/", axum::routing::get(greet));
/// ```
#[derive(Clone)]
pub struct Identity(Arc<Named>);

struct Named {
    session: Session,
    subject: Subject,
    claims: Claims,
    email: EmailTrust,
}

impl Identity {
    /// The issuer, `iss`.
    #[must_use]
    pub fn iss(&self) -> &str {
        &self.0.subject.iss
    }

    /// The subject, `sub`: unique only together with the issuer.
    #[must_use]
    pub fn sub(&self) -> &str {
        &self.0.subject.sub
    }

    /// The provider's session, `sid`, if it named one.
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.0.subject.sid.as_deref()
    }

    /// Issuer and subject as one text, with a space between: the key of a person in a table of users. No two people share it,
    /// since an issuer is a URL and holds no space.
    #[must_use]
    pub fn key(&self) -> String {
        key_of(&self.0.subject)
    }

    /// All that the ID token says. It is data about a person: escape it where it is shown.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.0.claims
    }

    /// The person's e-mail address, verified or not, as far as the provider's profile believes it. It is no key: look nobody
    /// up by it.
    #[must_use]
    pub fn email(&self) -> Option<Email> {
        self.0.claims.email_by(self.0.email)
    }

    /// The session.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.0.session
    }

    /// Whose session it is; `None`: the login said nothing about anybody, or its grant is gone with what it said.
    async fn of(asking: &Asking, session: Session) -> Result<Option<Self>, NotLoggedIn> {
        let inner = asking.login.inner();
        let (Some(entry), Some(subject)) = (inner.entry(session.provider()), session.subject().cloned())
        else {
            return Ok(None);
        };
        let id_token = inner.keeper.id_token(&session.grant()).await.map_err(|why| {
            let cause = Cause::of_unavailable(&why);
            NotLoggedIn::new(cause, asking.refuse(cause, Some(&why)))
        })?;
        let claims = id_token.and_then(|id_token| entry.flow.claims(&id_token));
        let is_theirs = |claims: &Claims| {
            claims.text("iss").is_some_and(|iss| *iss == *subject.iss)
                && claims.text("sub").is_some_and(|sub| *sub == *subject.sub)
        };
        let claims = claims.filter(is_theirs);
        let email = entry.registered.profile.email;
        Ok(claims.map(|claims| Self(Arc::new(Named { session, subject, claims, email }))))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Identity {
    type Rejection = NotLoggedIn;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, NotLoggedIn> {
        let session = <Session as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        let asking = Asking::of(parts).ok_or_else(NotLoggedIn::no_layer)?;
        if session.subject().is_none() {
            // Another login at the same provider would say no more.
            return Err(NotLoggedIn::new(
                Cause::NotAdmitted,
                asking.refuse(Cause::NotAdmitted, Some(&Unnamed)),
            ));
        }
        Self::of(&asking, session).await?.ok_or_else(|| NotLoggedIn::again(&asking))
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Identity {
    type Rejection = NotLoggedIn;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, NotLoggedIn> {
        let session = <Session as OptionalFromRequestParts<S>>::from_request_parts(parts, state).await?;
        let Some(session) = session else { return Ok(None) };
        let asking = Asking::of(parts).ok_or_else(NotLoggedIn::no_layer)?;
        Self::of(&asking, session).await
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("iss", &self.0.subject.iss)
            .field("claims", &self.0.claims)
            .finish_non_exhaustive()
    }
}

/// The provider of a session says nothing about people.
#[derive(Debug)]
struct Unnamed;

impl fmt::Display for Unnamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the login said nothing about anybody: it was one of plain oauth")
    }
}

impl std::error::Error for Unnamed {}
