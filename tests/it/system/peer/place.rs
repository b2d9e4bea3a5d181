//! The web application and the command-line program at that server.

use std::process::Command;

use gatepass_tests::peer::{Peer, Settings, client};
use tempfile::TempDir;

use super::super::browser::{Browser, Page};
use super::super::command_line::Desk;
use super::super::process::Process;
use super::super::site::{App, ORIGIN, STORE_KEY, program};

/// The server, the programs' state, and who they are to the server.
pub(super) struct Place {
    pub(super) peer: Peer,
    folder: TempDir,
    store: String,
    client: &'static str,
    auth_method: &'static str,
}

impl Place {
    /// `None`: the server is not on this machine, and the test is skipped.
    pub(super) fn new(test: &str) -> Option<Self> {
        Self::with(Peer::settings(), test)
    }

    /// With a server that was told something.
    pub(super) fn with(settings: Settings, test: &str) -> Option<Self> {
        let peer = settings.redirect_uri(format!("{ORIGIN}/callback")).start(test)?;
        let folder = tempfile::tempdir().unwrap();
        let store = format!("sqlite:{}", folder.path().join("app.db").display());
        Some(Self { peer, folder, store, client: client::BASIC, auth_method: "basic" })
    }

    /// With its state in another database.
    pub(super) fn store(mut self, url: String) -> Self {
        self.store = url;
        self
    }

    /// As another client of the server.
    pub(super) fn client(&mut self, id: &'static str, auth_method: &'static str) {
        (self.client, self.auth_method) = (id, auth_method);
    }

    /// Starts a process of the web application, and waits until it listens.
    pub(super) fn start(&self) -> App {
        App::start(self.webapp())
    }

    /// The web application, ready to run.
    pub(super) fn webapp(&self) -> Command {
        let mut command = self.program("webapp");
        command
            .env("CLIENT_ID", self.client)
            .env("AUTH_METHOD", self.auth_method)
            .env("REDIRECT_URI", format!("{ORIGIN}/callback"))
            .env("LISTEN", "127.0.0.1:0")
            .env("STORE", &self.store)
            .env("STORE_KEY", STORE_KEY);
        if self.auth_method != "none" {
            command.env("CLIENT_SECRET", self.peer.secret());
        }
        command
    }

    pub(super) fn desk(&self) -> Desk {
        Desk::at(self.folder.path())
    }

    /// The command-line program, ready to run.
    pub(super) fn command_line(&self, desk: &Desk) -> Command {
        let mut command = self.program("cli");
        command
            .env("CLIENT_ID", client::NATIVE)
            .env("STORE", format!("sqlite:{}", self.folder.path().join("cli.db").display()))
            .env("BROWSER", desk.browser());
        command
    }

    /// The command-line program, run to its end; it must end well and print who the person is.
    #[track_caller]
    pub(super) fn call(&self, desk: &Desk) -> serde_json::Value {
        let mut run = Process::start(self.command_line(desk));
        assert_eq!(run.end(), Some(0), "{}", run.said());
        serde_json::from_str(&run.printed()).unwrap()
    }

    fn program(&self, name: &str) -> Command {
        let mut command = program(name, self.folder.path());
        command
            .env("AUTH_URL", self.peer.authorization_endpoint())
            .env("TOKEN_URL", self.peer.token_endpoint())
            .env("REVOCATION_URL", self.peer.revocation_endpoint())
            .env("API_URL", self.peer.api())
            .env("ISSUER", self.peer.issuer())
            .env("REQUIRE_ISS", "1")
            .env("ALLOW_HTTP_LOOPBACK", "1");
        command
    }

    /// Goes to the login and on to the server.
    #[track_caller]
    pub(super) fn authorization_url(&self, browser: &Browser, app: &App) -> String {
        let url = browser.open(&app.at("/login")).is(303).target();
        assert!(url.starts_with(&self.peer.authorization_endpoint()), "{url}");
        url
    }

    /// The whole login, with the server's automatic one in the middle.
    #[track_caller]
    pub(super) fn log_in(&self, browser: &Browser, app: &App) {
        let callback = follow(browser, &self.authorization_url(browser, app)).unwrap_err();
        app.arrive(browser, &callback).is(303);
    }
}

/// Follows redirects, from page to page of the server's own. `Ok`: a page; `Err`: where it sends the browser elsewhere.
#[track_caller]
pub(super) fn follow(browser: &Browser, url: &str) -> Result<Page, String> {
    arrived(browser, browser.open(url))
}

/// The same, from a page that has been received.
#[track_caller]
pub(super) fn arrived(browser: &Browser, mut page: Page) -> Result<Page, String> {
    let here = origin(&page.url);
    for _ in 0..10 {
        if page.status == 200 {
            return Ok(page);
        }
        assert!((301..=303).contains(&page.status), "{}: {}", page.status, page.body);
        let next = page.target();
        if origin(&next) != here {
            return Err(next);
        }
        page = browser.open(&next);
    }
    panic!("ten redirects led nowhere");
}

fn origin(url: &str) -> String {
    url::Url::parse(url).unwrap().origin().ascii_serialization()
}
