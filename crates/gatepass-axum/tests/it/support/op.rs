//! OpenID providers behind the HTTP port: they sign what a test says, and remember what they were asked.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatepass::ports::{
    GrantStore, HttpClient, HttpError, HttpErrorKind, Limits, PendingStore, Processed, SessionStore,
};
use gatepass::{Body, Client, ClientAuth, Secret, World};
use gatepass_oidc::{Algorithm, Metadata, OpenId, Registration, RelyingParty, Rules};
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::{App, Browser, Page, Parts};

/// A provider.
#[derive(Debug)]
pub(crate) struct Op {
    pub(crate) issuer: String,
    key: EcdsaKeyPair,
    /// What the ID token of each code says.
    codes: Mutex<HashMap<String, Value>>,
    /// Whether its keys can be had.
    pub(crate) keys_away: AtomicBool,
    pub(crate) key_fetches: AtomicUsize,
    revoked: Mutex<Vec<String>>,
    /// The place that ends sessions, if it has one.
    ends_sessions: Mutex<Option<String>>,
    /// Whether it can be asked what it is.
    pub(crate) metadata_away: AtomicBool,
    pub(crate) metadata_fetches: AtomicUsize,
    /// Whoever holds it for writing lets questions for its metadata and its keys wait.
    pub(crate) gate: tokio::sync::RwLock<()>,
    /// The ID tokens that it has given out.
    pub(crate) id_tokens: Mutex<Vec<String>>,
}

/// All providers of one world, by their hosts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Network {
    ops: Arc<Mutex<HashMap<String, Arc<Op>>>>,
    /// Whoever has another host.
    rest: Option<Arc<dyn HttpClient>>,
}

static NUMBERS: AtomicU64 = AtomicU64::new(1);

/// A text that no other test has.
pub(crate) fn unique(what: &str) -> String {
    format!("{what}-{}", NUMBERS.fetch_add(1, Ordering::Relaxed))
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.unwrap().as_secs().try_into().unwrap()
}

impl Network {
    /// A provider of this host.
    pub(crate) fn op(&self, host: &str) -> Arc<Op> {
        self.with(host, true)
    }

    pub(crate) fn with(&self, host: &str, ends_sessions: bool) -> Arc<Op> {
        let op = Arc::new(Op {
            issuer: format!("https://{host}"),
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
            codes: Mutex::default(),
            keys_away: AtomicBool::new(false),
            key_fetches: AtomicUsize::new(0),
            revoked: Mutex::default(),
            ends_sessions: Mutex::new(ends_sessions.then(|| format!("https://{host}/end"))),
            metadata_away: AtomicBool::new(false),
            metadata_fetches: AtomicUsize::new(0),
            gate: tokio::sync::RwLock::new(()),
            id_tokens: Mutex::default(),
        });
        self.ops.lock().unwrap().insert(host.to_owned(), op.clone());
        op
    }

    /// A world in which these providers are beside those that are there already.
    pub(crate) fn beside(&self, world: &World) -> World {
        let mut beside = world.clone();
        beside.http = Arc::new(Self { ops: self.ops.clone(), rest: Some(world.http.clone()) });
        beside
    }
}

#[async_trait]
impl HttpClient for Network {
    async fn send(&self, request: Request<Body>, limits: &Limits) -> Result<Response<Body>, HttpError> {
        let away = || HttpError::new(HttpErrorKind::Connect, Processed::CertainlyNot);
        let op = self.ops.lock().unwrap().get(request.uri().host().unwrap_or_default()).cloned();
        let path = request.uri().path();
        if let Some(op) = op.as_ref().filter(|_| path.starts_with("/.well-known/") || path == "/jwks") {
            let asked = if path == "/jwks" { &op.key_fetches } else { &op.metadata_fetches };
            asked.fetch_add(1, Ordering::SeqCst);
            drop(op.gate.read().await);
        }
        match (op, &self.rest) {
            (None, Some(rest)) => rest.send(request, limits).await,
            (op, _) => op.and_then(|op| op.answer(&request)).ok_or_else(away),
        }
    }
}

impl Op {
    fn answer(&self, request: &Request<Body>) -> Option<Response<Body>> {
        let form: HashMap<String, String> =
            form_urlencoded::parse(request.body().as_bytes()).into_owned().collect();
        let body = match request.uri().path() {
            "/jwks" => {
                if self.keys_away.load(Ordering::SeqCst) {
                    return None;
                }
                json!({"keys": [self.jwk()]})
            }
            "/.well-known/openid-configuration" if self.metadata_away.load(Ordering::SeqCst) => return None,
            "/.well-known/openid-configuration" => self.document(),
            "/token" => {
                let code = form.get("code")?;
                let claims = self.codes.lock().unwrap().remove(code)?;
                let id_token = self.sign(&json!({}), &claims);
                self.id_tokens.lock().unwrap().push(id_token.clone());
                json!({
                    "access_token": format!("at-{code}"), "token_type": "Bearer", "expires_in": 3600,
                    "refresh_token": format!("rt-{code}"), "id_token": id_token,
                })
            }
            "/revoke" => {
                self.revoked.lock().unwrap().push(form.get("token")?.clone());
                json!({})
            }
            other => panic!("nobody asks for {other}"),
        };
        let answer = Response::builder().status(StatusCode::OK).header("content-type", "application/json");
        Some(answer.body(Body::from(body.to_string())).unwrap())
    }

