//! The same without an async runtime, on ureq.

use std::sync::Arc;

use gatepass::{SystemClock, SystemEntropy};
use gatepass_core::blocking::{World, drive};
use gatepass_core::ports::Limits;
use gatepass_core::{Callback, Client, ClientAuth, Scopes, Secret};
use gatepass_oidc::OpenId;
use gatepass_oidc::blocking::RelyingParty;
use gatepass_ureq::Ureq;

use super::person::{Person, trusting};
use super::site::{CALLBACK, discovery};
use super::{peer, registrations};

#[test]
fn alice_is_known_in_a_blocking_program_over_http_and_https() {
    for tls in [false, true] {
        let Some(peer) = peer("alice_is_known_in_a_blocking_program", tls) else { return };
        let settings = ureq::Agent::config_builder().proxy(None).tls_config(trusting(peer.authority()));
        let http = Ureq::with(settings).danger_allow_http_loopback();
        let world = World::new(Arc::new(http), Arc::new(SystemClock::new()), Arc::new(SystemEntropy::new()));
        let metadata = drive(discovery(&peer), &world, &Limits::DEFAULT).unwrap();
        let person = Person::new(peer.authority());
        for (client, rules) in registrations(peer.secret()) {
            let auth = ClientAuth::Basic(Secret::from(peer.secret()));
            let client = Client::new(metadata.provider().build().unwrap(), client, auth, CALLBACK).unwrap();
            let party = RelyingParty::new(OpenId::new(client, &metadata, rules).unwrap());
            let request = party.openid(&world).unwrap().authorize(&Scopes::new("email").unwrap());
            let (url, waiting) = request.start(world.attempt().unwrap()).unwrap();
            let callback = person.log_in(url.as_str());
            let callback = Callback::from_query(callback.split_once('?').unwrap().1).unwrap();
            let exchange = waiting.receive(callback, world.clock.now()).unwrap();
            let unverified = drive(exchange, &world, &Limits::DEFAULT).unwrap();
            let sign_in = party.verify(unverified, &world).unwrap();
            assert_eq!(sign_in.identity.sub(), "alice");
            let claims = party.user_info(&sign_in, &world, &Limits::DEFAULT).unwrap().unwrap();
            assert_eq!(claims.text("email").unwrap(), "alice@example.test");
        }
    }
}
