//! Where the threads of a blocking keeper come from, and how they wait: the system's, or those of a simulation.

use std::cell::RefCell;
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

/// What a simulation puts in the place of the system's threads.
#[doc(hidden)]
pub trait Threads: Send + Sync {
    /// Starts a thread.
    fn start(&self, task: Box<dyn FnOnce() + Send>);
    /// Keeps the calling thread for some time.
    fn sleep(&self, time: Duration);
    /// Ends the next or the present [`park`](Threads::park) of the calling thread.
    fn waker(&self) -> Waker;
    /// Keeps the calling thread until it is woken; perhaps not as long.
    fn park(&self);
}

thread_local! {
    static INSTEAD: RefCell<Option<Arc<dyn Threads>>> = const { RefCell::new(None) };
}

/// Does some work in a thread of a simulation: what it starts and waits for is the simulation's.
#[doc(hidden)]
pub fn on_threads<T>(threads: Arc<dyn Threads>, work: impl FnOnce() -> T) -> T {
    INSTEAD.with_borrow_mut(|instead| *instead = Some(threads));
    let done = work();
    INSTEAD.with_borrow_mut(|instead| *instead = None);
    done
}

pub(super) fn threads() -> Arc<dyn Threads> {
    INSTEAD.with_borrow(|instead| instead.clone().unwrap_or_else(|| Arc::new(System)))
}

struct System;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl Threads for System {
    /// A thread that cannot be started drops its task, and whoever waits for it is told so.
    fn start(&self, task: Box<dyn FnOnce() + Send>) {
        let started = thread::Builder::new().name("gatepass".to_owned()).spawn(task);
        if let Err(why) = started {
            tracing::error!(%why, "no thread could be started");
        }
    }

    fn sleep(&self, time: Duration) {
        thread::sleep(time);
    }

    fn waker(&self) -> Waker {
        Waker::from(Arc::new(Unpark(thread::current())))
    }

    /// An unpark that came before is not lost.
    fn park(&self) {
        thread::park();
    }
}
