//! A web application at one address, served by as many processes as a test wants: the browser's address is the load
//! balancer's, and the test says which process answers.

use std::path::Path;
use std::process::Command;

use gatepass_testkit::Provider;
use gatepass_testkit::provider::{Builder, Client};
use tempfile::TempDir;
use url::Url;

use super::browser::{Browser, Page};
use super::built::example;
use super::process::Process;

/// With characters that no two encodings write alike.
pub(crate) const CLIENT_SECRET: &str = "canary client+secret/7Qz~k=Vw&2";

/// 32 bytes in base64.
pub(crate) const STORE_KEY: &str = "quJISYQtcIK2b1fOgnC9BNosOf+5ffIoA8JwmDAyxOU=";

/// What the world calls the application. Nothing listens there.
pub(crate) const ORIGIN: &str = "http://127.0.0.1:9";

/// The provider, and where the application keeps its state.
pub(crate) struct Site {
    pub(crate) provider: Provider,
    pub(crate) folder: TempDir,
    store: String,
    variables: Vec<(&'static str, String)>,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::with(Provider::builder())
    }

    /// With a provider that has its own mind.
    pub(crate) fn with(provider: Builder) -> Self {
        let app = Client::confidential("app", CLIENT_SECRET)
            .redirect_uri("http://127.0.0.1/callback")
            .any_loopback_port();
        let cli = Client::public("cli").redirect_uri("http://127.0.0.1/callback").any_loopback_port();
        let provider = provider.client(app).client(cli).start().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = format!("sqlite:{}", folder.path().join("app.db").display());
        Self { provider, folder, store, variables: Vec::new() }
    }

    /// With its state in another database.
    pub(crate) fn store(mut self, url: String) -> Self {
        self.store = url;
        self
    }

    /// With one more variable.
    pub(crate) fn variable(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    /// Starts a process of the web application, and waits until it listens.
    pub(crate) fn start(&self) -> App {
        self.start_as(ORIGIN, "127.0.0.1:0")
    }

    /// The same, where the world calls it `origin` and it listens at an address of the test's choice.
    pub(crate) fn start_as(&self, origin: &str, listen: &str) -> App {
        let mut command = self.program("webapp");
        command
            .env("CLIENT_ID", "app")
            .env("CLIENT_SECRET", CLIENT_SECRET)
            .env("REDIRECT_URI", format!("{origin}/callback"))
            .env("LISTEN", listen)
            .env("ISSUER", self.provider.issuer())
            .env("REQUIRE_ISS", "1")
            .env("STORE", &self.store)
            .env("STORE_KEY", STORE_KEY)
            // Once more, so that they outdo what stands above.
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        App::start(command)
    }

    /// One of the programs, with what both of them need and nothing else in its environment.
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut command = program(name, self.folder.path());
        command
            .env("AUTH_URL", self.provider.authorization_endpoint())
            .env("TOKEN_URL", self.provider.token_endpoint())
            .env("REVOCATION_URL", self.provider.revocation_endpoint())
            .env("API_URL", self.provider.user_endpoint())
            .env("ALLOW_HTTP_LOOPBACK", "1")
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Goes to the login and to the provider, whose automatic mode sends the person back at once; gives the callback.
    #[track_caller]
    pub(crate) fn go_and_come_back(&self, browser: &Browser, app: &App) -> String {
        let provider = browser.open(&app.at("/login")).is(303).target();
        browser.open(&provider).is(303).target()
    }

    /// The whole login at one process.
    #[track_caller]
    pub(crate) fn log_in(&self, browser: &Browser, app: &App) -> String {
        let callback = self.go_and_come_back(browser, app);
        app.arrive(browser, &callback).is(303);
        callback
    }
}

/// One of the programs, in a folder and with nothing in its environment that is not the machine's.
pub(crate) fn program(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(example(name));
    command.env_clear().current_dir(folder);
    for name in ["PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "LLVM_PROFILE_FILE"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// One process of the web application.
pub(crate) struct App {
    pub(crate) url: String,
    pub(crate) process: Process,
}

impl App {
    /// Starts it, and waits until it listens.
    pub(crate) fn start(command: Command) -> Self {
        let mut process = Process::start(command);
        let line = process.line_after("(listening on ");
        Self { url: format!("http://{}", line.trim_end_matches(')')), process }
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// The same address, at this process.
    pub(crate) fn here(&self, address: &str) -> String {
        let address = Url::parse(address).unwrap();
        assert_eq!(address.origin().ascii_serialization(), ORIGIN);
        format!("{}{}", self.url, &address[url::Position::BeforePath..])
    }

    /// The person comes back from the provider, to this process.
    #[track_caller]
    pub(crate) fn arrive(&self, browser: &Browser, callback: &str) -> Page {
        browser.open(&self.here(callback))
    }

    pub(crate) fn profile(&self, browser: &Browser) -> Page {
        browser.fetch(&self.at("/profile"))
    }

    /// Ends it as a supervisor does; it must end well.
    #[track_caller]
    pub(crate) fn stop(&mut self) {
        self.process.terminate();
        assert_eq!(self.process.end(), Some(0), "{}", self.process.said());
    }
}
