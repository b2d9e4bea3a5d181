//! What is refused when a keeper is built.

use std::time::Duration;

use gatepass::renewal::Deadlines;
use gatepass::{ConfigError, Keeper, KeeperError};
use gatepass_testkit::Provider;

use crate::support::{STRICT, Stage, client, session};

#[tokio::test]
async fn cfg_09_a_second_provider_under_the_issuer_of_another_is_refused() {
    let (stage, other) = (Stage::new(), Provider::start());
    let builder = || {
        Keeper::builder(stage.store.clone(), stage.ring.clone(), stage.world.clone())
            .client("one", client(&stage.server, STRICT))
    };
    builder().client("two", client(&other, STRICT)).build().unwrap();
    let mixed = Provider::start();
    let endpoints = [mixed.authorization_endpoint(), mixed.token_endpoint()];
    let provider = gatepass::Provider::builder(&endpoints[0], &endpoints[1]).issuer(stage.server.issuer());
    let provider = provider.danger_allow_http_loopback().build().unwrap();
    let mixed =
        gatepass::Client::new(provider, "app", gatepass::ClientAuth::None, "http://127.0.0.1/callback");
    let refused = builder().client("two", mixed.unwrap()).build().unwrap_err();
    assert_eq!(refused, KeeperError::Config(ConfigError::SameIssuer));
    // Two clients of one provider cannot be mixed up: whoever answers, it is the same one.
    builder().client("two", client(&stage.server, STRICT)).build().unwrap();
    let refused = builder().client("one", client(&other, STRICT)).build().unwrap_err();
    assert_eq!(refused, KeeperError::SameName("one".into()));
}

#[tokio::test]
async fn deadlines_that_do_not_fit_a_profile_are_refused_by_name() {
    let stage = Stage::new();
    let short = Deadlines::DEFAULT.lease(Duration::from_secs(1));
    let built = Keeper::builder(stage.store.clone(), stage.ring.clone(), stage.world.clone())
        .client("one", stage.client())
        .deadlines(short)
        .build();
    assert!(matches!(built.unwrap_err(), KeeperError::Deadlines { client, .. } if &*client == "one"));
    let empty = Keeper::builder(stage.store.clone(), stage.ring.clone(), stage.world.clone()).build();
    assert_eq!(empty.unwrap_err(), KeeperError::NoClient);
}

#[tokio::test]
async fn a_grant_of_a_provider_that_is_not_configured_is_refused() {
    let stage = Stage::new();
    let keeper = stage.keeper();
    let key = gatepass::ports::GrantKey::new("other", session("alice").owner().clone());
    assert!(matches!(keeper.access_token(&key).await, Err(gatepass::Unavailable::NotConfigured)));
    assert!(matches!(keeper.logout(&key).await, Err(gatepass::KeepError::NotConfigured)));
    let tokens = stage.log_in("alice").await;
    assert!(matches!(keeper.install(&key, tokens).await, Err(gatepass::KeepError::NotConfigured)));
}
