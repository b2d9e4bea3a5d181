//! A command-line program that calls an API as the person who runs it. Blocking from end to end: no runtime, no async.
//!
//! The first run sends the person to the provider and keeps what it grants; later runs need nobody, until the provider
//! wants to see the person again.
#![expect(clippy::print_stderr, reason = "a command-line program talks to the person who runs it")]

mod browser;
mod config;
mod environment;
mod interrupt;
mod party;

use std::error::Error;
use std::fmt;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use gatepass::blocking::{Keeper, world};
use gatepass::loopback::{Loopback, LoopbackError};
use gatepass::ports::blocking::GrantStore as _;
use gatepass::ports::{GrantKey, Limits};
use gatepass::renewal::State;
use gatepass::{ApiError, Body, KeyRing, LoginReason, Remedy, Secret, Unavailable};
use gatepass_oidc::blocking::RelyingParty;
use gatepass_oidc::{SignInError, UserInfoError};
use gatepass_sqlx::blocking::SqliteStore;
use gatepass_ureq::Ureq;
use http::{Request, header};
use tracing_subscriber::EnvFilter;
use url::Url;

use config::Config;
use interrupt::{AT_MOST, Interrupts};
use party::Party;

const HELP: &str = "\
Calls an API as the person who runs this program, and prints the JSON that it answers; or prints who that is.

Usage: cli [--logout | --help]

  --logout   give the kept access back to the provider, and forget it
  --help     show this text

The configuration is read from the environment:

  CLIENT_ID            the client id
  CLIENT_SECRET        the client secret; none for a public client, which a program that is handed out always is
  AUTH_METHOD          basic, post or none: how the secret is sent; if not set, as the provider offers, else basic
  ISSUER               the provider, as it names itself: it is asked where its endpoints and keys are
  API_URL              what to call; the access token is sent to its origin alone. With ISSUER it may be left out: the
                       program prints what the provider's user info says then
  SCOPE                what to ask for; `openid profile email` with ISSUER alone, `profile email` otherwise
  ID_TOKEN_ALG         the algorithms of ID tokens that were agreed on, such as `ES256,RS256`; RS256 if not set. HS256 is
                       keyed with CLIENT_SECRET
  USERINFO_ALG         user info is signed by this algorithm; if not set, it is JSON

For a provider that publishes nothing of the kind, instead of ISSUER:

  AUTH_URL             the authorization endpoint
  TOKEN_URL            the token endpoint
  REVOCATION_URL       the revocation endpoint, if the provider has one
  ISSUER               the issuer that callbacks must name in `iss`, if they name one
  REQUIRE_ISS          1: refuse callbacks without `iss`

And in any case:

  LOGIN_HINT           who is likely to log in, by the provider's name for them
  PROMPT               login, consent, select_account or create, separated by spaces: what the provider is to show
  STORE                the SQLite database that keeps the access; `sqlite:gatepass.db` if not set
  STORE_KEY            the keys that seal it: 32 bytes each, in base64, separated by commas, the first one seals;
                       if not set, one is made and kept beside the database, as DATABASE.key
  REFRESH_ROTATES      0: the provider never replaces refresh tokens
  REFRESH_GRACE        for how many seconds the provider takes a refresh token that it has replaced
  ARRIVAL_BOUND        after how many seconds a request that was sent has arrived or never will
  BROWSER              the program that opens a URL, with its arguments; if not set, the URL is printed
  ALLOW_HTTP_LOOPBACK  1: endpoints may be http on this machine, for development
  SSL_CERT_FILE        the authorities to trust, in PEM, on Linux; if not set, the platform's
  RUST_LOG             what to log to standard error; nothing if not set. ureq's finest level shows all that is sent:
                       while it is on, nothing is, so say `trace,ureq=debug,ureq_proto=debug`

Register http://127.0.0.1/callback at the provider; the port differs from login to login (RFC 8252).

Exit status: 0 done; 1 the provider or the network failed; 2 the configuration is wrong; 3 you said no.
";

fn main() -> ExitCode {
    if let Ok(filter) = EnvFilter::try_from_default_env() {
        // Read by programs too: no colours, whatever else is built along.
        tracing_subscriber::fmt().with_ansi(false).with_env_filter(filter).with_writer(io::stderr).init();
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("cli: {failure}");
            failure.code()
        }
    }
}

