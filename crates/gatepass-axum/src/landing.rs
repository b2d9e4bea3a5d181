//! From a callback to a session, in one task that no browser can break off: claim, finish, install, create, land.

use std::sync::Arc;
use std::time::Duration;

use gatepass::Callback;
use gatepass::ports::{Claim, Finished, Limits, PendingKey, Sealed, SessionId, SessionRow};

use crate::cookie::Ticket;
use crate::login::Entry;
use crate::outcome::Outcome;
use crate::parked::Parked;
use crate::random::draw;
use crate::refusal::Refusal;
use crate::session::{KEEP_OLD, Session};
use crate::{Cause, Login, ReturnTo};

/// How long a finished login answers a repeated callback.
const KEEP_LANDED: Duration = Duration::from_secs(60);

/// How long a repeated callback waits for the first one.
const PATIENCE: Duration = Duration::from_secs(25);
const FIRST_WAIT: Duration = Duration::from_millis(25);
const LONGEST_WAIT: Duration = Duration::from_millis(400);

/// How long to wait before the store is asked once more.
const STORE_RETRIES: [Duration; 3] =
    [Duration::from_millis(50), Duration::from_millis(250), Duration::from_secs(1)];

/// What the browser is told.
pub(crate) enum Landed {
    /// A session, under a cookie that nobody has had before.
    Session { ticket: Ticket, return_to: ReturnTo },
    /// The session that this browser has already.
    Already { return_to: ReturnTo },
    /// Nothing.
    Refused(Refusal),
}

/// One callback that has passed the parser and has all that a claim asks for.
pub(crate) struct Arrival {
    pub(crate) login: Login,
    pub(crate) entry: Arc<Entry>,
    pub(crate) key: PendingKey,
    pub(crate) callback: Callback,
    /// The session's cookie that came along.
    pub(crate) presented: Option<Ticket>,
}

