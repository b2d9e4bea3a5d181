//! What an application is asked and told in the course of logins and logouts.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;

use http::request::Parts;

use super::LoginBuilder;
use crate::logged_out::LoggedOut;
use crate::signed_in::{Admission, Arrived, Greeting, SignedIn};

impl LoginBuilder {
    /// Says who the application's user is, for applications that have users and sessions of their own: a key that is the
    /// same whenever this person comes, or `None` if nobody is logged in. Connected accounts are kept under it.
    ///
    /// Otherwise it is whoever our session names: its owner, or the subject of OpenID Connect.
    ///
    /// ```
    /// use axum::http::request::Parts;
    /// use gatepass_axum::LoginBuilder;
    ///
    /// # #[derive(Clone)] struct User { id: u64 }
    /// fn with_our_users(builder: LoginBuilder) -> LoginBuilder {
    ///     // A layer of the application around the login's routes has put it there.
    ///     builder.current_user(async |parts: Parts| Ok(parts.extensions.get::<User>().map(|user| user.id.to_string())))
    /// }
    /// ```
    pub fn current_user<F, Answer>(mut self, who: F) -> Self
    where
        F: Fn(Parts) -> Answer + Send + Sync + 'static,
        Answer: Future<Output = Result<Option<String>, Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        self.who = Some(Arc::new(move |parts| {
            let answer = who(parts);
            Box::pin(async move { Ok(answer.await?.map(Into::into)) })
        }));
        self
    }

    /// Says whose a login is, before anything of it is kept: asked once a login, in a task that no browser breaks off. It
    /// is where an application finds or makes its user, or refuses one.
    ///
    /// Without it everybody comes in whom the provider lets in. If it fails, the person is told that something went wrong
    /// here, and the operator what.
    ///
    /// ```
    /// use gatepass_axum::{Admission, LoginBuilder};
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize)]
    /// struct Profile { id: u64, suspended_at: Option<String> }
    ///
    /// fn with_our_users(builder: LoginBuilder) -> LoginBuilder {
    ///     builder.on_signed_in(async |who| {
    ///         // A plain OAuth login: the API says whose it is. OpenID Connect brings a verified `who.subject()`.
    ///         let profile: Profile = who.json("https://api.github.com/user").await?;
    ///         if profile.suspended_at.is_some() {
    ///             return Ok(Admission::refused());
    ///         }
    ///         Ok(Admission::of(format!("github {}", profile.id)))
    ///     })
    /// }
    /// # let _ = with_our_users;
    /// ```
    pub fn on_signed_in<F, Answer>(mut self, judge: F) -> Self
    where
        F: Fn(SignedIn) -> Answer + Send + Sync + 'static,
        Answer: Future<Output = Result<Admission, Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        self.on_signed_in = Some(Arc::new(move |who| Box::pin(judge(who))));
        self
    }

    /// Lets the application begin a session of its own, and has no other: our session's cookie is not set. The tokens
    /// belong to the user whom [`on_signed_in`](LoginBuilder::on_signed_in) named, which has to be set, too;
    /// [`Login::api_of`](crate::Login::api_of) calls the provider's API with them.
    ///
    /// It is asked for every callback that leads to a login, a repeated one too, whose first answer may never have
    /// arrived. It answers `()`, or a [`Greeting`] with cookies and a place to go. What may not be given to a browser that
    /// had a session before is its id: give the session a new one.
    ///
    /// ```
    /// use gatepass_axum::{Arrived, LoginBuilder};
    ///
    /// # #[derive(Clone)] struct Sessions;
    /// # impl Sessions { async fn begin(&self, _: &str) -> Result<(), std::io::Error> { Ok(()) } }
    /// fn with_our_sessions(builder: LoginBuilder) -> LoginBuilder {
    ///     builder.own_sessions(async |arrived: Arrived| {
    ///         // A layer of the application around the login's routes has put it there.
    ///         let sessions = arrived.parts.extensions.get::<Sessions>().ok_or("there is no layer")?;
    ///         Ok(sessions.begin(&arrived.owner).await?)
    ///     })
    /// }
    /// # let _ = with_our_sessions;
    /// ```
    pub fn own_sessions<F, Answer, G>(mut self, begin: F) -> Self
    where
        F: Fn(Arrived) -> Answer + Send + Sync + 'static,
        Answer: Future<Output = Result<G, Box<dyn Error + Send + Sync>>> + Send + 'static,
        G: Into<Greeting>,
    {
        self.own_sessions = Some(Arc::new(move |arrived| {
            let begun = begin(arrived);
            Box::pin(async move { Ok(begun.await?.into()) })
        }));
        self
    }

    /// Lets the application end sessions of its own when somebody logs out at the provider, by its verified word. Sessions
    /// of ours have ended before.
    ///
    /// It is asked once for each such logout. If it fails, the provider is told so, and may ask again. Keep the
    /// [subject](Arrived::subject) with a session to find it by; whoever has logged in since
    /// [`issued`](LoggedOut::issued) is not meant.
    ///
    /// ```
    /// use gatepass_axum::{LoggedOut, LoginBuilder};
    ///
    /// # #[derive(Clone)] struct Sessions;
    /// # impl Sessions { async fn end_where(&self, _: impl Fn(&gatepass::ports::Subject) -> bool) -> Result<(), std::io::Error> { Ok(()) } }
    /// fn with_our_sessions(builder: LoginBuilder, sessions: Sessions) -> LoginBuilder {
    ///     builder.on_logged_out(move |who: LoggedOut| {
    ///         let sessions = sessions.clone();
    ///         async move { Ok(sessions.end_where(|subject| who.is_about(subject)).await?) }
    ///     })
    /// }
    /// # let _ = with_our_sessions;
    /// ```
    pub fn on_logged_out<F, Answer>(mut self, end: F) -> Self
    where
        F: Fn(LoggedOut) -> Answer + Send + Sync + 'static,
        Answer: Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        self.on_logged_out = Some(Arc::new(move |who| Box::pin(end(who))));
        self
    }
}
