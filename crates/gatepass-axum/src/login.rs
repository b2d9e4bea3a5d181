//! The login of an application: its providers, its stores and its routes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router};
use gatepass::ports::{Flow, PendingStore, Registered, SessionStore};
use gatepass::{Bearer, Client, Keeper, KeyRing, Scopes, World};
use url::Url;

use crate::builder::LoginBuilder;
use crate::cookie::Cookie;
use crate::logged_out::OnLoggedOut;
use crate::protect::Protect;
use crate::purges::Purges;
use crate::seats::Seats;
use crate::session::Lifetimes;
use crate::signed_in::{OnSignedIn, OwnSessions};
use crate::site::Site;
use crate::user::{Who, account};
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
/// | `GET` or `POST /initiate-login` | starts a login that somebody else asks for, such as a provider's page of applications: register it there as `initiate_login_uri` |
/// | the path of each redirect URI | finishes a login |
/// | `POST /logout` | ends the session, here first and then at the provider, to which the person is sent where [`logout_at_provider`](LoginBuilder::logout_at_provider) says so |
/// | the path that [`logout_at_provider`](LoginBuilder::logout_at_provider) names | takes them back |
/// | `POST /backchannel-logout/{provider}` | ends the sessions of somebody who logged out at the provider, by its signed word: register it there as `backchannel_logout_uri` |
/// | `POST /connect/{provider}` | connects an account to the application's user, where [`account`](LoginBuilder::account) names some |
/// | `POST /disconnect/{provider}` | ends that, here first and then at the provider |
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
    pub(crate) logout_cookie: Cookie,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) after_login: ReturnTo,
    pub(crate) after_logout: ReturnTo,
    pub(crate) logins_under_way: u32,
    pub(crate) who: Option<Who>,
    pub(crate) on_signed_in: Option<OnSignedIn>,
    pub(crate) own_sessions: Option<OwnSessions>,
    pub(crate) on_logged_out: Option<OnLoggedOut>,
    pub(crate) logout_seats: Seats,
    pub(crate) purges: Purges,
}

/// A provider at which people can log in, or connect an account.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: Box<str>,
    pub(crate) title: Option<Box<str>>,
    pub(crate) flow: Arc<dyn Flow>,
    pub(crate) registered: Registered,
    pub(crate) scopes: Scopes,
    /// Whether the callback comes as a form (`response_mode=form_post`).
    pub(crate) by_form: bool,
    /// Whether it knows `prompt=none`.
    pub(crate) knows_silence: bool,
    /// Whether people connect accounts there and do not log in.
    pub(crate) connects: bool,
    /// The path to which the provider sends people back whose session it has ended, if that is asked of it.
    pub(crate) logout_path: Option<Box<str>>,
}

impl Entry {
    pub(crate) fn new(name: Box<str>, flow: Arc<dyn Flow>, scopes: Scopes) -> Self {
        let registered = flow.registered();
        let profile = &registered.profile;
        let by_form = profile
            .authorize_params
            .iter()
            .any(|(name, value)| &**name == "response_mode" && &**value == "form_post");
        let knows_silence = profile.prompt_none;
        let mut entry = Self {
            name,
            title: None,
            flow,
            registered,
            scopes,
            by_form,
            knows_silence,
            connects: false,
            logout_path: None,
        };
        entry.knows_silence &= !entry.fixes("prompt");
        entry
    }

    /// Whether every authorization request has this parameter already.
    pub(crate) fn fixes(&self, parameter: &str) -> bool {
        let in_query = |client: Client| {
            client.provider().authorization_endpoint().query_pairs().any(|(name, _)| name == parameter)
        };
        self.registered.profile.authorize_params.iter().any(|(name, _)| &**name == parameter)
            || self.flow.at_hand().is_some_and(in_query)
    }

    pub(crate) fn callback(&self) -> &Url {
        self.registered.redirect_uri.as_url()
    }
}

