//! A whole login as one call, with the provider's keys behind it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use gatepass_core::ports::{
    FinishError, Flow, HttpClient, HttpError, HttpErrorKind, Limits, Processed, Subject, Wish,
};
use gatepass_core::{Body, Callback, Remedy, Scopes, Secret, World};
use gatepass_oidc::{Algorithm, Freshness, JwtError, RelyingParty, Rules, SignInError};
use http::{Request, Response};
use serde_json::{Value, json};

use crate::support::{CLIENT, ISSUER, Signer, openid};

/// A provider behind the HTTP port, whose keys take a while to come.
#[derive(Debug, Default)]
struct Op {
    token: Mutex<String>,
    keys: Mutex<Option<Value>>,
    /// So many fetches of the keys come to nothing.
    away: AtomicUsize,
    fetches: AtomicUsize,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl HttpClient for Op {
    async fn send(&self, request: Request<Body>, _: &Limits) -> Result<Response<Body>, HttpError> {
        assert_eq!(request.uri().host(), Some("op.example"), "nobody else is asked");
        let path = request.uri().path().to_owned();
        self.asked.lock().unwrap().push(path.clone());
        let body = match path.as_str() {
            "/jwks" => {
                let before = self.fetches.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(30)).await;
                let is_away = before < self.away.load(Ordering::SeqCst);
                let keys = self.keys.lock().unwrap().clone().filter(|_| !is_away);
                keys.ok_or(HttpError::new(HttpErrorKind::Connect, Processed::CertainlyNot))?
            }
            "/userinfo" => json!({
                "sub": "alice", "email": "a@op.example", "picture": "http://169.254.169.254/latest/",
                "_claim_names": {"address": "there"},
                "_claim_sources": {"there": {"endpoint": "https://there.example/", "access_token": "x"}},
            }),
            _ => json!({
                "access_token": "at", "token_type": "Bearer", "id_token": *self.token.lock().unwrap(),
            }),
        };
        let answer = Response::builder().header("content-type", "application/json");
        Ok(answer.body(Body::from(body.to_string())).unwrap())
    }
}

struct Site {
    op: Arc<Op>,
    world: World,
    party: RelyingParty,
}

impl Site {
    fn new(freshness: Freshness) -> Self {
        let op = Arc::new(Op::default());
        let openid = openid(Rules::new().algorithms([Algorithm::Es256]));
        Self { world: gatepass::world(op.clone()), party: RelyingParty::with(openid, freshness), op }
    }

    fn publishes(&self, keys: &[&Signer]) {
        let keys: Vec<Value> = keys.iter().map(|key| key.jwk()).collect();
        *self.op.keys.lock().unwrap() = Some(json!({"keys": keys}));
    }

    /// One login, with a token of this signer.
    async fn login(
        &self,
        signer: &Signer,
        how: impl FnOnce(&mut Value),
    ) -> Result<Option<Subject>, FinishError> {
        let begun = self.party.begin(Wish::new(Scopes::none()), &self.world).await.unwrap();
        let value =
            |name: &str| begun.url.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned();
        let now = self.world.clock.now().as_unix_seconds();
        let mut claims = json!({
            "iss": ISSUER, "sub": "alice", "aud": CLIENT, "nonce": value("nonce"), "iat": now, "exp": now + 300,
        });
        how(&mut claims);
        *self.op.token.lock().unwrap() = signer.token(&claims);
        let callback = Callback::from_query(&format!("code=c&state={}", value("state"))).unwrap();
        let finished = self.party.finish(begun.snapshot, callback, &self.world, &Limits::DEFAULT).await?;
        Ok(finished.subject)
    }

    fn fetches(&self) -> usize {
        self.op.fetches.load(Ordering::SeqCst)
    }
}

