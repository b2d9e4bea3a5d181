//! Clients that ask their provider what it is when somebody needs to know.

mod blocking;
mod fits;
mod oauth;
mod op;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use gatepass_core::ports::{BeginError, Begun, ClientSource as _, FinishError, Flow, Limits, NoClient, Wish};
use gatepass_core::{Callback, Remedy, Scopes, World};
use gatepass_oidc::{
    Algorithm, DiscoveryError, FetchError, Metadata, Misfit, NotDiscovered, Registration,
    RegistrationBuilder, RelyingParty, Rules,
};
use serde_json::{Value, json};

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
async fn met_08_the_old_copy_serves_while_a_newer_one_is_fetched_and_for_a_day_if_none_comes() {
    let site = Site::new();
    site.ask().await.unwrap();
    site.clock.advance(3599);
    site.ask().await.unwrap();
    assert_eq!(site.op.documents().len(), 1, "for an hour it is fresh");

    site.clock.advance(1);
    site.op.hold();
    site.ask().await.unwrap();
    site.settle().await;
    site.ask().await.unwrap();
    assert_eq!(site.op.documents().len(), 2, "one fetch ahead, for which nobody waits");
    site.op.is_away();
    site.op.let_go();
    site.settle().await;

    for _ in 0..10 {
        site.ask().await.unwrap();
        site.settle().await;
    }
    assert_eq!(site.op.documents().len(), 2, "a failed fetch is not repeated at once");
    site.clock.advance(5);
    site.ask().await.unwrap();
    site.settle().await;
    assert_eq!(site.op.documents().len(), 3);

    site.clock.advance(24 * 3600 - 3600 - 5 - 1);
    site.ask().await.unwrap();
    site.settle().await;
    site.clock.advance(1);
    let why = site.begin().await.unwrap_err();
    assert!(matches!(why.remedy, Remedy::RetryLater(Some(_))), "after a day it has ended: {why:?}");
    assert!(
        site.party.at_hand().is_some(),
        "until the next question, whoever needs no answer may look at it"
    );
    site.clock.advance(5);
    site.ask().await.unwrap_err();
    assert!(site.party.at_hand().is_none());

    site.op.says(&document());
    site.clock.advance(5);
    site.ask().await.unwrap();
}

#[tokio::test]
async fn met_08_a_document_that_has_become_unsound_does_not_replace_the_good_one() {
    let site = Site::new();
    site.ask().await.unwrap();
    let mut moment = 3600;
    for (status, wrong) in [
        (200, changed(document(), "issuer", json!("https://evil.example")).to_string()),
        (200, changed(document(), "authorization_endpoint", json!("http://op.example/a")).to_string()),
        (200, changed(document(), "token_endpoint", Value::Null).to_string()),
        (
            200,
            changed(document(), "token_endpoint_auth_methods_supported", json!(["private_key_jwt"]))
                .to_string(),
        ),
        (404, String::new()),
        (200, "<html>".to_owned()),
    ] {
        site.op.answers(status, &wrong);
        site.clock.advance(moment);
        assert_eq!(site.leads_to().await, "https://op.example/authorize");
        site.settle().await;
        assert_eq!(site.leads_to().await, "https://op.example/authorize", "{wrong}");
        moment = 5;
    }
    assert_eq!(site.op.documents().len(), 7);
    site.op.says(&changed(document(), "authorization_endpoint", json!("https://op.example/new")));
    site.clock.advance(5);
    site.ask().await.unwrap();
    site.settle().await;
    assert_eq!(site.leads_to().await, "https://op.example/new", "a sound one does");
}

#[tokio::test]
async fn met_08_a_copy_is_bounded_and_of_one_issuer() {
    let site = Site::new();
    for _ in 0..5 {
        site.ask().await.unwrap();
        assert_eq!(site.op.cap(), 1 << 20);
        site.clock.advance(3600);
        site.ask().await.unwrap();
        site.settle().await;
    }
    let kept = site.party.metadata().unwrap();
    assert_eq!(kept.as_json(), document().to_string(), "the last one alone");

    // Another issuer at the same host has a document of its own, or none.
    let other = Registration::builder("https://op.example/other", CLIENT, "https://app.example/cb");
    let other = RelyingParty::of(other.build().unwrap());
    let why = other.client(&site.world).await.unwrap_err();
    assert_eq!(why.remedy, Remedy::FixConfiguration);
    assert_eq!(site.op.asked().last().unwrap(), "https://op.example/other/.well-known/openid-configuration");
}

