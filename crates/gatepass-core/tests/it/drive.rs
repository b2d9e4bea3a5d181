//! The drivers against an HTTP client that plays its part: what never left comes back, what may have arrived does not.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use gatepass_core::ports::{
    self, BoxFuture, Clock, Entropy, HttpError, HttpErrorKind, Limits, NoEntropy, Processed, Spawn, Timer,
};
use gatepass_core::{
    Body, DriveError, Exchange, Monotonic, Roundtrip, Seed, Timestamp, TokenError, World, blocking, drive,
};
use http::{Request, Response};

use crate::support::*;

/// A world whose HTTP client plays one answer after the other and notes what it was sent.
#[derive(Clone, Debug, Default)]
struct Play(Arc<Mutex<Script>>);

#[derive(Debug, Default)]
struct Script {
    answers: Vec<Result<Response<Body>, (HttpErrorKind, Processed)>>,
    sent: Vec<String>,
    seeds: u8,
    dry: bool,
    now: u64,
}

impl Play {
    fn of(mut answers: Vec<Result<Response<Body>, (HttpErrorKind, Processed)>>) -> Self {
        answers.reverse();
        Self(Arc::new(Mutex::new(Script { answers, ..Script::default() })))
    }

    fn play(&self, request: &Request<Body>) -> Result<Response<Body>, HttpError> {
        let mut script = self.0.lock().unwrap();
        script.sent.push(String::from_utf8(request.body().as_bytes().to_vec()).unwrap());
        script.now += 30;
        script.answers.pop().unwrap().map_err(|(kind, processed)| HttpError::new(kind, processed))
    }

    fn world(&self) -> World {
        let me = Arc::new(self.clone());
        World::new(me.clone(), me.clone(), me.clone(), me.clone(), me)
    }

    fn blocking_world(&self) -> blocking::World {
        let me = Arc::new(self.clone());
        blocking::World::new(me.clone(), me.clone(), me)
    }

    fn sent(&self) -> usize {
        self.0.lock().unwrap().sent.len()
    }
}

#[async_trait]
impl ports::HttpClient for Play {
    async fn send(&self, request: Request<Body>, _: &Limits) -> Result<Response<Body>, HttpError> {
        self.play(&request)
    }
}

impl ports::blocking::HttpClient for Play {
    fn send(&self, request: Request<Body>, _: &Limits) -> Result<Response<Body>, HttpError> {
        self.play(&request)
    }
}

impl Clock for Play {
    fn now(&self) -> Timestamp {
        after(self.0.lock().unwrap().now)
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::default()
    }
}

impl Entropy for Play {
    fn seed(&self) -> Result<Seed, NoEntropy> {
        let mut script = self.0.lock().unwrap();
        if script.dry {
            return Err(NoEntropy::new());
        }
        script.seeds += 1;
        Ok(Seed::new([script.seeds; 64]))
    }
}

impl Spawn for Play {
    fn spawn(&self, _: BoxFuture<()>) {}
}

impl Timer for Play {
    fn sleep(&self, _: Duration) -> BoxFuture<()> {
        Box::pin(async {})
    }
}

/// Both drivers, on the same script: they must not differ.
fn both<R: Roundtrip>(
    leg: impl Fn() -> R,
    play: impl Fn() -> Play,
    check: impl Fn(Result<R::Output, DriveError<R>>, &Play),
) {
    let one = play();
    let world = one.world();
    let mut driven = pin!(drive(leg(), &world, &Limits::DEFAULT));
    let Poll::Ready(outcome) = driven.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("nothing here waits")
    };
    check(outcome, &one);
    let two = play();
    check(blocking::drive(leg(), &two.blocking_world(), &Limits::DEFAULT), &two);
}

fn leg() -> Exchange {
    login(&client()).exchange()
}

#[test]
fn cbk_30_a_code_is_exchanged_once() {
    both(
        leg,
        || Play::of(vec![Ok(json(200, GOOD))]),
        |outcome, play| {
            let tokens = outcome.unwrap();
            assert_eq!(play.sent(), 1);
            assert_eq!(tokens.issued(), NOW, "before the request, not when the answer came");
            assert_eq!(tokens.expires(), Some(after(3600)));
        },
    );
}

/// A failure to connect does not lose the login, and whatever else happens the code is spent.
#[test]
fn cbk_30_what_may_have_arrived_is_never_sent_again() {
    let kinds = [HttpErrorKind::Connect, HttpErrorKind::Tls, HttpErrorKind::TooLate, HttpErrorKind::Insecure];
    for kind in kinds {
        both(
            leg,
            || Play::of(vec![Err((kind, Processed::CertainlyNot)), Ok(json(200, GOOD))]),
            |outcome, play| {
                let DriveError::NotSent { leg, why } = refused(outcome) else { panic!("spent") };
                assert_eq!(why.kind(), kind);
                assert_eq!(play.sent(), 1, "nothing is retried behind the caller's back");
                let again = blocking::drive(leg, &play.blocking_world(), &Limits::DEFAULT);
                assert_eq!(again.unwrap().access_token().expose(), "at");
                let sent = &play.0.lock().unwrap().sent;
                assert_eq!(sent[0], sent[1], "the same code with the same verifier");
            },
        );
    }
    let kinds =
        [HttpErrorKind::Timeout, HttpErrorKind::Broken, HttpErrorKind::TooLarge, HttpErrorKind::Connect];
    for kind in kinds {
        both(
            leg,
            || Play::of(vec![Err((kind, Processed::Maybe))]),
            |outcome, play| {
                let error = refused(outcome);
                assert!(matches!(&error, DriveError::Unknown(why) if why.kind() == kind), "{error:?}");
                assert_eq!(play.sent(), 1);
            },
        );
    }
}

#[test]
fn trq_07_an_answer_is_not_asked_for_twice() {
    for answer in [
        || json(503, "{}"),
        || json(400, r#"{"error":"invalid_client"}"#),
        || json(302, ""),
        || json(200, "{"),
    ] {
        both(
            leg,
            || Play::of(vec![Ok(answer())]),
            |outcome, play| {
                let error = refused(outcome);
                assert!(matches!(error, DriveError::Refused(_)), "{error:?}");
                assert_eq!(play.sent(), 1);
            },
        );
    }
}

#[test]
fn trq_07_without_randomness_nothing_is_sent() {
    let dry = || {
        let play = Play::default();
        play.0.lock().unwrap().dry = true;
        play
    };
    both(leg, dry, |outcome, play| {
        let DriveError::NoEntropy { leg } = refused(outcome) else { panic!("spent") };
        assert_eq!(play.sent(), 0);
        assert!(
            blocking::drive(leg, &Play::of(vec![Ok(json(200, GOOD))]).blocking_world(), &Limits::DEFAULT)
                .is_ok()
        );
    });
}

#[test]
fn c_60_the_drivers_errors_keep_their_cause_and_no_secret() {
    both(
        leg,
        || Play::of(vec![Err((HttpErrorKind::Timeout, Processed::Maybe))]),
        |outcome, _| {
            let error = refused(outcome);
            let printed = printed(&error);
            assert!(printed.contains("whether the provider acted is not known"));
            assert!(printed.contains("the provider did not answer in time"));
            assert!(!printed.contains("the-code"));
        },
    );
    both(
        leg,
        || Play::of(vec![Ok(json(200, "{"))]),
        |outcome, _| {
            assert_eq!(refused(outcome).to_string(), TokenError::Body.to_string());
        },
    );
}
