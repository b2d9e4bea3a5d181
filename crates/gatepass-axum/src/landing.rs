//! From a callback to its answer, in one task that no browser can break off: claim, judge the user, finish, settle, land.
//! What a finished login becomes is [settled](crate::settle) elsewhere.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use gatepass::ports::{Claim, FinishError, Finished, Limits, PendingKey, Sealed, Subject};
use gatepass::{Callback, CallbackError, Prompt};
use http::request::Parts;

use crate::beginning::Beginning;
use crate::cookie::Ticket;
use crate::login::Entry;
use crate::outcome::Outcome;
use crate::parked::{Parked, Purpose};
use crate::random::draw;
use crate::refusal::Refusal;
use crate::session::KEEP_OLD;
use crate::{Cause, Login, ReturnTo, Session};

/// How long a finished login answers a repeated callback.
const KEEP_LANDED: Duration = Duration::from_secs(60);

/// How long a repeated callback waits for the first one.
const PATIENCE: Duration = Duration::from_secs(25);
const FIRST_WAIT: Duration = Duration::from_millis(25);
const LONGEST_WAIT: Duration = Duration::from_millis(400);

/// Whoever claimed a login so long ago is taken for dead: an exchange that was sent is over by then. If it lives after
/// all, what it brings still counts, and the person has merely logged in twice.
const ABANDONED: Duration = Duration::from_secs(30);

/// How long to wait before the store is asked once more.
const STORE_RETRIES: [Duration; 3] =
    [Duration::from_millis(50), Duration::from_millis(250), Duration::from_secs(1)];

/// What the browser is told.
pub(crate) enum Landed {
    /// A session, under a cookie that nobody has had before. `renewed`: it was there, and goes on with new tokens.
    Session { ticket: Ticket, return_to: ReturnTo, renewed: bool },
    /// The session that this browser has already, or none that it would need.
    Already { return_to: ReturnTo },
    /// A session of the application's own, for its user of this key.
    Own { owner: Box<str>, subject: Option<Subject>, return_to: ReturnTo },
    /// To be asked once more: the provider could not answer without showing the person something.
    Aloud(Beginning),
    /// Nothing waits for this callback; it may be begun anew. `stuck`: somebody claimed it and is gone.
    Lost { refusal: Refusal, return_to: Option<ReturnTo>, stuck: bool },
    /// Nothing. `home` is where the person was when they began, if they have what they had before.
    Refused { refusal: Refusal, home: Option<ReturnTo> },
}

