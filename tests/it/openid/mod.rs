//! OpenID Connect at a provider that we did not write (`tests/peers/oidc-provider`), in both worlds, over http and https.

mod blocking;
mod lazy;
mod person;
mod private;
mod site;

use gatepass_core::drive;
use gatepass_core::ports::Limits;
use gatepass_oidc::{Algorithm, JwtError, LogoutVerdict, RefreshVerdict, Rules, SignInError, Whom};
use gatepass_tests::peer::Peer;

pub(crate) use person::trusting;
use site::{CALLBACK, Site};

fn peer(test: &str, tls: bool) -> Option<Peer> {
    let settings = Peer::settings().redirect_uri(CALLBACK).post_logout_redirect_uri("http://127.0.0.1:9/bye");
    if tls { settings.tls() } else { settings }.start(test)
}

/// Which client signs how, and the rules that fit.
fn registrations(secret: &str) -> Vec<(&'static str, Rules)> {
    vec![
        ("id-RS256", Rules::new()),
        ("id-PS256", Rules::new().algorithms([Algorithm::Ps256])),
        ("id-ES256", Rules::new().algorithms([Algorithm::Es256])),
        ("id-EdDSA", Rules::new().algorithms([Algorithm::EdDsa])),
        ("id-Ed25519", Rules::new().algorithms([Algorithm::EdDsa])),
        ("id-HS256", Rules::new().mac(Algorithm::Hs256, secret.into())),
    ]
}

#[tokio::test]
async fn alice_is_known_under_every_algorithm_over_http_and_https() {
    for tls in [false, true] {
        let Some(peer) = peer("alice_is_known_under_every_algorithm", tls) else { return };
        for (client, rules) in registrations(peer.secret()) {
            let site = Site::discover(&peer, client, rules).await;
            let sign_in = site.sign_in().await.unwrap_or_else(|why| panic!("{client}: {why:?}"));
            assert_eq!(sign_in.identity.sub(), "alice", "{client}");
            assert_eq!(sign_in.identity.iss(), peer.issuer());
            let claims = site.user_info(&sign_in).await;
            assert_eq!(claims.text("name").unwrap(), "Alice Ünïcode");
        }
        // Its metadata were read once for each client, and each fetched the keys once, but for the one with a secret.
        assert_eq!(peer.counters().asked("GET /jwks"), 5);
        assert_eq!(peer.counters().asked("GET /.well-known/openid-configuration"), 6);
    }
}

#[tokio::test]
async fn a_token_under_another_algorithm_than_registered_is_refused() {
    let Some(peer) = peer("a_token_under_another_algorithm_than_registered_is_refused", false) else {
        return;
    };
    let site = Site::discover(&peer, "id-ES256", Rules::new()).await;
    let refused = site.sign_in().await;
    assert!(matches!(refused, Err(SignInError::IdToken(JwtError::Algorithm))), "{refused:?}");
    assert_eq!(peer.counters().asked("GET /me"), 0);
}

#[tokio::test]
async fn a_hundred_logins_cost_one_fetch_of_the_keys() {
    let Some(peer) = peer("a_hundred_logins_cost_one_fetch_of_the_keys", false) else { return };
    let site = Site::discover(&peer, "id-ES256", Rules::new().algorithms([Algorithm::Es256])).await;
    for _ in 0..100 {
        drop(site.sign_in().await.unwrap());
    }
    assert_eq!(peer.counters().exchanges(), 100);
    assert_eq!(peer.counters().asked("GET /jwks"), 1);
}

#[tokio::test]
async fn a_change_of_keys_while_a_login_is_under_way_is_followed() {
    let Some(peer) = peer("a_change_of_keys_while_a_login_is_under_way_is_followed", false) else { return };
    let site = Site::discover(&peer, "id-RS256", Rules::new()).await.without_cool_down();
    drop(site.sign_in().await.unwrap());
    peer.sign_with("b");
    drop(site.sign_in().await.unwrap());
    peer.sign_with("ab");
    drop(site.sign_in().await.unwrap());
    assert_eq!(peer.counters().asked("GET /jwks"), 3);
}

#[tokio::test]
async fn signed_user_info_is_verified() {
    let Some(peer) = peer("signed_user_info_is_verified", false) else { return };
    let site =
        Site::discover(&peer, "signed-userinfo", Rules::new().signed_user_info(Algorithm::Es256)).await;
    let sign_in = site.sign_in().await.unwrap();
    assert_eq!(site.user_info(&sign_in).await.text("email").unwrap(), "alice@example.test");
}

#[tokio::test]
async fn a_refresh_brings_an_id_token_of_the_same_login() {
    let Some(peer) = peer("a_refresh_brings_an_id_token_of_the_same_login", false) else { return };
    let site = Site::discover(&peer, "id-RS256", Rules::new()).await;
    let sign_in = site.sign_in().await.unwrap();
    let before = sign_in.identity.established();
    let refresh = sign_in.tokens.into_refresh(site.openid.client()).expect("there is a refresh token");
    let refreshed = drive(refresh, &site.world, &Limits::DEFAULT).await.unwrap();
    let refreshed = site.openid.refreshed(refreshed.tokens, before);
    assert!(refreshed.refresh_token().is_some());
    match refreshed.verify(&site.keys().await, site.world.clock.now()) {
        RefreshVerdict::Continued { identity: Some(identity), .. } => assert_eq!(identity.sub(), "alice"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_provider_ends_a_session_that_we_end_and_tells_by_the_back_channel() {
    let Some(peer) = peer("the_provider_ends_a_session_that_we_end", false) else { return };
    let site = Site::discover(&peer, "id-RS256", Rules::new()).await;
    let sign_in = site.sign_in().await.unwrap();
    let place = "http://127.0.0.1:9/bye".parse().unwrap();
    let url =
        site.openid.end_session_url(Some(sign_in.identity.id_token()), Some((&place, "our-state"))).unwrap();
    let returned = site.person.end_session(url.as_str());
    assert_eq!(returned, "http://127.0.0.1:9/bye?state=our-state");

    let tokens = peer.logout_tokens();
    let [token] = tokens.as_slice() else { panic!("one logout token: {}", tokens.len()) };
    let keys = site.keys().await;
    let LogoutVerdict::LoggedOut(logout) =
        site.openid.logout_token(token.as_str()).verify(&keys, site.world.clock.now())
    else {
        panic!("it is sound")
    };
    let sid = sign_in.identity.subject().sid.clone().expect("the provider names its session");
    assert_eq!(&*logout.iss, peer.issuer());
    assert!(matches!(logout.whom, Whom::Session { sid: ended, .. } if ended == sid));
    // An ID token is no logout token, and the other way round.
    let id_token = sign_in.identity.id_token().expose();
    let refused = site.openid.logout_token(id_token).verify(&keys, site.world.clock.now());
    assert!(matches!(refused, LogoutVerdict::Refused(JwtError::Missing("events"))), "{refused:?}");
}
