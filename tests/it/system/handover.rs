//! What begins in one process and ends in another, or after everybody who asked for it has gone.

use std::io::Write as _;
use std::net::TcpStream;
use std::thread;

use gatepass_testkit::postgres::Cluster;
use gatepass_testkit::provider::{Endpoint, Fault, Gate};
use url::{Position, Url};

use super::browser::Browser;
use super::process::{PATIENCE, until};
use super::site::Site;

/// A request whose connection the test holds in its hand.
fn ask(browser: &Browser, url: &str) -> TcpStream {
    let url = Url::parse(url).unwrap();
    let (host, path) = (&url[Position::BeforeHost..Position::AfterPort], &url[Position::BeforePath..]);
    let mut connection = TcpStream::connect(host).unwrap();
    let cookies = browser.cookies();
    let navigate = "accept: text/html\r\nsec-fetch-mode: navigate\r\nsec-fetch-dest: document";
    write!(connection, "GET {path} HTTP/1.1\r\nhost: {host}\r\ncookie: {cookies}\r\n{navigate}\r\n\r\n")
        .unwrap();
    connection
}

#[test]
fn a_login_survives_a_restart_between_start_and_callback() {
    let site = Site::new();
    let browser = Browser::new();
    let mut first = site.start();
    let callback = site.go_and_come_back(&browser, &first);
    first.stop();
    let mut second = site.start();
    second.arrive(&browser, &callback).is(303);
    second.profile(&browser).is(200);

    // The same when there was no time to say goodbye.
    let (bob, carol) = (Browser::new(), Browser::new());
    let callback = site.go_and_come_back(&bob, &second);
    site.log_in(&carol, &second);
    second.process.kill();
    let third = site.start();
    third.arrive(&bob, &callback).is(303);
    for person in [&browser, &bob, &carol] {
        third.profile(person).is(200);
    }
    assert_eq!(site.provider.stats().exchanges, 3);
}

#[track_caller]
fn callback_elsewhere(site: &Site) {
    let (here, there) = (site.start(), site.start());
    let browser = Browser::new();
    let callback = site.go_and_come_back(&browser, &here);
    there.arrive(&browser, &callback).is(303);
    assert_eq!(site.provider.stats().exchanges, 1);
    // Wherever it is repeated, it is the same login; and somebody else's browser is sent to a login of its own.
    here.arrive(&browser, &callback).is(303);
    for app in [&here, &there] {
        app.profile(&browser).is(200);
        let other = Browser::new();
        assert!(app.arrive(&other, &callback).is(303).target().starts_with(&app.at("/login/")));
        app.profile(&other).is(401);
    }
    assert_eq!(site.provider.requests(Endpoint::Token).len(), 1);
}

#[test]
fn a_callback_at_another_process_on_sqlite_logs_in() {
    callback_elsewhere(&Site::new());
}

#[test]
fn a_callback_at_another_process_on_postgresql_logs_in() {
    let Some(cluster) = Cluster::shared("a_callback_at_another_process_on_postgresql_logs_in") else {
        return;
    };
    callback_elsewhere(&Site::new().store(cluster.database()));
}

#[test]
fn c_23_a_login_whose_browser_hangs_up_during_the_exchange_succeeds_all_the_same() {
    let site = Site::new();
    let app = site.start();
    let browser = Browser::new();
    let callback = app.here(&site.go_and_come_back(&browser, &app));
    let gate = Gate::new();
    site.provider.inject(Fault::before(Endpoint::Token).hold(&gate));

    let connection = ask(&browser, &callback);
    assert!(gate.wait_for(1, PATIENCE), "the code was not sent");
    drop(connection);
    // The server has something else to do, and with it the time to notice.
    for _ in 0..20 {
        browser.fetch(&app.at("/healthz")).is(200);
    }

    thread::scope(|scope| {
        let again = scope.spawn(|| browser.open(&callback));
        browser.fetch(&app.at("/healthz")).is(200);
        gate.open();
        again.join().unwrap().is(303);
    });
    app.profile(&browser).is(200);
    assert_eq!(site.provider.token_requests("authorization_code").len(), 1);
    assert_eq!(site.provider.stats().exchanges, 1);
}

#[test]
fn a_refresh_that_is_out_at_shutdown_is_finished_and_its_successor_serves_the_next_process() {
    let site = Site::new();
    let mut app = site.start();
    let browser = Browser::new();
    site.log_in(&browser, &app);
    site.provider.expire_access_tokens();
    let gate = Gate::new();
    let refresh = Fault::after(Endpoint::Token).hold(&gate).when_grant_type("refresh_token");
    site.provider.inject(refresh);

    // Whoever asked for it has gone, so that nothing but the refresh itself is waited for.
    let connection = ask(&browser, &app.at("/profile"));
    assert!(gate.wait_for(1, PATIENCE), "no refresh was sent");
    drop(connection);
    app.process.terminate();
    let host = app.url.strip_prefix("http://").unwrap();
    until("it serves nobody new", || TcpStream::connect(host).is_err().then_some(()));
    assert!(!app.process.has_ended(), "it did not wait for the refresh");
    gate.open();
    assert_eq!(app.process.end(), Some(0), "{}", app.process.said());

    let next = site.start();
    next.profile(&browser).is(200);
    assert_eq!(site.provider.stats().refreshes, 1);
    site.provider.expire_access_tokens();
    next.profile(&browser).is(200);
    let stats = site.provider.stats();
    assert_eq!((stats.refreshes, stats.reuse_detected, stats.families_revoked), (2, 0, 0));
}