fn run() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => print(&Program::start()?.finish(Program::call)?),
        ["--logout"] => Program::start()?.finish(Program::log_out),
        ["--help" | "-h"] => print(HELP.as_bytes()),
        _ => Err(Failure::Configuration("usage: cli [--logout | --help]".to_owned())),
    }
}

fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(Failure::failed)
}

/// The program and everything that it stands on.
struct Program {
    config: Config,
    party: Party,
    key: GrantKey,
    store: SqliteStore,
    keeper: Keeper,
    interrupts: Interrupts,
}

impl Program {
    fn start() -> Result<Self, Failure> {
        let config = Config::from_env().map_err(|wrong| Failure::Configuration(wrong.to_string()))?;
        let store = SqliteStore::open(&config.store).map_err(Failure::configuration)?;
        store.migrate().map_err(Failure::configuration)?;
        let ring = match (&config.ring, store.file()) {
            (Some(ring), _) => ring.clone(),
            (None, Some(file)) => {
                let mut path = file.as_os_str().to_owned();
                path.push(".key");
                KeyRing::kept_in(path.as_ref()).map_err(Failure::configuration)?
            }
            // What is in memory ends with the program, and so may its key.
            (None, None) => KeyRing::generate().map_err(Failure::failed)?,
        };

        let mut http = Ureq::new();
        if config.http_loopback {
            http = http.danger_allow_http_loopback();
        }
        let party = config.party(Config::ANY_PORT).map_err(Failure::Configuration)?;
        let keeper = Keeper::builder(Arc::new(store.clone()), ring, world(Arc::new(http)))
            .source(config.provider_name(), party.source())
            .build()
            .map_err(Failure::configuration)?;
        let interrupts = Interrupts::install(&keeper).map_err(Failure::failed)?;
        Ok(Self { key: config.grant_key(), config, party, store, keeper, interrupts })
    }

    /// Does something, and lets a renewal that began meanwhile come to its end: cut short, it would cost the grant.
    fn finish<T>(self, work: impl FnOnce(&Self) -> Result<T, Failure>) -> Result<T, Failure> {
        let result = work(&self);
        self.keeper.drain(AT_MOST);
        self.interrupts.heed();
        result
    }

    /// What the API, or the provider's user info, answers. The person is asked if there is no grant yet, or none that can be
    /// renewed.
    fn call(&self) -> Result<Vec<u8>, Failure> {
        let answer = match self.ask() {
            Err(Unanswered::LoginRequired(why)) => {
                eprintln!("Logging in: {why}.");
                self.log_in()?;
                self.interrupts.heed();
                self.ask()
            }
            answer => answer,
        };
        let mut line = answer.map_err(Unanswered::failure)?.trim_ascii().to_vec();
        line.push(b'\n');
        Ok(line)
    }

    fn ask(&self) -> Result<Vec<u8>, Unanswered> {
        match (&self.config.api_url, &self.party) {
            (None, Party::SignsIn(party)) => self.user_info(party),
            (Some(url), _) => self.ask_api(url.as_str()),
            (None, _) => Err(Failure::Configuration("API_URL is missing".to_owned()).into()),
        }
    }

    /// One request with the grant's token, which is renewed when its time is up or the API refuses it.
    fn ask_api(&self, url: &str) -> Result<Vec<u8>, Unanswered> {
        let request = Request::get(url).header(header::ACCEPT, "application/json").body(Body::empty());
        let answer = self.keeper.api(&self.key).send(request.map_err(|_| ApiError::Url)?)?;
        if !answer.status().is_success() {
            let why = format!("the API answered status {}", answer.status().as_u16());
            return Err(Failure::Failed(why).into());
        }
        let body = answer.body().as_bytes();
        if serde_json::from_slice::<serde_json::Value>(body).is_err() {
            return Err(Failure::Failed("the API answered something that is no JSON".to_owned()).into());
        }
        Ok(body.to_vec())
    }

