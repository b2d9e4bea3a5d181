//! One run's provider, application and browser.

use std::path::Path;
use std::process::Command;

use gatepass_testkit::Provider;
use gatepass_testkit::provider::openid::{Misbehaviour, OpenId};
use gatepass_testkit::provider::{AuthMethod, Client, Endpoint, LogEntry};
use gatepass_tests::built::example;
use gatepass_tests::port::free_port;
use gatepass_tests::process::{Process, until};
use tempfile::TempDir;

use crate::browser::{Browser, Page};
use crate::outcome::End;
use crate::{Fault, Plan};

/// The id of the client; the encodings of RFC 6749 write its characters differently.
pub const CLIENT_ID: &str = "conformance client:1/2+3";

/// The secret of the client; so with its characters.
pub const CLIENT_SECRET: &str = "no canary: client+secret/7Qz~k=Vw&2 0123456789";

/// 32 bytes in base64. The store is in memory, and gone with the process.
const STORE_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// What is said about the person whom the provider lets in.
pub(crate) const PERSON: [(&str, &str); 3] =
    [("sub", "user-alice"), ("name", "Alice Liddell"), ("email", "alice@example.com")];

/// The provider, the application and the person's browser.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) provider: Provider,
    pub(crate) browser: Browser,
    /// The application's origin, which is another site than the provider.
    pub(crate) origin: String,
    app: Process,
    _folder: TempDir,
}

impl Stage {
    pub(crate) fn new(plan: Plan, settings: &[(&str, &str)], misbehaviour: Misbehaviour) -> Self {
        loop {
            if let Some(stage) = Self::at_port(free_port(), plan, settings, misbehaviour.clone()) {
                return stage;
            }
        }
    }

    /// `None`: somebody else has taken the port meanwhile.
    fn at_port(port: u16, plan: Plan, settings: &[(&str, &str)], misbehaviour: Misbehaviour) -> Option<Self> {
        let origin = format!("http://localhost:{port}");
        let at = |path: &str| format!("{origin}{path}");
        let client = Client::confidential(CLIENT_ID, CLIENT_SECRET)
            .auth_methods(&[AuthMethod::Basic])
            .redirect_uri(&at("/callback"))
            .post_logout_redirect_uri(&at("/logged-out"))
            .backchannel_logout_uri(&format!("http://127.0.0.1:{port}/backchannel-logout/provider"))
            .initiate_login_uri(&at("/initiate-login"));
        let provider = Provider::builder().openid(OpenId::new()).client(client).start().expect("a provider");
        provider.misbehave(misbehaviour);
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = bare(&example("webapp"), folder.path());
        command
            .env("ISSUER", provider.issuer())
            .env("CLIENT_ID", CLIENT_ID)
            .env("CLIENT_SECRET", CLIENT_SECRET)
            .env("REDIRECT_URI", at("/callback"))
            .env("POST_LOGOUT_REDIRECT_URI", at("/logged-out"))
            .env("LISTEN", format!("127.0.0.1:{port}"))
            .env("ALLOW_HTTP_LOOPBACK", "1")
            .env("STORE", "sqlite::memory:")
            .env("STORE_KEY", STORE_KEY)
            .env("RUST_LOG", "info,gatepass_axum::routes::backchannel=debug");
        if plan == Plan::FormPost {
            command.env("RESPONSE_MODE", "form_post");
        }
        command.envs(settings.iter().copied());
        let mut app = Process::start(command);
        let listens = until("the application", || {
            let (said, ended) = (app.said(), app.has_ended());
            (said.contains("(listening on ") || ended).then_some(!ended)
        });
        if !listens {
            app.end();
            assert!(app.said().contains("cannot listen on"), "the application ended: {}", app.said());
            return None;
        }
        Some(Self { provider, browser: Browser::default(), origin, app, _folder: folder })
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The person goes to a page of the application, and on to wherever that leads.
    pub(crate) fn browser_at(&mut self, path: &str) -> Page {
        let url = self.at(path);
        self.browser.open(&url)
    }

    /// Everything that the provider was asked so far.
    pub(crate) fn log(&self) -> Vec<LogEntry> {
        self.provider.log()
    }

    /// The page that ended the way, as an end: somebody who is inside, or a refusal with what the operator was told of it.
    pub(crate) fn end(&self, page: &Page) -> End {
        if page.status == 200 {
            return End::Accepted;
        }
        let (cause, detail) = self.told_of(page).unwrap_or_default();
        End::Refused { status: page.status, cause, detail }
    }

    /// Cause and detail of the line in the log that has the reference of a page.
    fn told_of(&self, page: &Page) -> Option<(String, String)> {
        let reference = match serde_json::from_str::<serde_json::Value>(&page.body) {
            Ok(json) => json["reference"].as_str()?.to_owned(),
            Err(_) => page.body.split_once("<code>")?.1.split_once("</code>")?.0.to_owned(),
        };
        let line = self.line_with(&reference);
        Some((field(&line, "cause")?, field(&line, "detail").unwrap_or_default()))
    }

    /// Why the application refused a logout token.
    pub(crate) fn told_of_logout(&self) -> String {
        field(&self.line_with("a logout token ended nothing"), "cause").unwrap_or_default()
    }

    /// A line in the log. It is written before the answer is sent, and read by a thread of its own.
    fn line_with(&self, text: &str) -> String {
        until(text, || self.app.said().lines().find(|line| line.contains(text)).map(ToOwned::to_owned))
    }

    /// Lets the application end: it drains first, so that what it began is done, and nothing comes afterwards.
    pub(crate) fn close(&mut self) {
        self.app.terminate();
        let code = self.app.end();
        assert_eq!(code, Some(0), "the application ended badly: {}", self.app.said());
    }

    /// How many requests there were before the fault met the client, that one included.
    pub(crate) fn before(&self, fault: Fault) -> Option<usize> {
        let log = self.log();
        let exchange =
            |grant: &str| log.iter().position(|entry| entry.grant_type().as_deref() == Some(grant));
        let first = |endpoint: Endpoint| log.iter().position(|entry| entry.endpoint == endpoint);
        let at = match fault {
            Fault::Metadata => first(Endpoint::OpenIdConfiguration),
            Fault::Callback => first(Endpoint::Authorize),
            Fault::Exchange => exchange("authorization_code"),
            Fault::Refresh => exchange("refresh_token"),
            Fault::UserInfo => first(Endpoint::UserInfo),
            Fault::LogoutReturn => first(Endpoint::EndSession),
            Fault::LogoutToken | Fault::Initiation => None,
        };
        at.map(|at| at + 1)
    }
}

/// The value of a field in a line of the log.
fn field(line: &str, name: &str) -> Option<String> {
    let (_, rest) = line.split_once(&format!(" {name}=\""))?;
    Some(rest.split_once('"')?.0.to_owned())
}

/// A program with nothing in its environment that is not the machine's.
fn bare(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().current_dir(folder);
    for name in ["PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "LLVM_PROFILE_FILE"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}
