//! The processes: started, told what to do, listened to, killed.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use gatepass_testkit::Provider;

use crate::replica::Settings;
use crate::{Kind, Store};

/// What a new process is to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Birth<'a> {
    pub(crate) program: &'a Path,
    pub(crate) provider: &'a Provider,
    pub(crate) kind: Kind,
    pub(crate) store: Store,
    pub(crate) url: &'a str,
    /// By which its writes are slow; `None`: they are not.
    pub(crate) seed: Option<u64>,
}

/// One process.
#[derive(Debug)]
pub(crate) struct Replica {
    /// No two have the same, in the provider's log either.
    pub(crate) number: u64,
    child: Child,
    orders: ChildStdin,
    heard: Arc<Heard>,
    listener: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Heard {
    said: Mutex<Said>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Said {
    ready: bool,
    ended: bool,
    answers: HashMap<u64, String>,
    under_way: BTreeMap<String, Note>,
}

/// The last that a process said of a grant that it has claimed or is about to.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    pub(crate) step: Step,
    pub(crate) generation: u64,
    pub(crate) attempt: String,
    /// The refresh token's fingerprint.
    pub(crate) current: String,
}

/// How far a process is with a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The claim is being written.
    Claiming,
    /// It stands.
    Claimed,
    /// The successor is being written.
    Committing,
    /// The claim is being given back, or the grant is being made suspect.
    Settling,
}

impl Replica {
    pub(crate) fn start(birth: &Birth<'_>, number: u64) -> Result<Self, String> {
        let mut command = Command::new(birth.program);
        command.arg("replica").stdin(Stdio::piped()).stdout(Stdio::piped());
        Settings::to(&mut command, birth.provider, birth.kind, (birth.store, birth.url), number, birth.seed);
        let mut child = command.spawn().map_err(|why| format!("a process did not start: {why}"))?;
        let (Some(orders), Some(out)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("a process without pipes".to_owned());
        };
        let heard = Arc::<Heard>::default();
        let listener = {
            let heard = Arc::clone(&heard);
            thread::spawn(move || {
                for line in BufReader::new(out).lines().map_while(Result::ok) {
                    heard.lock().hear(&line);
                    heard.changed.notify_all();
                }
                heard.lock().ended = true;
                heard.changed.notify_all();
            })
        };
        let replica = Self { number, child, orders, heard, listener: Some(listener) };
        let said =
            replica.heard.until(Instant::now() + Duration::from_secs(30), |said| said.ready || said.ended);
        if said.ready && !said.ended { Ok(()) } else { Err("a process did not begin".to_owned()) }?;
        drop(said);
        Ok(replica)
    }

    /// A process that is gone hears nothing.
    pub(crate) fn tell(&mut self, what: &str, id: u64, name: &str) {
        let _ = writeln!(self.orders, "{what} {id} {name}").and_then(|()| self.orders.flush());
    }

    /// The answer; `None`: it died before, or did not answer in time.
    pub(crate) fn answer(&self, id: u64, deadline: Instant) -> Option<String> {
        let mut said = self.heard.until(deadline, |said| said.answers.contains_key(&id) || said.ended);
        said.answers.remove(&id)
    }

    /// `kill -9`; gives what it had under way.
    pub(crate) fn kill(&mut self) -> BTreeMap<String, Note> {
        drop(self.child.kill());
        drop(self.child.wait());
        if let Some(listener) = self.listener.take() {
            drop(listener.join());
        }
        self.heard.lock().under_way.clone()
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Heard {
    fn lock(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn until(&self, deadline: Instant, reached: impl Fn(&Said) -> bool) -> MutexGuard<'_, Said> {
        let left = deadline.saturating_duration_since(Instant::now());
        let waited = self.changed.wait_timeout_while(self.lock(), left, |said| !reached(said));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Said {
    fn hear(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["ready"] => self.ready = true,
            ["answer", id, word] => {
                if let Ok(id) = id.parse() {
                    self.answers.insert(id, word.to_owned());
                }
            }
            ["note", name, kind, generation, attempt, current, became] => {
                self.note(name, kind, generation.parse().unwrap_or_default(), attempt, current, became);
            }
            _ => {}
        }
    }

    fn note(&mut self, name: &str, kind: &str, generation: u64, attempt: &str, current: &str, became: &str) {
        let held = self.under_way.get_mut(name);
        match (kind, became, held) {
            ("claim", "begun", _) => {
                let (attempt, current) = (attempt.to_owned(), current.to_owned());
                let note = Note { step: Step::Claiming, generation, attempt, current };
                self.under_way.insert(name.to_owned(), note);
            }
            ("claim", "done", Some(held)) => held.step = Step::Claimed,
            ("claim", "moved", Some(_)) => drop(self.under_way.remove(name)),
            ("active", "begun", Some(held)) if generation > held.generation => held.step = Step::Committing,
            (_, "begun", Some(held)) => held.step = Step::Settling,
            // Refused: it is looked at again, and then written again or not. Not known: the same.
            ("claim", ..) | (_, "moved" | "unsure", _) | (_, _, None) => {}
            (_, _, Some(_)) => drop(self.under_way.remove(name)),
        }
    }
}