/// One callback that has passed the parser and has all that a claim asks for.
pub(crate) struct Arrival {
    pub(crate) login: Login,
    pub(crate) entry: Arc<Entry>,
    pub(crate) key: PendingKey,
    pub(crate) callback: Callback,
    /// The request, to tell by it who is logged in.
    pub(crate) parts: Parts,
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
                Ok(Claim::Busy(since)) if since >= ABANDONED => return self.lost(true),
                Ok(Claim::Busy(_)) if inner.world.clock.monotonic() < deadline => {
                    inner.world.timer.sleep(wait).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
                Ok(Claim::Busy(_)) => return self.refused(Cause::StillBusy),
                Ok(Claim::OtherBrowser) => return self.refused(Cause::OtherBrowser),
                Ok(_) => return self.lost(false),
                Err(why) => return refused(self.refusal(Cause::of_store(&why), &why)),
            }
        }
    }

    /// The login is ours: finish it, and keep what came of it for those who ask again.
    async fn finish(self, sealed: Sealed) -> Landed {
        let Self { login, entry, key, callback, parts } = self;
        let claimed = Claimed { login: &login, entry: &entry, key: &key, parts: &parts };
        let (outcome, landed) = match claimed.bring_home(&sealed, callback).await {
            Ok(home) => home,
            Err(landed) => (claimed.outcome_of(&landed), *landed),
        };
        claimed.keep(&outcome).await;
        if let (Landed::Session { renewed: false, .. }, Some(old)) =
            (&landed, login.inner().session_cookie.find(&parts.headers))
        {
            login.retire(&old).await;
        }
        landed
    }

    /// Somebody has finished this login within the last minute: the same answer, and a cookie that surely arrives.
    async fn again(&self, sealed: &Sealed) -> Landed {
        let inner = self.login.inner();
        let (id, return_to) = match Outcome::open(sealed, &self.key, &inner.ring) {
            Ok(Outcome::Session { id, return_to }) => (id, return_to),
            Ok(Outcome::Account { return_to }) => return Landed::Already { return_to },
            Ok(Outcome::Own { owner, subject, return_to }) => {
                // Whoever has logged out at the provider since is not let in by the callback of before.
                return match self.login.noted(&self.entry, subject.as_ref()).await {
                    Ok(noted) if noted.is_out() => self.refused(Cause::StateUnknown),
                    Ok(_) => Landed::Own { owner, subject, return_to },
                    Err(why) => refused(self.refusal(Cause::of_store(&why), &why)),
                };
            }
            Ok(Outcome::Refused(refusal)) => return refused(refusal),
            Err(why) => return refused(self.refusal(Cause::Internal, &why)),
        };
        let Some([random, _]) = draw(&inner.world) else { return self.refused(Cause::Internal) };
        let ticket = Ticket::new(&random);
        match inner.sessions.rotate(&id, inner.session_cookie.digest(&ticket), KEEP_OLD).await {
            Ok(true) => Landed::Session { ticket, return_to, renewed: false },
            // The session is over. A later one of the same browser will do as well.
            Ok(false) => match self.login.current(&self.parts.headers).await {
                Ok(Some(_)) => Landed::Already { return_to },
                _ => self.refused(Cause::StateUnknown),
            },
            Err(why) => refused(self.refusal(Cause::of_store(&why), &why)),
        }
    }

    fn lost(&self, stuck: bool) -> Landed {
        let cause = Cause::StateUnknown;
        let refusal = Refusal::new(cause, &self.entry.name, None, &self.login.inner().world);
        Landed::Lost { refusal, return_to: None, stuck }
    }

    fn refused(&self, cause: Cause) -> Landed {
        refused(Refusal::new(cause, &self.entry.name, None, &self.login.inner().world))
    }

    fn refusal(&self, cause: Cause, why: &(dyn Error + 'static)) -> Refusal {
        Refusal::new(cause, &self.entry.name, Some(why), &self.login.inner().world)
    }
}

pub(crate) fn refused(refusal: Refusal) -> Landed {
    Landed::Refused { refusal, home: None }
}

/// A login that was claimed.
pub(crate) struct Claimed<'a> {
    pub(crate) login: &'a Login,
    pub(crate) entry: &'a Arc<Entry>,
    key: &'a PendingKey,
    pub(crate) parts: &'a Parts,
}