#[tokio::test]
async fn met_09_endpoints_that_move_are_told_and_logins_go_to_the_new_ones() {
    let site = Site::new();
    site.ask().await.unwrap();
    let before = site.party.at_hand().unwrap();
    assert!(site.party.moved().is_empty());
    let moved = changed(document(), "token_endpoint", json!("https://elsewhere.example/token"));
    let moved = changed(moved, "authorization_endpoint", json!("https://op.example/other-path"));
    site.op.says(&moved);
    site.clock.advance(3600);
    site.ask().await.unwrap();
    site.settle().await;
    assert_eq!(site.party.moved(), ["token_endpoint"]);
    assert_eq!(site.leads_to().await, "https://op.example/other-path");
    let after = site.party.at_hand().unwrap();
    assert_eq!(after.provider().token_endpoint().as_str(), "https://elsewhere.example/token");
    assert!(before.provider().is_discovered() && after.provider().is_discovered());
    assert!(!after.provider().accepts_grants_of("https://op.example"), "what the keeper refuses by");

    // It stays told when the same document comes again.
    site.clock.advance(3600);
    site.ask().await.unwrap();
    site.settle().await;
    assert_eq!(site.op.documents().len(), 3);
    assert_eq!(site.party.moved(), ["token_endpoint"]);

    let site = Site::of(registration().moved_from("https://former.example/token"));
    site.ask().await.unwrap();
    assert!(site.party.at_hand().unwrap().provider().accepts_grants_of("https://former.example"));
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
    let other = RelyingParty::of(registration().build().unwrap());
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

#[tokio::test]
async fn keys_go_on_until_they_lie_elsewhere() {
    let site = Site::new();
    site.party.client(&site.world).await.unwrap();
    site.clock.advance(3600);
    site.party.client(&site.world).await.unwrap();
    site.settle().await;
    site.party.client(&site.world).await.unwrap();
    assert_eq!(
        (site.op.count("openid-configuration"), site.op.count("/jwks")),
        (2, 2),
        "both are an hour old"
    );

    site.op.says(&changed(document(), "jwks_uri", json!("https://op.example/new/jwks")));
    site.clock.advance(1800);
    site.party.client(&site.world).await.unwrap();
    assert_eq!(site.op.count("/new/jwks"), 0);
    site.clock.advance(1800);
    site.ask().await.unwrap();
    site.settle().await;
    site.party.client(&site.world).await.unwrap();
    assert_eq!(site.op.count("/new/jwks"), 1, "those of another address are not taken for these");
}

#[tokio::test]
async fn a_copy_from_before_serves_until_the_provider_has_said_what_it_is() {
    let kept = Metadata::read(ISSUER, &document().to_string(), false).unwrap();
    let site = Site::of(registration().known(kept.as_json()));
    assert_eq!(site.party.at_hand().unwrap().id(), CLIENT);
    site.op.is_away();
    assert_eq!(site.leads_to().await, "https://op.example/authorize");
    site.settle().await;
    assert_eq!(
        site.op.documents(),
        [WELL_KNOWN],
        "it is asked all the same, of which nobody waits for the answer"
    );

    site.op.says(&changed(document(), "authorization_endpoint", json!("https://new.example/authorize")));
    site.clock.advance(5);
    site.ask().await.unwrap();
    site.settle().await;
    assert_eq!(site.leads_to().await, "https://new.example/authorize");
    assert_eq!(site.party.moved(), ["authorization_endpoint"], "what was kept is what it is held against");
    assert!(site.party.metadata().unwrap().as_json().contains("new.example"));

    for wrong in ["{}", "", r#"{"issuer":"https://evil.example"}"#] {
        let site = Site::of(registration().known(wrong));
        assert!(site.party.at_hand().is_none(), "{wrong}");
        site.ask().await.unwrap();
        assert_eq!(site.op.documents(), [WELL_KNOWN]);
    }
}

#[tokio::test]
async fn a_copy_from_before_serves_for_a_day_after_the_first_question_that_fails() {
    let site = Site::of(registration().known(document().to_string()));
    site.op.is_away();
    site.clock.advance(48 * 3600);
    site.ask().await.unwrap();
    site.settle().await;
    site.clock.advance(24 * 3600 - 1);
    site.ask().await.unwrap();
    site.settle().await;
    site.clock.advance(5);
    site.ask().await.unwrap_err();
}

fn misfit(why: &NoClient) -> Misfit {
    match why.why.downcast_ref::<NotDiscovered>().and_then(|why| why.why.as_deref()) {
        Some(FetchError::Misfit(why)) => why.clone(),
        other => panic!("{other:?}"),
    }
}
