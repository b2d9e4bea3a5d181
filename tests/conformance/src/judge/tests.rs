//! Each assertion holds of what the application asks, and breaks when one thing about that is otherwise.

use gatepass_testkit::provider::openid::Misbehaviour;
use gatepass_testkit::provider::{Endpoint, LogEntry};

use super::all;
use crate::stage::Stage;
use crate::{End, Plan, Story};

/// What the provider saw of a login, a second one, and a refresh.
struct Asked {
    log: Vec<LogEntry>,
    issued: Vec<String>,
    origin: String,
}

impl Asked {
    fn new() -> Self {
        let mut stage = Stage::new(Plan::Basic, &[], Misbehaviour::new());
        let mut wrong = Vec::new();
        for story in [Story::ComesBack, Story::LogsInAfterAnother] {
            assert_eq!(story.tell(&mut stage, &mut wrong).end, End::Accepted);
        }
        stage.close();
        Self { log: stage.log(), issued: stage.provider.issued(), origin: stage.origin.clone() }
    }

    fn wrong(&self, log: &[LogEntry]) -> Vec<String> {
        all(log, &self.issued, &self.origin)
    }

    /// The last request to an endpoint is otherwise; gives the ids of the assertions that break.
    #[track_caller]
    fn otherwise(&self, endpoint: Endpoint, change: impl FnOnce(&mut LogEntry)) -> Vec<String> {
        let mut log = self.log.clone();
        change(log.iter_mut().rfind(|entry| entry.endpoint == endpoint).expect("such a request"));
        let mut ids: Vec<String> =
            self.wrong(&log).iter().filter_map(|wrong| Some(wrong.split_once(':')?.0.to_owned())).collect();
        ids.dedup();
        ids
    }

    #[track_caller]
    fn query(&self, name: &str, value: Option<&str>) -> Vec<String> {
        self.otherwise(Endpoint::Authorize, |entry| {
            let query = entry.request.query.clone().unwrap_or_default();
            entry.request.query = Some(with(&query, name, value));
        })
    }

    #[track_caller]
    fn form(&self, name: &str, value: Option<&str>) -> Vec<String> {
        self.otherwise(Endpoint::Token, |entry| {
            let form = String::from_utf8_lossy(&entry.request.body).into_owned();
            entry.request.body = with(&form, name, value).into();
        })
    }

    #[track_caller]
    fn header(&self, endpoint: Endpoint, value: &str) -> Vec<String> {
        self.otherwise(endpoint, |entry| {
            let value = value.parse().expect("a header");
            entry.request.headers.insert("authorization", value);
        })
    }

    /// A parameter of the first authorization request.
    fn before(&self, name: &str) -> String {
        let first = self.log.iter().find(|entry| entry.endpoint == Endpoint::Authorize);
        first.and_then(|entry| entry.request.query_value(name)).expect("such a parameter")
    }
}

/// The same pairs, with this one; without it, if it has no value.
fn with(encoded: &str, name: &str, value: Option<&str>) -> String {
    let pairs = url::form_urlencoded::parse(encoded.as_bytes()).filter(|(known, _)| known != name);
    let mut changed = url::form_urlencoded::Serializer::new(String::new());
    changed.extend_pairs(pairs);
    if let Some(value) = value {
        changed.append_pair(name, value);
    }
    changed.finish()
}

#[test]
fn a8_01_the_authorization_request_is_ours_and_asks_for_openid() {
    let asked = Asked::new();
    assert_eq!(asked.wrong(&asked.log), [""; 0]);
    let elsewhere = format!("{}/callback/", asked.origin);
    let fragment = format!("{}/callback#", asked.origin);
    assert_eq!(asked.query("client_id", Some("another")), ["A8-01"]);
    assert_eq!(asked.query("scope", Some("profile openid2")), ["A8-01"]);
    // The token request then repeats what was not sent.
    for value in [Some(elsewhere.as_str()), Some(&fragment), None] {
        assert_eq!(asked.query("redirect_uri", value), ["A8-01", "A8-09"], "{value:?}");
    }
}

