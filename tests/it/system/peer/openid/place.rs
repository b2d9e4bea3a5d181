//! The programs at the server, which they know by its issuer alone.

use std::process::Command;

use gatepass_tests::peer::{Peer, Settings, client};
use tempfile::TempDir;

use super::super::place::follow;
use crate::system::browser::{Browser, Page};
use crate::system::command_line::Desk;
use crate::system::process::Process;
use crate::system::site::{App, ORIGIN, STORE_KEY, program};

/// The server, and a folder for what the programs keep.
pub(super) struct Place {
    pub(super) peer: Peer,
    folder: TempDir,
}

/// A client of the server, and what a program is told of the agreement beside its id.
pub(super) struct Known {
    pub(super) id: &'static str,
    pub(super) variables: &'static [(&'static str, &'static str)],
}

/// The client that signs ID tokens as everybody does who was told nothing.
pub(super) const USUAL: Known = Known { id: "id-RS256", variables: &[] };

impl Place {
    /// `None`: the server is not on this machine, and the test is skipped.
    pub(super) fn new(test: &str, tls: bool) -> Option<Self> {
        Self::with(Peer::settings(), test, tls)
    }

    pub(super) fn with(settings: Settings, test: &str, tls: bool) -> Option<Self> {
        let settings = settings.redirect_uri(format!("{ORIGIN}/callback"));
        let peer = if tls { settings.tls() } else { settings }.start(test)?;
        Some(Self { peer, folder: tempfile::tempdir().unwrap() })
    }

    /// Who trusts the authority of the server's certificate.
    pub(super) fn browser(&self) -> Browser {
        Browser::trusting(self.peer.authority())
    }

    pub(super) fn start(&self, client: &Known) -> App {
        App::start(self.webapp(client))
    }

    /// The web application, ready to run.
    pub(super) fn webapp(&self, client: &Known) -> Command {
        let mut command = self.program("webapp");
        command
            .env("CLIENT_ID", client.id)
            .env("CLIENT_SECRET", self.peer.secret())
            .env("REDIRECT_URI", format!("{ORIGIN}/callback"))
            .env("LISTEN", "127.0.0.1:0")
            .env(
                "STORE",
                format!("sqlite:{}", self.folder.path().join(format!("{}.db", client.id)).display()),
            )
            .env("STORE_KEY", STORE_KEY)
            .envs(client.variables.iter().copied());
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

    /// The same as another client of the server, which keeps what it has beside the others.
    pub(super) fn command_line_as(&self, desk: &Desk, client: &Known) -> Command {
        let mut command = self.command_line(desk);
        command.env("CLIENT_ID", client.id).envs(client.variables.iter().copied());
        if client.variables.contains(&("ID_TOKEN_ALG", "HS256")) {
            command.env("CLIENT_SECRET", self.peer.secret());
        }
        command
    }

    /// The command-line program, run to its end; it must end well and print who the person is.
    #[track_caller]
    pub(super) fn call(&self, desk: &Desk) -> serde_json::Value {
        let mut run = Process::start(self.command_line(desk));
        assert_eq!(run.end(), Some(0), "{}", run.said());
        serde_json::from_str(&run.printed()).unwrap()
    }

    /// The same, where it needs the person, who logs in at the server.
    #[track_caller]
    pub(super) fn call_and_log_in(&self, desk: &Desk, command: Command) -> serde_json::Value {
        let mut run = Process::start(command);
        let browser = self.browser();
        let callback = follow(&browser, &desk.sent()).unwrap_err();
        browser.open(&callback).is(200);
        assert_eq!(run.end(), Some(0), "{}", run.said());
        serde_json::from_str(&run.printed()).unwrap()
    }

    /// With the issuer, and what it takes to reach it: http must be allowed, the authority of a certificate be named.
    fn program(&self, name: &str) -> Command {
        let mut command = program(name, self.folder.path());
        command.env("ISSUER", self.peer.issuer());
        match self.peer.authority() {
            Some(authority) => command.env("SSL_CERT_FILE", authority),
            None => command.env("ALLOW_HTTP_LOOPBACK", "1"),
        };
        command
    }

    /// Goes to the login and through the server; gives where it sends the person back.
    #[track_caller]
    pub(super) fn go_and_come_back(&self, browser: &Browser, app: &App, hint: &str) -> String {
        let url = browser.open(&app.at("/login")).is(303).target();
        assert!(url.starts_with(&self.peer.authorization_endpoint()), "{url}");
        follow(browser, &format!("{url}&login_hint={hint}")).unwrap_err()
    }

    /// The whole login.
    #[track_caller]
    pub(super) fn log_in(&self, browser: &Browser, app: &App, hint: &str) -> Page {
        let callback = self.go_and_come_back(browser, app, hint);
        app.arrive(browser, &callback).is(303)
    }

    /// Requests of one kind that the server had so far.
    pub(super) fn asked(&self, what: &str) -> u64 {
        self.peer.counters().asked(what)
    }

    /// How often the server was asked what it is, and for its keys.
    pub(super) fn questions(&self) -> (u64, u64) {
        let counters = self.peer.counters();
        (counters.asked("GET /.well-known/openid-configuration"), counters.asked("GET /jwks"))
    }
}

/// What a page says, as JSON.
#[track_caller]
pub(super) fn json(page: &Page) -> serde_json::Value {
    serde_json::from_str(&page.body).unwrap()
}
