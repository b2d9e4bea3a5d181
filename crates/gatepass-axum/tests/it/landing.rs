//! Parked, claimed, landed: one exchange, however often and in whatever order callbacks come.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use gatepass_testkit::Provider;
use gatepass_testkit::memory::MemoryStore;
use gatepass_testkit::provider::{Endpoint, Fault, Gate};

use crate::support::{App, Browser, MovedClock, Parts, callback_url, raw, without_parameter};

fn app() -> (Provider, App, Browser) {
    let provider = Provider::start();
    let app = Parts::new().start(&provider);
    (provider, app, Browser::new())
}

const SESSION: &str = "gatepass-session";

#[test]
fn cbk_06_c_23_a_repeated_callback_gives_the_same_session_a_new_cookie() {
    let (provider, app, browser) = app();
    let url = callback_url(&browser, &app, "/login?return_to=/session");
    let first = browser.go(&url);
    let (cookie, session) = (browser.cookie(SESSION).unwrap(), browser.go(&app.url("/")).text());
    let requests = provider.log().len();

    // The first answer may never have arrived: the browser has no session cookie then.
    browser.forget(SESSION);
    let second = browser.go(&url);
    assert_eq!((second.status, second.location()), (303, first.location()));
    assert_ne!(browser.cookie(SESSION).unwrap(), cookie);
    assert_eq!(browser.go(&app.url("/")).text(), session);
    // It may also have arrived in another tab: the first cookie is good for a little longer.
    browser.set_cookie(SESSION, &cookie);
    assert_eq!(browser.go(&app.url("/")).text(), session);
    assert_eq!(provider.log().len(), requests, "a repeated callback asks the provider nothing");
}

#[test]
fn cbk_06_a_minute_later_the_state_is_unknown_and_the_session_stays() {
    let clock = MovedClock::new();
    let provider = Provider::start();
    let app = Parts::with(MemoryStore::with_clock(Arc::new(clock.clone()))).start(&provider);
    let browser = Browser::new();
    let url = callback_url(&browser, &app, "/login");
    assert_eq!(browser.go(&url).status, 303);
    let session = browser.go(&app.url("/")).text();
    let requests = provider.log().len();

    clock.advance(Duration::from_secs(59));
    assert_eq!(browser.ask(&url).status, 303);
    clock.advance(Duration::from_secs(2));
    let late = browser.ask(&url);
    assert_eq!((late.status, late.error().as_str()), (400, "state_unknown"));
    let person = browser.go(&url);
    assert_eq!((person.status, person.location()), (303, app.url("/")), "whoever is logged in goes on");
    assert!(person.cookies().is_empty(), "and nothing changes");
    assert_eq!(browser.go(&app.url("/")).text(), session);
    assert_eq!(provider.log().len(), requests);
}

#[test]
fn cbk_06_a_landed_login_is_nothing_to_another_browser() {
    let (provider, app, browser) = app();
    let url = callback_url(&browser, &app, "/login");
    assert_eq!(browser.go(&url).status, 303);
    let requests = provider.log().len();
    let other = Browser::new();
    other.go(&app.url("/login"));
    let page = other.ask(&url);
    assert_eq!((page.status, page.error().as_str()), (400, "other_browser"));
    assert!(other.cookie(SESSION).is_none());
    assert_eq!(provider.log().len(), requests);
}

#[test]
fn a_refused_login_shows_the_same_page_again() {
    let (provider, app, browser) = app();
    let url = callback_url(&browser, &app, "/login");
    provider.inject(Fault::before(Endpoint::Token).status(400));
    let first = browser.ask(&url);
    assert_eq!((first.status, first.error().as_str()), (502, "provider_misbehaved"));
    let requests = provider.log().len();
    let second = browser.ask(&url);
    assert_eq!((second.status, second.body), (first.status, first.body));
    assert_eq!(provider.log().len(), requests, "a spent code is not presented again");
}

