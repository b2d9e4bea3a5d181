//! Waits for a future with nothing but the thread itself.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll};

use super::threads::threads;

/// Blocks until the future is ready.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let (mut future, threads) = (pin!(future), threads());
    let waker = threads.waker();
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            // A wake that came before is not lost, and one too many only polls once more.
            Poll::Pending => threads.park(),
        }
    }
}
