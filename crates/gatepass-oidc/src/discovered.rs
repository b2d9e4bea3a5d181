//! What is kept of a discovery: the client that came of it, and the documents that say so.

use std::sync::Arc;

use gatepass_core::Client;
use gatepass_core::ports::{NoClient, Registered};
use gatepass_core::{Monotonic, World, blocking};

use crate::cached::{Cached, Missed};
use crate::not_discovered::NotDiscovered;
use crate::source::{Missing, Question, Source};
use crate::{Discovery, FetchKeys, KeySet, Metadata, Misfit, NoKeys, OpenId, Registration, WellKnown};

/// A client that knows who logs in, and its provider's keys.
#[derive(Clone)]
pub(crate) struct Party {
    pub(crate) openid: OpenId,
    /// `None`: tokens are signed with the client secret.
    pub(crate) keys: Option<Arc<Source<KeysOf>>>,
    documents: Option<Documents>,
}

/// A client that does not.
#[derive(Clone)]
pub(crate) struct Plain {
    pub(crate) client: Client,
    documents: Documents,
}

/// The metadata as they are, and as they were when they came first.
#[derive(Clone)]
struct Documents {
    now: Arc<Metadata>,
    first: Arc<Metadata>,
}

impl Documents {
    /// The documents after another one came. Endpoints that moved are told.
    fn then(before: Option<&Self>, metadata: Metadata) -> Self {
        let now = Arc::new(metadata);
        let Some(before) = before else { return Self { first: Arc::clone(&now), now } };
        let moved = now.moved_since(&before.now);
        if !moved.is_empty() {
            let endpoints = moved.join(" ");
            tracing::warn!(of = now.issuer(), endpoints, "endpoints moved to another origin");
        }
        Self { now, first: Arc::clone(&before.first) }
    }

    fn moved(&self) -> Vec<&'static str> {
        self.now.moved_since(&self.first)
    }
}

impl Party {
    /// A client whose program asked for the metadata itself.
    pub(crate) fn new(openid: OpenId, freshness: crate::Freshness) -> Self {
        let keys = KeysOf::of(&openid).map(|keys| Source::new(keys, freshness));
        Self { openid, keys, documents: None }
    }

    /// The keys, newer than an edition in which one was missing.
    pub(crate) async fn keys(&self, missed: Option<u64>, world: &World) -> Result<(KeySet, u64), NoKeys> {
        self.keys_for(missed.map(|edition| Missed { edition, by_stranger: false }), world).await
    }

    /// Keys that are newer than an edition in which a token names one that was missing which anybody may have sent.
    pub(crate) async fn keys_for_stranger(
        &self,
        edition: u64,
        world: &World,
    ) -> Result<(KeySet, u64), NoKeys> {
        self.keys_for(Some(Missed { edition, by_stranger: true }), world).await
    }

    async fn keys_for(&self, missed: Option<Missed>, world: &World) -> Result<(KeySet, u64), NoKeys> {
        match &self.keys {
            Some(keys) => keys.answer(missed, world).await.map_err(NoKeys::of),
            None => self.without_keys(missed.map(|missed| missed.edition)),
        }
    }

    /// Begins to fetch keys that are not there, for the login that begins.
    pub(crate) fn prepare(&self, world: &World) {
        if let Some(keys) = &self.keys {
            keys.prepare(world);
        }
    }

    pub(crate) fn keys_blocking(
        &self,
        missed: Option<u64>,
        world: &blocking::World,
    ) -> Result<(KeySet, u64), NoKeys> {
        match &self.keys {
            Some(keys) => {
                let missed = missed.map(|edition| Missed { edition, by_stranger: false });
                keys.answer_blocking(missed, world).map_err(NoKeys::of)
            }
            None => self.without_keys(missed),
        }
    }

    pub(crate) fn keys_at_hand(&self, now: Monotonic) -> Option<(KeySet, u64)> {
        self.keys.as_ref()?.at_hand(now)
    }

