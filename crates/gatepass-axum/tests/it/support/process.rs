//! The built example as a process.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use gatepass_testkit::Provider;
use gatepass_testkit::provider;

/// The web application, which runs until it is stopped or dropped.
pub(crate) struct Webapp {
    child: Child,
    pub(crate) origin: String,
    rest: Option<std::thread::JoinHandle<String>>,
}

/// Its environment.
#[derive(Clone)]
pub(crate) struct Settings {
    program: &'static str,
    variables: Vec<(&'static str, OsString)>,
    folder: PathBuf,
    pub(crate) origin: String,
}

impl Settings {
    /// A client of this provider, and a database in this folder.
    pub(crate) fn new(provider: &Provider, folder: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let origin = format!("http://127.0.0.1:{port}");
        let callback = format!("{origin}/signed/in");
        provider.register(provider::Client::confidential("web", "s3cret").redirect_uri(&callback));
        Self {
            program: "webapp",
            variables: vec![
                ("CLIENT_ID", "web".into()),
                ("CLIENT_SECRET", "s3cret".into()),
                ("REDIRECT_URI", callback.into()),
                ("AUTH_URL", provider.authorization_endpoint().into()),
                ("TOKEN_URL", provider.token_endpoint().into()),
                ("API_URL", provider.user_endpoint().into()),
                ("REVOCATION_URL", provider.revocation_endpoint().into()),
                ("ISSUER", provider.issuer().into()),
                ("REQUIRE_ISS", "1".into()),
                ("ALLOW_HTTP_LOOPBACK", "1".into()),
            ],
            folder: folder.to_owned(),
            origin,
        }
    }

    /// Another example of the same variables.
    pub(crate) fn program(mut self, program: &'static str) -> Self {
        self.program = program;
        self
    }

    pub(crate) fn set(mut self, name: &'static str, value: impl AsRef<OsStr>) -> Self {
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, value.as_ref().to_owned()));
        self
    }

    pub(crate) fn unset(mut self, name: &str) -> Self {
        self.variables.retain(|(known, _)| *known != name);
        self
    }

    fn command(&self) -> Command {
        let mut command = built(self.program, &[]);
        command.current_dir(&self.folder).envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts it and waits until it listens.
    #[track_caller]
    pub(crate) fn start(&self) -> Webapp {
        let mut child = self.command().stderr(Stdio::piped()).spawn().unwrap();
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        let mut log = String::new();
        while !log.contains(&format!("open {}/ ", self.origin)) {
            assert!(errors.read_line(&mut log).unwrap() > 0, "it does not listen: {log}");
        }
        let rest = std::thread::spawn(move || {
            let mut rest = log;
            let _ = errors.read_to_string(&mut rest);
            rest
        });
        Webapp { child, origin: self.origin.clone(), rest: Some(rest) }
    }

    /// Runs it to its end: it must not even start. Gives the exit code, if it ended by itself, and what it said.
    pub(crate) fn fail(&self) -> (Option<i32>, String) {
        let mut child = self.command().spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while child.try_wait().unwrap().is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = child.kill();
        let output = child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }
}

/// The program with an empty environment.
pub(crate) fn command(arguments: &[&str]) -> Command {
    built("webapp", arguments)
}

fn built(program: &str, arguments: &[&str]) -> Command {
    let tests = std::env::current_exe().unwrap();
    let built = tests.parent().and_then(Path::parent).unwrap().join("examples").join(program);
    assert!(built.exists(), "{} is not built: cargo build -p gatepass-axum --examples", built.display());
    let mut command = Command::new(built);
    command.env_clear().args(arguments.iter().map(OsStr::new)).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Webapp {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Asks it to stop, as a service manager does, and waits for it. Gives the exit code and all that it logged.
    pub(crate) fn stop(mut self) -> (Option<i32>, String) {
        self.ask_to_stop();
        let deadline = Instant::now() + Duration::from_secs(40);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code(), self.rest.take().unwrap().join().unwrap());
            }
            assert!(Instant::now() < deadline, "it does not stop");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn ask_to_stop(&self) {
        let stopped = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(stopped.success());
    }
}

impl Drop for Webapp {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
