//! Whole legs over sockets: the same answers through the pure core, through reqwest and `drive`, and through ureq and
//! `blocking::drive`. The answers are the tables that the core is tested with.

use std::sync::Arc;
use std::time::Duration;

use gatepass_core::ports::{BoxFuture, Clock, Entropy, Limits, NoEntropy, Spawn, Timer};
use gatepass_core::{
    Attempt, Callback, Client, ClientAuth, DriveError, Exchange, Monotonic, Profile, Provider, Refresh,
    RefreshError, Refreshed, Revocation, RevocationError, Roundtrip, Scopes, Secret, Seed, Step, Timestamp,
    TokenError, TokenKind, TokenSet, World, blocking, drive,
};
use gatepass_reqwest::Reqwest;
use gatepass_testkit::Provider as Server;
use gatepass_testkit::provider::{Endpoint, Fault, LogEntry, Rewrite};
use gatepass_ureq::Ureq;
use serde_json::Value;

use crate::vectors::{
    ASKED, CANARY, EXCHANGE, PRESENTED, REFRESH, REVOCATION, Vector, exchanged, refreshed, revoked,
};

/// 2027-01-15T08:00:00Z, which the tables reckon with.
const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        NOW
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::default()
    }
}

impl Entropy for Still {
    fn seed(&self) -> Result<Seed, NoEntropy> {
        Ok(Seed::new(std::array::from_fn(|at| at as u8)))
    }
}

impl Spawn for Still {
    fn spawn(&self, _: BoxFuture<()>) {}
}

impl Timer for Still {
    fn sleep(&self, _: Duration) -> BoxFuture<()> {
        Box::pin(async {})
    }
}

/// One provider on a socket, and both ways to it.
struct Net {
    server: Server,
    runtime: tokio::runtime::Runtime,
    world: World,
    blocking: blocking::World,
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Reqwest,
    Ureq,
}

const WAYS: [Way; 2] = [Way::Reqwest, Way::Ureq];

impl Net {
    fn new() -> Self {
        let still = Arc::new(Still);
        let reqwest = Reqwest::new().expect("a client").danger_allow_http_loopback();
        let ureq = Ureq::new().danger_allow_http_loopback();
        Self {
            server: Server::start(),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime"),
            world: World::new(Arc::new(reqwest), still.clone(), still.clone(), still.clone(), still.clone()),
            blocking: blocking::World::new(Arc::new(ureq), still.clone(), still),
        }
    }

    fn drive<R: Roundtrip>(&self, way: Way, leg: R) -> Result<R::Output, DriveError<R>> {
        match way {
            Way::Reqwest => self.runtime.block_on(drive(leg, &self.world, &Limits::DEFAULT)),
            Way::Ureq => blocking::drive(leg, &self.blocking, &Limits::DEFAULT),
        }
    }

    fn client(&self, profile: Profile, auth: ClientAuth) -> Client {
        let provider =
            Provider::builder(&self.server.authorization_endpoint(), &self.server.token_endpoint())
                .revocation_endpoint(self.server.revocation_endpoint())
                .issuer(self.server.issuer())
                .profile(profile)
                .danger_allow_http_loopback();
        let provider = provider.build().expect("a provider");
        Client::new(provider, "app", auth, "http://127.0.0.1:8080/callback").expect("a client")
    }

    /// Lets the next request to the endpoint be answered as the vector says.
    fn answer(&self, endpoint: Endpoint, vector: &Vector) {
        let mut answer = Rewrite::new().status(vector.status).without_header("content-type");
        for (name, value) in &vector.headers {
            answer = answer.header(name, value.as_str().expect("a text"));
        }
        self.server.inject(Fault::before(endpoint).rewrite(answer.body(vector.body())));
    }

    fn arrived(&self, endpoint: Endpoint) -> Vec<LogEntry> {
        self.server.requests(endpoint)
    }
}

fn post() -> ClientAuth {
    ClientAuth::Post(Secret::from(CANARY))
}

fn attempt() -> Attempt {
    Attempt::new(NOW, Still.seed().expect("a seed"))
}

fn exchange(client: &Client) -> Exchange {
    let scopes = Scopes::new(ASKED).expect("scopes");
    let (url, pending) = client.authorize(&scopes).start(attempt()).expect("a request");
    let state = url.query_pairs().find(|(name, _)| name == "state").expect("a state").1.into_owned();
    let callback = Callback::from_query(&format!("code=the-code&state={state}")).expect("a callback");
    pending.receive(callback, NOW).expect("an exchange")
}