    /// Whether user info lies on another origin than at first, and nobody has allowed it by name: access tokens do not follow.
    pub(crate) fn user_info_moved(&self) -> bool {
        let Some(Documents { now, first }) = &self.documents else { return false };
        let origin = |metadata: &Metadata| metadata.endpoint("userinfo_endpoint").map(url::Url::origin);
        let (Some(now), Some(first)) = (origin(now), origin(first)) else { return false };
        now != first && !self.client().provider().accepts_grants_of(&first.ascii_serialization())
    }

    /// Where the client secret is the key, there is no newer one.
    fn without_keys(&self, missed: Option<u64>) -> Result<(KeySet, u64), NoKeys> {
        match missed {
            None => Ok((KeySet::default(), 0)),
            Some(_) => Err(NoKeys::none_newer()),
        }
    }
}

/// The question for a provider's keys.
pub(crate) struct KeysOf {
    fetch: FetchKeys,
    issuer: Box<str>,
}

impl KeysOf {
    fn of(openid: &OpenId) -> Option<Self> {
        Some(Self { fetch: openid.fetch_keys()?, issuer: openid.issuer().into() })
    }
}

impl Question for KeysOf {
    type Document = KeySet;
    type Leg = FetchKeys;
    type Answer = KeySet;

    fn leg(&self) -> FetchKeys {
        self.fetch.clone()
    }

    fn read(&self, keys: KeySet, _: Option<&KeySet>) -> Result<KeySet, Misfit> {
        Ok(keys)
    }

    fn about(&self) -> (&'static str, &str) {
        ("keys", &self.issuer)
    }
}

/// The question that makes a [`Party`].
pub(crate) struct ForOpenId(pub(crate) Registration);

/// The question that makes a [`Plain`] client.
pub(crate) struct ForOAuth(pub(crate) Registration);

impl Question for ForOpenId {
    type Document = Metadata;
    type Leg = Discovery;
    type Answer = Party;

    fn leg(&self) -> Discovery {
        self.0.discovery(WellKnown::OpenId)
    }

    /// Keys go on as long as they lie at the same address, and after that until there are some at the new one.
    fn read(&self, metadata: Metadata, before: Option<&Party>) -> Result<Party, Misfit> {
        let openid = self.0.openid(&metadata)?;
        let keys = KeysOf::of(&openid).map(|asked| match before.and_then(|before| before.keys.as_ref()) {
            Some(keys) if keys.question().fetch == asked.fetch => Arc::clone(keys),
            Some(keys) => Source::of(asked, keys.moved()),
            None => Source::new(asked, self.0.freshness()),
        });
        let documents = Documents::then(before.and_then(|before| before.documents.as_ref()), metadata);
        Ok(Party { openid, keys, documents: Some(documents) })
    }

    fn about(&self) -> (&'static str, &str) {
        ("metadata", self.0.issuer())
    }
}

impl Question for ForOAuth {
    type Document = Metadata;
    type Leg = Discovery;
    type Answer = Plain;

    fn leg(&self) -> Discovery {
        self.0.discovery(WellKnown::OAuth)
    }

    fn read(&self, metadata: Metadata, before: Option<&Plain>) -> Result<Plain, Misfit> {
        let client = self.0.client(&metadata)?;
        Ok(Plain { client, documents: Documents::then(before.map(|before| &before.documents), metadata) })
    }

    fn about(&self) -> (&'static str, &str) {
        ("metadata", self.0.issuer())
    }
}

/// What a discovery makes of a registration.
pub(crate) trait Discovered: Clone + Send + Sync {
    /// The OAuth client.
    fn client(&self) -> &Client;
    /// What the provider said of itself; `None`: the program has asked it.
    fn metadata(&self) -> Option<Arc<Metadata>>;
    /// The names of endpoints that lie on another origin than at first.
    fn moved(&self) -> Vec<&'static str>;
}

