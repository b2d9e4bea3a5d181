//! Clients that ask their provider what it is when somebody needs to know.

mod blocking;
mod copy;
mod fits;
mod keys;
mod moved;
mod oauth;
mod op;
mod orders;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use gatepass_core::ports::{BeginError, Begun, ClientSource as _, FinishError, Flow, Limits, NoClient, Wish};
use gatepass_core::{Callback, Remedy, Scopes, World};
use gatepass_oidc::{
    Algorithm, DiscoveryError, FetchError, Misfit, NotDiscovered, Registration, RegistrationBuilder,
    RelyingParty, Rules,
};
use serde_json::json;

use crate::support::{CLIENT, ISSUER, Signer, changed, document};
use op::{Hands, Op, world};

const WELL_KNOWN: &str = "https://op.example/.well-known/openid-configuration";

fn registration() -> RegistrationBuilder {
    Registration::builder(ISSUER, CLIENT, "https://app.example/cb")
        .secret("the client's own secret")
        .rules(Rules::new().algorithms([Algorithm::Es256]))
}

struct Site {
    op: Arc<Op>,
    world: World,
    clock: Arc<Hands>,
    party: RelyingParty,
}

impl Site {
    fn new() -> Self {
        Self::of(registration())
    }

    fn of(registration: RegistrationBuilder) -> Self {
        let op = Op::new();
        let (world, clock) = world(&op);
        Self { world, clock, party: RelyingParty::of(registration.build().unwrap()), op }
    }

    async fn begin(&self) -> Result<Begun, NoClient> {
        match self.party.begin(Wish::new(Scopes::none()), &self.world).await {
            Ok(begun) => Ok(begun),
            Err(BeginError::NoClient(why)) => Err(why),
            Err(other) => panic!("{other:?}"),
        }
    }

    /// Begins a login, which nobody finishes.
    async fn ask(&self) -> Result<(), NoClient> {
        self.begin().await.map(drop)
    }

    /// Where a login leads.
    async fn leads_to(&self) -> String {
        let url = self.begin().await.unwrap().url;
        format!("{}{}", url.origin().ascii_serialization(), url.path())
    }

    /// Until tasks that nobody waits for have done what they can do now.
    async fn settle(&self) {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }
}

/// An error and all that it comes from.
fn chain(why: &dyn Error) -> String {
    match why.source() {
        Some(source) => format!("{why}: {}", chain(source)),
        None => why.to_string(),
    }
}

#[tokio::test]
async fn nobody_is_asked_before_somebody_logs_in_and_then_once() {
    let site = Site::new();
    assert_eq!(&*site.party.registered().issuer.unwrap(), ISSUER);
    assert_eq!(site.party.registered().redirect_uri.as_str(), "https://app.example/cb");
    assert!(site.party.at_hand().is_none());
    assert!(site.op.documents().is_empty());

    assert_eq!(site.leads_to().await, "https://op.example/authorize");
    site.leads_to().await;
    assert_eq!(site.op.documents(), [WELL_KNOWN], "and nobody waits for keys to begin");
    assert_eq!(site.party.at_hand().unwrap().id(), CLIENT);
    assert_eq!(site.party.registered().issuer.as_deref(), site.party.at_hand().unwrap().provider().issuer());
    site.party.client(&site.world).await.unwrap();
    assert_eq!(
        site.op.asked(),
        [WELL_KNOWN, "https://op.example/jwks"],
        "a client is ready to judge a refresh"
    );
}

#[tokio::test]
async fn a_whole_login_needs_one_document_and_one_set_of_keys() {
    let signer = Signer::new(Algorithm::Es256);
    let site = Site::new();
    site.op.publishes(json!({"keys": [signer.jwk()]}));
    for _ in 0..3 {
        let begun = site.begin().await.unwrap();
        let value =
            |name: &str| begun.url.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned();
        let now = site.world.clock.now().as_unix_seconds();
        site.op.issues(&signer.token(&json!({
            "iss": ISSUER, "sub": "alice", "aud": CLIENT, "nonce": value("nonce"), "iat": now, "exp": now + 300,
        })));
        let callback = Callback::from_query(&format!("code=c&state={}", value("state"))).unwrap();
        let finished =
            site.party.finish(begun.snapshot, callback, &site.world, &Limits::DEFAULT).await.unwrap();
        assert_eq!(&*finished.subject.unwrap().sub, "alice");
    }
    assert_eq!(
        (site.op.count("openid-configuration"), site.op.count("/jwks"), site.op.count("/token")),
        (1, 1, 3)
    );
}

