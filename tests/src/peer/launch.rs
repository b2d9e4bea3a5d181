//! The peer's process: found, started, waited for, and ended by its handle.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use serde_json::Value;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/oidc-provider");

/// On a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long it is given to start before it is started once more.
const FIRST_PATIENCE: Duration = Duration::from_secs(25);

/// What is not on this machine.
#[derive(Clone, Copy, Debug)]
pub(super) enum Missing {
    Node,
    Packages,
}

/// The server, ready to run with what it is told in its environment and nothing else.
pub(super) fn command() -> Result<Command, Missing> {
    let path = std::env::var_os("PATH").ok_or(Missing::Node)?;
    let node = std::env::split_paths(&path)
        .map(|folder| folder.join(format!("node{}", std::env::consts::EXE_SUFFIX)))
        .find(|program| program.is_file())
        .ok_or(Missing::Node)?;
    if !Path::new(FOLDER).join("node_modules/oidc-provider").is_dir() {
        return Err(Missing::Packages);
    }
    let mut command = Command::new(node);
    command.arg("server.mjs").current_dir(FOLDER).env_clear().env("PATH", path).env("UNTIL_STDIN_ENDS", "1");
    Ok(command)
}

#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    said: Arc<Mutex<Vec<u8>>>,
}

impl Process {
    /// Starts it, and gives what it prints when it is ready. One that stands still while it starts is started once more.
    #[expect(clippy::panic, reason = "a test fails by panicking")]
    pub(super) fn start(mut command: Command) -> (Self, Value) {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(started) = Self::attempt(&mut command, FIRST_PATIENCE) {
            return started;
        }
        match Self::attempt(&mut command, PATIENCE) {
            Some(started) => started,
            None => panic!("oidc-provider was not ready in {PATIENCE:?}"),
        }
    }

    #[expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
    fn attempt(command: &mut Command, patience: Duration) -> Option<(Self, Value)> {
        let mut child = command.spawn().expect("node starts");
        let (out, mut err) =
            (child.stdout.take().expect("its output"), child.stderr.take().expect("its errors"));
        let process = Self { child, said: Arc::default() };
        let said = Arc::clone(&process.said);
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(read @ 1..) = err.read(&mut chunk) {
                said.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&chunk[..read]);
            }
        });
        let (send, ready) = mpsc::channel();
        thread::spawn(move || {
            // Read to the end, or its output would stand still.
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                match serde_json::from_str::<Value>(&line) {
                    Ok(word) if word["ready"] == true => drop(send.send(word)),
                    _ => {}
                }
            }
        });
        match ready.recv_timeout(patience) {
            Ok(word) => Some((process, word)),
            Err(mpsc::RecvTimeoutError::Timeout) => None,
            // Dropped by the panic, it says what it said.
            Err(mpsc::RecvTimeoutError::Disconnected) => panic!("oidc-provider ended before it was ready"),
        }
    }

    pub(super) fn said(&self) -> String {
        String::from_utf8_lossy(&self.said.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Drop for Process {
    #[expect(clippy::print_stdout, reason = "the harness shows it with the failure")]
    fn drop(&mut self) {
        drop(self.child.kill());
        let ended = self.child.wait();
        if thread::panicking() {
            println!("oidc-provider ({ended:?}) said:\n{}", self.said());
        }
    }
}
