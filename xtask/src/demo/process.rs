//! The processes of the demo, and the folder that they write into. Both are gone when they are dropped.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::step::root;
use crate::verb::Stop;

/// A process that is ended when it is dropped. What it says to standard error is kept, to be shown if it fails.
#[derive(Debug)]
pub(super) struct Process {
    name: &'static str,
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Process {
    pub(super) fn start(name: &'static str, command: &mut Command) -> Result<Self, Stop> {
        let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut child = child.map_err(|why| Stop::Failed(format!("{name} did not start: {why}")))?;
        let said = Arc::default();
        if let Some(stderr) = child.stderr.take() {
            listen(stderr, Arc::clone(&said));
        }
        Ok(Self { name, child, said })
    }

    /// The first line that it prints to standard output.
    pub(super) fn first_line(&mut self) -> Result<String, Stop> {
        let mut line = String::new();
        if let Some(stdout) = &mut self.child.stdout {
            let _ = BufReader::new(stdout).read_line(&mut line);
        }
        if line.is_empty() { Err(self.complaint("ended before it was ready")) } else { Ok(line) }
    }

    /// Waits until `ready` says so.
    pub(super) fn wait_until(&mut self, ready: impl Fn() -> bool) -> Result<(), Stop> {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !ready() {
            if self.child.try_wait().is_ok_and(|status| status.is_some()) {
                return Err(self.complaint("ended before it was ready"));
            }
            if Instant::now() > deadline {
                return Err(self.complaint("was not ready within thirty seconds"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Asks it to end (SIGTERM) and says whether it ended well within ten seconds.
    pub(super) fn end(&mut self) -> bool {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        if !asked.is_ok_and(|status| status.success()) {
            return false;
        }
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status.success();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    fn complaint(&self, what: &str) -> Stop {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        Stop::Failed(format!("{} {what}. It said:\n{said}", self.name))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listen(mut stderr: ChildStderr, said: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        let mut chunk = [0; 4096];
        while let Ok(read @ 1..) = stderr.read(&mut chunk) {
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            said.push_str(&String::from_utf8_lossy(&chunk[..read]));
        }
    });
}

/// A program that was built in the folder in which we run.
pub(super) fn built(path: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("debug").join(path)
}

/// A port of 127.0.0.1 that was free a moment ago.
pub(super) fn free_port() -> Result<u16, Stop> {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    free.map(|address| address.port()).map_err(|why| Stop::Failed(format!("no free port: {why}")))
}

/// A folder of our own, for this run.
#[derive(Debug)]
pub(super) struct TempFolder(PathBuf);

impl TempFolder {
    pub(super) fn new() -> Result<Self, Stop> {
        let path = std::env::temp_dir().join(format!("gatepass-demo-{}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|why| Stop::Failed(format!("no temporary folder: {why}")))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
