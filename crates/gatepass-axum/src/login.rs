//! The login of an application: its providers, its stores and its routes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router};
use gatepass::ports::{Flow, PendingStore, SessionStore};
use gatepass::{Keeper, KeyRing, Scopes, World};

use crate::builder::LoginBuilder;
use crate::cookie::Cookie;
use crate::purges::Purges;
use crate::session::Lifetimes;
use crate::site::Site;
use crate::{ReturnTo, routes};

/// The login of an application. Cloning is cheap, and all clones are the same login.
///
/// Merge or nest its [`routes`](Login::routes) and put its [`layer`](Login::layer) around all routes whose handlers
/// ask for a [`Session`](crate::Session) or an [`Api`](crate::Api):
///
/// | route | what it does |
/// |---|---|
/// | `GET /login` | starts a login, or lets the person choose where there are several providers |
/// | `GET /login/{provider}` | starts a login there |
/// | the path of each redirect URI | finishes a login |
/// | `POST /logout` | ends the session, here first and then at the provider |
#[derive(Clone)]
pub struct Login(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) site: Site,
    pub(crate) entries: Vec<Arc<Entry>>,
    pub(crate) keeper: Keeper,
    pub(crate) pending: Arc<dyn PendingStore>,
    pub(crate) sessions: Arc<dyn SessionStore>,
    pub(crate) ring: KeyRing,
    pub(crate) world: World,
    pub(crate) browser_cookie: Cookie,
    pub(crate) session_cookie: Cookie,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) after_login: ReturnTo,
    pub(crate) after_logout: ReturnTo,
    pub(crate) logins_under_way: u32,
    pub(crate) purges: Purges,
}

/// A provider at which people can log in.
pub(crate) struct Entry {
    pub(crate) name: Box<str>,
    pub(crate) flow: Arc<dyn Flow>,
    pub(crate) scopes: Scopes,
    /// Whether the callback comes as a form (`response_mode=form_post`).
    pub(crate) by_form: bool,
}

impl Inner {
    pub(crate) fn entry(&self, name: &str) -> Option<&Arc<Entry>> {
        self.entries.iter().find(|entry| &*entry.name == name)
    }
}

impl Login {
    /// Begins with a store for everything, the keys under which it is sealed, and the world.
    pub fn builder<S>(store: S, ring: KeyRing, world: World) -> LoginBuilder
    where
        S: gatepass::ports::GrantStore + PendingStore + SessionStore + 'static,
    {
        LoginBuilder::new(store, ring, world)
    }

    pub(crate) fn of(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// The routes, for a router of any state. Nest them where [`mounted_at`](LoginBuilder::mounted_at) says.
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        routes::all(self)
    }

    /// The layer by which the extractors of this crate find this login.
    pub fn layer(&self) -> Extension<Self> {
        Extension(self.clone())
    }

    /// The keeper that holds the tokens.
    #[must_use]
    pub fn keeper(&self) -> &Keeper {
        &self.0.keeper
    }

    /// Waits until the logins, logouts and renewals that are under way have come to their end, at most so long, and
    /// answers how many have not: the last step of a graceful shutdown.
    pub async fn drain(&self, at_most: Duration) -> usize {
        let open = self.0.keeper.drain(at_most).await;
        if open > 0 {
            tracing::warn!(
                open,
                "logins or renewals were still under way when the time to wait for them was up"
            );
        }
        open
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("site", &self.0.site.origin())
            .field("providers", &self.0.entries.iter().map(|entry| &*entry.name).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
