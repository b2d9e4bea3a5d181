//! A login that is being described, and what can be wrong with the description.

mod hooks;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use gatepass::ports::{Flow, GrantStore, PendingStore, SessionStore};
use gatepass::{Keeper, KeyRing, Scopes, World};

use crate::cookie::Cookie;
use crate::logged_out::OnLoggedOut;
use crate::login::{Entry, Inner};
use crate::pages::{Draw, Look, Notice, Page, Texts};
use crate::purges::Purges;
use crate::routes::JUDGED_AT_ONCE;
use crate::seats::Seats;
use crate::session::Lifetimes;
use crate::signed_in::{OnSignedIn, OwnSessions};
use crate::site::Site;
use crate::user::Who;
use crate::{BuildError, Login, ReturnTo, room};

/// A login that is being described. Nothing is checked before [`build`](LoginBuilder::build).
#[must_use = "a builder does nothing before `build`"]
pub struct LoginBuilder {
    grants: Arc<dyn GrantStore>,
    pending: Arc<dyn PendingStore>,
    sessions: Arc<dyn SessionStore>,
    ring: KeyRing,
    world: World,
    keeper: Option<Keeper>,
    entries: Vec<Entry>,
    /// The way back from a logout at nobody's.
    stray_logout: Option<Box<str>>,
    mount: Box<str>,
    lifetimes: Lifetimes,
    prefix: Box<str>,
    after_login: Option<ReturnTo>,
    after_logout: Option<ReturnTo>,
    texts: Vec<Texts>,
    draw: Option<Draw>,
    logins_under_way: u32,
    who: Option<Who>,
    on_signed_in: Option<OnSignedIn>,
    own_sessions: Option<OwnSessions>,
    on_logged_out: Option<OnLoggedOut>,
}

impl LoginBuilder {
    pub(crate) fn new<S>(store: S, ring: KeyRing, world: World) -> Self
    where
        S: GrantStore + PendingStore + SessionStore + 'static,
    {
        let store = Arc::new(store);
        Self {
            grants: store.clone(),
            pending: store.clone(),
            sessions: store,
            ring,
            world,
            keeper: None,
            entries: Vec::new(),
            stray_logout: None,
            mount: "".into(),
            lifetimes: Lifetimes {
                idle: Duration::from_secs(24 * 3600),
                absolute: Duration::from_secs(14 * 24 * 3600),
            },
            prefix: "".into(),
            after_login: None,
            after_logout: None,
            texts: Vec::new(),
            draw: None,
            logins_under_way: room::IN_ALL,
            who: None,
            on_signed_in: None,
            own_sessions: None,
            on_logged_out: None,
        }
    }

    /// Adds a provider under a name, which is part of URLs and of what is stored: choose it once.
    ///
    /// The path of the client's redirect URI becomes the route of its callback.
    pub fn provider(mut self, name: impl Into<Box<str>>, flow: impl Flow + 'static, scopes: Scopes) -> Self {
        self.entries.push(Entry::new(name.into(), Arc::new(flow), scopes));
        self
    }

    /// What people read where they choose among providers, such as `GitHub`: of the one that was added last. Otherwise it
    /// is the name.
    pub fn titled(mut self, title: impl Into<Box<str>>) -> Self {
        if let Some(entry) = self.entries.last_mut() {
            entry.title = Some(title.into());
        }
        self
    }

    /// Lets a logout end the person's session at the provider, too: of the one that was added last, which must speak OpenID
    /// Connect (OpenID Connect RP-Initiated Logout section 2).
    ///
    /// The session here ends first. Then the person is sent to the provider, and comes back to this path of this site: with
    /// the site's origin before it, register it there as `post_logout_redirect_uri`. From there they go to
    /// [`after_logout`](LoginBuilder::after_logout). Where the provider has no such place, or cannot be asked, a page says
    /// that they may still be logged in there.
    ///
    /// The button that logs out is a form, and where it leads has to be in the page's policy: see [`Login::form_action`].
    pub fn logout_at_provider(mut self, path: impl Into<Box<str>>) -> Self {
        let path = path.into();
        match self.entries.last_mut() {
            Some(entry) => entry.logout_path = Some(path),
            None => self.stray_logout = Some(path),
        }
        self
    }

