//! A process that is killed while the answer to its refresh is on the way: the provider has rotated, and nobody has
//! the successor.

use std::thread;
use std::time::Duration;

use gatepass_testkit::Provider;
use gatepass_testkit::postgres::Cluster;
use gatepass_testkit::provider::{Endpoint, Fault, Gate, Rotation};

use super::browser::Browser;
use super::crowd::{CROWD, crowd};
use super::process::PATIENCE;
use super::site::{App, Site};

/// Starts three processes, two people's logins, and a refresh of the first one's at the first process; then kills it.
fn kill_one(site: &Site) -> ([App; 2], Browser, Browser) {
    let (mut first, second, third) = (site.start(), site.start(), site.start());
    let (alice, bob) = (Browser::new(), Browser::new());
    site.log_in(&alice, &first);
    site.log_in(&bob, &second);
    site.provider.expire_access_tokens();
    second.profile(&bob).is(200);
    let gate = Gate::new();
    site.provider.inject(Fault::after(Endpoint::Token).hold(&gate).when_grant_type("refresh_token"));
    let address = first.at("/profile");
    thread::scope(|scope| {
        let asked = scope.spawn(|| alice.try_fetch(&address));
        assert!(gate.wait_for(1, PATIENCE), "no refresh was sent");
        first.process.kill();
        assert!(asked.join().unwrap().is_err(), "a process that is dead answered");
    });
    gate.open();
    assert_eq!(site.provider.stats().refreshes, 2);
    ([second, third], alice, bob)
}

/// A provider that takes a spent refresh token for two minutes, and an application that knows.
fn lenient() -> Site {
    let window = Duration::from_secs(120);
    let provider = Provider::builder().rotation(Rotation::Grace { window, idempotent: false });
    Site::with(provider).variable("REFRESH_GRACE", "120")
}

fn with_grace(site: Site) {
    let ([second, third], alice, bob) = kill_one(&site);

    // They wait for the lease of the dead one, and then ask for the successor once more.
    let statuses = crowd(&[&second, &third], &alice);
    assert_eq!(statuses, [200; 2 * CROWD]);
    second.profile(&bob).is(200);
    let stats = site.provider.stats();
    assert_eq!((stats.refreshes, stats.grace_refreshes), (3, 1));
    assert_eq!((stats.reuse_detected, stats.families_revoked, stats.logins), (0, 0, 2));

    // What is kept is a token that the provider takes.
    site.provider.expire_access_tokens();
    third.profile(&alice).is(200);
    let stats = site.provider.stats();
    assert_eq!((stats.grace_refreshes, stats.reuse_detected, stats.families_revoked), (1, 0, 0));
}

fn with_a_strict_provider(site: Site) {
    let ([second, third], alice, bob) = kill_one(&site);

    // Nobody may present that token again, so nobody does: the person is asked, and nobody else is.
    let statuses = crowd(&[&second, &third], &alice);
    assert_eq!(statuses, [401; 2 * CROWD]);
    let page = alice.open(&second.at("/profile")).is(303);
    assert!(page.target().contains("/login"), "{}", page.target());
    second.profile(&bob).is(200);
    third.profile(&bob).is(200);
    let stats = site.provider.stats();
    assert_eq!((stats.refreshes, stats.reuse_detected, stats.families_revoked), (2, 0, 0));

    site.log_in(&alice, &third);
    second.profile(&alice).is(200);
    assert_eq!(site.provider.stats().families_revoked, 0);
}

/// All at once, since each waits until the dead process's claim is over.
#[test]
fn c_70_a_process_killed_with_a_refresh_under_way_loses_nothing_with_grace_and_one_login_without() {
    let cluster = Cluster::shared("c_70_a_process_killed_with_a_refresh_under_way, on PostgreSQL");
    let on_postgresql = |site: Site| cluster.map(|cluster| site.store(cluster.database()));
    thread::scope(|scope| {
        let mut runs =
            vec![scope.spawn(|| with_grace(lenient())), scope.spawn(|| with_a_strict_provider(Site::new()))];
        runs.extend(on_postgresql(lenient()).map(|site| scope.spawn(|| with_grace(site))));
        runs.extend(on_postgresql(Site::new()).map(|site| scope.spawn(|| with_a_strict_provider(site))));
        for run in runs {
            run.join().unwrap();
        }
    });
}
