//! All that the provider remembers, behind one lock: an endpoint's work is one step from one state to the next.

use super::client::Client;
use super::clock::Clock;
use super::endpoint::Endpoint;
use super::grants::Grants;
use super::log::LogEntry;
use super::random;
use super::received::{Parameters, Received};
use super::settings::Settings;
use super::stats::Stats;
use super::user::User;
use std::collections::{BTreeSet, HashMap};
use std::time::SystemTime;

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    /// Scheme, host and port.
    pub(crate) origin: String,
    pub(crate) clock: Clock,
    pub(crate) users: Vec<User>,
    pub(crate) clients: Vec<Client>,
    pub(crate) grants: Grants,
    pub(crate) codes: HashMap<String, Code>,
    /// Cookie of a browser to the subject that is logged in there.
    pub(crate) sessions: HashMap<String, String>,
    /// Authorization requests that wait for a person.
    pub(crate) interactions: HashMap<String, AuthorizationRequest>,
    /// What a subject once allowed a client.
    pub(crate) consents: HashMap<(String, String), BTreeSet<String>>,
    pub(crate) stats: Stats,
    pub(crate) log: Vec<LogEntry>,
    /// Of the log; not reset, so that a request in flight never marks another one's entry.
    pub(crate) next_number: usize,
    /// Every code and token that was handed out.
    pub(crate) issued: Vec<String>,
}

/// An authorization request that passed the checks.
#[derive(Debug, Clone)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client_id: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) back: super::redirect::Back,
    /// As it was sent; the token request must repeat it (RFC 6749 section 4.1.3).
    pub(crate) redirect_uri: Option<String>,
    pub(crate) challenge: Option<String>,
    pub(crate) prompts: Vec<String>,
    pub(crate) login_hint: Option<String>,
}

/// An authorization code.
#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: Option<String>,
    pub(crate) challenge: Option<String>,
    pub(crate) sub: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) expires: SystemTime,
    /// The grant that it was exchanged for.
    pub(crate) spent_on: Option<u64>,
}

impl State {
    pub(crate) fn new(
        settings: Settings,
        origin: String,
        clock: Clock,
        users: Vec<User>,
        clients: Vec<Client>,
    ) -> Self {
        Self {
            settings,
            origin,
            clock,
            users,
            clients,
            grants: Grants::default(),
            codes: HashMap::new(),
            sessions: HashMap::new(),
            interactions: HashMap::new(),
            consents: HashMap::new(),
            stats: Stats::default(),
            log: Vec::new(),
            next_number: 0,
            issued: Vec::new(),
        }
    }

    pub(crate) fn issuer(&self) -> String {
        format!("{}{}", self.origin, self.settings.issuer_path)
    }

    pub(crate) fn user(&self, sub: &str) -> Option<&User> {
        self.users.iter().find(|user| user.sub == sub)
    }

    pub(crate) fn client_name<'a>(&'a self, id: &'a str) -> &'a str {
        self.clients.iter().find(|client| client.id == id).map_or(id, |client| &client.name)
    }

    pub(crate) fn issue(&mut self, prefix: &str) -> String {
        let value = random::unguessable(prefix);
        self.issued.push(value.clone());
        value
    }

    /// Writes a request down; gives its number.
    pub(crate) fn note(&mut self, endpoint: Endpoint, request: Received) -> usize {
        let number = self.next_number;
        self.next_number += 1;
        let at = self.clock.now();
        self.log.push(LogEntry { number, endpoint, request, at, processed: false, status: None });
        number
    }

    pub(crate) fn noted(&mut self, number: usize) -> Option<&mut LogEntry> {
        self.log.iter_mut().rev().find(|entry| entry.number == number)
    }

    pub(crate) fn expire_access_tokens(&mut self) {
        let now = self.clock.now();
        for token in self.grants.access.values_mut() {
            token.expires = token.expires.min(now);
        }
    }

    /// Forgets everything that happened; users, clients, settings and the clock stay.
    pub(crate) fn forget(&mut self) {
        self.grants = Grants::default();
        self.codes.clear();
        self.sessions.clear();
        self.interactions.clear();
        self.consents.clear();
        self.stats = Stats::default();
        self.log.clear();
        self.issued.clear();
    }
}

impl AuthorizationRequest {
    pub(crate) fn wants(&self, prompt: &str) -> bool {
        self.prompts.iter().any(|word| word == prompt)
    }

    pub(crate) fn scopes_in(parameters: &Parameters) -> Vec<String> {
        let asked = parameters.words("scope");
        if asked.is_empty() { vec!["profile".to_owned()] } else { asked }
    }
}