    /// Adds a provider at which people connect accounts and do not log in: its tokens belong to the application's user
    /// and outlive the session, until the account is disconnected.
    ///
    /// It needs a redirect URI of its own, even at a provider where people also log in: by it a callback of one is told
    /// from a callback of the other. `POST /connect/{name}` starts it, `POST /disconnect/{name}` ends it.
    pub fn account(mut self, name: impl Into<Box<str>>, flow: impl Flow + 'static, scopes: Scopes) -> Self {
        let entry = Entry::new(name.into(), Arc::new(flow), scopes);
        self.entries.push(Entry { connects: true, ..entry });
        self
    }

    /// Says below which public path the routes are nested, such as `/auth`: the redirect URIs lie below it.
    pub fn mounted_at(mut self, path: impl Into<Box<str>>) -> Self {
        self.mount = path.into();
        self
    }

    /// Says that a proxy in front of this program takes this off the beginning of every path, such as `/shop`: people see
    /// `/shop/orders` where this program sees `/orders`. The redirect URIs lie below it, as does
    /// [`mounted_at`](LoginBuilder::mounted_at), which is the public path and otherwise the same.
    pub fn behind_prefix(mut self, path: impl Into<Box<str>>) -> Self {
        self.prefix = path.into();
        self
    }

    /// What people read, in one language or several: [`Texts::ENGLISH`] otherwise. The first is for those who read none
    /// of them; `Accept-Language` chooses.
    pub fn texts(mut self, texts: impl IntoIterator<Item = Texts>) -> Self {
        self.texts = texts.into_iter().collect();
        self
    }

