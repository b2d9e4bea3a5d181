//! The promise about refresh tokens, judged by somebody else's detection of reuse: three processes with 32 requests each at
//! every end of an access token, and runs of a command-line program that share one file.

use std::thread;
use std::time::{Duration, Instant};

use gatepass_testkit::postgres::Cluster;
use gatepass_tests::peer::{Fault, Peer};

use super::super::browser::Browser;
use super::super::crowd::{CROWD, crowd};
use super::super::process::{PATIENCE, Process, until};
use super::super::site::App;
use super::place::{Place, follow};

/// How often the access token ends; `GATEPASS_PEER_ROUNDS` says otherwise.
fn rounds() -> u64 {
    let rounds = std::env::var("GATEPASS_PEER_ROUNDS").ok();
    rounds.map_or(20, |rounds| rounds.parse().expect("GATEPASS_PEER_ROUNDS: a number"))
}

const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_secs(1);

/// How long the successor is on its way: long enough for everybody to find the renewal under way.
pub(super) const ON_ITS_WAY: Duration = Duration::from_millis(200);

/// Has one more token issued, which lives for a second, and waits for its end.
pub(super) fn until_a_token_ends(peer: &Peer, renew: impl FnOnce()) {
    peer.set_access_token_lifetime(SHORT);
    peer.expire_access_tokens();
    renew();
    let issued = Instant::now();
    peer.set_access_token_lifetime(LONG);
    until("the end of the token", || (issued.elapsed() > SHORT).then_some(()));
}

/// Counts what a round did, and says so.
struct Score<'a> {
    place: &'a Place,
    refreshes: u64,
    took: Vec<u128>,
}

impl<'a> Score<'a> {
    fn new(place: &'a Place) -> Self {
        Self { place, refreshes: 0, took: Vec::new() }
    }

    /// One refresh, whatever was done at once.
    #[track_caller]
    fn once<T>(&mut self, round: u64, work: impl FnOnce() -> T) -> T {
        let before = self.place.peer.counters();
        self.place.peer.set_token_delay(ON_ITS_WAY);
        let began = Instant::now();
        let done = work();
        self.took.push(began.elapsed().as_millis());
        self.place.peer.set_token_delay(Duration::ZERO);
        let after = self.place.peer.counters();
        let calls = after.refreshes() - before.refreshes();
        self.refreshes += calls;
        let asked = after.asked("POST /token") - before.asked("POST /token");
        assert_eq!((asked, calls), (1, 1), "round {round}: {after:?}");
        done
    }

    #[track_caller]
    fn end(&self, who: &str) {
        let counters = self.place.peer.counters();
        assert_eq!((counters.revoked, counters.exchanges()), (0, 1), "{counters:?}");
        assert!(counters.refused.is_empty(), "{counters:?}");
        println!(
            "oidc-provider, {who}: {} expiries, {} refresh calls, 0 failed requests, 0 grants revoked, milliseconds: {:?}",
            self.took.len(),
            self.refreshes,
            self.took
        );
    }
}

fn three_processes(place: &Place, where_: &str) {
    let apps = [place.start(), place.start(), place.start()];
    let apps: Vec<&App> = apps.iter().collect();
    let browser = Browser::new();
    place.log_in(&browser, apps[0]);
    let mut score = Score::new(place);
    for round in 0..rounds() {
        until_a_token_ends(&place.peer, || {
            apps[usize::try_from(round).unwrap() % 3].profile(&browser).is(200);
        });
        let statuses = score.once(round, || crowd(&apps, &browser));
        let failed: Vec<_> = statuses.iter().filter(|status| **status != 200).collect();
        assert!(
            failed.is_empty(),
            "round {round}: {} of {} failed: {failed:?}",
            failed.len(),
            statuses.len()
        );
    }
    score.end(&format!("3 processes x {CROWD} requests on one {where_}"));
}

/// As many at once.
const RUNS: usize = 8;

fn runs_of_a_program(place: &Place) {
    let desk = place.desk();
    let mut first = Process::start(place.command_line(&desk));
    let browser = Browser::new();
    browser.open(&follow(&browser, &desk.sent()).unwrap_err()).is(200);
    assert_eq!(first.end(), Some(0), "{}", first.said());

    let mut score = Score::new(place);
    for round in 0..rounds() {
        until_a_token_ends(&place.peer, || {
            place.call(&desk);
        });
        score.once(round, || {
            let runs: Vec<_> = (0..RUNS).map(|_| Process::start(place.command_line(&desk))).collect();
            for mut run in runs {
                assert_eq!(run.end(), Some(0), "round {round}: {}", run.said());
            }
        });
    }
    score.end(&format!("{RUNS} runs of a command-line program on one SQLite file"));
}

