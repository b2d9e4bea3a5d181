//! Nothing is known of the provider but its issuer, and it is asked when somebody logs in.

use std::sync::Arc;

use gatepass::{SystemClock, SystemEntropy};
use gatepass_core::ports::{ClientSource as _, Flow as _, Limits, Wish, blocking::ClientSource as _};
use gatepass_core::{Callback, Scopes, blocking};
use gatepass_oidc::{Registration, RelyingParty};
use gatepass_reqwest::Reqwest;
use gatepass_tests::peer::Peer;
use gatepass_ureq::Ureq;

use super::peer;
use super::person::Person;
use super::site::CALLBACK;

fn registration(peer: &Peer) -> Registration {
    let registration = Registration::builder(peer.issuer(), "id-RS256", CALLBACK).secret(peer.secret());
    registration.danger_allow_http_loopback().build().unwrap()
}

#[tokio::test]
async fn a_login_by_the_issuer_alone() {
    let Some(peer) = peer("a_login_by_the_issuer_alone", false) else { return };
    let http = Reqwest::with(reqwest::Client::builder().no_proxy()).unwrap().danger_allow_http_loopback();
    let world = gatepass::world(Arc::new(http));
    let party = RelyingParty::of(registration(&peer));
    let asked = |what: &str| peer.counters().asked(what);
    assert!(party.at_hand().is_none());
    assert_eq!(asked("GET /.well-known/openid-configuration"), 0);

    for _ in 0..3 {
        let wish = Wish::new(Scopes::new("profile email").unwrap());
        let begun = party.begin(wish, &world).await.unwrap();
        let callback = Person::new(None).log_in(begun.url.as_str());
        let callback = Callback::from_query(callback.split_once('?').unwrap().1).unwrap();
        let finished = party.finish(begun.snapshot, callback, &world, &Limits::DEFAULT).await.unwrap();
        let subject = finished.subject.unwrap();
        assert_eq!((&*subject.iss, &*subject.sub), (peer.issuer(), "alice"));
    }
    assert_eq!((asked("GET /.well-known/openid-configuration"), asked("GET /jwks")), (1, 1));
    assert_eq!(peer.counters().exchanges(), 3);
}

#[test]
fn a_login_by_the_issuer_alone_in_a_blocking_program() {
    let Some(peer) = peer("a_login_by_the_issuer_alone_in_a_blocking_program", false) else { return };
    let http = Ureq::new().danger_allow_http_loopback();
    let (clock, entropy) = (Arc::new(SystemClock::new()), Arc::new(SystemEntropy::new()));
    let world = blocking::World::new(Arc::new(http), clock, entropy);
    let party = gatepass_oidc::blocking::RelyingParty::of(registration(&peer));
    assert!(party.at_hand().is_none());

    let openid = party.openid(&world).unwrap();
    let (url, waiting) =
        openid.authorize(&Scopes::new("email").unwrap()).start(world.attempt().unwrap()).unwrap();
    let callback = Person::new(None).log_in(url.as_str());
    let callback = Callback::from_query(callback.split_once('?').unwrap().1).unwrap();
    let exchange = waiting.receive(callback, world.clock.now()).unwrap();
    let unverified = blocking::drive(exchange, &world, &Limits::DEFAULT).unwrap();
    let sign_in = party.verify(unverified, &world).unwrap();
    assert_eq!(sign_in.identity.sub(), "alice");
    let claims = party.user_info(&sign_in, &world, &Limits::DEFAULT).unwrap().unwrap();
    assert_eq!(claims.text("email").unwrap(), "alice@example.test");
    let asked = |what: &str| peer.counters().asked(what);
    assert_eq!((asked("GET /.well-known/openid-configuration"), asked("GET /jwks")), (1, 1));
}
