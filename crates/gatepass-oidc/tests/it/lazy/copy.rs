//! What a provider said, over time: how long it serves, and what takes its place.

use gatepass_core::Remedy;
use gatepass_core::ports::ClientSource as _;
use gatepass_oidc::{Metadata, Registration, RelyingParty};
use serde_json::{Value, json};

use super::{Site, WELL_KNOWN, registration};
use crate::support::{CLIENT, ISSUER, changed, document};

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
    site.settle().await;
    assert_eq!(site.op.count("/new/jwks"), 1, "those of another address are asked for at once");
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