    /// Who the person is, as the provider's user info says: about the subject of their login, or not at all.
    fn user_info(&self, party: &RelyingParty) -> Result<Vec<u8>, Unanswered> {
        let token = self.keeper.access_token(&self.key)?;
        let id_token = self.keeper.id_token(&self.key)?;
        let id_token = id_token.ok_or(Unanswered::LoginRequired(LoginReason::Absent))?;
        let sub = party::subject(&id_token)
            .ok_or_else(|| Failure::Failed("the kept ID token names nobody".to_owned()))?;
        let world = self.keeper.world();
        let ask = |token: &Secret| party.user_info_of(token, &sub, world, &Limits::DEFAULT);
        let answer = match ask(token.secret()) {
            Err(SignInError::UserInfo(UserInfoError::Token)) => {
                ask(self.keeper.unauthorized(&self.key, token)?.secret())
            }
            answer => answer,
        };
        let claims = answer.map_err(Failure::failed)?;
        let claims = claims.ok_or_else(|| {
            Failure::Configuration("API_URL is missing, and the provider has no user info".to_owned())
        })?;
        Ok(claims.as_json().as_bytes().to_vec())
    }

    /// Sends the person to the provider, and keeps what it grants.
    fn log_in(&self) -> Result<(), Failure> {
        // The port is part of the redirect URI, so it comes first.
        let loopback = Loopback::bind("/callback").map_err(Failure::failed)?;
        let party = self.config.party(loopback.redirect_uri()).map_err(Failure::Configuration)?;
        let open = |url: &Url| {
            browser::open(url, self.config.browser.as_deref(), self.config.http_loopback)
                .map_err(Failure::failed)
        };
        let wish = self.config.wish.clone();
        let defer = || self.interrupts.defer();
        let (tokens, visitor, _deferred) = party.log_in(loopback, wish, self.keeper.world(), open, defer)?;
        self.keeper.install(&self.key, tokens).map_err(Failure::failed)?;
        visitor.done();
        Ok(())
    }

    /// Forgets the grant, and tells the provider.
    fn log_out(&self) -> Result<(), Failure> {
        self.keeper.logout(&self.key).map_err(Failure::failed)?;
        self.keeper.drain(AT_MOST);
        let left = self.store.read(&self.key).map_err(Failure::failed)?;
        if left.row.is_some_and(|(_, row)| row.journal.state == State::Revoking) {
            let why = "logged out here, but the provider could not be told: say --logout again later";
            return Err(Failure::Failed(why.to_owned()));
        }
        eprintln!("Logged out.");
        Ok(())
    }
}

/// Why there is no answer.
enum Unanswered {
    /// The person has to log in first.
    LoginRequired(LoginReason),
    Failed(Failure),
}

impl Unanswered {
    fn failure(self) -> Failure {
        match self {
            Self::LoginRequired(why) => Failure::Failed(format!("{why}: the person has to log in")),
            Self::Failed(why) => why,
        }
    }
}

impl From<Failure> for Unanswered {
    fn from(why: Failure) -> Self {
        Self::Failed(why)
    }
}

impl From<Unavailable> for Unanswered {
    fn from(why: Unavailable) -> Self {
        match why {
            Unavailable::LoginRequired { why, .. } => Self::LoginRequired(why),
            why if why.remedy() == Remedy::FixConfiguration => Self::Failed(Failure::configuration(why)),
            why => Self::Failed(Failure::failed(why)),
        }
    }
}

impl From<ApiError> for Unanswered {
    fn from(why: ApiError) -> Self {
        match why {
            ApiError::Unavailable(why) => why.into(),
            why => Self::Failed(Failure::failed(why)),
        }
    }
}

/// Why the program ends without having done its work. It shows no secret: no error of the library does.
enum Failure {
    Failed(String),
    Configuration(String),
    Declined,
}

impl Failure {
    fn failed(why: impl Error) -> Self {
        Self::Failed(chain(&why))
    }

    fn configuration(why: impl Error) -> Self {
        Self::Configuration(chain(&why))
    }

    fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failed(_) => 1,
            Self::Configuration(_) => 2,
            Self::Declined => 3,
        })
    }
}

impl From<LoopbackError> for Failure {
    fn from(why: LoopbackError) -> Self {
        match &why {
            LoopbackError::Refused(refused) if refused.remedy() == Remedy::PersonDeclined => Self::Declined,
            _ => Self::failed(why),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(why) | Self::Configuration(why) => f.write_str(why),
            Self::Declined => f.write_str("you said no, so there is nothing that this program may do"),
        }
    }
}

/// An error and its causes on one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(why) = cause {
        text = format!("{text}: {why}");
        cause = why.source();
    }
    text
}
