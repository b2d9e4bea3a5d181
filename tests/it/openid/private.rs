//! An issuer that somebody typed in, and what it names, may not lie in a private network.

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use gatepass::{SystemClock, SystemEntropy};
use gatepass_core::ports::blocking::ClientSource as _;
use gatepass_core::ports::{
    ClientSource as _, HttpClient, HttpError, HttpErrorKind, Limits, NoClient, Processed,
};
use gatepass_core::{Body, Remedy, blocking};
use gatepass_oidc::{FetchError, Registration, RelyingParty};
use gatepass_reqwest::Reqwest;
use gatepass_ureq::Ureq;
use http::{Request, Response};

use super::site::CALLBACK;

fn registration(issuer: &str) -> Registration {
    Registration::builder(issuer, "app", CALLBACK).secret("a secret").build().unwrap()
}

/// The error of the request at the end of the chain, and what is to be done about it.
fn end(why: &NoClient) -> (HttpErrorKind, Processed, Remedy) {
    let mut source: &(dyn Error + 'static) = why.why.as_ref();
    loop {
        if let Some(FetchError::Unanswered(http)) = source.downcast_ref::<FetchError>() {
            return (http.kind(), http.processed(), why.remedy);
        }
        source = source.source().expect("a request that was not answered");
    }
}

const REFUSED: (HttpErrorKind, Processed, Remedy) =
    (HttpErrorKind::NotPublic, Processed::CertainlyNot, Remedy::FixConfiguration);

#[tokio::test]
async fn c_06_an_issuer_in_the_private_network_is_not_asked() {
    let http = Reqwest::public_addresses_only(reqwest::Client::builder().no_proxy()).unwrap();
    let world = gatepass::world(Arc::new(http));
    for issuer in
        ["https://localhost:1", "https://169.254.169.254", "https://[::ffff:10.0.0.1]", "https://2130706433"]
    {
        let party = RelyingParty::of(registration(issuer));
        assert_eq!(end(&party.client(&world).await.unwrap_err()), REFUSED, "{issuer}");
    }
}

#[test]
fn c_06_an_issuer_in_the_private_network_is_not_asked_by_a_blocking_program() {
    let http = Ureq::new().public_addresses_only();
    let (clock, entropy) = (Arc::new(SystemClock::new()), Arc::new(SystemEntropy::new()));
    let world = blocking::World::new(Arc::new(http), clock, entropy);
    for issuer in
        ["https://localhost:1", "https://169.254.169.254", "https://[::ffff:10.0.0.1]", "https://2130706433"]
    {
        let party = gatepass_oidc::blocking::RelyingParty::of(registration(issuer));
        assert_eq!(end(&party.client(&world).unwrap_err()), REFUSED, "{issuer}");
    }
}

/// A public provider, whose metadata somebody wrote who is after what is not.
#[derive(Debug)]
struct Malicious {
    keys: &'static str,
    http: Reqwest,
}

#[async_trait]
impl HttpClient for Malicious {
    async fn send(&self, request: Request<Body>, limits: &Limits) -> Result<Response<Body>, HttpError> {
        if request.uri().host() != Some("op.example") {
            return self.http.send(request, limits).await;
        }
        let document = serde_json::json!({
            "issuer": "https://op.example", "authorization_endpoint": "https://op.example/authorize",
            "token_endpoint": "https://op.example/token", "jwks_uri": self.keys,
        });
        let answer = Response::builder().header("content-type", "application/json");
        Ok(answer.body(Body::from(document.to_string())).unwrap())
    }
}

#[tokio::test]
async fn c_06_keys_in_the_private_network_are_not_fetched() {
    for keys in
        ["https://localhost:1/keys", "https://169.254.169.254/latest/meta-data", "https://[fd00:ec2::254]/"]
    {
        let http = Reqwest::public_addresses_only(reqwest::Client::builder()).unwrap();
        let world = gatepass::world(Arc::new(Malicious { keys, http }));
        let party = RelyingParty::of(registration("https://op.example"));
        assert_eq!(end(&party.client(&world).await.unwrap_err()), REFUSED, "{keys}");
    }
}
