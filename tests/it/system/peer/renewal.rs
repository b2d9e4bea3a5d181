//! The promise about refresh tokens, judged by somebody else's detection of reuse: three processes with 32 requests each at
//! every end of an access token, and runs of a command-line program that share one file.

use std::time::{Duration, Instant};

use gatepass_testkit::postgres::Cluster;

use super::super::browser::Browser;
use super::super::process::{Process, until};
use super::super::replicas::{CROWD, crowd};
use super::super::site::App;
use super::place::{Place, follow};

/// How often the access token ends; `GATEPASS_PEER_ROUNDS` says otherwise.
fn rounds() -> u64 {
    let rounds = std::env::var("GATEPASS_PEER_ROUNDS").ok();
    rounds.map_or(20, |rounds| rounds.parse().expect("GATEPASS_PEER_ROUNDS: a number"))
}

const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_secs(1);

/// Has one more token issued, which lives for a second, and waits for its end.
fn until_a_token_ends(place: &Place, renew: impl FnOnce()) {
    place.peer.set_access_token_lifetime(SHORT);
    place.peer.expire_access_tokens();
    renew();
    let issued = Instant::now();
    place.peer.set_access_token_lifetime(LONG);
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
        let began = Instant::now();
        let done = work();
        self.took.push(began.elapsed().as_millis());
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
        until_a_token_ends(place, || {
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

#[test]
fn c_70_three_processes_on_one_sqlite_file_renew_once_at_a_server_that_is_not_ours() {
    let test = "c_70_three_processes_on_one_sqlite_file_renew_once_at_a_server_that_is_not_ours";
    let Some(place) = Place::new(test) else { return };
    three_processes(&place, "SQLite file");
}

#[test]
fn c_70_three_processes_on_one_postgresql_renew_once_at_a_server_that_is_not_ours() {
    let test = "c_70_three_processes_on_one_postgresql_renew_once_at_a_server_that_is_not_ours";
    let Some(cluster) = Cluster::shared(test) else { return };
    let Some(place) = Place::new(test) else { return };
    three_processes(&place.store(cluster.database()), "PostgreSQL");
}

/// As many at once.
const RUNS: usize = 8;

#[test]
fn c_70_runs_of_a_blocking_program_renew_once_at_a_server_that_is_not_ours() {
    let test = "c_70_runs_of_a_blocking_program_renew_once_at_a_server_that_is_not_ours";
    let Some(place) = Place::new(test) else { return };
    let desk = place.desk();
    let mut first = Process::start(place.command_line(&desk));
    let browser = Browser::new();
    browser.open(&follow(&browser, &desk.sent()).unwrap_err()).is(200);
    assert_eq!(first.end(), Some(0), "{}", first.said());

    let mut score = Score::new(&place);
    for round in 0..rounds() {
        until_a_token_ends(&place, || {
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
