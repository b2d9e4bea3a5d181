//! Keys that change, keys that nobody has, and a provider that is away just when somebody comes back.

use std::time::Duration;

use gatepass_core::Callback;
use gatepass_core::ports::{ClientSource as _, FinishError, Flow as _, Limits};
use gatepass_oidc::{Algorithm, Freshness, JwtError, RelyingParty, SignInError};
use serde_json::{Value, json};

use super::{Site, registration};
use crate::support::{CLIENT, ISSUER, Signer, changed, document};

/// One login, with a token of this signer, whom this process lets in.
async fn login(
    site: &Site,
    party: &RelyingParty,
    signer: &Signer,
    header: &Value,
) -> Result<(), FinishError> {
    let begun = site.begin().await.unwrap();
    let value = |name: &str| begun.url.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned();
    let now = site.world.clock.now().as_unix_seconds();
    site.op.issues(&signer.with_header(header, &json!({
        "iss": ISSUER, "sub": "alice", "aud": CLIENT, "nonce": value("nonce"), "iat": now, "exp": now + 300,
    })));
    let callback = Callback::from_query(&format!("code=c&state={}", value("state"))).unwrap();
    party.finish(begun.snapshot, callback, &site.world, &Limits::DEFAULT).await.map(drop)
}

fn nameless(signer: &Signer) -> Value {
    let mut jwk = signer.jwk();
    jwk.as_object_mut().unwrap().remove("kid");
    json!({"keys": [jwk]})
}

#[tokio::test]
async fn idt_20_a_key_without_a_name_that_another_has_replaced_is_fetched_once() {
    let (old, new) = (Signer::new(Algorithm::Es256), Signer::new(Algorithm::Es256));
    let header = json!({"alg": "ES256"});
    let site = Site::new();
    site.op.publishes(nameless(&old));
    login(&site, &site.party, &old, &header).await.unwrap();
    site.op.publishes(nameless(&new));
    login(&site, &site.party, &new, &header).await.unwrap();
    assert_eq!(site.op.count("/jwks"), 2);
    for _ in 0..10 {
        let why = login(&site, &site.party, &old, &header).await.unwrap_err();
        assert!(matches!(&why, FinishError::Identity(_)), "{why:?}");
    }
    assert_eq!(site.op.count("/jwks"), 2, "who forges tokens without a key id has nobody asked");
}

#[tokio::test]
async fn c_50_without_a_cool_down_a_made_up_key_is_not_asked_for_for_ever() {
    let (known, forger) = (Signer::named(Algorithm::Es256, "a"), Signer::named(Algorithm::Es256, "b"));
    let mut freshness = Freshness::default();
    freshness.cool_down = Duration::ZERO;
    let site = Site::of(registration().freshness(freshness));
    site.op.publishes(json!({"keys": [known.jwk()]}));
    let header = json!({"alg": "ES256", "kid": "b"});
    let end = tokio::time::timeout(Duration::from_secs(5), login(&site, &site.party, &forger, &header)).await;
    match end.expect("it comes to an end").unwrap_err() {
        FinishError::Identity(why) => {
            assert!(matches!(*why.downcast::<SignInError>().unwrap(), SignInError::IdToken(JwtError::NoKey)));
        }
        other => panic!("{other:?}"),
    }
    assert!(site.op.count("/jwks") <= 4, "{}", site.op.count("/jwks"));
    let token = forger.with_header(&header, &json!({}));
    let end = tokio::time::timeout(Duration::from_secs(5), site.party.logged_out(&token, &site.world)).await;
    end.expect("it comes to an end").unwrap_err();
    assert!(site.op.count("/jwks") <= 7, "{}", site.op.count("/jwks"));
}

