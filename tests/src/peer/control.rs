//! What a test says to a running peer and asks it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Peer;

/// How often what was asked of a peer, and what it answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Counters {
    /// Requests, by method and path: `GET /jwks`.
    pub requests: BTreeMap<String, u64>,
    /// What the token endpoint granted, by `grant_type`.
    pub granted: BTreeMap<String, u64>,
    /// What the token endpoint refused, by `grant_type` and error, with a space between them.
    pub refused: BTreeMap<String, u64>,
    /// Grants that were revoked: by a second use of a code or of a refresh token, or since somebody asked for it.
    pub revoked: u64,
}

impl Counters {
    /// Codes that were exchanged.
    #[must_use]
    pub fn exchanges(&self) -> u64 {
        self.granted.get("authorization_code").copied().unwrap_or_default()
    }

    /// Refresh tokens that were exchanged.
    #[must_use]
    pub fn refreshes(&self) -> u64 {
        self.granted.get("refresh_token").copied().unwrap_or_default()
    }

    /// Requests of one kind.
    #[must_use]
    pub fn asked(&self, method_and_path: &str) -> u64 {
        self.requests.get(method_and_path).copied().unwrap_or_default()
    }
}

/// What can become of an answer on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The connection ends before it.
    Cut,
    /// A gateway answers 503 instead.
    Gateway,
}

/// Something that the library said that it did.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// The library's name for it, such as `grant.revoked`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The client's id.
    pub client: Option<String>,
    /// The error, where it is one.
    pub why: Option<String>,
}

impl Peer {
    /// How often what was asked since it started.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.ask("counters")
    }

    /// The last thousand things that happened, the oldest first.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.ask("events")
    }

    /// The logout tokens that it sent to nobody in particular.
    #[must_use]
    pub fn logout_tokens(&self) -> Vec<String> {
        self.ask("bcl")
    }

    /// The lifetime of access tokens from now on, in whole seconds.
    pub fn set_access_token_lifetime(&self, lifetime: Duration) {
        self.tell(&format!("access_token_lifetime?seconds={}", lifetime.as_secs()));
    }

    /// The token endpoint holds its answers back for so long when they are ready: what it gives away is spent by then.
    pub fn set_token_delay(&self, delay: Duration) {
        self.tell(&format!("token_delay?milliseconds={}", delay.as_millis()));
    }

    /// What becomes of the token endpoint's answers when everything has been done; `None`: they arrive.
    pub fn set_token_fault(&self, fault: Option<Fault>) {
        self.tell(match fault {
            None => "token_fault",
            Some(Fault::Cut) => "token_fault?answer=cut",
            Some(Fault::Gateway) => "token_fault?answer=503",
        });
    }

    /// Whom ID tokens are about from now on, whoever logged in; `None`: that person.
    pub fn set_id_tokens_name(&self, sub: Option<&str>) {
        self.tell(&sub.map_or("id_tokens_name".to_owned(), |sub| format!("id_tokens_name?sub={sub}")));
    }

    /// Makes its APIs refuse every access token that there is.
    pub fn expire_access_tokens(&self) {
        self.tell("expire_access_tokens");
    }

    /// Takes back everything that was ever granted, as a person does at the provider's own pages: nobody is told.
    pub fn revoke_grants(&self) {
        self.tell("revoke_grants");
    }

    /// Signs with another set of keys. A set has a letter, and it starts with `a`; of several the first one signs and all
    /// are published.
    pub fn sign_with(&self, sets: &str) {
        self.tell(&format!("rotate?set={sets}"));
    }

    #[expect(clippy::expect_used, reason = "a test fails by panicking")]
    fn ask<T: DeserializeOwned>(&self, what: &str) -> T {
        let answer = agent().get(format!("{}/_test/{what}", self.control)).call();
        let text = answer.expect("the peer answers").body_mut().read_to_string().expect("a whole answer");
        serde_json::from_str(&text).expect("what the peer tells")
    }

    #[expect(clippy::expect_used, reason = "a test fails by panicking")]
    fn tell(&self, what: &str) {
        let told = agent().post(format!("{}/_test/{what}", self.control)).send_empty();
        told.expect("the peer does as it is told");
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().proxy(None).timeout_global(Some(Duration::from_secs(30))).build().into()
}