#[test]
fn a8_03_and_a8_17_state_and_nonce_are_of_one_request_and_url_safe() {
    let asked = Asked::new();
    for (name, id, long) in [("state", "A8-03", 129), ("nonce", "A8-17", 44)] {
        let (before, long) = (asked.before(name), "a".repeat(long));
        for value in [None, Some(""), Some("a b"), Some(before.as_str()), Some(&long)] {
            assert_eq!(asked.query(name, value), [id], "{name}={value:?}");
        }
    }
}

#[test]
fn a8_04_a_challenge_by_s256_and_a_verifier_serve_one_login() {
    let asked = Asked::new();
    assert_eq!(asked.query("code_challenge_method", Some("plain")), ["A8-04"]);
    let verifiers = asked.log.iter().filter_map(|entry| entry.request.form_value("code_verifier"));
    let verifier = verifiers.collect::<Vec<_>>().swap_remove(0);
    assert_eq!(asked.form("code_verifier", Some(&verifier)), ["A8-04"], "it fits to the login before");
    let challenge = asked.before("code_challenge");
    assert_eq!(asked.query("code_challenge", Some(&challenge)), ["A8-04", "A8-09"]);
    assert_eq!(asked.query("code_challenge", None), ["A8-04", "A8-09"]);
}

#[test]
fn a8_05_the_answer_is_a_code_and_there_is_no_request_inside() {
    let asked = Asked::new();
    assert_eq!(asked.query("response_type", Some("code id_token")), ["A8-05"]);
    assert_eq!(asked.query("request", Some("e30.e30.")), ["A8-05"]);
    assert_eq!(asked.query("request_uri", Some("urn:x")), ["A8-05"]);
}

#[test]
fn a8_09_the_token_request_repeats_the_redirect_uri_and_fits_the_challenge() {
    let asked = Asked::new();
    let elsewhere = format!("{}/elsewhere", asked.origin);
    assert_eq!(asked.form("redirect_uri", Some(&elsewhere)), ["A8-09"]);
    assert_eq!(asked.form("redirect_uri", None), ["A8-09"]);
    assert_eq!(asked.form("code_verifier", Some(&"a".repeat(43))), ["A8-09"]);
    assert_eq!(asked.form("grant_type", None), ["A8-09"]);
    let query = asked.otherwise(Endpoint::Token, |entry| entry.request.query = Some("a=b".to_owned()));
    assert_eq!(query, ["A8-09"]);
}

#[test]
fn a8_12_the_access_token_is_in_the_header_alone() {
    let asked = Asked::new();
    let header = |value| asked.header(Endpoint::UserInfo, value);
    assert_eq!(header("Bearer gp_access_unknown"), ["A8-12"]);
    assert_eq!(header("DPoP gp_access_unknown"), ["A8-12"]);
    let both = asked.otherwise(Endpoint::UserInfo, |entry| {
        entry.request.query = Some("access_token=gp_access_unknown".to_owned());
    });
    assert_eq!(both, ["A8-12"]);
    let body = asked.otherwise(Endpoint::UserInfo, |entry| {
        entry.request.body = "access_token=gp_access_unknown".into();
    });
    assert_eq!(body, ["A8-12"]);
    assert_eq!(asked.header(Endpoint::Jwks, "Bearer gp_access_unknown"), ["A8-12"]);
}

#[test]
fn a8_13_basic_credentials_are_two_form_encoded_parts() {
    let asked = Asked::new();
    let basic = |id: &str, secret: &str| {
        let credentials = data_encoding::BASE64.encode(format!("{id}:{secret}").as_bytes());
        asked.header(Endpoint::Token, &format!("Basic {credentials}"))
    };
    let form = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let (id, secret) = (form(crate::CLIENT_ID), form(crate::CLIENT_SECRET));
    assert_eq!(basic(&id, &secret), [""; 0]);
    assert_eq!(basic(crate::CLIENT_ID, crate::CLIENT_SECRET), ["A8-13"], "not encoded");
    assert_eq!(basic(&id, &format!("{secret}:")), ["A8-13"], "three parts");
    assert_eq!(asked.form("client_secret", Some("x")), ["A8-13"]);
    assert_eq!(asked.form("scope", Some("openid admin")), ["A8-13"]);
}