#[tokio::test]
async fn a_login_survives_a_provider_that_a_process_which_never_asked_it_finds_away() {
    let signer = Signer::new(Algorithm::Es256);
    let mut freshness = Freshness::default();
    freshness.retry = Duration::from_millis(20);
    let site = Site::new();
    site.op.publishes(json!({"keys": [signer.jwk()]}));
    site.ask().await.unwrap();
    let other = RelyingParty::of(registration().freshness(freshness).build().unwrap());
    site.op.answers(503, "");
    let (op, clock) = (site.op.clone(), site.clock.clone());
    tokio::spawn(async move {
        while op.documents().len() < 2 {
            tokio::task::yield_now().await;
        }
        op.says(&document());
        clock.advance(1);
    });
    login(&site, &other, &signer, &json!({"alg": "ES256", "kid": "k1"})).await.unwrap();
    assert_eq!((site.op.documents().len(), site.op.count("/token")), (3, 1));
}

#[tokio::test]
async fn keys_go_on_where_a_document_names_a_place_without_any() {
    let (old, new) = (Signer::named(Algorithm::Es256, "old"), Signer::named(Algorithm::Es256, "new"));
    let header = |signer: &Signer| json!({"alg": "ES256", "kid": signer.kid});
    let site = Site::new();
    site.op.publishes(json!({"keys": [old.jwk()]}));
    login(&site, &site.party, &old, &header(&old)).await.unwrap();
    site.op.says(&changed(document(), "jwks_uri", json!("https://op.example/nothing")));
    site.clock.advance(3600);
    site.ask().await.unwrap();
    site.settle().await;
    login(&site, &site.party, &old, &header(&old)).await.unwrap();
    site.settle().await;
    assert_eq!(site.op.count("/nothing"), 1, "where they lie now is asked");
    login(&site, &site.party, &old, &header(&old)).await.unwrap();

    site.op.says(&changed(document(), "jwks_uri", json!("https://op.example/new/jwks")));
    site.op.publishes(json!({"keys": [new.jwk()]}));
    site.clock.advance(3600);
    site.ask().await.unwrap();
    site.settle().await;
    login(&site, &site.party, &new, &header(&new)).await.unwrap();
    login(&site, &site.party, &old, &header(&old)).await.unwrap_err();

    site.op.says(&changed(document(), "jwks_uri", json!("https://op.example/nothing")));
    site.clock.advance(3600);
    site.ask().await.unwrap();
    site.settle().await;
    site.clock.advance(24 * 3600 - 3600);
    let why = site.party.client(&site.world).await.unwrap_err();
    assert!(
        why.why.to_string().contains("verified"),
        "a day after they were fetched they serve no more: {why:?}"
    );
}

#[tokio::test]
async fn c_50_what_strangers_ask_for_is_not_taken_from_those_who_log_in() {
    let (old, new) = (Signer::named(Algorithm::Es256, "old"), Signer::named(Algorithm::Es256, "new"));
    let forger = Signer::named(Algorithm::Es256, "made up");
    let header = |signer: &Signer| json!({"alg": "ES256", "kid": signer.kid});
    let site = Site::new();
    site.op.publishes(json!({"keys": [old.jwk()]}));
    login(&site, &site.party, &old, &header(&old)).await.unwrap();
    let forged = forger.with_header(&header(&forger), &json!({}));
    for _ in 0..10 {
        site.party.logged_out(&forged, &site.world).await.unwrap_err();
    }
    assert_eq!(site.op.count("/jwks"), 2, "all of them cause one");
    site.op.publishes(json!({"keys": [new.jwk()]}));
    login(&site, &site.party, &new, &header(&new)).await.unwrap();
    assert_eq!(site.op.count("/jwks"), 3);
    site.clock.advance(59);
    site.party.logged_out(&forged, &site.world).await.unwrap_err();
    assert_eq!(site.op.count("/jwks"), 3);
    // Whoever logs in with a key that nobody has spends the minute of all.
    site.clock.advance(1);
    login(&site, &site.party, &forger, &header(&forger)).await.unwrap_err();
    assert_eq!(site.op.count("/jwks"), 4);
    site.party.logged_out(&forged, &site.world).await.unwrap_err();
    assert_eq!(site.op.count("/jwks"), 4);
}
