//! A request that would leave too late does not leave; and a renewal that panics leaves nobody waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use gatepass::ports::{HttpClient, HttpError, Limits};
use gatepass::renewal::State;
use gatepass::{Body, KeepError, Unavailable};
use http::{Request, Response};

use crate::support::clock::MovedClock;
use crate::support::{DEADLINES, Stage};

/// A process that is held up between its claim and its request.
async fn held_up(move_clock: fn(&MovedClock, Duration), by: Duration) -> (Stage, bool) {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    stage.expire();
    let clock = stage.clock.clone();
    stage.store.after_next_write(move || move_clock(&clock, by));
    let served = keeper.access_token(&key).await;
    let sent = stage.server.token_requests("refresh_token").len();
    match (&served, sent) {
        (Ok(_), 1) => {}
        (Err(Unavailable::Later { .. }), 0) => {
            assert_eq!(stage.store.journal(&key).state, State::Active, "the claim is released");
            keeper.access_token(&key).await.unwrap();
        }
        other => panic!("{other:?}"),
    }
    (stage, sent == 1)
}

/// The request must have been answered, and have arrived, before the lease ends.
fn latest() -> Duration {
    DEADLINES.lease - DEADLINES.http - DEADLINES.margin - Duration::from_millis(20)
}

#[tokio::test]
async fn a_request_does_not_leave_once_the_guard_has_passed_on_either_clock() {
    for clock in [MovedClock::advance as fn(&_, _), MovedClock::advance_wall, MovedClock::advance_monotonic] {
        let (_, sent) = held_up(clock, latest() + Duration::from_millis(1)).await;
        assert!(!sent);
    }
}

#[tokio::test]
async fn a_request_leaves_while_the_guard_holds() {
    let (stage, sent) = held_up(MovedClock::advance, latest() / 4).await;
    assert!(sent);
    assert_eq!(stage.server.stats().families_revoked, 0);
}

#[derive(Debug)]
struct PanicsOnce(Arc<dyn HttpClient>, AtomicBool);

#[async_trait]
impl HttpClient for PanicsOnce {
    async fn send(&self, request: Request<Body>, limits: &Limits) -> Result<Response<Body>, HttpError> {
        assert!(self.1.swap(true, Ordering::SeqCst), "a bug of a port");
        self.0.send(request, limits).await
    }
}

#[tokio::test]
async fn a_renewal_that_panics_answers_those_who_wait_and_lands() {
    let mut stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    drop(keeper);
    stage.world.http = Arc::new(PanicsOnce(stage.world.http.clone(), AtomicBool::new(false)));
    let keeper = stage.keeper();
    stage.expire();
    let both = [keeper.clone(), keeper.clone()].map(|keeper| {
        let key = key.clone();
        tokio::spawn(async move { keeper.access_token(&key).await })
    });
    for caller in both {
        assert!(matches!(caller.await.unwrap(), Err(Unavailable::Later { .. })));
    }
    assert_eq!(keeper.drain(Duration::from_secs(20)).await, 0, "it is not counted any more");
    // What it claimed is settled when its lease is over: whether it sent anything is not known.
    stage.advance(DEADLINES.lease);
    assert!(matches!(keeper.access_token(&key).await, Err(Unavailable::LoginRequired { soft: true, .. })));
    assert_eq!(stage.server.token_requests("refresh_token").len(), 0);
}

#[tokio::test]
async fn what_runs_undisturbed_ends_whatever_becomes_of_the_caller() {
    let stage = Stage::new();
    let keeper = stage.keeper();
    assert_eq!(keeper.undisturbed(async { 7 }).await.unwrap(), 7);
    let lost = keeper.undisturbed(async { panic!("a bug of a program") }).await;
    assert!(matches!(lost, Err::<(), _>(KeepError::Lost)));

    let done = Arc::new(AtomicBool::new(false));
    let (open, opened) = tokio::sync::oneshot::channel::<()>();
    let caller = tokio::spawn({
        let (keeper, done) = (keeper.clone(), done.clone());
        let task = async move {
            opened.await.unwrap();
            done.store(true, Ordering::SeqCst);
        };
        async move { keeper.undisturbed(task).await }
    });
    while keeper.drain(Duration::from_millis(1)).await == 0 {
        tokio::task::yield_now().await;
    }
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    open.send(()).unwrap();
    assert_eq!(keeper.drain(Duration::from_secs(20)).await, 0);
    assert!(done.load(Ordering::SeqCst));
}
