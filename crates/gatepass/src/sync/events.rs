//! What happens to grants, told to whoever wants to know.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use gatepass_core::ports::GrantKey;
use gatepass_core::renewal::Happened;

/// Something that happened to a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct News {
    /// Whose.
    pub grant: GrantKey,
    /// What.
    pub happened: Happened,
}

/// The news of a keeper, from the moment when they were asked for. The keeper never waits for a reader: of more than
/// 1024 unread ones the oldest are dropped, and counted.
#[derive(Debug)]
pub struct Events(Arc<Queue>);

#[derive(Debug)]
struct Queue {
    unread: Mutex<Unread>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Unread {
    news: VecDeque<News>,
    missed: u64,
    closed: bool,
    waiting: Option<Waker>,
}

const MOST_UNREAD: usize = 1024;

impl Events {
    /// The next one; `None` when the keeper is gone.
    pub async fn next(&mut self) -> Option<News> {
        poll_fn(|context| {
            let mut unread = self.0.lock();
            match unread.news.pop_front() {
                Some(news) => Poll::Ready(Some(news)),
                None if unread.closed => Poll::Ready(None),
                None => {
                    unread.waiting = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }

    /// Blocks for the next one, but not beyond a time.
    pub fn wait(&mut self, at_most: Duration) -> Option<News> {
        let began = Instant::now();
        let mut unread = self.0.lock();
        loop {
            if let Some(news) = unread.news.pop_front() {
                return Some(news);
            }
            let left =
                at_most.checked_sub(began.elapsed()).filter(|left| !left.is_zero() && !unread.closed)?;
            unread = self.0.changed.wait_timeout(unread, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The next one, if there is one already.
    pub fn ready(&mut self) -> Option<News> {
        self.0.lock().news.pop_front()
    }

    /// How many were dropped because nobody read them in time.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.0.lock().missed
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Unread> {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Unread)) {
        let waiting = {
            let mut unread = self.lock();
            change(&mut unread);
            unread.waiting.take()
        };
        self.changed.notify_all();
        if let Some(waker) = waiting {
            waker.wake();
        }
    }
}

/// Where the news come from.
#[derive(Debug, Default)]
pub(crate) struct Newsroom(Mutex<Vec<Weak<Queue>>>);

impl Newsroom {
    pub(crate) fn subscribe(&self) -> Events {
        let queue = Arc::new(Queue { unread: Mutex::default(), changed: Condvar::new() });
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(&queue));
        Events(queue)
    }

    pub(crate) fn tell(&self, news: &News) {
        self.each(|unread| {
            if unread.news.len() == MOST_UNREAD {
                unread.news.pop_front();
                unread.missed += 1;
            }
            unread.news.push_back(news.clone());
        });
    }

    fn each(&self, mut change: impl FnMut(&mut Unread)) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|reader| match reader.upgrade() {
            Some(queue) => {
                queue.change(&mut change);
                true
            }
            None => false,
        });
    }
}

impl Drop for Newsroom {
    fn drop(&mut self) {
        self.each(|unread| unread.closed = true);
    }
}
