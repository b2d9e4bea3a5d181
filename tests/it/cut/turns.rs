//! A runtime that does one poll at a time, in an order that never differs, so that a caller can be dropped between any
//! two of them. Time passes when nobody can move.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use gatepass::ports::{BoxFuture, Clock, Spawn, Timer};
use gatepass::{Monotonic, SystemClock, Timestamp};

/// The runtime; clones are the same one.
#[derive(Clone)]
pub(crate) struct Turns(Arc<Inner>);

struct Inner {
    queue: Mutex<VecDeque<Arc<Task>>>,
    sleepers: Mutex<Vec<(Duration, Waker)>>,
    began: Timestamp,
    passed: AtomicU64,
}

/// A task, or the caller, who has no future here.
struct Task {
    future: Mutex<Option<BoxFuture<()>>>,
    queued: AtomicBool,
    turns: Turns,
}

/// How a caller fared.
#[derive(Debug)]
pub(crate) enum Run<T> {
    /// It came to its end.
    Ended(T),
    /// It was dropped, after it was polled so often without being ready.
    Cut { waits: usize },
}

impl<T> Run<T> {
    #[track_caller]
    pub(crate) fn ended(self) -> T {
        match self {
            Self::Ended(value) => value,
            Self::Cut { .. } => panic!("nobody was to be cut"),
        }
    }
}

impl Turns {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner {
            queue: Mutex::default(),
            sleepers: Mutex::default(),
            began: SystemClock::new().now(),
            passed: AtomicU64::new(0),
        }))
    }

    /// Lets a caller and all tasks take turns until the caller is ready.
    #[track_caller]
    pub(crate) fn run<T>(&self, caller: impl Future<Output = T>) -> T {
        self.run_until(caller, usize::MAX).ended()
    }

    /// As `run`, but drops the caller after so many turns of whomever.
    #[track_caller]
    pub(crate) fn run_until<T>(&self, caller: impl Future<Output = T>, cut: usize) -> Run<T> {
        let mut caller = pin!(caller);
        let seat = self.task(None);
        let waker = Waker::from(Arc::clone(&seat));
        waker.wake_by_ref();
        let mut waits = 0;
        for _ in 0..cut {
            let task = self.next().expect("the caller waits for nobody");
            if !Arc::ptr_eq(&task, &seat) {
                task.poll();
                continue;
            }
            if let Poll::Ready(value) = caller.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Run::Ended(value);
            }
            waits += 1;
        }
        Run::Cut { waits }
    }

    /// Lets the tasks take turns until none can move any more, whatever the time.
    pub(crate) fn settle(&self) {
        while let Some(task) = self.next() {
            task.poll();
        }
    }

    pub(crate) fn advance(&self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).expect("a short time");
        self.0.passed.fetch_add(millis, Ordering::SeqCst);
    }

    /// Whose turn it is. If nobody can move, time passes until somebody can; `None`: nobody ever will.
    fn next(&self) -> Option<Arc<Task>> {
        loop {
            let next = self.0.queue.lock().unwrap().pop_front();
            if let Some(task) = next {
                task.queued.store(false, Ordering::SeqCst);
                return Some(task);
            }
            let mut sleepers = self.0.sleepers.lock().unwrap();
            let first = (0..sleepers.len()).min_by_key(|at| sleepers[*at].0)?;
            let (until, waker) = sleepers.remove(first);
            drop(sleepers);
            self.advance(until.saturating_sub(self.passed()));
            waker.wake();
        }
    }

    fn passed(&self) -> Duration {
        Duration::from_millis(self.0.passed.load(Ordering::SeqCst))
    }

    fn task(&self, future: Option<BoxFuture<()>>) -> Arc<Task> {
        Arc::new(Task { future: Mutex::new(future), queued: AtomicBool::new(false), turns: self.clone() })
    }
}

impl Task {
    fn poll(self: &Arc<Self>) {
        let mut future = self.future.lock().unwrap();
        let waker = Waker::from(Arc::clone(self));
        let ready = future.as_mut().map(|task| task.as_mut().poll(&mut Context::from_waker(&waker)));
        if ready.is_some_and(|poll| poll.is_ready()) {
            *future = None;
        }
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, Ordering::SeqCst) {
            let queue = &self.turns.0.queue;
            queue.lock().unwrap().push_back(Arc::clone(&self));
        }
    }
}

impl Spawn for Turns {
    fn spawn(&self, task: BoxFuture<()>) {
        self.task(Some(task)).wake();
    }
}

impl Timer for Turns {
    fn sleep(&self, after: Duration) -> BoxFuture<()> {
        Box::pin(Sleep { until: self.passed() + after, turns: self.clone() })
    }
}

struct Sleep {
    until: Duration,
    turns: Turns,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.turns.passed() >= self.until {
            return Poll::Ready(());
        }
        self.turns.0.sleepers.lock().unwrap().push((self.until, context.waker().clone()));
        Poll::Pending
    }
}

impl Clock for Turns {
    fn now(&self) -> Timestamp {
        self.0.began.saturating_add(self.passed())
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::since_origin(self.passed())
    }
}

impl fmt::Debug for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turns").field("passed", &self.passed()).finish_non_exhaustive()
    }
}

/// Gives the others a turn, as whatever waits for a network or a database does.
pub(crate) async fn wait() {
    let mut waited = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
