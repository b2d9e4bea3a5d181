//! A site that logs people in at the peer, on reqwest.

use std::sync::Arc;
use std::time::Duration;

use gatepass_core::ports::Limits;
use gatepass_core::{Callback, Client, ClientAuth, Scopes, Secret, World, drive};
use gatepass_oidc::{
    Claims, Discovery, Freshness, KeySet, OpenId, RelyingParty, Rules, SignIn, SignInError, WellKnown,
};
use gatepass_reqwest::Reqwest;
use gatepass_tests::peer::Peer;

use super::person::Person;

pub(super) const CALLBACK: &str = "http://127.0.0.1:9/callback";

pub(super) struct Site {
    pub(super) openid: OpenId,
    pub(super) world: World,
    pub(super) person: Person,
    party: RelyingParty,
}

pub(super) fn discovery(peer: &Peer) -> Discovery {
    if peer.issuer().starts_with("https:") {
        Discovery::new(peer.issuer(), WellKnown::OpenId).unwrap()
    } else {
        Discovery::danger_allow_http_loopback(peer.issuer(), WellKnown::OpenId).unwrap()
    }
}

impl Site {
    /// Knows nothing but the issuer, its own id and secret.
    pub(super) async fn discover(peer: &Peer, client: &str, rules: Rules) -> Self {
        let mut settings = reqwest::Client::builder().no_proxy();
        if let Some(authority) = peer.authority() {
            let pem = std::fs::read(authority).unwrap();
            settings = settings.tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()]);
        }
        let http = Reqwest::with(settings).unwrap().danger_allow_http_loopback();
        let world = gatepass::world(Arc::new(http));
        let metadata = drive(discovery(peer), &world, &Limits::DEFAULT).await.unwrap();
        let auth = ClientAuth::Basic(Secret::from(peer.secret()));
        let client = Client::new(metadata.provider().build().unwrap(), client, auth, CALLBACK).unwrap();
        let openid = OpenId::new(client, &metadata, rules).unwrap();
        let party = RelyingParty::new(openid.clone());
        Self { openid, world, party, person: Person::new(peer.authority()) }
    }

    /// Fetches keys as often as it is asked to: for tests that change them at once.
    pub(super) fn without_cool_down(mut self) -> Self {
        let mut freshness = Freshness::default();
        freshness.cool_down = Duration::ZERO;
        self.party = RelyingParty::with(self.openid.clone(), freshness);
        self
    }

    pub(super) async fn sign_in(&self) -> Result<SignIn, SignInError> {
        let scopes = Scopes::new("profile email").unwrap();
        let (url, waiting) = self.openid.authorize(&scopes).start(self.world.attempt().unwrap()).unwrap();
        let callback = self.person.log_in(url.as_str());
        let query = callback.split_once('?').unwrap().1;
        let callback = Callback::from_query(query).unwrap();
        let exchange = waiting.receive(callback, self.world.clock.now()).unwrap();
        let unverified = drive(exchange, &self.world, &Limits::DEFAULT).await.unwrap();
        self.party.verify(unverified, &self.world).await
    }

    pub(super) async fn user_info(&self, sign_in: &SignIn) -> Claims {
        self.party.user_info(sign_in, &self.world, &Limits::DEFAULT).await.unwrap().unwrap()
    }

    pub(super) async fn keys(&self) -> KeySet {
        drive(self.openid.fetch_keys().unwrap(), &self.world, &Limits::DEFAULT).await.unwrap()
    }
}
