//! Somebody who logged out at the provider, and the sessions here that end with it.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use gatepass::Timestamp;
use gatepass::ports::{self, Hash32, SessionRow, StoreError, Subject};

use crate::login::Entry;
use crate::{Login, Session};

type BoxError = Box<dyn Error + Send + Sync>;

/// What the application does when somebody logged out at the provider.
pub(crate) type OnLoggedOut =
    Arc<dyn Fn(LoggedOut) -> Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>> + Send + Sync>;

/// The most by which the provider's clock may be off, as in the rules by which its tokens are judged.
const CLOCKS: Duration = Duration::from_secs(300);

/// A logout is remembered for this long at most. A token that is good for longer is carried out once more then, and meets
/// nobody who has logged in since it was issued.
const REMEMBERED: Duration = Duration::from_secs(24 * 3600);

/// For this long a logout is noted for logins that were being finished when it came.
const NOTED: Duration = Duration::from_secs(300);

/// Somebody who logged out at the provider, by its verified word: their sessions here end
/// (OpenID Connect Back-Channel Logout section 2.7).
#[derive(Clone, Debug)]
pub struct LoggedOut {
    provider: Box<str>,
    who: ports::LoggedOut,
}

impl LoggedOut {
    pub(crate) fn new(entry: &Entry, who: ports::LoggedOut) -> Self {
        Self { provider: entry.name.clone(), who }
    }

    /// The name of the provider.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// The issuer. No session of another issuer is meant.
    #[must_use]
    pub fn iss(&self) -> &str {
        &self.who.iss
    }

    /// The subject, unique only together with the issuer; `None`: the provider named only its session.
    #[must_use]
    pub fn sub(&self) -> Option<&str> {
        self.who.sub.as_deref()
    }

    /// The provider's session; `None`: all sessions of the subject are meant.
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.who.sid.as_deref()
    }

    /// When the provider said so, on its clock: whoever has logged in since is not meant.
    #[must_use]
    pub fn issued(&self) -> Timestamp {
        self.who.issued
    }

    /// Whether a session of this subject is meant: all that was named must fit, to the letter.
    #[must_use]
    pub fn is_about(&self, subject: &Subject) -> bool {
        let named = self.who.sub.is_some() || self.who.sid.is_some();
        named
            && self.who.iss == subject.iss
            && self.who.sub.as_ref().is_none_or(|sub| *sub == subject.sub)
            && self.who.sid.as_ref().is_none_or(|sid| subject.sid.as_ref() == Some(sid))
    }

    /// What is remembered of it: the token, at this client.
    fn deed(&self) -> Hash32 {
        digest("gatepass logout token", [&self.provider, &self.who.iss, &self.who.jti])
    }

    /// What is noted for logins that are being finished.
    fn note(&self) -> Hash32 {
        let (provider, iss) = (&*self.provider, &*self.who.iss);
        match (self.sid(), self.sub()) {
            (Some(sid), _) => note_of_sid(provider, iss, sid),
            (None, sub) => note_of_sub(provider, iss, sub.unwrap_or_default()),
        }
    }
}

fn note_of_sid(provider: &str, iss: &str, sid: &str) -> Hash32 {
    digest("gatepass logout of a sid", [provider, iss, sid])
}

fn note_of_sub(provider: &str, iss: &str, sub: &str) -> Hash32 {
    digest("gatepass logout of a sub", [provider, iss, sub])
}

fn digest(purpose: &str, parts: [&str; 3]) -> Hash32 {
    let mut name = Vec::new();
    for part in parts {
        name.extend_from_slice(&part.len().to_be_bytes());
        name.extend_from_slice(part.as_bytes());
    }
    Hash32::digest(purpose, &name)
}

/// The logouts that were noted of somebody at one moment: of their session at the provider, and of all their sessions.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Noted {
    session: bool,
    person: bool,
}

impl Noted {
    /// Whether they logged out between two moments.
    pub(crate) fn is_out_since(self, before: Self) -> bool {
        (self.session && !before.session) || (self.person && !before.person)
    }

    /// Whether they logged out a moment ago, for a login of which nobody has noted when it was.
    pub(crate) fn is_out(self) -> bool {
        self.is_out_since(Self::default())
    }
}

impl Login {
    /// Ends the sessions that are meant, and lets the application end its own; answers how many of ours there were.
    /// `None`: this was done before.
    ///
    /// It is remembered when it is done. Whatever keeps it from being done leaves it to be asked for again.
    pub(crate) async fn log_out(&self, who: LoggedOut) -> Result<Option<usize>, BoxError> {
        let inner = self.inner();
        let deed = who.deed();
        if inner.sessions.remembers(deed).await? {
            return Ok(None);
        }
        // The provider's moments are judged by this process's clock, sessions are dated by the store's.
        let (here, there) = (inner.world.clock.now(), inner.pending.now().await?);
        let latest = there.saturating_sub(here.saturating_since(who.who.issued)).saturating_add(CLOCKS);
        inner.sessions.remember(who.note(), there.saturating_add(NOTED)).await?;
        let sessions = self.meant(&who).await?;
        let (mut ended, mut failed) = (0, None);
        for session in sessions.into_iter().filter(|session| session.created <= latest).map(Session::new) {
            match self.end(&session).await {
                Ok(()) => ended += 1,
                // The others need not wait for it.
                Err(why) => failed = Some(why),
            }
        }
        if let Some(why) = failed {
            return Err(why);
        }
        let left = who.who.expires.saturating_since(here).min(REMEMBERED);
        if let Some(end_own) = &inner.on_logged_out {
            end_own(who).await.map_err(|why| Box::new(NotEnded(why)))?;
        }
        inner.sessions.remember(deed, there.saturating_add(left + CLOCKS)).await?;
        Ok(Some(ended))
    }

    /// The logouts that are noted of a subject. A login reads them before it asks the application anything, and again once
    /// its session is there; a logout notes itself before it looks for sessions. So one of the two sees the other.
    pub(crate) async fn noted(&self, entry: &Entry, subject: Option<&Subject>) -> Result<Noted, StoreError> {
        let Some(subject) = subject else { return Ok(Noted::default()) };
        let (sessions, name) = (&self.inner().sessions, &*entry.name);
        let session = match &subject.sid {
            Some(sid) => sessions.remembers(note_of_sid(name, &subject.iss, sid)).await?,
            None => false,
        };
        let person = sessions.remembers(note_of_sub(name, &subject.iss, &subject.sub)).await?;
        Ok(Noted { session, person })
    }

    /// The sessions that are meant, however old.
    async fn meant(&self, who: &LoggedOut) -> Result<Vec<SessionRow>, StoreError> {
        let sessions = &self.inner().sessions;
        let found = match (who.sid(), who.sub()) {
            (Some(sid), _) => sessions.by_sid(who.iss(), sid).await?,
            (None, Some(sub)) => sessions.by_subject(who.iss(), sub).await?,
            (None, None) => Vec::new(),
        };
        let is_meant = |row: &SessionRow| {
            row.provider == who.provider && row.subject.as_ref().is_some_and(|subject| who.is_about(subject))
        };
        Ok(found.into_iter().filter(is_meant).collect())
    }
}

/// The application could not end its own sessions.
#[derive(Debug)]
struct NotEnded(BoxError);

impl fmt::Display for NotEnded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the application could not end its own sessions")
    }
}

impl Error for NotEnded {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.0.as_ref())
    }
}