impl Claimed<'_> {
    async fn bring_home(
        &self,
        sealed: &Sealed,
        callback: Callback,
    ) -> Result<(Outcome, Landed), Box<Landed>> {
        let inner = self.login.inner();
        let internal = |why: &(dyn Error + 'static)| Box::new(refused(self.refusal(Cause::Internal, why)));
        let parked = Parked::open(sealed, self.key, &inner.ring).map_err(|why| internal(&why))?;
        let Parked { return_to, purpose, aloud, snapshot } = parked;
        if let Purpose::Account(user) = &purpose {
            self.judge_user(user).await.map_err(|refusal| Box::new(refused(refusal)))?;
        }
        if let (Purpose::Renewal(id), Some(_)) = (&purpose, &aloud)
            && !self.is_current(id).await
        {
            // Somebody who logged out in the meantime is not logged in again without a word.
            return Err(Box::new(refused(Refusal::new(
                Cause::LoginRequired,
                &self.entry.name,
                None,
                &inner.world,
            ))));
        }
        let finished = self.entry.flow.finish(snapshot, callback, &inner.world, &Limits::DEFAULT).await;
        let finished = match (finished, aloud) {
            (Ok(finished), Some(wish)) if self.is_somebody_else(&finished).await => {
                let provider = &*self.entry.name;
                tracing::info!(provider, "a login without a word came back as somebody else, who is asked");
                self.give_back(finished).await;
                let (entry, wish) = (Arc::clone(self.entry), wish.prompt(Prompt::Login));
                return Err(Box::new(Landed::Aloud(Beginning { entry, wish, return_to, purpose })));
            }
            (Ok(finished), _) => finished,
            (Err(why), Some(wish)) if wants_person(&why) => {
                tracing::debug!(
                    provider = &*self.entry.name,
                    "the provider has to show the person something"
                );
                let entry = Arc::clone(self.entry);
                return Err(Box::new(Landed::Aloud(Beginning { entry, wish, return_to, purpose })));
            }
            (Err(why), _) => return Err(Box::new(self.not_finished(&why, return_to, &purpose))),
        };
        let name = self.entry.name.to_string();
        let settled = match purpose {
            Purpose::Account(user) => {
                self.connect(&user, finished).await.map_err(|refusal| Box::new(refused(refusal)))?;
                tracing::info!(provider = name, "connected an account");
                metrics::counter!("gatepass_accounts_connected_total", "provider" => name).increment(1);
                (Outcome::Account { return_to: return_to.clone() }, Landed::Already { return_to })
            }
            Purpose::Renewal(id) => self.admit(finished, return_to, Some(&id)).await?,
            Purpose::Session => self.admit(finished, return_to, None).await?,
        };
        Ok(settled)
    }

    /// Whoever comes back must be who began: otherwise their account would be connected to somebody else's, or somebody
    /// else's to theirs. Nothing is asked of the provider before this was judged.
    async fn judge_user(&self, began: &str) -> Result<(), Refusal> {
        match self.login.user(self.parts).await {
            Ok(Some(user)) if *user == *began => Ok(()),
            Ok(_) => Err(Refusal::new(Cause::OtherUser, &self.entry.name, None, &self.login.inner().world)),
            Err(why) => Err(self.refusal(why.cause(), &why)),
        }
    }

    /// Whether the browser still has the session of this id.
    /// Whether a login names another person than the session that this browser has.
    async fn is_somebody_else(&self, finished: &Finished) -> bool {
        let session = self.login.current(&self.parts.headers).await.ok().flatten();
        let who = |subject: &Subject| (subject.iss.clone(), subject.sub.clone());
        let (before, now) = (session.as_ref().and_then(Session::subject), finished.subject.as_ref());
        matches!((before.map(who), now.map(who)), (Some(before), Some(now)) if before != now)
    }

    async fn is_current(&self, id: &str) -> bool {
        let current = self.login.current(&self.parts.headers).await;
        matches!(current, Ok(Some(session)) if session.id().as_str() == id)
    }

    fn not_finished(&self, why: &FinishError, return_to: ReturnTo, purpose: &Purpose) -> Landed {
        let refusal = self.refusal(Cause::of_finish(why), why);
        let is_late = matches!(why, FinishError::Resume(_) | FinishError::Callback(CallbackError::Expired));
        match purpose {
            Purpose::Session | Purpose::Renewal(_) if is_late => {
                Landed::Lost { refusal, return_to: Some(return_to), stuck: true }
            }
            Purpose::Session => Landed::Refused { refusal, home: None },
            Purpose::Renewal(_) | Purpose::Account(_) => Landed::Refused { refusal, home: Some(return_to) },
        }
    }

    fn outcome_of(&self, landed: &Landed) -> Outcome {
        match landed {
            Landed::Refused { refusal, .. } | Landed::Lost { refusal, .. } => {
                Outcome::Refused(refusal.clone())
            }
            // It goes on under a state of its own; nothing is left under this one.
            _ => Outcome::Refused(Refusal::new(
                Cause::StateUnknown,
                &self.entry.name,
                None,
                &self.login.inner().world,
            )),
        }
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

    pub(crate) fn refusal(&self, cause: Cause, why: &(dyn Error + 'static)) -> Refusal {
        Refusal::new(cause, &self.entry.name, Some(why), &self.login.inner().world)
    }
}

/// Whether the provider would have had to show the person something.
fn wants_person(why: &FinishError) -> bool {
    matches!(why, FinishError::Callback(CallbackError::Provider(error)) if error.code().wants_person())
}