    /// Lets the application draw the pages: it gets what each says, and for `None` the page is drawn as otherwise.
    ///
    /// Status and headers stay as they are, and no page can hold a script or a form: [`Page`] says what it loads.
    ///
    /// ```
    /// use gatepass_axum::{Cause, LoginBuilder, Page};
    ///
    /// fn with_pages(builder: LoginBuilder) -> LoginBuilder {
    ///     builder.pages(|notice| {
    ///         let title = match notice.cause() {
    ///             Some(Cause::Declined) => "Come back any time",
    ///             _ => return None,
    ///         };
    ///         Some(Page::new(format!("<!doctype html><html lang=en><title>{title}</title><h1>{title}</h1>")))
    ///     })
    /// }
    /// # let _ = with_pages;
    /// ```
    pub fn pages(mut self, draw: impl Fn(&Notice<'_>) -> Option<Page> + Send + Sync + 'static) -> Self {
        self.draw = Some(std::sync::Arc::new(draw));
        self
    }

    /// Keeps the tokens with this keeper, which knows the same clients by the same names, instead of one of its own.
    pub fn keeper(mut self, keeper: Keeper) -> Self {
        self.keeper = Some(keeper);
        self
    }

    /// How long a session lasts: without being used, and at the latest. A day and two weeks otherwise.
    pub fn session_lifetime(mut self, idle: Duration, absolute: Duration) -> Self {
        self.lifetimes = Lifetimes { idle, absolute };
        self
    }

    /// Where a person goes after a login that began nowhere in particular; `/` otherwise.
    pub fn after_login(mut self, place: ReturnTo) -> Self {
        self.after_login = Some(place);
        self
    }

    /// Where a person goes after a logout; `/` otherwise. Let it be a page for those who are not logged in.
    pub fn after_logout(mut self, place: ReturnTo) -> Self {
        self.after_logout = Some(place);
        self
    }

    /// How many logins may be under way in all, begun but not finished; 65,536 otherwise. Each is a row of one to four
    /// kilobytes that goes after a few minutes, so this bounds what a flood of starts can fill the store with.
    ///
    /// Nobody's login gives way to another's. The second half is for browsers that bring our cookie along: when the
    /// first half is full, one that comes without is given it and sent round once more.
    pub fn logins_under_way(mut self, at_most: u32) -> Self {
        self.logins_under_way = at_most;
        self
    }

    /// Checks everything.
    ///
    /// # Errors
    /// [`BuildError`], which names the first setting that is wrong.
    pub fn build(self) -> Result<Login, BuildError> {
        let first = self.entries.first().ok_or(BuildError::NoProvider)?;
        if self.own_sessions.is_some() && self.on_signed_in.is_none() {
            return Err(BuildError::NobodyKnown);
        }
        if !is_path(&self.prefix) {
            return Err(BuildError::Prefix);
        }
        let mount = if self.mount.is_empty() { self.prefix.clone() } else { self.mount };
        if !is_path(&mount) {
            return Err(BuildError::Mount);
        }
        let below = mount.strip_prefix(&*self.prefix);
        if !below.is_some_and(|below| below.is_empty() || below.starts_with('/')) {
            return Err(BuildError::Prefix);
        }
        let is_tag = |tag: &str| {
            !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if let Some(texts) = self.texts.iter().find(|texts| !is_tag(&texts.lang)) {
            return Err(BuildError::Language(texts.lang.as_ref().into()));
        }
        let look = Look::new(self.texts, self.draw);
        let site = Site::of(first.callback(), &mount, &self.prefix, look);
        let start = || site.place("/").unwrap_or_else(ReturnTo::root);
        let (after_login, after_logout) =
            (self.after_login.unwrap_or_else(start), self.after_logout.unwrap_or_else(start));
        let mut paths: Vec<&str> = Vec::new();
        for (at, entry) in self.entries.iter().enumerate() {
            let name = &entry.name;
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            if name.is_empty() || !name.bytes().all(plain) {
                return Err(BuildError::Name(name.clone()));
            }
            if self.entries[..at].iter().any(|earlier| earlier.name == *name) {
                return Err(BuildError::NameTwice(name.clone()));
            }
            let uri = entry.callback();
            if uri.origin().ascii_serialization() != site.origin()
                || !matches!(uri.scheme(), "http" | "https")
            {
                return Err(BuildError::OtherOrigin(name.clone()));
            }
            let path = uri.path().strip_prefix(&*mount).filter(|path| path.starts_with('/'));
            let path = path.ok_or_else(|| BuildError::OutsideMount(name.clone()))?;
            let taken = path == "/" || crate::login::is_reserved(path);
            if taken || paths.contains(&path) {
                return Err(BuildError::PathTaken(name.clone()));
            }
            paths.push(path);
        }
        if let Some(path) = self.stray_logout {
            return Err(BuildError::LogoutPath(path));
        }
        for entry in &self.entries {
            let Some(path) = &entry.logout_path else { continue };
            let below = path.strip_prefix(&*mount).filter(|below| below.starts_with('/') && is_path(path));
            let is_free = |below: &&str| !crate::login::is_reserved(below) && !paths.contains(below);
            if entry.connects || !below.is_some_and(|below| is_free(&below)) {
                return Err(BuildError::LogoutPath(entry.name.clone()));
            }
        }
        let keeper = match self.keeper {
            Some(keeper) => keeper,
            None => {
                let mut keeper = Keeper::builder(self.grants, self.ring.clone(), self.world.clone());
                for entry in &self.entries {
                    keeper = keeper.source(&*entry.name, entry.flow.clone());
                }
                keeper.build().map_err(BuildError::Keeper)?
            }
        };
        Ok(Login::of(Inner {
            browser_cookie: Cookie::browser(site.is_secure()),
            session_cookie: Cookie::session(site.is_secure()),
            logout_cookie: Cookie::logout(site.is_secure()),
            site,
            entries: self.entries.into_iter().map(Arc::new).collect(),
            keeper,
            pending: self.pending,
            sessions: self.sessions,
            ring: self.ring,
            world: self.world,
            lifetimes: self.lifetimes,
            after_login,
            after_logout,
            logins_under_way: self.logins_under_way,
            who: self.who,
            on_signed_in: self.on_signed_in,
            own_sessions: self.own_sessions,
            on_logged_out: self.on_logged_out,
            logout_seats: Seats::new(JUDGED_AT_ONCE),
            purges: Purges::default(),
        }))
    }
}

/// Empty, or a path that begins with `/`, does not end with one, and that a router takes as it stands.
fn is_path(path: &str) -> bool {
    path.is_empty()
        || (ReturnTo::parse(path).is_ok_and(|parsed| parsed.as_str() == path)
            && !path.ends_with('/')
            && !path.contains(['?', '{', '}', '*']))
}

impl fmt::Debug for LoginBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginBuilder")
            .field("providers", &self.entries.iter().map(|entry| &*entry.name).collect::<Vec<_>>())
            .field("mount", &self.mount)
            .finish_non_exhaustive()
    }
}
