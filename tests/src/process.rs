//! A process, everything that it said, and how it ended.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and shows what a process said"
)]

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Longer than anything that comes to its end.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// Looks again and again until something is there, and fails loudly when it never is.
#[track_caller]
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// A process that does not outlive its test.
#[derive(Debug)]
pub struct Process {
    child: Child,
    out: Arc<Mutex<Vec<u8>>>,
    err: Arc<Mutex<Vec<u8>>>,
    readers: Vec<JoinHandle<()>>,
}

impl Process {
    /// Starts it.
    ///
    /// # Panics
    /// When there is no such program.
    #[must_use]
    pub fn start(mut command: Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let (out, err) = (Arc::default(), Arc::default());
        let readers = vec![
            listen(child.stdout.take().expect("a pipe"), &out),
            listen(child.stderr.take().expect("a pipe"), &err),
        ];
        Self { child, out, err, readers }
    }

    /// What it has said so far to standard error.
    #[must_use]
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&self.err.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// What it has printed so far to standard output.
    #[must_use]
    pub fn printed(&self) -> String {
        String::from_utf8_lossy(&self.out.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// Waits for the rest of a line that begins so on standard error.
    #[track_caller]
    pub fn line_after(&mut self, beginning: &str) -> String {
        until(beginning, || {
            let said = self.said();
            let found = said.split_once(beginning).and_then(|(_, rest)| rest.split_once('\n'));
            if found.is_none() && self.has_ended() {
                panic!("ended before it said {beginning:?}: {}", self.said());
            }
            found.map(|(line, _)| line.to_owned())
        })
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended.
    ///
    /// # Panics
    /// When the system does not tell.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("its status").is_some()
    }

    /// Asks it to end, as a supervisor does.
    pub fn terminate(&self) {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(asked.expect("kill").success(), "the process could not be asked to end");
    }

    /// Ends it as a crash does (SIGKILL).
    pub fn kill(&mut self) {
        self.child.kill().expect("a process to kill");
        self.child.wait().expect("its status");
    }

    /// Waits until it has ended, and gives its exit code.
    #[track_caller]
    pub fn end(&mut self) -> Option<i32> {
        let status = until("the end of the process", || self.child.try_wait().expect("its status"));
        for reader in self.readers.drain(..) {
            reader.join().expect("all that it said");
        }
        status.code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        if thread::panicking() {
            let said = self.said();
            let start = said.len().saturating_sub(4000);
            let start = (start..said.len()).find(|at| said.is_char_boundary(*at)).unwrap_or(said.len());
            // The harness shows it with the failure.
            println!("a process said last:\n{}", &said[start..]);
        }
    }
}

fn listen(mut pipe: impl Read + Send + 'static, into: &Arc<Mutex<Vec<u8>>>) -> JoinHandle<()> {
    let into = Arc::clone(into);
    thread::spawn(move || {
        let mut chunk = [0; 8192];
        while let Ok(read @ 1..) = pipe.read(&mut chunk) {
            into.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&chunk[..read]);
        }
    })
}
