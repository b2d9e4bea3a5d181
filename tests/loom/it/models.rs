//! The models. Each ends in every order, and says how many orders there were.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use loom::future::block_on;
use loom::thread;

use crate::board::{Posting, Seat};
use crate::flights::{Boarding, Flights};
use crate::tasks::Tasks;

type Answer = Result<u32, &'static str>;
type Map = Flights<&'static str, Answer>;

const LOST: Answer = Err("lost");

/// loom has no time: whoever blocks waits until somebody posts.
const LONG: Duration = Duration::from_secs(3600);

/// Runs a model in all orders; there must be more than one.
#[track_caller]
pub(crate) fn in_all_orders(model: impl Fn() + Send + Sync + 'static) {
    in_orders(None, model);
}

/// Runs a model in all orders in which a thread that could go on has to give way at most so often.
#[track_caller]
pub(crate) fn in_orders(give_way: Option<usize>, model: impl Fn() + Send + Sync + 'static) {
    let orders = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&orders);
    let mut models = loom::model::Builder::new();
    models.preemption_bound = give_way;
    models.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        model();
    });
    let orders = orders.load(Ordering::Relaxed);
    assert!(orders > 1, "there was nothing to order");
    eprintln!("{orders} orders");
}

/// What was flown, and what is in the air.
#[derive(Default)]
struct Log {
    flown: AtomicUsize,
    aloft: AtomicUsize,
}

/// Boards, flies if nobody does, and waits for the answer.
fn ask(map: &Arc<Map>, log: &Log, wait: impl Fn(Seat<Answer>) -> Answer) -> Answer {
    match map.board("r", LOST) {
        Boarding::Joined(seat) => wait(seat),
        Boarding::Fly(flight, seat) => {
            assert_eq!(log.aloft.fetch_add(1, Ordering::SeqCst), 0, "one flight a route");
            // As long as a refresh takes: everybody else may come meanwhile.
            thread::yield_now();
            log.aloft.fetch_sub(1, Ordering::SeqCst);
            flight.land(Ok(log.flown.fetch_add(1, Ordering::SeqCst) as u32 + 1));
            wait(seat)
        }
    }
}

fn as_task(seat: Seat<Answer>) -> Answer {
    block_on(seat)
}

fn as_thread(seat: Seat<Answer>) -> Answer {
    seat.wait_for(LONG).expect("an answer")
}

fn at_once(threads: usize, give_way: Option<usize>, wait: fn(Seat<Answer>) -> Answer) {
    in_orders(give_way, move || {
        let (map, log) = (Arc::new(Map::default()), Arc::new(Log::default()));
        let others: Vec<_> = (1..threads)
            .map(|_| {
                let (map, log) = (Arc::clone(&map), Arc::clone(&log));
                thread::spawn(move || ask(&map, &log, wait))
            })
            .collect();
        let mut answers = vec![ask(&map, &log, wait)];
        answers.extend(others.into_iter().map(|other| other.join().unwrap()));
        // Who boards while one is in the air gets its answer; who comes after it flies anew.
        let flights = log.flown.load(Ordering::SeqCst) as u32;
        assert!(answers.iter().all(|answer| matches!(answer, Ok(flight) if (1..=flights).contains(flight))));
        assert!((1..=flights).all(|flight| answers.contains(&Ok(flight))), "no flight without a passenger");
        assert!(matches!(map.board("r", LOST), Boarding::Fly(..)), "nothing stays in the air");
    });
}

#[test]
fn two_tasks_that_board_at_once_share_a_flight_or_fly_their_own() {
    at_once(2, None, as_task);
}

#[test]
fn two_threads_that_board_at_once_share_a_flight_or_fly_their_own() {
    at_once(2, None, as_thread);
}

#[test]
fn three_that_board_at_once_share_flights_or_fly_their_own() {
    at_once(3, Some(2), as_task);
    at_once(3, Some(2), as_thread);
}

#[test]
fn two_who_board_while_it_is_in_the_air_are_answered_by_one_flight() {
    in_all_orders(|| {
        let map = Arc::new(Map::default());
        let Boarding::Fly(flight, seat) = map.board("r", LOST) else { panic!("the first one flies") };
        let board = |wait: fn(Seat<Answer>) -> Answer| {
            let Boarding::Joined(seat) = map.board("r", LOST) else { panic!("it is in the air") };
            thread::spawn(move || wait(seat))
        };
        let (task, blocked) = (board(as_task), board(as_thread));
        flight.land(Ok(7));
        assert_eq!((task.join().unwrap(), blocked.join().unwrap(), block_on(seat)), (Ok(7), Ok(7), Ok(7)));
    });
}

