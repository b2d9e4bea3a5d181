//! chromedriver as a process, on a free port of loopback, with a temporary folder of its own for all that browsers leave.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Condvar, Mutex, PoisonError};

use tempfile::TempDir;

use crate::system::process::{Process, until};

/// Browsers that a test process runs at once. Where each test is a process, the runner counts them.
const AT_ONCE: u32 = 2;

/// A running chromedriver. All browsers that it has started end with it.
#[derive(Debug)]
pub(crate) struct Driver {
    process: Process,
    url: String,
    _folder: TempDir,
    _seat: Seat,
}

impl Driver {
    /// Starts it. `None`: the programs are missing, and a line says that `test` is skipped.
    pub(crate) fn start(test: &str) -> Option<Self> {
        let Some(program) = program("chromedriver").filter(|_| chromium().is_some()) else {
            let strict = std::env::var_os("GATEPASS_CI").is_some_and(|value| value == "1");
            assert!(!strict, "{test}: chromium and chromedriver are not on this machine");
            println!("SKIPPED {test}: chromium and chromedriver are not on this machine");
            return None;
        };
        let seat = Seat::take();
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(program);
        command.arg("--port=0").env("TMPDIR", folder.path()).env("HOME", folder.path());
        for proxy in ["http_proxy", "https_proxy", "all_proxy"] {
            command.env_remove(proxy).env_remove(proxy.to_ascii_uppercase());
        }
        let mut process = Process::start(command);
        let port = until("chromedriver listens", || {
            assert!(!process.has_ended(), "chromedriver ended: {}{}", process.printed(), process.said());
            let printed = process.printed();
            let (_, rest) = printed.split_once("started successfully on port ")?;
            rest.split_once('.')?.0.parse::<u16>().ok()
        });
        Some(Self { process, url: format!("http://127.0.0.1:{port}"), _folder: folder, _seat: seat })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Driver {
    /// Killed at once it would leave its browsers behind.
    fn drop(&mut self) {
        let agent: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
        if agent.get(format!("{}/shutdown", self.url)).call().is_ok() {
            let ended = || self.process.has_ended().then_some(());
            // A test that fails already must not panic once more.
            let mut ended = ended;
            for _ in 0..500 {
                if ended().is_some() {
                    break;
                }
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
        }
    }
}

/// The browser's program.
pub(crate) fn chromium() -> Option<PathBuf> {
    program("chromium")
}

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// One of the few places at which browsers run.
#[derive(Debug)]
struct Seat;

static TAKEN: Mutex<u32> = Mutex::new(0);
static FREED: Condvar = Condvar::new();

impl Seat {
    fn take() -> Self {
        let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken =
            FREED.wait_while(taken, |taken| *taken >= AT_ONCE).unwrap_or_else(PoisonError::into_inner);
        *taken += 1;
        Self
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        FREED.notify_one();
    }
}
