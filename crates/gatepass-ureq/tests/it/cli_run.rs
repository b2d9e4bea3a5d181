//! Runs the example program `cli` as a process against a provider of the testkit, and plays the person with the browser.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use gatepass_testkit::Provider;
use gatepass_testkit::provider::Builder;
use tempfile::TempDir;

/// Longer than anything that comes to its end.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A provider, and a folder in which the program keeps its grant.
pub(crate) struct Place {
    pub(crate) provider: Provider,
    pub(crate) folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::with(Provider::builder())
    }

    pub(crate) fn with(provider: Builder) -> Self {
        Self { provider: provider.start().unwrap(), folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with everything that it needs, and nothing else in its environment.
    pub(crate) fn program(&self) -> Command {
        let mut program = bare(self.folder.path());
        program
            .env("ALLOW_HTTP_LOOPBACK", "1")
            .env("CLIENT_ID", "cli")
            .env("AUTH_URL", self.provider.authorization_endpoint())
            .env("TOKEN_URL", self.provider.token_endpoint())
            .env("REVOCATION_URL", self.provider.revocation_endpoint())
            .env("API_URL", self.provider.user_endpoint());
        program
    }

    /// The program that is told the issuer and nothing else of its provider.
    pub(crate) fn by_issuer(&self) -> Command {
        let mut program = bare(self.folder.path());
        program.env("ALLOW_HTTP_LOOPBACK", "1").env("CLIENT_ID", "cli").env("ISSUER", self.provider.issuer());
        program
    }

    /// A first run, in which the person logs in.
    pub(crate) fn log_in(&self) -> Ended {
        let ended = Running::start(self.program()).with_browser(visit);
        ended.is(0);
        ended
    }

    /// A run in which nobody is there to log in.
    pub(crate) fn run(&self) -> Ended {
        Running::start(self.program()).end()
    }
}

/// The program without any variable.
pub(crate) fn bare(folder: &Path) -> Command {
    let mut program = Command::new(example());
    program.env_clear().current_dir(folder);
    // Where programs find their libraries on some systems, and the shell its programs.
    for name in ["PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "LLVM_PROFILE_FILE"] {
        if let Some(value) = std::env::var_os(name) {
            program.env(name, value);
        }
    }
    program
}

/// Cargo builds examples together with the tests.
fn example() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let built = tests.parent().and_then(Path::parent).unwrap();
    let example = built.join("examples").join(format!("cli{}", std::env::consts::EXE_SUFFIX));
    assert!(
        example.is_file(),
        "{} is not there: cargo build -p gatepass-ureq --example cli",
        example.display()
    );
    example
}

/// The program while it runs.
pub(crate) struct Running {
    child: Mortal,
    lines: Receiver<String>,
    said: Vec<String>,
    answer: JoinHandle<String>,
}

/// A process that does not outlive its test.
struct Mortal(Child);

impl Drop for Mortal {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) answer: String,
    pub(crate) said: String,
}

impl Running {
    pub(crate) fn start(mut program: Command) -> Self {
        let mut child =
            program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        let err = BufReader::new(child.stderr.take().unwrap());
        let (tell, lines) = mpsc::channel();
        thread::spawn(move || err.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        let answer = thread::spawn(move || {
            let mut answer = String::new();
            out.read_to_string(&mut answer).unwrap();
            answer
        });
        Self { child: Mortal(child), lines, said: Vec::new(), answer }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.0.id()
    }

    /// Waits until the program says a line for which this holds.
    #[track_caller]
    pub(crate) fn says(&mut self, holds: impl Fn(&str) -> bool) -> String {
        loop {
            let Ok(line) = self.lines.recv_timeout(PATIENCE) else {
                panic!("never said, but: {}", self.said.join("\n"));
            };
            self.said.push(line.clone());
            if holds(&line) {
                return line;
            }
        }
    }

    /// The URL that the program asks the person to open.
    #[track_caller]
    pub(crate) fn url(&mut self) -> String {
        self.says(|line| line.starts_with("http"))
    }

    #[track_caller]
    pub(crate) fn with_browser(mut self, visit: impl FnOnce(&str) -> String) -> Ended {
        let url = self.url();
        visit(&url);
        self.end()
    }

    /// Waits until the program has ended.
    #[track_caller]
    pub(crate) fn end(mut self) -> Ended {
        let begun = Instant::now();
        let code = loop {
            match self.child.0.try_wait().unwrap() {
                Some(status) => break status.code(),
                None if begun.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(5)),
                None => panic!("still running: {:?}", self.lines.try_iter().collect::<Vec<_>>()),
            }
        };
        let answer = self.answer.join().unwrap();
        self.said.extend(self.lines);
        Ended { code, answer, said: self.said.join("\n") }
    }
}

impl Ended {
    #[track_caller]
    pub(crate) fn is(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }

    /// Standard output, which is one JSON text and nothing else.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.answer).unwrap_or_else(|why| panic!("{why}: {self:?}"))
    }

    #[track_caller]
    pub(crate) fn asked_nobody(&self) -> &Self {
        assert!(!self.said.contains("http"), "{self:?}");
        self
    }
}

/// Follows a URL to its end, as a browser does; gives the last page.
pub(crate) fn visit(url: &str) -> String {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().proxy(None).http_status_as_error(false).build().into();
    agent.get(url).call().unwrap().body_mut().read_to_string().unwrap()
}

/// The value of a parameter of a URL.
#[track_caller]
pub(crate) fn parameter(url: &str, name: &str) -> String {
    let url = url::Url::parse(url).unwrap();
    url.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned()
}

/// A browser that writes down how it was called, for lack of a screen.
#[cfg(unix)]
pub(crate) struct Scribe {
    program: PathBuf,
}

#[cfg(unix)]
impl Scribe {
    pub(crate) fn in_folder(folder: &Path, status: u8) -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let program = folder.join("browser");
        fs::write(
            &program,
            format!("#!/bin/sh\nfor one do printf '%s\\n' \"$one\"; done >\"$0.new\"\nmv \"$0.new\" \"$0.called\"\necho noise\nexit {status}\n"),
        )
        .unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
        Self { program }
    }

    pub(crate) fn program(&self) -> &str {
        self.program.to_str().unwrap()
    }

    /// The arguments of its one call.
    #[track_caller]
    pub(crate) fn called(&self) -> Vec<String> {
        let begun = Instant::now();
        loop {
            if let Ok(text) = fs::read_to_string(self.program.with_extension("called")) {
                return text.lines().map(str::to_owned).collect();
            }
            assert!(begun.elapsed() < PATIENCE, "the browser was not called");
            thread::sleep(Duration::from_millis(5));
        }
    }
}
