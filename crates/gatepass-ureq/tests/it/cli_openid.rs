//! The built example, given nothing of its provider but the issuer.

use gatepass_testkit::Provider;
use gatepass_testkit::provider::openid::{Misbehaviour, OpenId};
use gatepass_testkit::provider::{Endpoint, Fault};

use crate::cli_run::{Place, Running, visit};

fn place() -> Place {
    Place::with(Provider::builder().openid(OpenId::new()))
}

fn asked(place: &Place, endpoint: Endpoint) -> usize {
    place.provider.requests(endpoint).len()
}

#[test]
fn the_first_run_says_who_logged_in_and_later_ones_ask_nobody_else() {
    let place = place();
    let ended = Running::start(place.by_issuer()).with_browser(visit);
    ended.is(0);
    assert!(ended.answer.contains("\"sub\":\"user-alice\""), "{ended:?}");
    let later = Running::start(place.by_issuer()).end();
    later.is(0);
    assert_eq!(later.answer, ended.answer);
    assert_eq!(place.provider.stats().refreshes, 0);

    // A renewal is held against the login.
    place.provider.expire_access_tokens();
    Running::start(place.by_issuer()).end().is(0);
    assert_eq!((place.provider.stats().refreshes, place.provider.stats().reuse_detected), (1, 0));

    let mut program = place.by_issuer();
    program.arg("--logout");
    Running::start(program).end().is(0);
    assert!(place.provider.stats().revocations > 0);
}

#[test]
fn an_api_is_called_without_asking_the_provider_while_the_token_is_fresh() {
    let place = place();
    let program = || {
        let mut program = place.by_issuer();
        program.env("API_URL", place.provider.user_endpoint());
        program
    };
    Running::start(program()).with_browser(visit).is(0);
    let before = asked(&place, Endpoint::OpenIdConfiguration);
    place.provider.inject(Fault::before(Endpoint::OpenIdConfiguration).status(503).until_cleared());
    Running::start(program()).end().is(0);
    assert_eq!(asked(&place, Endpoint::OpenIdConfiguration), before);
}

#[test]
fn oauth_alone_is_discovered_by_rfc_8414_and_by_nothing_else() {
    let place = Place::with(Provider::builder());
    let mut program = place.by_issuer();
    program.env("SCOPE", "profile").env("API_URL", place.provider.user_endpoint());
    Running::start(program).with_browser(visit).is(0);
    assert!(asked(&place, Endpoint::Metadata) > 0);
    assert_eq!(asked(&place, Endpoint::OpenIdConfiguration), 0);
}

#[test]
fn what_is_not_right_about_a_login_ends_it_with_nothing_kept() {
    for module in [
        "oidcc-client-test-invalid-iss",
        "oidcc-client-test-nonce-invalid",
        "oidcc-client-test-invalid-sig-rs256",
        "oidcc-client-test-idtoken-sig-none",
    ] {
        let place = place();
        place.provider.misbehave(Misbehaviour::named(module).unwrap());
        let ended = Running::start(place.by_issuer()).with_browser(visit);
        ended.is(1);
        assert!(ended.said.contains("the id token was refused"), "{module}: {ended:?}");
        assert_eq!(asked(&place, Endpoint::UserInfo), 0, "{module}");
        place.provider.misbehave(Misbehaviour::named(module).unwrap().without_fault());
        Running::start(place.by_issuer()).with_browser(visit).is(0);
    }
}

#[test]
fn renewals_and_user_info_about_somebody_else_show_nothing_and_lose_nothing() {
    let place = place();
    Running::start(place.by_issuer()).with_browser(visit).is(0);
    for module in ["oidcc-client-test-userinfo-invalid-sub", "oidcc-client-test-refresh-token-invalid-issuer"]
    {
        place.provider.misbehave(Misbehaviour::named(module).unwrap());
        if module.contains("refresh") {
            place.provider.expire_access_tokens();
        }
        let ended = Running::start(place.by_issuer()).end();
        ended.is(1);
        assert_eq!(ended.answer, "", "{module}");
    }
    place.provider.misbehave(Misbehaviour::new());
    Running::start(place.by_issuer()).end().is(0);
    assert_eq!(place.provider.stats().families_revoked, 0);
}