/// All at once, since most of the time goes by in waiting for tokens to end.
#[test]
fn c_70_whoever_shares_a_grant_renews_once_at_a_server_that_is_not_ours() {
    let test = "c_70_whoever_shares_a_grant_renews_once_at_a_server_that_is_not_ours";
    let Some(on_sqlite) = Place::new(test) else { return };
    let cluster = Cluster::shared(
        "c_70_whoever_shares_a_grant_renews_once_at_a_server_that_is_not_ours, on PostgreSQL",
    );
    let on_postgresql = cluster.and_then(|cluster| Some(Place::new(test)?.store(cluster.database())));
    let blocking = Place::new(test);
    thread::scope(|scope| {
        let mut all = vec![scope.spawn(|| three_processes(&on_sqlite, "SQLite file"))];
        all.extend(on_postgresql.iter().map(|place| scope.spawn(|| three_processes(place, "PostgreSQL"))));
        all.extend(blocking.iter().map(|place| scope.spawn(|| runs_of_a_program(place))));
        for one in all {
            one.join().unwrap();
        }
    });
}

/// An answer that is lost on the way leaves the same question open, and nobody tries it out.
#[test]
fn c_70_a_lost_answer_costs_one_login_at_a_server_that_is_not_ours() {
    let Some(place) = Place::new("c_70_a_lost_answer_costs_one_login_at_a_server_that_is_not_ours") else {
        return;
    };
    let (here, there) = (place.start(), place.start());
    let (alice, bob) = (Browser::new(), Browser::new());
    place.log_in(&alice, &here);
    place.log_in(&bob, &here);
    let (mut refreshes, mut exchanges) = (0, 2);
    for fault in [Fault::Cut, Fault::Gateway] {
        place.peer.expire_access_tokens();
        place.peer.set_token_fault(Some(fault));
        let statuses = crowd(&[&here, &there], &alice);
        place.peer.set_token_fault(None);
        assert!(statuses.iter().all(|status| *status == 401), "{fault:?}: {statuses:?}");
        assert_eq!(crowd(&[&here, &there], &alice), [401; 2 * CROWD], "{fault:?}");
        here.profile(&bob).is(200);
        place.log_in(&alice, &there);
        here.profile(&alice).is(200);
        (refreshes, exchanges) = (refreshes + 2, exchanges + 1);
        let counters = place.peer.counters();
        assert_eq!(
            (counters.refreshes(), counters.exchanges()),
            (refreshes, exchanges),
            "{fault:?}: {counters:?}"
        );
        assert_eq!((counters.revoked, counters.refused.len()), (0, 0), "{fault:?}: {counters:?}");
    }
}

/// Nobody may present the token again whose successor died with a process, so nobody does: the server finds no reuse, and
/// one person is asked to log in once more.
#[test]
fn c_70_a_process_killed_with_a_refresh_under_way_costs_one_login_at_a_server_that_is_not_ours() {
    let test = "c_70_a_process_killed_with_a_refresh_under_way_costs_one_login_at_a_server_that_is_not_ours";
    let Some(place) = Place::new(test) else { return };
    let (mut first, second, third) = (place.start(), place.start(), place.start());
    let (alice, bob) = (Browser::new(), Browser::new());
    place.log_in(&alice, &first);
    place.log_in(&bob, &second);
    place.peer.expire_access_tokens();
    place.peer.set_token_delay(PATIENCE);
    let address = first.at("/profile");
    thread::scope(|scope| {
        let asked = scope.spawn(|| alice.try_fetch(&address));
        until("a refresh", || (place.peer.counters().refreshes() == 1).then_some(()));
        first.process.kill();
        assert!(asked.join().unwrap().is_err(), "a process that is dead answered");
    });
    place.peer.set_token_delay(Duration::ZERO);

    assert_eq!(crowd(&[&second, &third], &alice), [401; 2 * CROWD]);
    for app in [&second, &third] {
        app.profile(&bob).is(200);
    }
    let page = alice.open(&second.at("/profile")).is(303);
    assert!(page.target().contains("/login"), "{}", page.target());
    place.log_in(&alice, &third);
    second.profile(&alice).is(200);
    let counters = place.peer.counters();
    assert_eq!((counters.refreshes(), counters.exchanges(), counters.revoked), (2, 3, 0), "{counters:?}");
    assert!(counters.refused.is_empty(), "{counters:?}");
}