#[tokio::test]
async fn all_who_wait_share_one_question_which_nobody_ends_by_leaving() {
    let site = Arc::new(Site::new());
    site.op.hold();
    let first = tokio::spawn({
        let site = site.clone();
        async move { site.ask().await }
    });
    site.settle().await;
    assert_eq!(site.op.documents(), [WELL_KNOWN]);
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());

    let waiting: Vec<_> = (0..32)
        .map(|_| {
            let site = site.clone();
            tokio::spawn(async move { site.ask().await })
        })
        .collect();
    site.settle().await;
    assert!(site.party.at_hand().is_none(), "whoever only looks waits for nobody");
    site.op.let_go();
    for one in waiting {
        one.await.unwrap().unwrap();
    }
    assert_eq!(site.op.documents(), [WELL_KNOWN]);
}

#[tokio::test]
async fn a_question_that_fails_is_not_repeated_at_once_however_many_ask() {
    let site = Site::new();
    site.op.is_away();
    let why = site.begin().await.unwrap_err();
    assert_eq!(why.remedy, Remedy::RetryLater(Some(Duration::from_secs(5))));
    assert_eq!(
        chain(&why),
        "what the provider is could not be found out: the provider https://op.example could not be asked, and is asked \
         again in 5 s at the earliest: the provider did not answer: no connection to the provider"
    );
    site.clock.advance(3);
    for _ in 0..100 {
        let why = site.begin().await.unwrap_err();
        assert_eq!(why.remedy, Remedy::RetryLater(Some(Duration::from_secs(2))));
    }
    assert_eq!(site.op.documents().len(), 1);

    site.op.says(&document());
    site.clock.advance(2);
    site.ask().await.unwrap();
    assert_eq!(site.op.documents().len(), 2);
}

#[tokio::test]
async fn all_who_wait_for_a_question_that_fails_are_told_so_and_none_asks_again() {
    let mut freshness = gatepass_oidc::Freshness::default();
    freshness.retry = Duration::ZERO;
    let site = Arc::new(Site::of(registration().freshness(freshness)));
    site.op.is_away();
    site.op.hold();
    let waiting: Vec<_> = (0..8)
        .map(|_| {
            let site = site.clone();
            tokio::spawn(async move { site.ask().await })
        })
        .collect();
    site.settle().await;
    site.op.let_go();
    for one in waiting {
        one.await.unwrap().unwrap_err();
    }
    assert_eq!(site.op.documents().len(), 1);
}

#[tokio::test]
async fn c_02_where_discovery_fails_nothing_is_invented() {
    for status in [404, 500, 302] {
        let site = Site::new();
        site.op.answers(status, "{}");
        let why = site.begin().await.unwrap_err();
        let later = matches!(why.remedy, Remedy::RetryLater(_));
        assert_eq!(later, status == 500, "{status}: {why:?}");
        let why = why.why.downcast_ref::<NotDiscovered>().unwrap();
        match why.why.as_deref() {
            Some(FetchError::Answer(DiscoveryError::Status { status: said })) => assert_eq!(*said, status),
            Some(FetchError::Answer(DiscoveryError::Redirect { status: 302 })) if status == 302 => {}
            other => panic!("{other:?}"),
        }
        site.clock.advance(5);
        site.party.client(&site.world).await.unwrap_err();
        assert_eq!(site.op.documents(), [WELL_KNOWN, WELL_KNOWN], "no other address is asked");
    }
    let site = Site::new();
    site.ask().await.unwrap();
    assert_eq!(site.op.documents(), [WELL_KNOWN]);
}

#[tokio::test]
async fn c_02_without_a_client_a_code_is_not_sent() {
    let site = Site::new();
    let begun = site.begin().await.unwrap();
    let (_, state) = begun.url.query_pairs().find(|(name, _)| name == "state").unwrap();
    let callback = Callback::from_query(&format!("code=c&state={state}")).unwrap();
    // Another process, which finds the provider away.
    let mut freshness = gatepass_oidc::Freshness::default();
    freshness.retry = Duration::from_millis(1);
    let other = RelyingParty::of(registration().freshness(freshness).build().unwrap());
    site.op.is_away();
    let why = other.finish(begun.snapshot, callback, &site.world, &Limits::DEFAULT).await.unwrap_err();
    assert!(matches!(why, FinishError::NoClient(_)), "{why:?}");
    assert!(matches!(why.remedy(), Remedy::RetryLater(Some(_))));
    assert_eq!(site.op.count("/token"), 0);
}

#[tokio::test]
async fn another_issuer_has_to_be_mended_and_is_said_so() {
    let site = Site::new();
    site.op.says(&changed(document(), "issuer", json!("https://op.example/")));
    let why = site.begin().await.unwrap_err();
    assert_eq!(why.remedy, Remedy::FixConfiguration);
    assert_eq!(
        chain(&why),
        "what the provider is could not be found out: what the provider https://op.example says of itself cannot be used: \
         the provider names another issuer: configure the issuer to the letter"
    );
}

fn misfit(why: &NoClient) -> Misfit {
    match why.why.downcast_ref::<NotDiscovered>().and_then(|why| why.why.as_deref()) {
        Some(FetchError::Misfit(why)) => why.clone(),
        other => panic!("{other:?}"),
    }
}