fn why(refused: Result<Option<Subject>, FinishError>) -> SignInError {
    match refused {
        Err(FinishError::Identity(why)) => *why.downcast::<SignInError>().unwrap(),
        other => panic!("the identity is refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_hundred_logins_cost_one_fetch_of_the_keys() {
    let signer = Signer::new(Algorithm::Es256);
    let site = Site::new(Freshness::default());
    site.publishes(&[&signer]);
    for _ in 0..100 {
        let subject = site.login(&signer, |_| {}).await.unwrap().unwrap();
        assert_eq!((&*subject.iss, &*subject.sub), (ISSUER, "alice"));
    }
    assert_eq!(site.fetches(), 1);
}

#[tokio::test]
async fn idt_20_all_who_miss_a_key_share_one_fetch_and_its_result() {
    let (old, new) = (Signer::named(Algorithm::Es256, "old"), Signer::named(Algorithm::Es256, "new"));
    let mut freshness = Freshness::default();
    freshness.cool_down = Duration::ZERO;
    let site = Arc::new(Site::new(freshness));
    site.publishes(&[&old]);
    site.login(&old, |_| {}).await.unwrap();

    site.publishes(&[&old, &new]);
    let new = Arc::new(new);
    let unverified = arrived(&site, &new, 32).await;
    assert_eq!(site.fetches(), 1);
    let logins = unverified.into_iter().map(|unverified| {
        let site = site.clone();
        tokio::spawn(async move { site.party.verify(unverified, &site.world).await.map(|_| ()) })
    });
    for login in logins.collect::<Vec<_>>() {
        login.await.unwrap().unwrap();
    }
    assert_eq!(site.fetches(), 2);
}

/// Logins that have come as far as the ID token.
async fn arrived(site: &Site, signer: &Signer, count: usize) -> Vec<gatepass_oidc::Unverified> {
    let mut all = Vec::new();
    let openid = site.party.openid(&site.world).await.unwrap();
    for _ in 0..count {
        let request = openid.authorize(&Scopes::none());
        let (url, waiting) = request.start(site.world.attempt().unwrap()).unwrap();
        let value = |name: &str| url.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned();
        let now = site.world.clock.now().as_unix_seconds();
        let token = signer.token(&json!({
            "iss": ISSUER, "sub": "alice", "aud": CLIENT, "nonce": value("nonce"), "iat": now, "exp": now + 300,
        }));
        let callback = Callback::from_query(&format!("code=c&state={}", value("state"))).unwrap();
        let exchange = waiting.receive(callback, site.world.clock.now()).unwrap();
        all.push(crate::support::exchanged(exchange, &token).unwrap());
    }
    all
}

#[tokio::test]
async fn c_50_a_flood_of_unseen_keys_is_refused_without_a_fetch_each() {
    let (known, forger) = (Signer::new(Algorithm::Es256), Signer::named(Algorithm::Es256, "evil"));
    let site = Site::new(Freshness::default());
    site.publishes(&[&known]);
    site.login(&known, |_| {}).await.unwrap();
    for _ in 0..100 {
        assert!(matches!(why(site.login(&forger, |_| {}).await), SignInError::IdToken(JwtError::NoKey)));
    }
    assert_eq!(site.fetches(), 2, "the first one, and one for all of the flood");
    site.login(&known, |_| {}).await.unwrap();
}

#[tokio::test]
async fn keys_that_cannot_be_fetched_anew_are_no_fault_of_the_token() {
    let (old, new) = (Signer::named(Algorithm::Es256, "old"), Signer::named(Algorithm::Es256, "new"));
    let site = Site::new(Freshness::default());
    site.publishes(&[&old]);
    site.login(&old, |_| {}).await.unwrap();
    *site.op.keys.lock().unwrap() = None;
    assert!(matches!(why(site.login(&new, |_| {}).await), SignInError::Keys(_)));
    site.login(&old, |_| {}).await.unwrap();
}

#[tokio::test]
async fn a_provider_whose_keys_cannot_be_had_signs_nobody_in_and_is_asked_again_later() {
    let signer = Signer::new(Algorithm::Es256);
    let mut freshness = Freshness::default();
    freshness.retry = Duration::from_millis(1);
    let site = Site::new(freshness);
    let why = site.login(&signer, |_| {}).await.unwrap_err();
    assert!(matches!(why, FinishError::NoClient(_)), "{why:?}");
    assert!(matches!(why.remedy(), Remedy::RetryLater(Some(_))), "the identity was not refused: {why:?}");
    assert!(!site.op.asked.lock().unwrap().contains(&"/token".to_owned()), "the code was not spent");
    site.publishes(&[&signer]);
    assert!(site.login(&signer, |_| {}).await.unwrap().is_some());
}

#[tokio::test]
async fn a_login_survives_keys_that_are_away_for_a_moment() {
    let signer = Signer::new(Algorithm::Es256);
    let mut freshness = Freshness::default();
    freshness.retry = Duration::from_millis(150);
    let site = Site::new(freshness);
    site.publishes(&[&signer]);
    site.op.away.store(1, Ordering::SeqCst);
    assert!(site.login(&signer, |_| {}).await.unwrap().is_some());
    assert_eq!(site.fetches(), 2);
}

#[tokio::test]
async fn keys_are_fetched_while_the_person_is_away() {
    let signer = Signer::new(Algorithm::Es256);
    let site = Site::new(Freshness::default());
    site.publishes(&[&signer]);
    drop(site.party.begin(Wish::new(Scopes::none()), &site.world).await.unwrap());
    while site.fetches() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(*site.op.asked.lock().unwrap(), ["/jwks"]);
}

#[tokio::test]
async fn idt_11_nothing_is_asked_with_the_access_token_of_a_refused_login() {
    let signer = Signer::new(Algorithm::Es256);
    let site = Site::new(Freshness::default());
    site.publishes(&[&signer]);
    let refused = site.login(&signer, |claims| claims["nonce"] = json!("another")).await;
    assert!(matches!(why(refused), SignInError::IdToken(JwtError::Claim("nonce"))));
    assert_eq!(*site.op.asked.lock().unwrap(), ["/jwks", "/token"]);
}

#[tokio::test]
async fn user_info_follows_a_login() {
    let signer = Signer::new(Algorithm::Es256);
    let site = Site::new(Freshness::default());
    site.publishes(&[&signer]);
    let unverified = arrived(&site, &signer, 1).await.remove(0);
    let sign_in = site.party.verify(unverified, &site.world).await.unwrap();
    let claims = site.party.user_info(&sign_in, &site.world, &Limits::DEFAULT).await.unwrap().unwrap();
    assert_eq!(claims.text("email").unwrap(), "a@op.example");
    assert_eq!(site.fetches(), 1);
}

#[tokio::test]
async fn user_info_that_is_not_signed_asks_for_no_keys() {
    let site = Site::new(Freshness::default());
    let claims =
        Flow::user_info(&site.party, &Secret::from("at"), "alice", &site.world, &Limits::DEFAULT).await;
    assert_eq!(claims.unwrap().unwrap().text("email").unwrap(), "a@op.example");
    assert_eq!(*site.op.asked.lock().unwrap(), ["/userinfo"]);
}

#[tokio::test]
async fn c_95_no_address_in_a_claim_is_ever_asked() {
    let signer = Signer::new(Algorithm::Es256);
    let site = Site::new(Freshness::default());
    site.publishes(&[&signer]);
    let subject = site.login(&signer, |claims| {
        claims["picture"] = json!("http://169.254.169.254/latest/");
        claims["profile"] = json!("https://there.example/alice");
        claims["jku"] = json!("https://there.example/jwks");
        claims["_claim_names"] = json!({"address": "there"});
        claims["_claim_sources"] =
            json!({"there": {"endpoint": "https://there.example/", "access_token": "x"}});
    });
    let sub = subject.await.unwrap().unwrap().sub;
    let claims = Flow::user_info(&site.party, &Secret::from("at"), &sub, &site.world, &Limits::DEFAULT).await;
    assert_eq!(claims.unwrap().unwrap().text("picture").unwrap(), "http://169.254.169.254/latest/");
    assert_eq!(*site.op.asked.lock().unwrap(), ["/jwks", "/token", "/userinfo"]);
}
