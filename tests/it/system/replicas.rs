//! Three processes, and all of their browsers at once on a token that has ended. The provider is strict: a refresh
//! token that comes twice kills its family.

use std::time::{Duration, Instant};

use gatepass_testkit::Provider;
use gatepass_testkit::postgres::Cluster;

use super::browser::Browser;
use super::crowd::{CROWD, all_served, crowd, rounds};
use super::process::until;
use super::site::{App, Site};

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

/// Ends the token that the browser's session holds. A new one that will soon be over is asked for at `app`.
fn end_token(provider: &Provider, end: End, app: &App, browser: &Browser) {
    provider.expire_access_tokens();
    if let End::Expired = end {
        provider.set_access_token_lifetime(SHORT);
        app.profile(browser).is(200);
        provider.set_access_token_lifetime(LONG);
        let over = provider.now() + SHORT;
        until("the end of the token", || (provider.now() > over).then_some(()));
    }
}

fn renew_once_an_expiry(site: &Site) {
    let apps = [site.start(), site.start(), site.start()];
    let browser = Browser::new();
    site.log_in(&browser, &apps[0]);
    let provider = &site.provider;
    let refreshes = || provider.token_requests("refresh_token").len();
    let (mut calls, mut took) = (0, Vec::new());
    for round in 0..rounds() {
        let end = if round % 2 == 0 { End::Refused } else { End::Expired };
        end_token(provider, end, &apps[round % 3], &browser);
        let (before, began) = (refreshes(), Instant::now());
        let statuses = crowd(&apps.each_ref(), &browser);
        took.push(began.elapsed().as_millis());
        let sent = refreshes() - before;
        calls += sent;
        all_served(&statuses, &format!("{end:?}, round {round}"));
        assert_eq!(sent, 1, "{end:?}, round {round}: refresh requests");
    }
    let stats = provider.stats();
    assert_eq!((stats.reuse_detected, stats.families_revoked), (0, 0));
    println!(
        "{} expiries of 3 processes x {CROWD} requests, {calls} refreshes, 0 failed, 0 families revoked, \
         milliseconds a crowd: {took:?}",
        took.len()
    );
}

#[test]
fn c_70_three_processes_on_one_sqlite_file_renew_once_an_expiry() {
    renew_once_an_expiry(&Site::new());
}

#[test]
fn c_70_three_processes_on_one_postgresql_renew_once_an_expiry() {
    let Some(cluster) = Cluster::shared("c_70_three_processes_on_one_postgresql_renew_once_an_expiry") else {
        return;
    };
    renew_once_an_expiry(&Site::new().store(cluster.database()));
}
