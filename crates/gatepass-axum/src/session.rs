//! Sessions: how long they last, how they are found, made and renewed.

use std::sync::Arc;
use std::time::Duration;

use gatepass::Timestamp;
use gatepass::ports::{GrantKey, Owner, SessionId, SessionRow, StoreError, Subject};

use crate::Login;
use crate::cookie::Ticket;

/// A person's session, found by the cookie of their browser.
///
/// As an extractor it stands for "only for those who are logged in": a person without a session is sent to the login
/// and comes back afterwards, a script gets 401 with the login's URL. Where the session
/// stands but the provider has ended its grant, or its renewal came to an unknown end, a person is sent to log in again,
/// which they need not notice. `Option<Session>` lets everybody in.
///
/// ```
/// use gatepass_axum::Session;
///
/// async fn home(session: Option<Session>) -> &'static str {
///     if session.is_some() { "Welcome back" } else { "Welcome" }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Session(Arc<SessionRow>);

impl Session {
    pub(crate) fn new(row: SessionRow) -> Self {
        Self(Arc::new(row))
    }

    /// The stable id. It is no secret and not the cookie.
    #[must_use]
    pub fn id(&self) -> &SessionId {
        &self.0.id
    }

    /// The name of the provider at which the person logged in.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.0.provider
    }

    /// Who the provider says the person is, where the protocol tells and it was verified.
    #[must_use]
    pub fn subject(&self) -> Option<&Subject> {
        self.0.subject.as_ref()
    }

    /// The application's own key of the person, when it gave one.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        self.0.owner.as_deref()
    }

    /// When the person logged in, on the store's clock.
    #[must_use]
    pub fn created(&self) -> Timestamp {
        self.0.created
    }

    /// When it was last seen, on the store's clock and to the minute.
    #[must_use]
    pub fn last_seen(&self) -> Timestamp {
        self.0.last_seen
    }

    /// When it ends unless it is used, on the store's clock.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.0.expires
    }

    /// By what the person tells it from their others: what the application said, or a hint at their browser such as
    /// `Firefox on Linux`. It proves nothing. It is text, not markup: escape it.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// The key under which the keeper holds this session's tokens.
    #[must_use]
    pub fn grant(&self) -> GrantKey {
        GrantKey::new(&*self.0.provider, Owner::Session(self.0.id.as_str().into()))
    }
}

/// How long a session lasts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetimes {
    /// Without being used.
    pub(crate) idle: Duration,
    /// At the latest.
    pub(crate) absolute: Duration,
}

/// A session is noted as seen no more often than this.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// A cookie that another has replaced is good for this much longer.
pub(crate) const KEEP_OLD: Duration = Duration::from_secs(60);

impl Lifetimes {
    pub(crate) fn expires(&self, created: Timestamp, now: Timestamp) -> Timestamp {
        now.saturating_add(self.idle).min(created.saturating_add(self.absolute))
    }
}

impl Login {
    /// The sessions that have not ended of the person whose session this is.
    pub(crate) async fn sessions_of(&self, session: &Session) -> Result<Vec<Session>, StoreError> {
        let inner = self.inner();
        let found = match (session.owner(), session.subject()) {
            (Some(owner), _) => inner.sessions.by_owner(owner).await?,
            (None, Some(subject)) => inner.sessions.by_subject(&subject.iss, &subject.sub).await?,
            // Nothing says who it is: two sessions of nobody are not those of one person.
            (None, None) => return Ok(vec![session.clone()]),
        };
        let now = inner.pending.now().await?;
        let same = |row: &SessionRow| row.owner.as_deref() == session.owner() && row.expires > now;
        Ok(found.into_iter().filter(same).map(Session::new).collect())
    }

    /// Finds a session and notes, at most once a minute, that it was seen.
    pub(crate) async fn session(&self, ticket: &Ticket) -> Result<Option<Session>, StoreError> {
        let inner = self.inner();
        self.purge_sometimes();
        let found = inner.sessions.find(inner.session_cookie.digest(ticket)).await?;
        let Some(mut row) = found.session else { return Ok(None) };
        if found.now.saturating_since(row.last_seen) >= TOUCH_EVERY {
            let expires = inner.lifetimes.expires(row.created, found.now);
            // A session that could not be noted as seen is still one.
            match inner.sessions.touch(&row.id, found.now, expires).await {
                Ok(()) => row.last_seen = found.now,
                Err(why) => tracing::warn!(%why, "a session could not be noted as seen"),
            }
        }
        Ok(Some(Session::new(row)))
    }
}
