//! What a finished login becomes: a new session, one that goes on, one of the application's own, a connected account, or
//! nothing.

use std::error::Error;
use std::fmt;

use gatepass::ports::{Finished, GrantKey, Owner, SessionId, SessionRow, Subject};

use crate::cookie::Ticket;
use crate::landing::{Claimed, Landed, refused};
use crate::logged_out::Noted;
use crate::outcome::Outcome;
use crate::random::draw;
use crate::refusal::Refusal;
use crate::session::{KEEP_OLD, Session};
use crate::signed_in::{Admission, Verdict};
use crate::user::account;
use crate::{Cause, ReturnTo, device};

impl Claimed<'_> {
    /// Asks whose the login is, and lets them in: into the session that it was begun for, into a new one, or into one
    /// of the application's own.
    pub(crate) async fn admit(
        &self,
        finished: Finished,
        return_to: ReturnTo,
        renewal: Option<&str>,
    ) -> Result<(Outcome, Landed), Box<Landed>> {
        let (inner, name) = (self.login.inner(), self.entry.name.to_string());
        let no = |refusal| Box::new(refused(refusal));
        // Sessions of the application's own are its to compare.
        let ours = finished.subject.as_ref().filter(|_| inner.own_sessions.is_none());
        let noted = match self.login.noted(self.entry, ours).await {
            Ok(noted) => noted,
            Err(why) => {
                self.give_back(finished).await;
                return Err(no(self.refusal(Cause::of_store(&why), &why)));
            }
        };
        let (owner, description) = match self.login.admission(self.entry, &finished).await {
            Ok(Admission(Verdict::In { owner, description })) => (owner, description),
            Ok(Admission(Verdict::Out { to })) => {
                self.give_back(finished).await;
                return match to {
                    Some(place) => Ok((
                        Outcome::Account { return_to: place.clone() },
                        Landed::Already { return_to: place },
                    )),
                    None => Err(no(Refusal::new(Cause::NotAdmitted, &name, None, &inner.world))),
                };
            }
            Err(refusal) => {
                self.give_back(finished).await;
                return Err(no(refusal));
            }
        };
        if inner.own_sessions.is_some() {
            let Some(owner) = owner else {
                self.give_back(finished).await;
                return Err(no(self.refusal(Cause::Internal, &NoOwner)));
            };
            let subject = finished.subject.clone();
            self.connect(&owner, finished).await.map_err(no)?;
            tracing::info!(provider = name, "logged in to a session of the application's");
            metrics::counter!("gatepass_logins_total", "provider" => name).increment(1);
            let outcome =
                Outcome::Own { owner: owner.clone(), subject: subject.clone(), return_to: return_to.clone() };
            return Ok((outcome, Landed::Own { owner, subject, return_to }));
        }
        if let Some(id) = renewal
            && let Some(session) = self.renewable(id, finished.subject.as_ref(), owner.as_deref()).await
        {
            let ticket = self.renew(&session, finished).await.map_err(no)?;
            tracing::info!(provider = name, session = session.id().as_str(), "logged in again");
            metrics::counter!("gatepass_logins_again_total", "provider" => name).increment(1);
            return Ok(session_of(session.id().clone(), ticket, return_to, true));
        }
        let (id, ticket) = self.begin_session(finished, owner, description, noted).await.map_err(no)?;
        tracing::info!(provider = name, session = id.as_str(), "logged in");
        metrics::counter!("gatepass_logins_total", "provider" => name).increment(1);
        Ok(session_of(id, ticket, return_to, false))
    }

    /// Ends tokens that nobody is going to use, where that ends nothing else.
    pub(crate) async fn give_back(&self, finished: Finished) {
        let inner = self.login.inner();
        if self.login.revokes_more_than_its_own(&self.entry.name) {
            return;
        }
        let Some([id, _]) = draw(&inner.world) else { return };
        let key = GrantKey::new(&*self.entry.name, Owner::Session(crate::random::name(&id).into()));
        let mut ended = inner.keeper.install(&key, finished.tokens).await;
        if ended.is_ok() {
            ended = inner.keeper.logout(&key).await;
        }
        if let Err(why) = ended {
            tracing::warn!(provider = &*self.entry.name, %why, "the tokens of somebody who was not let in were not ended");
        }
    }

    /// Gives the tokens to the keeper and makes the session that owns them. Its cookie is one that no browser had.
    async fn begin_session(
        &self,
        finished: Finished,
        owner: Option<Box<str>>,
        description: Option<Box<str>>,
        noted: Noted,
    ) -> Result<(SessionId, Ticket), Refusal> {
        let inner = self.login.inner();
        let internal = || Refusal::new(Cause::Internal, &self.entry.name, None, &inner.world);
        let [random, id] = draw(&inner.world).ok_or_else(internal)?;
        let ticket = Ticket::new(&random);
        let id = SessionId::new(crate::random::name(&id));
        let now = inner.pending.now().await.map_err(|why| self.refusal(Cause::of_store(&why), &why))?;
        let mut row = SessionRow::new(id.clone(), &*self.entry.name, now, inner.lifetimes.expires(now, now));
        row.subject = finished.subject;
        row.owner = owner;
        row.description = description.or_else(|| device::hint(&self.parts.headers));
        let session = Session::new(row.clone());
        inner
            .keeper
            .install(&session.grant(), finished.tokens)
            .await
            .map_err(|why| self.refusal(Cause::of_keep(&why), &why))?;
        if let Err(why) = inner.sessions.create(&row, inner.session_cookie.digest(&ticket)).await {
            self.login.abandon(&session).await;
            return Err(self.refusal(Cause::of_store(&why), &why));
        }
        let since = self.login.noted(self.entry, session.subject()).await;
        let since = since.map_err(|why| self.refusal(Cause::of_store(&why), &why))?;
        if since.is_out_since(noted) {
            // They logged out at the provider while this was being finished, and the logout may not have seen the session.
            if let Err(why) = self.login.end(&session).await {
                tracing::warn!(
                    why,
                    "a session that began during a logout at the provider could not be ended"
                );
            }
            return Err(Refusal::new(Cause::LoginRequired, &self.entry.name, None, &inner.world));
        }
        Ok((id, ticket))
    }

    /// The session of this browser, if it is still the one that the login was begun for, and the same person's as far
    /// as the provider and the application say who they are.
    async fn renewable(&self, id: &str, subject: Option<&Subject>, owner: Option<&str>) -> Option<Session> {
        let session = self.login.current(&self.parts.headers).await.ok().flatten()?;
        let same = session.id().as_str() == id
            && session.provider() == &*self.entry.name
            && session.owner() == owner
            // Its session at the provider as well: by that the provider says when it is over.
            && session.subject() == subject;
        same.then_some(session)
    }

    /// Lets a session go on with new tokens, under a cookie that no browser had.
    async fn renew(&self, session: &Session, finished: Finished) -> Result<Ticket, Refusal> {
        let inner = self.login.inner();
        let refused = |cause| Refusal::new(cause, &self.entry.name, None, &inner.world);
        let [random, _] = draw(&inner.world).ok_or_else(|| refused(Cause::Internal))?;
        let ticket = Ticket::new(&random);
        inner
            .keeper
            .install(&session.grant(), finished.tokens)
            .await
            .map_err(|why| self.refusal(Cause::of_keep(&why), &why))?;
        match inner.sessions.rotate(session.id(), inner.session_cookie.digest(&ticket), KEEP_OLD).await {
            Ok(true) => Ok(ticket),
            // The person has logged out in the meantime, and stays so.
            Ok(false) => {
                if let Err(why) = self.login.end(session).await {
                    tracing::warn!(why, "tokens that came after a logout could not be ended");
                }
                Err(refused(Cause::LoginRequired))
            }
            Err(why) => Err(self.refusal(Cause::of_store(&why), &why)),
        }
    }

    /// Gives the tokens to the application's user; what they had there before is replaced.
    pub(crate) async fn connect(&self, user: &str, finished: Finished) -> Result<(), Refusal> {
        let installed =
            self.login.inner().keeper.install(&account(&self.entry.name, user), finished.tokens).await;
        installed.map_err(|why| self.refusal(Cause::of_keep(&why), &why))
    }
}

fn session_of(id: SessionId, ticket: Ticket, return_to: ReturnTo, renewed: bool) -> (Outcome, Landed) {
    let outcome = Outcome::Session { id, return_to: return_to.clone() };
    (outcome, Landed::Session { ticket, return_to, renewed })
}

/// The application has sessions of its own, and let somebody in without saying who it is.
#[derive(Debug)]
struct NoOwner;

impl fmt::Display for NoOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a session of the application's own needs an owner: admit nobody nameless")
    }
}

impl Error for NoOwner {}
