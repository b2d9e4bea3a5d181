//! Threads as tasks of the simulation: one runs at a time, the one that holds the baton, and hands it back wherever it
//! would wait. What such a thread runs is the blocking keeper as it ships.

use std::any::Any;
use std::cell::RefCell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use gatepass::blocking;

use crate::sim::{Life, TaskId, lock, millis};
use crate::stage::Stage;

type Work = Box<dyn FnOnce() + Send>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Simulation,
    Thread,
    /// The thread is to end where it stands, as if its process were killed.
    Dies,
    Over,
}

struct Baton {
    turn: Mutex<Turn>,
    handed: Condvar,
    waker: Mutex<Option<Waker>>,
}

impl Baton {
    fn hand(&self, turn: Turn) {
        *lock(&self.turn) = turn;
        self.handed.notify_all();
    }

    fn wait(&self, until: impl Fn(Turn) -> bool) -> Turn {
        let mut turn = lock(&self.turn);
        while !until(*turn) {
            turn = self.handed.wait(turn).unwrap_or_else(PoisonError::into_inner);
        }
        *turn
    }

    /// The thread waits until it is its turn again.
    fn give_back(&self) {
        self.hand(Turn::Simulation);
        self.await_turn();
    }

    fn await_turn(&self) {
        if self.wait(|turn| matches!(turn, Turn::Thread | Turn::Dies)) == Turn::Dies {
            // It is not a panic: no hook is called, and nobody is to hear of it.
            resume_unwind(Box::new(Killed));
        }
    }
}

struct Killed;

thread_local! {
    static BATON: RefCell<Option<Arc<Baton>>> = const { RefCell::new(None) };
}

fn baton() -> Arc<Baton> {
    BATON.with_borrow(|baton| baton.clone()).expect("a thread of the simulation")
}

/// Waits for what the simulation brings about.
pub fn block<T>(future: impl Future<Output = T>) -> T {
    let (baton, mut future) = (baton(), pin!(future));
    loop {
        let waker = lock(&baton.waker).clone().expect("it was polled");
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => baton.give_back(),
        }
    }
}

/// Starts a thread in a life.
pub fn spawn(stage: &Arc<Stage>, life: Life, work: impl FnOnce() + Send + 'static) -> TaskId {
    let baton = Baton { turn: Mutex::new(Turn::Simulation), handed: Condvar::new(), waker: Mutex::default() };
    let threads = Arc::new(Threads { stage: Arc::clone(stage), life });
    let task = Task { baton: Arc::new(baton), threads, work: Some(Box::new(work)), thread: None };
    stage.sim.spawn(life, Box::pin(task))
}

/// A thread as a future: to poll it is to hand it the baton.
struct Task {
    baton: Arc<Baton>,
    threads: Arc<Threads>,
    work: Option<Work>,
    thread: Option<JoinHandle<()>>,
}

impl Task {
    fn start(&mut self, work: Work) {
        let (baton, threads) = (Arc::clone(&self.baton), Arc::clone(&self.threads));
        self.thread = Some(thread::spawn(move || {
            BATON.with_borrow_mut(|mine| *mine = Some(Arc::clone(&baton)));
            let run = || {
                baton.await_turn();
                blocking::on_threads(threads, work);
            };
            let ended: Result<(), Box<dyn Any + Send>> = catch_unwind(AssertUnwindSafe(run));
            drop(ended);
            baton.hand(Turn::Over);
        }));
    }
}

impl Future for Task {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        *lock(&self.baton.waker) = Some(context.waker().clone());
        if let Some(work) = self.work.take() {
            self.start(work);
        }
        self.baton.hand(Turn::Thread);
        match self.baton.wait(|turn| matches!(turn, Turn::Simulation | Turn::Over)) {
            Turn::Over => Poll::Ready(()),
            _ => Poll::Pending,
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        if *lock(&self.baton.turn) != Turn::Over {
            self.baton.hand(Turn::Dies);
            self.baton.wait(|turn| turn == Turn::Over);
        }
        drop(thread.join());
    }
}

/// What the blocking keeper takes for the system's threads.
struct Threads {
    stage: Arc<Stage>,
    life: Life,
}

impl blocking::Threads for Threads {
    fn start(&self, task: Work) {
        spawn(&self.stage, self.life, task);
    }

    fn sleep(&self, time: Duration) {
        block(self.stage.sleep(millis(time)));
    }

    fn waker(&self) -> Waker {
        lock(&baton().waker).clone().expect("it was polled")
    }

    fn park(&self) {
        baton().give_back();
    }
}