impl Arrival {
    /// Claims the login and brings it to its end, or waits for whoever does.
    pub(crate) async fn land(self) -> Landed {
        let inner = self.login.inner();
        let deadline = inner.world.clock.monotonic().saturating_add(PATIENCE);
        let mut wait = FIRST_WAIT;
        loop {
            match inner.pending.claim(&self.key).await {
                Ok(Claim::Yours(sealed)) => return self.finish(sealed).await,
                Ok(Claim::Landed(sealed)) => return self.again(&sealed).await,
                Ok(Claim::Busy(_)) if inner.world.clock.monotonic() < deadline => {
                    inner.world.timer.sleep(wait).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
                Ok(Claim::Busy(_)) => return self.refused(Cause::StillBusy),
                Ok(Claim::OtherBrowser) => return self.refused(Cause::OtherBrowser),
                Ok(_) => return self.refused(Cause::StateUnknown),
                Err(why) => return Landed::Refused(self.refusal(Cause::of_store(&why), &why)),
            }
        }
    }

    /// The login is ours: finish it, and keep what came of it for those who ask again.
    async fn finish(self, sealed: Sealed) -> Landed {
        let Self { login, entry, key, callback, presented } = self;
        let signing = Signing { login: &login, entry: &entry, key: &key };
        let (outcome, landed) = match signing.sign_in(&sealed, callback).await {
            Ok((id, ticket, return_to)) => {
                let outcome = Outcome::Session { id, return_to: return_to.clone() };
                (outcome, Landed::Session { ticket, return_to })
            }
            Err(refusal) => (Outcome::Refused(refusal.clone()), Landed::Refused(refusal)),
        };
        signing.keep(&outcome).await;
        if let (Landed::Session { .. }, Some(old)) = (&landed, presented) {
            login.retire(&old).await;
        }
        landed
    }

    /// Somebody has finished this login within the last minute: the same answer, and a cookie that surely arrives.
    async fn again(&self, sealed: &Sealed) -> Landed {
        let inner = self.login.inner();
        let (id, return_to) = match Outcome::open(sealed, &self.key, &inner.ring) {
            Ok(Outcome::Session { id, return_to }) => (id, return_to),
            Ok(Outcome::Refused(refusal)) => return Landed::Refused(refusal),
            Err(why) => return Landed::Refused(self.refusal(Cause::Internal, &why)),
        };
        let Some([random, _]) = draw(&inner.world) else { return self.refused(Cause::Internal) };
        let ticket = Ticket::new(&random);
        match inner.sessions.rotate(&id, inner.session_cookie.digest(&ticket), KEEP_OLD).await {
            Ok(true) => Landed::Session { ticket, return_to },
            // The session is over. A later one of the same browser will do as well.
            Ok(false) => match &self.presented {
                Some(presented) if matches!(self.login.session(presented).await, Ok(Some(_))) => {
                    Landed::Already { return_to }
                }
                _ => self.refused(Cause::StateUnknown),
            },
            Err(why) => Landed::Refused(self.refusal(Cause::of_store(&why), &why)),
        }
    }

    fn refused(&self, cause: Cause) -> Landed {
        Landed::Refused(Refusal::new(cause, &self.entry.name, None, &self.login.inner().world))
    }

    fn refusal(&self, cause: Cause, why: &(dyn std::error::Error + 'static)) -> Refusal {
        Refusal::new(cause, &self.entry.name, Some(why), &self.login.inner().world)
    }
}

/// A login that was claimed.
struct Signing<'a> {
    login: &'a Login,
    entry: &'a Entry,
    key: &'a PendingKey,
}

impl Signing<'_> {
    async fn sign_in(
        &self,
        sealed: &Sealed,
        callback: Callback,
    ) -> Result<(SessionId, Ticket, ReturnTo), Refusal> {
        let inner = self.login.inner();
        let parked =
            Parked::open(sealed, self.key, &inner.ring).map_err(|why| self.refusal(Cause::Internal, &why))?;
        let finished = self
            .entry
            .flow
            .finish(parked.snapshot, callback, &inner.world, &Limits::DEFAULT)
            .await
            .map_err(|why| self.refusal(Cause::of_finish(&why), &why))?;
        let (id, ticket) = self.begin_session(finished).await?;
        tracing::info!(provider = &*self.entry.name, session = id.as_str(), "logged in");
        metrics::counter!("gatepass_logins_total", "provider" => self.entry.name.to_string()).increment(1);
        Ok((id, ticket, parked.return_to))
    }

    /// Gives the tokens to the keeper and makes the session that owns them. Its cookie is one that no browser had.
    async fn begin_session(&self, finished: Finished) -> Result<(SessionId, Ticket), Refusal> {
        let inner = self.login.inner();
        let internal = || Refusal::new(Cause::Internal, &self.entry.name, None, &inner.world);
        let [random, id] = draw(&inner.world).ok_or_else(internal)?;
        let ticket = Ticket::new(&random);
        let id = SessionId::new(crate::random::name(&id));
        let now = inner.pending.now().await.map_err(|why| self.refusal(Cause::of_store(&why), &why))?;
        let mut row = SessionRow::new(id.clone(), &*self.entry.name, now, inner.lifetimes.expires(now, now));
        row.subject = finished.subject;
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
        Ok((id, ticket))
    }

    /// Keeps what came of the login. If the store is away, repeated callbacks wait in vain, and nothing worse.
    async fn keep(&self, outcome: &Outcome) {
        let inner = self.login.inner();
        let sealed = match outcome.seal(self.key, &inner.ring, &*inner.world.entropy) {
            Ok(sealed) => sealed,
            Err(why) => return tracing::warn!(%why, "the outcome of a login could not be sealed"),
        };
        let mut retries = STORE_RETRIES.into_iter();
        loop {
            let Err(why) = inner.pending.land(self.key, sealed.clone(), KEEP_LANDED).await else { return };
            let Some(wait) = retries.next() else {
                return tracing::warn!(%why, "the outcome of a login could not be kept");
            };
            inner.world.timer.sleep(wait).await;
        }
    }

    fn refusal(&self, cause: Cause, why: &(dyn std::error::Error + 'static)) -> Refusal {
        Refusal::new(cause, &self.entry.name, Some(why), &self.login.inner().world)
    }
}
