//! How sessions end: the grant first, so that nobody renews tokens that nobody owns.

use std::error::Error;
use std::time::Duration;

use gatepass::ports::{GrantKey, Owner};
use gatepass::renewal::Reach;

use crate::Login;
use crate::cookie::Ticket;
use crate::session::Session;

/// Rows that one purge removes at most.
const PURGE: u32 = 200;

/// No more purges than one in this time.
const PURGE_EVERY: Duration = Duration::from_secs(30);

impl Login {
    /// Ends a session: fences its grant here, which is what counts, and lets the keeper revoke it at the provider.
    pub(crate) async fn end(&self, session: &Session) -> Result<(), Box<dyn Error + Send + Sync>> {
        let inner = self.inner();
        if inner.entry(session.provider()).is_some() {
            inner.keeper.logout(&session.grant()).await?;
        }
        inner.sessions.end(session.id()).await?;
        Ok(())
    }

    /// Ends the session that a new login of the same browser replaces.
    ///
    /// Where a revocation reaches everything that the person granted to this client, it would reach the new login
    /// too: there the old session is left to end by itself.
    pub(crate) async fn retire(&self, old: &Ticket) {
        if let Ok(Some(old)) = self.session(old).await {
            self.abandon(&old).await;
        }
    }

    /// Ends a session that nobody asked to end, if that ends nothing else.
    pub(crate) async fn abandon(&self, session: &Session) {
        if self.revokes_more_than_its_own(session.provider()) {
            return;
        }
        if let Err(why) = self.end(session).await {
            tracing::warn!(why, "a session that is not used any more could not be ended");
        }
    }

    pub(crate) fn revokes_more_than_its_own(&self, provider: &str) -> bool {
        self.inner().entry(provider).is_some_and(|entry| {
            let can_revoke = entry.flow.at_hand().is_none_or(|client| client.provider().can_revoke());
            can_revoke && entry.registered.profile.rotation.reach == Reach::Grant
        })
    }

    /// Removes what has expired, in the background and not too often. Every visit is an occasion.
    pub(crate) fn purge_sometimes(&self) {
        let inner = self.inner();
        if inner.purges.is_due(inner.world.clock.monotonic(), PURGE_EVERY) {
            let login = self.clone();
            inner.world.spawn.spawn(Box::pin(async move {
                if let Err(why) = login.purge().await {
                    tracing::warn!(why, "expired logins and sessions could not be removed");
                }
            }));
        }
    }

    /// Removes expired logins, then expired sessions with what they own, then what the keeper has to look after.
    async fn purge(&self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let inner = self.inner();
        inner.pending.purge(PURGE).await?;
        for id in inner.sessions.purge(PURGE).await? {
            for entry in inner.entries.iter().filter(|entry| !self.revokes_more_than_its_own(&entry.name)) {
                let grant = GrantKey::new(&*entry.name, Owner::Session(id.as_str().into()));
                inner.keeper.logout(&grant).await?;
            }
        }
        inner.keeper.sweep(PURGE).await?;
        Ok(())
    }
}