impl Discovered for Party {
    fn client(&self) -> &Client {
        self.openid.client()
    }

    fn metadata(&self) -> Option<Arc<Metadata>> {
        self.documents.as_ref().map(|documents| Arc::clone(&documents.now))
    }

    fn moved(&self) -> Vec<&'static str> {
        self.documents.as_ref().map(Documents::moved).unwrap_or_default()
    }
}

impl Discovered for Plain {
    fn client(&self) -> &Client {
        &self.client
    }

    fn metadata(&self) -> Option<Arc<Metadata>> {
        Some(Arc::clone(&self.documents.now))
    }

    fn moved(&self) -> Vec<&'static str> {
        self.documents.moved()
    }
}

/// A registration and whoever is asked about it; or what came of that, where the program asked itself.
pub(crate) enum Whence<Q: Question> {
    AtHand(Box<(Q::Answer, Registered)>),
    Asked(Arc<Source<Q>>),
}

impl<Q: Question> Clone for Whence<Q> {
    fn clone(&self) -> Self {
        match self {
            Self::AtHand(known) => Self::AtHand(known.clone()),
            Self::Asked(source) => Self::Asked(Arc::clone(source)),
        }
    }
}

/// A question that a registration asks.
pub(crate) trait Registering: Question<Document = Metadata, Answer: Discovered> {
    fn registration(&self) -> &Registration;
}

impl Registering for ForOpenId {
    fn registration(&self) -> &Registration {
        &self.0
    }
}

impl Registering for ForOAuth {
    fn registration(&self) -> &Registration {
        &self.0
    }
}

impl<Q: Registering> Whence<Q> {
    /// Asks when it is needed; until then what was kept from before serves, if it fits.
    pub(crate) fn asked(question: Q) -> Self {
        let registration = question.registration();
        let freshness = registration.freshness();
        let known = registration.known().and_then(|metadata| {
            let read = question.read(metadata, None);
            read.inspect_err(|why| registration.passed_over(why)).ok()
        });
        let cached = known.map_or_else(|| Cached::new(freshness), |known| Cached::kept(freshness, known));
        Self::Asked(Source::of(question, cached))
    }

    pub(crate) fn registered(&self) -> Registered {
        match self {
            Self::AtHand(known) => known.1.clone(),
            Self::Asked(source) => source.question().registration().registered(),
        }
    }

    /// What came last.
    pub(crate) fn last(&self) -> Option<Q::Answer> {
        match self {
            Self::AtHand(known) => Some(known.0.clone()),
            Self::Asked(source) => source.last(),
        }
    }

    /// What may be used now.
    pub(crate) fn at_hand(&self, now: Monotonic) -> Option<Q::Answer> {
        match self {
            Self::AtHand(known) => Some(known.0.clone()),
            Self::Asked(source) => source.at_hand(now).map(|(answer, _)| answer),
        }
    }

    pub(crate) async fn answer(&self, world: &World) -> Result<Q::Answer, NoClient> {
        match self {
            Self::AtHand(known) => Ok(known.0.clone()),
            Self::Asked(source) => {
                let answer = source.answer(None, world).await;
                answer.map(|(answer, _)| answer).map_err(|missing| no_client(source, missing))
            }
        }
    }

    pub(crate) fn answer_blocking(&self, world: &blocking::World) -> Result<Q::Answer, NoClient> {
        match self {
            Self::AtHand(known) => Ok(known.0.clone()),
            Self::Asked(source) => {
                let answer = source.answer_blocking(None, world);
                answer.map(|(answer, _)| answer).map_err(|missing| no_client(source, missing))
            }
        }
    }
}

fn no_client<Q: Registering>(source: &Source<Q>, missing: Missing) -> NoClient {
    NotDiscovered::new(source.question().registration().issuer(), missing).into_no_client()
}
