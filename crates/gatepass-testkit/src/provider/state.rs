//! All that the provider remembers, behind one lock: an endpoint's work is one step from one state to the next.

use super::client::Client;
use super::clock::Clock;
use super::endpoint::Endpoint;
use super::grants::Grants;
use super::log::LogEntry;
use super::openid::{Login, LogoutNotice, Misbehaviour, Op, OpenId};
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
    /// By the cookie of a browser.
    pub(crate) sessions: HashMap<String, Session>,
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
    pub(crate) openid: Option<Op>,
    pub(crate) misbehaviour: Misbehaviour,
    /// Logout tokens that are still to be posted.
    pub(crate) outbox: Vec<LogoutNotice>,
    /// Those that were.
    pub(crate) notices: Vec<LogoutNotice>,
}

/// A person who is logged in at the provider in one browser.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) sub: String,
    /// Names it in tokens.
    pub(crate) sid: String,
    pub(crate) since: SystemTime,
    /// The clients that have heard of it.
    pub(crate) clients: BTreeSet<String>,
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
    pub(crate) openid: OpenIdRequest,
}

/// What OpenID Connect adds to an authorization request.
#[derive(Debug, Clone, Default)]
pub(crate) struct OpenIdRequest {
    pub(crate) nonce: Option<String>,
    /// How old the login may be, in seconds.
    pub(crate) max_age: Option<u64>,
    pub(crate) acr: String,
}

/// An authorization code.
#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: Option<String>,
    pub(crate) challenge: Option<String>,
    pub(crate) sub: String,
    pub(crate) login: Login,
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
        openid: Option<OpenId>,
    ) -> Self {
        let mut state = Self {
            settings,
            origin,
            clock,
            users,
            clients: Vec::new(),
            grants: Grants::default(),
            codes: HashMap::new(),
            sessions: HashMap::new(),
            interactions: HashMap::new(),
            consents: HashMap::new(),
            stats: Stats::default(),
            log: Vec::new(),
            next_number: 0,
            issued: Vec::new(),
            openid: openid.map(Op::new),
            misbehaviour: Misbehaviour::new(),
            outbox: Vec::new(),
            notices: Vec::new(),
        };
        for client in clients {
            state.register(client);
        }
        state
    }

    pub(crate) fn issuer(&self) -> String {
        format!("{}{}", self.origin, self.settings.issuer_path)
    }

    /// Where the keys are, below the issuer.
    pub(crate) fn jwks_path(&self) -> &str {
        self.openid.as_ref().map_or(Endpoint::Jwks.path(), |op| &op.jwks_path)
    }

    pub(crate) fn misbehave(&mut self, misbehaviour: Misbehaviour) {
        if let Some(op) = &mut self.openid {
            op.prepare(&misbehaviour);
        }
        self.misbehaviour = misbehaviour;
    }

    /// In place of the one of the same id. Its key is there before it asks for the keys.
    pub(crate) fn register(&mut self, client: Client) {
        if let (Some(op), Some(algorithm)) = (&mut self.openid, client.signed_by) {
            op.keys.key(algorithm);
        }
        self.clients.retain(|known| known.id != client.id);
        self.clients.push(client);
    }

    pub(crate) fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }

    pub(crate) fn user(&self, sub: &str) -> Option<&User> {
        self.users.iter().find(|user| user.sub == sub)
    }

    pub(crate) fn client_name<'a>(&'a self, id: &'a str) -> &'a str {
        self.client(id).map_or(id, |client| &client.name)
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
        self.outbox.clear();
        self.notices.clear();
        if let Some(op) = &mut self.openid {
            op.given.clear();
        }
        self.misbehave(Misbehaviour::new());
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

    /// Whether a login of that time is too old for this request (OpenID Connect Core section 3.1.2.1).
    pub(crate) fn is_too_old(&self, since: SystemTime, now: SystemTime) -> bool {
        let age = now.duration_since(since).unwrap_or_default().as_secs();
        self.openid.max_age.is_some_and(|most| most == 0 || age > most)
    }
}