/// What the core alone makes of an answer.
fn alone<R: Roundtrip>(leg: R, vector: &Vector) -> Result<R::Output, R::Error> {
    let (_, sent) = leg.request(attempt())?;
    match R::response(sent, vector.answer(), NOW)? {
        Step::Done(output) => Ok(output),
        _ => panic!("this leg asks once"),
    }
}

/// The verdict of a leg that was driven to its end.
fn verdict<R: Roundtrip>(outcome: Result<R::Output, DriveError<R>>) -> Result<R::Output, R::Error> {
    match outcome {
        Ok(output) => Ok(output),
        Err(DriveError::Refused(error)) => Err(error),
        Err(other) => panic!("no answer came: {other:?}"),
    }
}

/// Runs a table: each answer through the core, and through both ways, each of which asks exactly once.
fn run<R: Roundtrip>(
    table: &str,
    endpoint: Endpoint,
    leg: impl Fn(&Client) -> R,
    describe: impl Fn(&Result<R::Output, R::Error>) -> Value,
) {
    let net = Net::new();
    for vector in Vector::all(table) {
        let client = net.client(vector.profile(), post());
        let due = describe(&alone(leg(&client), &vector));
        vector.check(&due);
        for way in WAYS {
            let before = net.arrived(endpoint).len();
            net.answer(endpoint, &vector);
            let came = describe(&verdict(net.drive(way, leg(&client))));
            assert_eq!(came, due, "{} {} over {way:?}", vector.row, vector.name);
            assert_eq!(net.arrived(endpoint).len(), before + 1, "{} over {way:?}", vector.name);
        }
    }
    assert_eq!(net.server.faults_waiting(), 0);
}

#[test]
fn every_answer_to_an_exchange_is_the_same_over_sockets() {
    run(EXCHANGE, Endpoint::Token, exchange, |outcome: &Result<TokenSet, TokenError>| {
        exchanged(outcome, NOW)
    });
}

#[test]
fn every_answer_to_a_refresh_is_the_same_over_sockets() {
    let leg = |client: &Client| -> Refresh {
        client.refresh(Secret::from(PRESENTED), &Scopes::new(ASKED).expect("scopes"))
    };
    run(REFRESH, Endpoint::Token, leg, |outcome: &Result<Refreshed, RefreshError>| refreshed(outcome, NOW));
}

#[test]
fn every_answer_to_a_revocation_is_the_same_over_sockets() {
    let leg = |client: &Client| -> Revocation {
        client.revoke(Secret::from(PRESENTED), TokenKind::Refresh).expect("an endpoint")
    };
    run(REVOCATION, Endpoint::Revoke, leg, |outcome: &Result<(), RevocationError>| revoked(outcome));
}

/// A login from the first redirect to the revocation, with each way of authenticating, over both ways.
#[test]
fn a_whole_login_walks_over_both_ways() {
    for way in WAYS {
        for auth in [ClientAuth::Basic(Secret::from("secret")), ClientAuth::Post(Secret::from("secret"))] {
            let net = Net::new();
            let client = net.client(Profile::strict(), auth);
            let scopes = Scopes::new("profile email").expect("scopes");
            let (url, pending) = client.authorize(&scopes).start(attempt()).expect("a request");
            let back = net.visit(way, url.as_str());
            let query = back.split_once('?').expect("a query").1;
            let exchange =
                pending.receive(Callback::from_query(query).expect("a callback"), NOW).expect("ours");
            let tokens = net.drive(way, exchange).expect("tokens");
            assert_eq!(tokens.granted(), &scopes);
            assert_eq!(tokens.expires(), Some(NOW.saturating_add(Duration::from_secs(3600))));
            let old = tokens.refresh_token().expect("a refresh token").expose().to_owned();
            let refresh = tokens.into_refresh(&client).expect("a refresh token");
            let fresh = net.drive(way, refresh).expect("a refresh");
            assert!(fresh.rotated);
            let new = fresh.tokens.refresh_token().expect("a refresh token").clone();
            assert_ne!(new.expose(), old);
            let revocation = client.revoke(new, TokenKind::Refresh).expect("an endpoint");
            net.drive(way, revocation).expect("revoked");
            let spent = fresh.tokens.into_refresh(&client).expect("a refresh token");
            let error = verdict(net.drive(way, spent)).expect_err("revoked");
            assert_eq!(error.why.remedy(), gatepass_core::Remedy::AskAgain);
            let stats = net.server.stats();
            assert_eq!((stats.exchanges, net.server.token_requests("refresh_token").len()), (1, 2));
        }
    }
}

