//! The clock, the agenda and the executor of a simulation: one thing happens at a time, the dice say which, and time
//! jumps to the next entry of the agenda when nothing is left to do.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use gatepass::ports::BoxFuture;

use crate::dice::Dice;
use crate::log::Log;

pub type TaskId = usize;
type Happening = Box<dyn FnOnce() + Send>;

/// One life of one replica: it is over when the replica crashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Life {
    pub replica: usize,
    pub number: u32,
}

impl fmt::Display for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", char::from(b'A' + self.replica as u8), self.number)
    }
}

struct Task {
    life: Life,
    parent: Option<TaskId>,
    future: Option<BoxFuture<()>>,
    waker: Arc<TaskWaker>,
}

struct TaskWaker {
    id: TaskId,
    queued: AtomicBool,
    ready: Arc<Mutex<Vec<TaskId>>>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, Ordering::SeqCst) {
            lock(&self.ready).push(self.id);
        }
    }
}

/// What a step was.
#[derive(Debug, PartialEq, Eq)]
pub enum Stepped {
    /// A task of this replica ran as far as it could.
    Ran(Life),
    /// Time went on to the next entry of the agenda.
    Went,
    /// The next entry lies beyond the end.
    Idle,
}

pub struct Sim {
    /// Milliseconds since the beginning.
    now: AtomicU64,
    dice: Mutex<Dice>,
    ready: Arc<Mutex<Vec<TaskId>>>,
    tasks: Mutex<BTreeMap<TaskId, Task>>,
    agenda: Mutex<BTreeMap<(u64, u64), Happening>>,
    counted: AtomicU64,
    current: AtomicUsize,
    frozen: Mutex<Vec<usize>>,
    reads: Mutex<BTreeMap<TaskId, u64>>,
    pub log: Log,
}

