//! Three processes, and all of their browsers at once on a token that has ended. The provider is strict: a refresh
//! token that comes twice kills its family.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use gatepass_testkit::postgres::Cluster;

use super::browser::Browser;
use super::process::until;
use super::site::{App, Site};

pub(crate) const CROWD: usize = 32;

/// How often the token ends; `GATEPASS_ROUNDS` says otherwise.
fn rounds() -> u64 {
    std::env::var("GATEPASS_ROUNDS")
        .ok()
        .map_or(3, |rounds| rounds.parse().expect("GATEPASS_ROUNDS: a number"))
}

/// As many requests at once at each process; gives the statuses.
pub(crate) fn crowd(apps: &[&App], browser: &Browser) -> Vec<u16> {
    let start = Barrier::new(apps.len() * CROWD);
    thread::scope(|scope| {
        let ask = |app: &App| {
            let (url, start) = (app.at("/profile"), &start);
            scope.spawn(move || {
                start.wait();
                browser.try_fetch(&url).map_or(0, |page| page.status)
            })
        };
        let asked: Vec<_> = apps.iter().flat_map(|app| (0..CROWD).map(|_| ask(app))).collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

/// How an access token ends.
#[derive(Clone, Copy, Debug)]
enum End {
    /// The API says 401 before its time is up.
    Refused,
    /// Its time is up.
    Expired,
}

const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_secs(1);

fn renew_once_a_round(site: &Site, end: End, rounds: u64) {
    let apps = [site.start(), site.start(), site.start()];
    let apps: Vec<&App> = apps.iter().collect();
    let browser = Browser::new();
    site.log_in(&browser, apps[0]);
    let provider = &site.provider;
    let (mut calls, mut took) = (0, Vec::new());
    for round in 0..rounds {
        provider.expire_access_tokens();
        if let End::Expired = end {
            provider.set_access_token_lifetime(SHORT);
            apps[usize::try_from(round).unwrap() % 3].profile(&browser).is(200);
            provider.set_access_token_lifetime(LONG);
            let over = provider.now() + SHORT;
            until("the end of the token", || (provider.now() > over).then_some(()));
        }
        let before = provider.token_requests("refresh_token").len();
        let began = Instant::now();
        let statuses = crowd(&apps, &browser);
        took.push(began.elapsed().as_millis());
        let sent = provider.token_requests("refresh_token").len() - before;
        calls += sent;
        let failed: Vec<_> = statuses.iter().filter(|status| **status != 200).collect();
        assert!(
            failed.is_empty(),
            "{end:?}, round {round}: {} of {} failed: {failed:?}",
            failed.len(),
            statuses.len()
        );
        assert_eq!(sent, 1, "{end:?}, round {round}: refresh requests");
    }
    let stats = provider.stats();
    assert_eq!((stats.reuse_detected, stats.families_revoked), (0, 0));
    println!(
        "{end:?}: {rounds} rounds of 3 processes x {CROWD} requests, {calls} refreshes, 0 failed, \
         0 families revoked, milliseconds a round: {took:?}"
    );
}

#[test]
fn c_70_three_processes_on_one_sqlite_file_renew_once_when_the_api_refuses() {
    renew_once_a_round(&Site::new(), End::Refused, rounds());
}

#[test]
fn c_70_three_processes_on_one_sqlite_file_renew_once_at_expiry() {
    renew_once_a_round(&Site::new(), End::Expired, rounds());
}

#[test]
fn c_70_three_processes_on_one_postgresql_renew_once() {
    let Some(cluster) = Cluster::shared("c_70_three_processes_on_one_postgresql_renew_once") else { return };
    for end in [End::Refused, End::Expired] {
        renew_once_a_round(&Site::new().store(cluster.database()), end, rounds());
    }
}