#[test]
fn cbk_06_c_23_concurrent_callbacks_make_one_exchange() {
    let (provider, app, browser) = app();
    let url = callback_url(&browser, &app, "/login?return_to=/session");
    let gate = Gate::new();
    provider.inject(Fault::before(Endpoint::Token).hold(&gate));
    let open = || {
        let (browser, url) = (browser.clone(), url.clone());
        thread::spawn(move || browser.go(&url))
    };
    let mut tabs = vec![open()];
    assert!(gate.wait_for(1, Duration::from_secs(10)));
    tabs.extend((0..7).map(|_| open()));
    // As long as the first one is at the provider, the others wait for it.
    thread::sleep(Duration::from_millis(300));
    assert!(tabs.iter().all(|tab| !tab.is_finished()));
    gate.open();
    let mut cookies = BTreeSet::new();
    for tab in tabs {
        let page = tab.join().unwrap();
        assert_eq!((page.status, page.location()), (303, app.url("/session")), "{}", page.text());
        assert!(cookies.insert(page.cookies()), "every answer brings a cookie of its own");
    }
    assert_eq!(provider.token_requests("authorization_code").len(), 1);
    assert_eq!(provider.stats().code_reuse_detected, 0);
    assert!(browser.go(&app.url("/")).text().starts_with("session "));
}

#[test]
fn a_browser_that_goes_away_during_the_exchange_is_logged_in_when_it_comes_back() {
    let (provider, app, browser) = app();
    let url = callback_url(&browser, &app, "/login?return_to=/session");
    let gate = Gate::new();
    provider.inject(Fault::before(Endpoint::Token).hold(&gate));
    let target = url.strip_prefix(&app.origin).unwrap();
    let request =
        format!("GET {target} HTTP/1.1\r\nhost: app\r\ncookie: {}\r\n\r\n", browser.cookies("127.0.0.1"));
    let connection = raw::open(&app.origin, request.as_bytes());
    assert!(gate.wait_for(1, Duration::from_secs(10)));
    drop(connection);
    // The server notices that the browser is gone, and drops the handler, before the provider answers.
    thread::sleep(Duration::from_millis(100));
    gate.open();
    let deadline = Instant::now() + Duration::from_secs(10);
    while provider.stats().exchanges == 0 && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(5));
    }
    let page = browser.go(&url);
    assert_eq!((page.status, page.location()), (303, app.url("/session")), "{}", page.text());
    assert!(browser.go(&app.url("/session")).text().starts_with("session "));
    assert_eq!(provider.token_requests("authorization_code").len(), 1);
}

#[test]
fn drain_waits_for_a_login_that_is_under_way() {
    let (provider, app, browser) = app();
    let url = callback_url(&browser, &app, "/login");
    let gate = Gate::new();
    provider.inject(Fault::before(Endpoint::Token).hold(&gate));
    let tab = thread::spawn({
        let (browser, url) = (browser.clone(), url.clone());
        move || browser.go(&url)
    });
    assert!(gate.wait_for(1, Duration::from_secs(10)));
    let begun = Instant::now();
    app.block_on(app.login.drain(Duration::from_millis(150)));
    assert!(begun.elapsed() >= Duration::from_millis(150), "it gave up before its time");
    let opens = thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        gate.open();
    });
    app.block_on(app.login.drain(Duration::from_secs(20)));
    assert_eq!(provider.stats().exchanges, 1);
    assert_eq!(tab.join().unwrap().status, 303);
    opens.join().unwrap();
}

#[test]
fn a_login_survives_a_restart_between_start_and_callback() {
    let provider = Provider::start();
    let parts = Parts::new();
    let browser = Browser::new();
    let before = parts.start(&provider);
    let url = callback_url(&browser, &before, "/login?return_to=/session");
    drop(before);
    let after = parts.start(&provider);
    let page = browser.go(&url);
    assert_eq!((page.status, page.location()), (303, after.url("/session")), "{}", page.text());
}