#[test]
fn who_boards_while_it_lands_gets_the_answer_or_a_flight_of_their_own() {
    in_all_orders(|| {
        let map = Arc::new(Map::default());
        let Boarding::Fly(flight, seat) = map.board("r", LOST) else { panic!("the first one flies") };
        let late = {
            let map = Arc::clone(&map);
            thread::spawn(move || match map.board("r", LOST) {
                Boarding::Joined(seat) => block_on(seat),
                Boarding::Fly(flight, seat) => {
                    flight.land(Ok(2));
                    block_on(seat)
                }
            })
        };
        flight.land(Ok(1));
        assert!(matches!(late.join().unwrap(), Ok(1 | 2)));
        assert_eq!(block_on(seat), Ok(1));
    });
}

#[test]
fn an_answer_on_the_way_and_one_at_the_end_leave_nobody_waiting() {
    in_all_orders(|| {
        let map = Arc::new(Map::default());
        let Boarding::Fly(flight, seat) = map.board("r", LOST) else { panic!("the first one flies") };
        let late = {
            let map = Arc::clone(&map);
            thread::spawn(move || match map.board("r", LOST) {
                Boarding::Joined(seat) => seat.wait_for(LONG),
                Boarding::Fly(..) => None,
            })
        };
        flight.answer(Err("the store is away"));
        flight.land(Ok(1));
        assert!(matches!(late.join().unwrap(), None | Some(Ok(1) | Err("the store is away"))));
        assert!(matches!(block_on(seat), Ok(1) | Err("the store is away")));
    });
}

#[test]
fn whoever_waits_for_a_pilot_that_panics_is_told() {
    in_all_orders(|| {
        let map = Arc::new(Map::default());
        let Boarding::Fly(flight, seat) = map.board("r", LOST) else { panic!("the first one flies") };
        let Boarding::Joined(joined) = map.board("r", LOST) else { panic!("it is in the air") };
        let blocked = thread::spawn(move || as_thread(joined));
        let pilot = thread::spawn(move || {
            let flown = catch_unwind(AssertUnwindSafe(move || {
                let _flight = flight;
                resume_unwind(Box::new("the pilot"));
            }));
            assert!(flown.is_err());
        });
        assert_eq!((block_on(seat), blocked.join().unwrap()), (LOST, LOST));
        pilot.join().unwrap();
        assert!(matches!(map.board("r", LOST), Boarding::Fly(..)), "and the next one flies");
    });
}

#[test]
fn a_seat_that_is_given_up_keeps_nobody_from_their_answer() {
    in_all_orders(|| {
        let map = Arc::new(Map::default());
        let Boarding::Fly(flight, seat) = map.board("r", LOST) else { panic!("the first one flies") };
        let Boarding::Joined(joined) = map.board("r", LOST) else { panic!("it is in the air") };
        // One who waits for a moment and leaves, as a cancelled caller does.
        let leaver = thread::spawn(move || {
            let mut seat = pin!(seat);
            block_on(std::future::poll_fn(|context| {
                let _ = seat.as_mut().poll(context);
                Poll::Ready(())
            }));
        });
        let stays = thread::spawn(move || block_on(joined));
        flight.land(Ok(1));
        assert_eq!(stays.join().unwrap(), Ok(1));
        leaver.join().unwrap();
    });
}

#[test]
fn a_posting_that_is_dropped_tells_whoever_waits() {
    in_all_orders(|| {
        let (posting, seat) = Posting::new(LOST);
        let holder = thread::spawn(move || drop(posting));
        assert_eq!(block_on(seat), LOST);
        holder.join().unwrap();

        let (posting, seat) = Posting::new(LOST);
        let holder = thread::spawn(move || {
            posting.early(Err("the store is away"));
            posting.last(Ok(1));
        });
        assert!(matches!(as_thread(seat), Ok(1) | Err("the store is away")));
        holder.join().unwrap();
    });
}

#[test]
fn who_waits_for_the_last_task_is_woken_by_its_end() {
    in_orders(Some(2), || {
        let tasks = Tasks::new();
        let running: Vec<_> = (0..2)
            .map(|_| {
                let task = tasks.begin();
                thread::spawn(move || drop(task))
            })
            .collect();
        loop {
            let (left, seat) = tasks.running();
            if left == 0 {
                break;
            }
            block_on(seat);
        }
        running.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(tasks.running().0, 0);
    });
}