impl Net {
    /// Where the provider sends the browser.
    fn visit(&self, way: Way, url: &str) -> String {
        use gatepass_core::ports::{HttpClient, blocking};
        let request = http::Request::get(url).body(gatepass_core::Body::empty()).expect("a request");
        let answer = match way {
            Way::Reqwest => {
                self.runtime.block_on(HttpClient::send(&*self.world.http, request, &Limits::DEFAULT))
            }
            Way::Ureq => blocking::HttpClient::send(&*self.blocking.http, request, &Limits::DEFAULT),
        };
        answer.expect("an answer").headers()["location"].to_str().expect("a url").to_owned()
    }
}

/// Redirects go nowhere, whatever their status and whatever is asked for.
#[test]
fn c_64_another_server_sees_nothing() {
    for way in WAYS {
        let net = Net::new();
        let evil = Server::start();
        let client = net.client(Profile::strict(), ClientAuth::Post(Secret::from("secret")));
        for status in [301, 302, 303, 307, 308] {
            for endpoint in [Endpoint::Token, Endpoint::Revoke] {
                net.server.inject(Fault::before(endpoint).redirect(status, &evil.url(endpoint)));
            }
            let error = verdict(net.drive(way, exchange(&client))).expect_err("a redirect");
            assert_eq!(error, TokenError::Redirect { status });
            let revocation = client.revoke(Secret::from("t"), TokenKind::Access).expect("an endpoint");
            let error = verdict(net.drive(way, revocation)).expect_err("a redirect");
            assert_eq!(error, RevocationError::Redirect { status });
        }
        assert!(evil.log().is_empty(), "{:?}", evil.log());
        assert_eq!(net.server.log().len(), 10);
    }
}

/// A server that closes after reading may have acted: the code is spent, and one request was made. One that is not there
/// gives the exchange back, and the same code is exchanged when it is.
#[test]
fn trq_07_nothing_is_sent_twice() {
    for way in WAYS {
        let net = Net::new();
        let client = net.client(Profile::strict(), ClientAuth::Post(Secret::from("secret")));
        for fault in [
            Fault::before(Endpoint::Token).close(),
            Fault::after(Endpoint::Token).reset(),
            Fault::before(Endpoint::Token).raw("no http"),
            Fault::after(Endpoint::Token).partial_body(3),
        ] {
            net.server.inject(fault);
            let error = net.drive(way, exchange(&client)).expect_err("no answer");
            assert!(matches!(error, DriveError::Unknown(_)), "{way:?}: {error:?}");
        }
        assert_eq!(net.server.token_requests("authorization_code").len(), 4);
    }
}

#[test]
fn cbk_30_a_login_survives_a_provider_that_is_not_there() {
    for way in WAYS {
        let net = Net::new();
        let gone = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
            listener.local_addr().expect("an address")
        };
        let provider =
            Provider::builder(&net.server.authorization_endpoint(), &format!("http://{gone}/token"));
        let provider = provider.danger_allow_http_loopback().build().expect("a provider");
        let client =
            Client::new(provider, "app", post(), "http://127.0.0.1:8080/callback").expect("a client");
        let error = net.drive(way, exchange(&client)).expect_err("nobody listens");
        let DriveError::NotSent { leg, .. } = error else { panic!("{way:?}: the code was lost: {error:?}") };
        assert!(matches!(net.drive(way, leg), Err(DriveError::NotSent { .. })), "it can be tried again");
    }
}

/// What arrived at the socket is what the rows demand.
#[test]
fn trq_01_what_arrives_is_a_form_with_each_parameter_once() {
    for way in WAYS {
        let net = Net::new();
        let client = net.client(Profile::strict(), ClientAuth::Basic(Secret::from("s:e c")));
        drop(net.drive(way, exchange(&client)));
        drop(net.drive(way, client.refresh(Secret::from("rt"), &Scopes::none())));
        drop(net.drive(way, client.revoke(Secret::from("rt"), TokenKind::Refresh).expect("an endpoint")));
        let log = net.server.log();
        assert_eq!(log.len(), 3);
        for entry in &log {
            assert_eq!(entry.request.method, http::Method::POST);
            assert_eq!(entry.request.query, None);
            assert_eq!(entry.request.header("content-type"), Some("application/x-www-form-urlencoded"));
            assert_eq!(entry.request.header("accept"), Some("application/json"));
            assert!(entry.request.header("user-agent").is_some_and(|agent| agent.starts_with("gatepass/")));
            assert_eq!(entry.request.basic_credentials(), Some(("app".to_owned(), "s:e c".to_owned())));
            assert_eq!(entry.request.form_value("client_secret"), None);
        }
        assert_eq!(log[0].request.form_value("code").as_deref(), Some("the-code"));
        assert_eq!(
            log[0].request.form_value("redirect_uri").as_deref(),
            Some("http://127.0.0.1:8080/callback")
        );
        assert_eq!(log[0].request.form_value("code_verifier").map(|verifier| verifier.len()), Some(43));
    }
}
