//! The beginning of a login: an authorization request, parked under the browser's cookie, and the person on their way.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use gatepass::ports::{BeginError, GrantKey, Parking, PendingKey, Wish};
use gatepass::{Prompt, Scopes};
use http::HeaderMap;

use crate::cookie::Ticket;
use crate::login::Entry;
use crate::parked::{Parked, Purpose};
use crate::random::draw;
use crate::refusal::Refusal;
use crate::{Cause, Login, ReturnTo, answer};

/// How long a browser remembers who it is: over a login in which the person looks for their telephone.
const KEEP_BROWSER: Duration = Duration::from_secs(24 * 3600);

/// A login that is about to begin.
#[derive(Debug)]
pub(crate) struct Beginning {
    pub(crate) entry: Arc<Entry>,
    pub(crate) wish: Wish,
    pub(crate) return_to: ReturnTo,
    pub(crate) purpose: Purpose,
}

/// What a browser is told that brings no cookie along when there is no room for such.
#[derive(Debug)]
pub(crate) enum NoRoom {
    /// It is given its cookie and sent here, to come once more.
    ComeAgain(String),
    /// It is refused.
    Refuse(Cause),
}

/// A login that did not begin.
#[derive(Debug)]
pub(crate) struct NotBegun {
    pub(crate) refusal: Refusal,
    pub(crate) why: Option<BeginError>,
}

impl From<Refusal> for NotBegun {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, why: None }
    }
}

impl Beginning {
    /// Asks with `prompt=none` first, where the provider knows it and nothing else was asked for.
    pub(crate) fn silently(mut self) -> Self {
        if self.entry.knows_silence && !names(&self.wish, "prompt") {
            self.wish = self.wish.prompt(Prompt::None);
        }
        self
    }

    /// Sends the person on their way.
    pub(crate) async fn begin(
        self,
        login: &Login,
        headers: &HeaderMap,
        no_room: NoRoom,
    ) -> Result<Response, NotBegun> {
        let Self { entry, wish, return_to, purpose } = self;
        let inner = login.inner();
        let refusal = |cause, why: &(dyn Error + 'static)| {
            NotBegun::from(Refusal::new(cause, &entry.name, Some(why), &inner.world))
        };
        let refused = |cause| NotBegun::from(Refusal::new(cause, &entry.name, None, &inner.world));
        let known = inner.browser_cookie.find(headers);
        let is_known = known.is_some();
        let browser = match known {
            Some(known) => known,
            None => Ticket::new(&draw(&inner.world).ok_or_else(|| refused(Cause::Internal))?[0]),
        };
        let aloud = wish.is_silent().then(|| without_prompt(&wish));
        let begun = entry.flow.begin(wish, &inner.world).await.map_err(|why| NotBegun {
            refusal: Refusal::new(Cause::of_begin(&why), &entry.name, Some(&why), &inner.world),
            why: Some(why),
        })?;
        let key = PendingKey::new(begun.state, inner.browser_cookie.digest(&browser), &*entry.name);
        let sealed = Parked { return_to, purpose, aloud, snapshot: begun.snapshot }
            .seal(&key, &inner.ring, &*inner.world.entropy)
            .map_err(|why| refusal(Cause::Internal, &why))?;
        let parking = login.park(&key, sealed, is_known).await;
        let mut response = match parking.map_err(|why| refusal(Cause::of_store(&why), &why))? {
            Parking::Parked => {
                tracing::debug!(provider = &*entry.name, "a login was started");
                answer::see_other(begun.url.as_str())
            }
            _ if is_known => return Err(refused(Cause::Crowded)),
            _ => match no_room {
                NoRoom::ComeAgain(url) => answer::see_other(&url),
                NoRoom::Refuse(cause) => return Err(refused(cause)),
            },
        }
        .ok_or_else(|| refused(Cause::Internal))?;
        answer::add_cookie(&mut response, inner.browser_cookie.set(&browser, KEEP_BROWSER));
        Ok(response)
    }
}

impl Login {
    /// What is asked for beside what a grant holds already, so that nothing is lost by asking; of a grant that holds
    /// nothing, beside what the provider was configured with.
    pub(crate) async fn scopes_of(&self, entry: &Entry, grant: &GrantKey, more: &Scopes) -> Scopes {
        let held = match self.inner().keeper.holding(grant).await {
            Ok(holding) => holding.granted,
            // What is not known is not asked for; the login itself does not depend on it.
            Err(why) => {
                tracing::warn!(provider = &*entry.name, %why, "what a grant holds could not be read");
                Scopes::none()
            }
        };
        // A provider may have named scopes that it would not take.
        let held = Scopes::new(held.as_str()).unwrap_or_default();
        if held.is_empty() { entry.scopes.with(more) } else { held.with(more) }
    }
}

pub(crate) fn names(wish: &Wish, parameter: &str) -> bool {
    wish.params.iter().any(|(name, _)| &**name == parameter)
}

fn without_prompt(wish: &Wish) -> Wish {
    let kept = wish.params.iter().filter(|(name, _)| &**name != "prompt").cloned();
    kept.fold(Wish::new(wish.scopes.clone()), |wish, (name, value)| wish.param(name, value))
}