#[test]
fn a_callback_may_arrive_at_another_replica_and_be_repeated_at_a_third() {
    let provider = Provider::start();
    let one = Parts::new();
    let apps: Vec<App> = (0..3)
        .map(|_| {
            let mut replica = Parts::with(one.store.clone());
            replica.ring = one.ring.clone();
            // All replicas are one site to the provider: the redirect URI is that of the first.
            let client = one.client(&provider, "/callback");
            replica.serve(replica.builder().provider("test", client, crate::support::scopes()))
        })
        .collect();
    let browser = Browser::new();
    let url = callback_url(&browser, &apps[0], "/login?return_to=/session");
    let target = url.strip_prefix(&one.origin()).unwrap();
    assert_eq!(browser.go(&apps[1].url(target)).status, 303);
    assert!(browser.go(&apps[0].url("/session")).text().starts_with("session "));
    browser.forget(SESSION);
    assert_eq!(browser.go(&apps[2].url(target)).status, 303);
    assert!(browser.go(&apps[0].url("/session")).text().starts_with("session "));
    assert_eq!(provider.token_requests("authorization_code").len(), 1);
}

#[test]
fn ten_tabs_finish_in_any_order() {
    let (provider, app, browser) = app();
    let mut tabs: Vec<String> = (0..10)
        .map(|tab| callback_url(&browser, &app, &format!("/login?return_to=/session?tab={tab}")))
        .collect();
    // Neither first come nor last come.
    tabs.rotate_left(3);
    tabs.swap(1, 7);
    for url in &tabs {
        let page = browser.go(url);
        assert_eq!(page.status, 303, "{}", page.text());
        assert!(browser.go(&page.location()).text().starts_with("session "));
    }
    assert_eq!(provider.stats().exchanges, 10);
    assert_eq!(
        browser.cookies("127.0.0.1").matches('=').count(),
        3,
        "two of ours and one of the provider's host"
    );
}

#[test]
fn cbk_08_c_25_logins_under_way_are_bounded_and_evict_nobody_else_s() {
    let (provider, app, browser) = app();
    let honest = Browser::new();
    let theirs = callback_url(&honest, &app, "/login");
    let first = callback_url(&browser, &app, "/login");
    let started: Vec<_> = (0..200).map(|_| browser.go(&app.url("/login"))).collect();
    let last = started.last().unwrap();
    assert!(browser.cookies("127.0.0.1").len() < 300, "{}", browser.cookies("127.0.0.1"));
    assert_eq!(browser.ask(&first).error(), "state_unknown");
    assert_eq!(browser.ask(&browser.go(&last.location()).location()).status, 303);
    assert_eq!(honest.ask(&theirs).status, 303);
    assert_eq!(provider.stats().exchanges, 2);
}

#[test]
fn cbk_30_a_code_that_never_left_is_sent_again_and_one_that_may_have_is_not() {
    let (provider, app, browser) = app();
    let url = callback_url(&browser, &app, "/login");
    provider.inject(Fault::after(Endpoint::Token).close());
    let page = browser.ask(&url);
    assert_eq!((page.status, page.error().as_str()), (502, "provider_silent"));
    assert_eq!(provider.token_requests("authorization_code").len(), 1);
    assert_eq!(browser.ask(&without_parameter(&url, "x")).error(), "provider_silent");
    assert_eq!(provider.token_requests("authorization_code").len(), 1);
}

#[test]
fn a_login_that_waits_too_long_has_expired() {
    let clock = MovedClock::new();
    let provider = Provider::start();
    let mut parts = Parts::new();
    parts.world.clock = Arc::new(clock.clone());
    let app = parts.start(&provider);
    let browser = Browser::new();
    let url = callback_url(&browser, &app, "/login");
    clock.advance(Duration::from_secs(601));
    let page = browser.ask(&url);
    assert_eq!((page.status, page.error().as_str()), (400, "expired"));
    assert_eq!(provider.token_requests("authorization_code").len(), 0);
}
