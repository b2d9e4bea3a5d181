//! One question to a provider: whoever needs the answer gets it, whoever waits is told, and it is asked once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use gatepass_core::ports::{
    BoxFuture, Clock, Entropy, HttpClient, HttpError, HttpErrorKind, Limits, NoEntropy, Processed, Spawn,
    Timer, blocking as port,
};
use gatepass_core::{Attempt, Body, Monotonic, Roundtrip, Seed, Step, Timestamp, World, blocking};
use http::{Request, Response};
use loom::future::block_on;
use loom::thread;

use crate::cached::Missed;
use crate::models::in_orders;
use crate::source::{Missing, Question, Source};
use crate::{DiscoveryError, Freshness, Misfit};

/// Asks for a number.
struct Number;

impl Roundtrip for Number {
    type Sent = Self;
    type Output = usize;
    type Error = DiscoveryError;

    fn request(self, _: Attempt) -> Result<(Request<Body>, Self), DiscoveryError> {
        Ok((Request::new(Body::empty()), self))
    }

    fn response(_: Self, answer: Response<Body>, _: Timestamp) -> Result<Step<Self>, DiscoveryError> {
        Ok(Step::Done(answer.body().as_bytes().len()))
    }

    fn not_sent(sent: Self) -> Self {
        sent
    }
}

struct Ask;

impl Question for Ask {
    type Document = usize;
    type Leg = Number;
    type Answer = usize;

    fn leg(&self) -> Number {
        Number
    }

    fn read(&self, number: usize, _: Option<&usize>) -> Result<usize, Misfit> {
        Ok(number)
    }

    fn about(&self) -> (&'static str, &str) {
        ("a number", "somebody")
    }
}

/// Counts who asks, and answers how many did.
#[derive(Debug, Default)]
struct Provider {
    asked: AtomicUsize,
    is_away: bool,
    drops_tasks: bool,
}

impl Provider {
    fn answer(&self) -> Result<Response<Body>, HttpError> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        // As long as a question takes: everybody else may come meanwhile.
        thread::yield_now();
        if self.is_away {
            return Err(HttpError::new(HttpErrorKind::Connect, Processed::CertainlyNot));
        }
        Ok(Response::new(Body::from("x".repeat(asked))))
    }
}

#[derive(Clone, Debug)]
struct Here(Arc<Provider>);

#[async_trait]
impl HttpClient for Here {
    async fn send(&self, _: Request<Body>, _: &Limits) -> Result<Response<Body>, HttpError> {
        self.0.answer()
    }
}

impl port::HttpClient for Here {
    fn send(&self, _: Request<Body>, _: &Limits) -> Result<Response<Body>, HttpError> {
        self.0.answer()
    }
}

impl Spawn for Here {
    fn spawn(&self, task: BoxFuture<()>) {
        if !self.0.drops_tasks {
            thread::spawn(move || block_on(task));
        }
    }
}

impl Timer for Here {
    fn sleep(&self, _: Duration) -> BoxFuture<()> {
        Box::pin(async {})
    }
}

impl Clock for Here {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(0)
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::default()
    }
}

impl Entropy for Here {
    fn seed(&self) -> Result<Seed, NoEntropy> {
        Ok(Seed::new([0; 64]))
    }
}

type Answer = Result<(usize, u64), Missing>;

/// One source at one provider, and both ways to wait for its answer.
#[derive(Clone)]
struct Stage {
    source: Arc<Source<Ask>>,
    here: Here,
}

impl Stage {
    fn at(provider: Provider) -> Self {
        // Without cool-downs nothing but the sharing keeps two from asking.
        let mut freshness = Freshness::default();
        (freshness.cool_down, freshness.retry) = (Duration::ZERO, Duration::ZERO);
        Self { source: Source::new(Ask, freshness), here: Here(Arc::new(provider)) }
    }

    fn as_task(&self, missed: Option<u64>) -> Answer {
        let part = || Arc::new(self.here.clone());
        let world = World::new(part(), part(), part(), part(), part());
        block_on(self.source.answer(missed.map(by_login), &world))
    }

    fn as_thread(&self, missed: Option<u64>) -> Answer {
        let part = || Arc::new(self.here.clone());
        self.source.answer_blocking(missed.map(by_login), &blocking::World::new(part(), part(), part()))
    }

    fn asked(&self) -> usize {
        self.here.0.asked.load(Ordering::SeqCst)
    }
}

/// How somebody waits.
type Wait = fn(&Stage, Option<u64>) -> Answer;

/// Both need the answer at once.
fn both(stage: &Stage, missed: Option<u64>, one: Wait, other: Wait) -> [Answer; 2] {
    let elsewhere = {
        let stage = stage.clone();
        thread::spawn(move || other(&stage, missed))
    };
    let here = one(stage, missed);
    [here, elsewhere.join().unwrap()]
}

const PAIRS: [(Wait, Wait); 2] = [(Stage::as_thread, Stage::as_thread), (Stage::as_task, Stage::as_task)];

#[test]
fn two_who_need_the_same_cause_one_question_and_both_get_its_answer() {
    for (one, other) in PAIRS {
        in_orders(Some(2), move || {
            let stage = Stage::at(Provider::default());
            for answer in both(&stage, None, one, other) {
                assert_eq!(answer.unwrap(), (1, 1));
            }
            assert_eq!(stage.asked(), 1);
        });
    }
}

#[test]
fn two_who_miss_the_same_cause_one_question_and_both_get_its_answer() {
    for (one, other) in PAIRS {
        in_orders(Some(2), move || {
            let stage = Stage::at(Provider::default());
            assert_eq!(stage.as_thread(None).unwrap(), (1, 1));
            for answer in both(&stage, Some(1), one, other) {
                assert_eq!(answer.unwrap(), (2, 2));
            }
            assert_eq!(stage.asked(), 2);
        });
    }
}

#[test]
fn two_who_wait_in_vain_are_told_and_each_asks_once_at_most() {
    for (one, other) in PAIRS {
        in_orders(Some(2), move || {
            let stage = Stage::at(Provider { is_away: true, ..Provider::default() });
            for answer in both(&stage, None, one, other) {
                assert!(answer.unwrap_err().why.is_some());
            }
            assert!((1..=2).contains(&stage.asked()), "who comes after the first one failed asks anew");
            assert!(stage.source.last().is_none());
        });
    }
}

#[test]
fn a_task_that_is_thrown_away_leaves_nobody_waiting() {
    in_orders(Some(2), || {
        let stage = Stage::at(Provider { drops_tasks: true, ..Provider::default() });
        for answer in both(&stage, None, Stage::as_task, Stage::as_task) {
            assert!(answer.unwrap_err().why.is_some());
        }
        assert_eq!(stage.asked(), 0);
    });
}

#[test]
fn who_only_looks_waits_for_nobody() {
    in_orders(Some(2), || {
        let stage = Stage::at(Provider::default());
        let asks = {
            let stage = stage.clone();
            thread::spawn(move || stage.as_thread(None).map(drop))
        };
        assert!(matches!(stage.source.last(), None | Some(1)));
        asks.join().unwrap().unwrap();
        assert_eq!(stage.source.last(), Some(1));
    });
}

fn by_login(edition: u64) -> Missed {
    Missed { edition, by_stranger: false }
}