    fn jwk(&self) -> Value {
        let point = self.key.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        json!({
            "kty": "EC", "crv": "P-256", "kid": "k1", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        })
    }

    /// Signs claims; members of `header` take the place of those that are usual.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let mut whole = json!({"alg": "ES256", "kid": "k1"});
        for (name, value) in header.as_object().unwrap() {
            whole[name] = value.clone();
        }
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(&whole), encode(claims));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The claims of a logout token that is right, issued so many seconds ago and good for ten minutes more.
    pub(crate) fn logout_claims(&self, client: &str, age: i64, who: &Value) -> Value {
        let mut claims = json!({
            "iss": self.issuer, "aud": client, "iat": now() - age, "exp": now() + 600, "jti": unique("logout"),
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        });
        for (name, value) in who.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    /// A logout token of just now.
    pub(crate) fn logout_token(&self, client: &str, who: &Value) -> String {
        self.sign(&json!({"typ": "logout+jwt"}), &self.logout_claims(client, 0, who))
    }

    pub(crate) fn fetches(&self) -> usize {
        self.key_fetches.load(Ordering::SeqCst)
    }

    /// The tokens that it was told to revoke, in their order of the alphabet.
    pub(crate) fn revoked(&self) -> Vec<String> {
        let mut revoked = self.revoked.lock().unwrap().clone();
        revoked.sort();
        revoked
    }

    /// Waits until it was told to revoke so many tokens.
    pub(crate) fn wait_for_revocations(&self, count: usize) -> Vec<String> {
        let begun = std::time::Instant::now();
        loop {
            let revoked = self.revoked();
            if revoked.len() >= count {
                return revoked;
            }
            assert!(begun.elapsed() < std::time::Duration::from_secs(10), "it was told of {revoked:?} only");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    fn document(&self) -> Value {
        let issuer = &self.issuer;
        let mut document = json!({
            "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/jwks"),
            "revocation_endpoint": format!("{issuer}/revoke"), "response_types_supported": ["code"],
        });
        if let Some(place) = &*self.ends_sessions.lock().unwrap() {
            document["end_session_endpoint"] = json!(place);
        }
        document
    }

    /// Says from now on that it ends sessions there.
    pub(crate) fn moves_end_to(&self, place: &str) {
        *self.ends_sessions.lock().unwrap() = Some(place.to_owned());
    }

    /// A client that asks this provider what it is when that is first needed.
    pub(crate) fn lazy_party<S>(&self, parts: &Parts<S>, client: &str, path: &str) -> RelyingParty
    where
        S: GrantStore + PendingStore + SessionStore + Clone + 'static,
    {
        let callback = format!("{}{path}", parts.origin());
        let registration = Registration::builder(self.issuer.as_str(), client, callback)
            .secret("secret")
            .rules(Rules::new().algorithms([Algorithm::Es256]))
            .danger_allow_http_loopback()
            .build();
        RelyingParty::of(registration.unwrap())
    }

    /// A client of this provider with this callback.
    pub(crate) fn party<S>(&self, parts: &Parts<S>, client: &str, path: &str) -> RelyingParty
    where
        S: GrantStore + PendingStore + SessionStore + Clone + 'static,
    {
        let metadata = Metadata::read(&self.issuer, &self.document().to_string(), true).unwrap();
        let auth = ClientAuth::Basic(Secret::from("secret"));
        let callback = format!("{}{path}", parts.origin());
        let client = Client::new(metadata.provider().build().unwrap(), client, auth, callback).unwrap();
        let rules = Rules::new().algorithms([Algorithm::Es256]);
        RelyingParty::new(OpenId::new(client, &metadata, rules).unwrap())
    }

    /// A person logs in here, with these claims beside what every ID token has; what they are told at the end.
    pub(crate) fn log_in(&self, app: &App, browser: &Browser, door: &str, who: &Value) -> Page {
        let start = browser.go(&app.url(door));
        self.let_in(browser, &start, who)
    }

    /// The same from where a redirect to this provider was answered.
    pub(crate) fn let_in(&self, browser: &Browser, start: &Page, who: &Value) -> Page {
        assert!(start.location().starts_with(&self.issuer), "{}", start.location());
        let mut claims = json!({
            "iss": self.issuer, "aud": start.parameter("client_id"), "nonce": start.parameter("nonce"),
            "iat": now(), "exp": now() + 300,
        });
        for (name, value) in who.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let code = unique("code");
        self.codes.lock().unwrap().insert(code.clone(), claims);
        let mut callback = Url::parse(&start.parameter("redirect_uri")).unwrap();
        callback.query_pairs_mut().append_pair("code", &code).append_pair("state", &start.parameter("state"));
        browser.go(callback.as_str())
    }
}
