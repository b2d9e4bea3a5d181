//! The same for providers that know nothing of OpenID Connect (RFC 8414).

use gatepass_core::ports::{BeginError, ClientSource as _, Flow as _, Limits, Wish};
use gatepass_core::{Callback, Scopes};
use gatepass_oidc::{DiscoveredClient, RelyingParty, WellKnown};
use serde_json::{Value, json};

use super::op::{Op, world};
use super::registration;
use crate::support::{changed, document};

const WELL_KNOWN: &str = "https://op.example/.well-known/oauth-authorization-server";

fn plain() -> Value {
    changed(document(), "jwks_uri", Value::Null)
}

#[tokio::test]
async fn a_plain_client_asks_by_rfc_8414_and_logs_in() {
    let op = Op::new();
    op.says(&plain());
    let (world, clock) = world(&op);
    let client = DiscoveredClient::of(registration().build().unwrap());
    assert!(client.at_hand().is_none() && op.asked().is_empty());
    let begun = client.begin(Wish::new(Scopes::new("profile").unwrap()), &world).await.unwrap();
    assert!(begun.url.as_str().starts_with("https://op.example/authorize?"));
    let (_, state) = begun.url.query_pairs().find(|(name, _)| name == "state").unwrap();
    let callback = Callback::from_query(&format!("code=c&state={state}")).unwrap();
    let finished = client.finish(begun.snapshot, callback, &world, &Limits::DEFAULT).await.unwrap();
    assert!(finished.subject.is_none());
    assert_eq!(op.asked(), [WELL_KNOWN, "https://op.example/token"]);

    op.says(&changed(plain(), "token_endpoint", json!("https://elsewhere.example/token")));
    clock.advance(3600);
    client.client(&world).await.unwrap();
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert_eq!(client.moved(), ["token_endpoint"]);
    assert_eq!(
        client.metadata().unwrap().endpoint("token_endpoint").unwrap().host_str(),
        Some("elsewhere.example")
    );
}

#[tokio::test]
async fn c_02_which_document_is_asked_follows_from_the_registration_alone() {
    for (kind, address) in [
        (None, WELL_KNOWN),
        (Some(WellKnown::OAuth), WELL_KNOWN),
        (Some(WellKnown::OpenId), "https://op.example/.well-known/openid-configuration"),
    ] {
        let op = Op::new();
        op.answers(404, "");
        let (world, _) = world(&op);
        let registration = match kind {
            Some(kind) => registration().well_known(kind),
            None => registration(),
        };
        let client = DiscoveredClient::of(registration.clone().build().unwrap());
        let refused = client.begin(Wish::new(Scopes::none()), &world).await;
        assert!(matches!(refused, Err(BeginError::NoClient(_))), "{refused:?}");
        assert_eq!(op.asked(), [address]);
        if kind == Some(WellKnown::OAuth) {
            let party = RelyingParty::of(registration.build().unwrap());
            drop(party.begin(Wish::new(Scopes::none()), &world).await.unwrap_err());
            assert_eq!(op.asked(), [address, address]);
        }
    }
}

#[tokio::test]
async fn a_plain_client_does_not_ask_for_an_identity() {
    let op = Op::new();
    let (world, _) = world(&op);
    let client = DiscoveredClient::of(registration().build().unwrap());
    let refused = client.begin(Wish::new(Scopes::new("openid").unwrap()), &world).await;
    assert!(matches!(refused, Err(BeginError::Start(_))), "{refused:?}");
}