/// Whether a path below the mount is one of the login's own, whatever the redirect URIs are.
pub(crate) fn is_reserved(path: &str) -> bool {
    ["/login", "/initiate-login", "/logout", "/backchannel-logout", "/connect", "/disconnect"]
        .into_iter()
        .any(|own| path.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

impl Entry {
    /// What people read.
    pub(crate) fn title(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.name)
    }
}

impl Inner {
    /// Where the forms of the site may lead. Of a provider that has not said yet where people log in, the issuer is named.
    pub(crate) fn form_action(&self) -> String {
        let mut sources = vec!["'self'".to_owned()];
        for entry in &self.entries {
            let issuer = || entry.registered.issuer.as_deref().and_then(|issuer| Url::parse(issuer).ok());
            let leads_to = match entry.flow.at_hand() {
                Some(client) => Some(client.provider().authorization_endpoint().clone()),
                None => issuer(),
            };
            let asks_there = entry.logout_path.is_some();
            let logs_out_at = asks_there.then(|| entry.flow.ends_sessions_at()).flatten();
            for url in leads_to.into_iter().chain(logs_out_at) {
                let origin = url.origin().ascii_serialization();
                if !sources.contains(&origin) {
                    sources.push(origin);
                }
            }
        }
        sources.join(" ")
    }

    pub(crate) fn entry(&self, name: &str) -> Option<&Arc<Entry>> {
        self.entries.iter().find(|entry| &*entry.name == name)
    }

    /// Whether a place is one of the login's own, to which nobody wants to come back.
    pub(crate) fn is_own(&self, path: &str) -> bool {
        self.site.is_own(path)
            || path.strip_prefix(self.site.mount()).is_some_and(is_reserved)
            || self
                .entries
                .iter()
                .any(|entry| entry.callback().path() == path || entry.logout_path.as_deref() == Some(path))
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

    /// The layer for a part of the application that is only for those who are logged in: a person who is not is sent to
    /// the login and comes back, a program gets 401 with the login's URL.
    ///
    /// The [`Session`](crate::Session) that it finds stays with the request, as an extension too, and is not looked up
    /// again by the extractors below. It goes around routers and around any other tower service:
    ///
    /// ```
    /// use axum::{Extension, Router, routing::get};
    /// use gatepass_axum::{Login, Session};
    ///
    /// fn app(login: &Login) -> Router {
    ///     let inside = Router::new()
    ///         .route("/orders", get(async |session: Session| format!("orders of {:?}", session.owner())))
    ///         .route("/letters", get(async |Extension(session): Extension<Session>| format!("{}", session.created())))
    ///         .route_layer(login.protect());
    ///     Router::new().route("/", get("for everybody")).merge(inside).merge(login.routes()).layer(login.layer())
    /// }
    /// # let _ = app;
    /// ```
    #[must_use]
    pub fn protect(&self) -> Protect {
        Protect::new(self.clone())
    }

    /// Whether two are the same login and not only alike.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The layer by which the extractors of this crate find this login.
    pub fn layer(&self) -> Extension<Self> {
        Extension(self.clone())
    }

    /// A client for the API of an account that the application's user of this key has connected, for work that no request
    /// is waiting for. In a handler, a [`Visitor`](crate::Visitor) knows the user.
    #[must_use]
    pub fn api_of(&self, user: &str, provider: &str) -> Bearer {
        self.0.keeper.api(&account(provider, user))
    }

    /// Where the forms of this site may lead, redirects included: itself and the providers. It belongs into the
    /// application's own `Content-Security-Policy`, as `form-action`: browsers apply that to every redirect that follows a
    /// form, and a button that connects an account, or logs out, leads to a provider. Ask for it with each page: a provider that is
    /// discovered says where people log in when it is first needed.
    #[must_use]
    pub fn form_action(&self) -> String {
        self.0.form_action()
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
