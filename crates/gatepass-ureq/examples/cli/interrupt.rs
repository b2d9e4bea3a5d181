//! Ctrl-C, which must not come between a token and its place in the store.
//!
//! A code can be exchanged once, and most refresh tokens can be used once: what the provider answers is stored before the
//! program ends. A second Ctrl-C does not wait.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use gatepass::blocking::Keeper;

/// What a shell shows of a program that SIGINT ended.
const INTERRUPTED: i32 = 130;

/// No renewal takes longer: the keeper's own deadlines end it.
pub(crate) const AT_MOST: Duration = Duration::from_secs(60);

/// Held by whoever must not be interrupted.
pub(crate) struct Interrupts {
    held: Arc<Mutex<()>>,
    asked: Arc<AtomicBool>,
}

impl Interrupts {
    /// Takes the signals over, which end the program at once before that.
    pub(crate) fn install(keeper: &Keeper) -> Result<Self, ctrlc::Error> {
        let interrupts = Self { held: Arc::default(), asked: Arc::default() };
        let (held, asked) = (Arc::clone(&interrupts.held), Arc::clone(&interrupts.asked));
        let keeper = keeper.clone();
        ctrlc::set_handler(move || {
            if asked.swap(true, Ordering::SeqCst) {
                process::exit(INTERRUPTED);
            }
            let (keeper, held) = (keeper.clone(), Arc::clone(&held));
            thread::spawn(move || {
                if held.try_lock().is_err() || keeper.drain(Duration::ZERO) > 0 {
                    eprintln!(
                        "Storing what the provider answers first; Ctrl-C again ends the program at once."
                    );
                }
                // Nothing begins any more while this is held, and what has begun comes to its end.
                let _held = lock(&held);
                keeper.drain(AT_MOST);
                process::exit(INTERRUPTED);
            });
        })?;
        Ok(interrupts)
    }

    /// Until the answer is dropped, an interruption waits.
    pub(crate) fn defer(&self) -> MutexGuard<'_, ()> {
        lock(&self.held)
    }

    /// Goes on only if nobody has interrupted; else the program is about to end.
    pub(crate) fn heed(&self) {
        while self.asked.load(Ordering::SeqCst) {
            thread::park();
        }
    }
}

fn lock(held: &Mutex<()>) -> MutexGuard<'_, ()> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}