/// No task runs.
const NOBODY: TaskId = 0;

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sim {
    pub fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self {
            now: AtomicU64::new(0),
            dice: Mutex::new(Dice::new(seed)),
            ready: Arc::default(),
            tasks: Mutex::default(),
            agenda: Mutex::default(),
            counted: AtomicU64::new(1),
            current: AtomicUsize::new(NOBODY),
            frozen: Mutex::default(),
            reads: Mutex::default(),
            log: Log::default(),
        })
    }

    pub fn now(&self) -> u64 {
        self.now.load(Ordering::SeqCst)
    }

    pub fn dice<T>(&self, roll: impl FnOnce(&mut Dice) -> T) -> T {
        roll(&mut lock(&self.dice))
    }

    pub fn note(&self, text: impl fmt::Display) {
        self.log.note(self.now(), text);
    }

    fn count(&self) -> u64 {
        self.counted.fetch_add(1, Ordering::SeqCst)
    }

    /// Something happens so many milliseconds from now.
    pub fn after(&self, millis: u64, happening: impl FnOnce() + Send + 'static) {
        let entry = (self.now() + millis, self.count());
        lock(&self.agenda).insert(entry, Box::new(happening));
    }

    /// Who runs now.
    pub fn current(&self) -> Option<TaskId> {
        Some(self.current.load(Ordering::SeqCst)).filter(|id| *id != NOBODY)
    }

    /// Whoever runs now reads the store.
    pub fn counts_read(&self) {
        *lock(&self.reads).entry(self.current.load(Ordering::SeqCst)).or_default() += 1;
    }

    /// How often whoever runs now has read the store.
    pub fn reads(&self) -> u64 {
        lock(&self.reads).get(&self.current.load(Ordering::SeqCst)).copied().unwrap_or(0)
    }

    /// Starts a task in a life.
    pub fn spawn(&self, life: Life, future: BoxFuture<()>) -> TaskId {
        let id = self.count() as TaskId;
        let waker =
            Arc::new(TaskWaker { id, queued: AtomicBool::new(false), ready: Arc::clone(&self.ready) });
        let task = Task { life, parent: self.current(), future: Some(future), waker: Arc::clone(&waker) };
        lock(&self.tasks).insert(id, task);
        waker.wake();
        id
    }

    /// Drops a task wherever it stands; with `children`, also those that it started.
    pub fn drop_task(&self, id: TaskId, children: bool) -> bool {
        let mut dropped: Vec<Task> = Vec::new();
        {
            let mut tasks = lock(&self.tasks);
            dropped.extend(tasks.remove(&id));
            if children && !dropped.is_empty() {
                let born: Vec<TaskId> =
                    tasks.iter().filter(|(_, task)| task.parent == Some(id)).map(|(id, _)| *id).collect();
                dropped.extend(born.iter().filter_map(|id| tasks.remove(id)));
            }
        }
        !dropped.is_empty()
    }

    /// Drops all tasks of a life.
    pub fn end(&self, life: Life) {
        loop {
            let first = lock(&self.tasks).iter().find(|(_, task)| task.life == life).map(|(id, _)| *id);
            let Some(id) = first else { return };
            self.drop_task(id, false);
        }
    }

    /// A replica stands still until it is thawed as often as it was frozen.
    pub fn freeze(&self, replica: usize) {
        lock(&self.frozen).push(replica);
    }

    pub fn thaw(&self, replica: usize) {
        let mut frozen = lock(&self.frozen);
        if let Some(at) = frozen.iter().position(|frozen| *frozen == replica) {
            frozen.swap_remove(at);
        }
    }

    /// One thing happens, unless nothing does before `end`.
    pub fn step(&self, end: u64) -> Stepped {
        match self.pick() {
            Some(id) => match self.run(id) {
                Some(life) => Stepped::Ran(life),
                None => self.step(end),
            },
            None => {
                let mut agenda = lock(&self.agenda);
                let Some(entry) = agenda.first_entry().filter(|entry| entry.key().0 <= end) else {
                    return Stepped::Idle;
                };
                let ((at, _), happening) = entry.remove_entry();
                drop(agenda);
                self.now.store(at, Ordering::SeqCst);
                happening();
                Stepped::Went
            }
        }
    }

    /// One of the tasks that could go on.
    fn pick(&self) -> Option<TaskId> {
        let (tasks, frozen) = (lock(&self.tasks), lock(&self.frozen));
        let mut ready = lock(&self.ready);
        ready.retain(|id| tasks.contains_key(id));
        let awake: Vec<usize> =
            (0..ready.len()).filter(|at| !frozen.contains(&tasks[&ready[*at]].life.replica)).collect();
        if awake.is_empty() {
            return None;
        }
        let at = awake[self.dice(|dice| dice.below(awake.len() as u64)) as usize];
        Some(ready.swap_remove(at))
    }

    fn run(&self, id: TaskId) -> Option<Life> {
        let (life, mut future, waker) = {
            let mut tasks = lock(&self.tasks);
            let task = tasks.get_mut(&id)?;
            (task.life, task.future.take()?, Arc::clone(&task.waker))
        };
        waker.queued.store(false, Ordering::SeqCst);
        let waker = Waker::from(waker);
        let outer = self.current.swap(id, Ordering::SeqCst);
        // SPN-2: a panic in the task stays in the task.
        let polled =
            catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut Context::from_waker(&waker))));
        self.current.store(outer, Ordering::SeqCst);
        let mut tasks = lock(&self.tasks);
        let over = match polled {
            Ok(Poll::Pending) => match tasks.get_mut(&id) {
                Some(task) => {
                    task.future = Some(future);
                    None
                }
                // It was dropped while it ran.
                None => Some(future),
            },
            Ok(Poll::Ready(())) | Err(_) => {
                tasks.remove(&id);
                Some(future)
            }
        };
        drop(tasks);
        drop(over);
        Some(life)
    }

    /// Forgets everything that was still to happen.
    pub fn close(&self) {
        drop(std::mem::take(&mut *lock(&self.agenda)));
        loop {
            let Some(id) = lock(&self.tasks).keys().next().copied() else { return };
            self.drop_task(id, false);
        }
    }

    pub fn sleep(&self, millis: u64) -> Later<()> {
        let later = Later::new();
        let done = later.clone();
        self.after(millis, move || done.put(()));
        later
    }
}

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sim").field("now", &self.now()).finish_non_exhaustive()
    }
}

/// A value that comes later; the first one counts.
pub struct Later<T>(Arc<Mutex<Slot<T>>>);

struct Slot<T> {
    value: Option<T>,
    filled: bool,
    waker: Option<Waker>,
}

impl<T> Clone for Later<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Later<T> {
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Slot { value: None, filled: false, waker: None })))
    }

    pub fn put(&self, value: T) {
        let waker = {
            let mut slot = lock(&self.0);
            if slot.filled {
                return;
            }
            (slot.value, slot.filled) = (Some(value), true);
            slot.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Future for Later<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut slot = lock(&self.0);
        match slot.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                slot.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX / 4)
}
