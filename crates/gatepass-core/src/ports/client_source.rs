//! Where a keeper and a login have their client from: at hand, or asked of its provider when it is first needed.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use url::{Origin, Url};

use super::Clock;
use crate::{Client, IdToken, Profile, RedirectUri, Remedy, TokenSet, World};

/// What is known of a client before its provider was asked anything.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Registered {
    /// Where its callbacks come.
    pub redirect_uri: RedirectUri,
    /// The provider's habits.
    pub profile: Profile,
    /// The issuer, to the letter, if it has one.
    pub issuer: Option<Box<str>>,
    /// The origins to which access tokens may be sent. The provider may add some of its own.
    pub resources: Vec<Origin>,
    /// Whether http on loopback was allowed.
    pub http_loopback: bool,
}

impl Registered {
    /// A registration of these parts.
    #[must_use]
    pub fn new(redirect_uri: RedirectUri, profile: Profile, issuer: Option<Box<str>>) -> Self {
        Self { redirect_uri, profile, issuer, resources: Vec::new(), http_loopback: false }
    }

    /// Names the origins to which access tokens may be sent.
    #[must_use]
    pub fn resources(mut self, origins: impl IntoIterator<Item = Origin>, http_loopback: bool) -> Self {
        self.resources.extend(origins);
        self.http_loopback = http_loopback;
        self
    }

    /// Whether an access token may be sent to this URL, before the provider was asked anything.
    #[must_use]
    pub fn may_receive_tokens(&self, url: &Url) -> bool {
        url.username().is_empty() && url.password().is_none() && self.resources.contains(&url.origin())
    }

    /// What is known of a client that is at hand.
    #[must_use]
    pub fn of(client: &Client) -> Self {
        let provider = client.provider();
        let issuer = provider.issuer().map(Box::from);
        Self::new(client.redirect_uri().clone(), provider.profile().clone(), issuer)
            .resources(provider.resources().iter().cloned(), provider.allows_http_loopback())
    }
}

/// A source of one client, and the judge of what its provider says about people.
///
/// - SOURCE-1: what [`registered`](ClientSource::registered) says never changes.
/// - SOURCE-2: [`client`](ClientSource::client) answers a client of that registration that is ready to judge a refresh;
///   any number of callers cause one question to the provider.
/// - SOURCE-3: [`judge`](ClientSource::judge) asks nobody, waits for nothing, and looks at no access token.
/// - SOURCE-4: a failed question is not repeated at once, however many ask, and what was known before it serves for a
///   bounded time.
#[async_trait]
pub trait ClientSource: Send + Sync + fmt::Debug {
    /// What is known without asking.
    fn registered(&self) -> Registered;

    /// The client, if it is at hand.
    fn at_hand(&self) -> Option<Client>;

    /// The client; its provider is asked, if it is not at hand or has been for long.
    ///
    /// # Errors
    /// [`NoClient`], which says whether to come again.
    async fn client(&self, world: &World) -> Result<Client, NoClient>;

    /// Holds the tokens of a refresh against the login that they continue (OpenID Connect Core section 12.2).
    fn judge(&self, refreshed: TokenSet, login: Option<&IdToken>, clock: &dyn Clock) -> Continuation;

    /// Fetches keys that are newer than those of an edition in which a [`judge`](ClientSource::judge) missed one.
    ///
    /// # Errors
    /// [`NoClient`], when there are none that are newer.
    async fn catch_up(&self, edition: u64, world: &World) -> Result<(), NoClient>;
}

/// Whether a refresh continues a login.
#[derive(Debug)]
#[must_use = "it holds the tokens"]
#[non_exhaustive]
pub enum Continuation {
    /// It does, or says nothing about it: these may be used.
    Continued(TokenSet),
    /// A key is missing for which the provider has to be asked. The access token is not used.
    KeysMissing {
        /// The edition of the keys that lacked it.
        edition: u64,
    },
    /// It is another person's, another issuer's, or nothing proves whose: the access token must not be used.
    Refused(Arc<dyn Error + Send + Sync>),
}

/// There is no client: its provider has not said yet what it is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NoClient {
    /// Why.
    pub why: Arc<dyn Error + Send + Sync>,
    /// What a program can do about it.
    pub remedy: Remedy,
}

impl NoClient {
    /// The same may succeed later.
    #[must_use]
    pub fn for_now(why: Arc<dyn Error + Send + Sync>, again_in: Option<Duration>) -> Self {
        Self { why, remedy: Remedy::RetryLater(again_in) }
    }

    /// Only another configuration, here or at the provider, mends it.
    #[must_use]
    pub fn misconfigured(why: Arc<dyn Error + Send + Sync>) -> Self {
        Self { why, remedy: Remedy::FixConfiguration }
    }
}

impl fmt::Display for NoClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what the provider is could not be found out")
    }
}

impl Error for NoClient {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.why.as_ref())
    }
}

/// A client that was configured by hand is always at hand, and holds no refresh against a login: what came beside its
/// tokens is nobody's word.
#[async_trait]
impl ClientSource for Client {
    fn registered(&self) -> Registered {
        Registered::of(self)
    }

    fn at_hand(&self) -> Option<Client> {
        Some(self.clone())
    }

    async fn client(&self, _: &World) -> Result<Client, NoClient> {
        Ok(self.clone())
    }

    fn judge(&self, refreshed: TokenSet, _: Option<&IdToken>, _: &dyn Clock) -> Continuation {
        Continuation::Continued(refreshed)
    }

    async fn catch_up(&self, _: u64, _: &World) -> Result<(), NoClient> {
        Ok(())
    }
}
