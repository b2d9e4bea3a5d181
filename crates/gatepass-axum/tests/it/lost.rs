//! Callbacks for which nothing waits: whoever is logged in goes on, anybody else begins anew, once.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use gatepass_testkit::Provider;
use gatepass_testkit::memory::MemoryStore;
use gatepass_testkit::provider::{Endpoint, Fault, Gate};

use crate::support::{App, Browser, MovedClock, Parts, callback_url, with_parameter};

const SESSION: &str = "gatepass-session";
const LOST: Duration = Duration::from_secs(12 * 60);

fn app() -> (MovedClock, Provider, App, Browser) {
    let clock = MovedClock::new();
    let provider = Provider::start();
    let app = Parts::with(MemoryStore::with_clock(Arc::new(clock.clone()))).start(&provider);
    (clock, provider, app, Browser::new())
}

#[test]
fn a_login_that_expired_begins_anew_once_and_is_explained_after_that() {
    let (clock, provider, app, browser) = app();
    let url = callback_url(&browser, &app, "/login?return_to=/session");
    clock.advance(LOST);
    let page = browser.go(&url);
    assert_eq!((page.status, page.location()), (303, app.url("/login/test?anew=1")));
    let page = browser.follow(&page.location());
    assert_eq!(page.url, app.url("/"));
    assert!(page.text().starts_with("session "), "{}", page.text());
    assert_eq!(provider.stats().exchanges, 1, "the code that came too late is not used");

    let other = Browser::new();
    let url = callback_url(&other, &app, "/login");
    clock.advance(LOST);
    let lost_again = callback_url(&other, &app, other.go(&url).location().strip_prefix(&app.origin).unwrap());
    clock.advance(LOST);
    let page = other.go(&lost_again);
    assert_eq!(page.status, 400);
    assert!(page.text().contains("This login is no longer open"), "{}", page.text());
}

#[test]
fn a_person_who_was_late_at_our_own_clock_comes_back_to_where_they_were() {
    let clock = MovedClock::new();
    let provider = Provider::start();
    let mut parts = Parts::new();
    parts.world.clock = Arc::new(clock.clone());
    let app = parts.start(&provider);
    let browser = Browser::new();
    let url = callback_url(&browser, &app, "/login?return_to=/session");
    clock.advance(Duration::from_secs(601));
    assert_eq!(browser.go(&url).location(), app.url("/login/test?return_to=%2Fsession&anew=1"));
    assert_eq!(browser.follow(&url).status, 400, "what was refused is refused again");
}

#[test]
fn a_browser_that_lost_its_cookie_begins_anew() {
    let (_clock, provider, app, browser) = app();
    let url = callback_url(&browser, &app, "/login");
    let other = Browser::new();
    let page = other.follow(&url);
    assert!(page.text().starts_with("session "), "{}", page.text());
    assert_eq!(provider.stats().exchanges, 1);
    // The login that was left behind is as good as ever in its own browser.
    assert!(browser.follow(&url).text().starts_with("session "));
}

#[test]
fn a_browser_that_takes_no_cookies_is_told_so_and_not_sent_in_a_circle() {
    let (_clock, provider, app, browser) = app();
    let url = callback_url(&browser, &app, "/login");
    let page = Browser::new().go(&url);
    assert_eq!(page.status, 303);
    let asked = provider.requests(Endpoint::Authorize).len();
    let page = Browser::new().go(&page.location());
    assert_eq!(page.status, 400);
    assert!(page.text().contains("Your browser sent no cookie"), "{}", page.text());
    assert_eq!(provider.requests(Endpoint::Authorize).len(), asked);
}

#[test]
fn c_13_whoever_is_logged_in_stays_who_they_are() {
    let (clock, provider, app, browser) = app();
    let attacker = Browser::new();
    let theirs = callback_url(&attacker, &app, "/login?login_hint=bob");
    let own = callback_url(&browser, &app, "/login");
    browser.follow(&own);
    clock.advance(Duration::from_secs(61));
    let (session, cookie) = (browser.go(&app.url("/")).text(), browser.cookie(SESSION));
    let requests = provider.log().len();
    // Their own callback, long after it has done its work, and one that nobody knows.
    for url in [&own, &with_parameter(&own, "state", &"A".repeat(43))] {
        let page = browser.go(url);
        assert_eq!((page.status, page.location()), (303, app.url("/")));
        assert!(page.cookies().is_empty(), "nothing changes: {:?}", page.cookies());
    }
    // Somebody else's, which is still open in their browser: that is explained.
    let page = browser.go(&theirs);
    assert_eq!(page.status, 400);
    assert!(page.text().contains("This login was started somewhere else"), "{}", page.text());
    assert_eq!((browser.go(&app.url("/")).text(), browser.cookie(SESSION)), (session, cookie));
    assert_eq!(provider.log().len(), requests, "the provider hears of none of it");
    assert!(attacker.follow(&theirs).text().starts_with("session "), "and spends nothing");
}

#[test]
fn cbk_22_an_error_that_belongs_to_nothing_begins_nothing() {
    let (_clock, provider, app, browser) = app();
    browser.go(&app.url("/login"));
    let url = format!("{}?state={}&error=access_denied", app.url("/callback"), "A".repeat(43));
    let page = browser.go(&url);
    assert_eq!(page.status, 400, "{}", page.text());
    // Nor does what a script or a frame fetches.
    let frame = [
        ("accept", "text/html"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "iframe"),
        ("sec-fetch-site", "cross-site"),
    ];
    let url = format!("{}?state={}&code=x", app.url("/callback"), "A".repeat(43));
    assert_eq!(browser.send("GET", &url, &frame, None).status, 400);
    assert_eq!(browser.fetch(&url).status, 400);
    assert_eq!(provider.log().len(), 0);
}

#[test]
fn cbk_06_a_claim_whose_process_died_does_not_keep_the_login_busy() {
    let clock = MovedClock::new();
    let provider = Provider::start();
    let parts = Parts::with(MemoryStore::with_clock(Arc::new(clock.clone())));
    let app = parts.start(&provider);
    let browser = Browser::new();
    let url = callback_url(&browser, &app, "/login?return_to=/session");
    let gate = Gate::new();
    provider.inject(Fault::before(Endpoint::Token).hold(&gate));
    let tab = thread::spawn({
        let (browser, url) = (browser.clone(), url.clone());
        move || drop(browser.try_send("GET", &url, &crate::support::NAVIGATE, None))
    });
    assert!(gate.wait_for(1, Duration::from_secs(10)));
    drop(app);
    tab.join().unwrap();
    gate.open();
    let app = parts.start(&provider);
    clock.advance(Duration::from_secs(31));
    let page = browser.go(&url);
    assert_eq!((page.status, page.location()), (303, app.url("/login/test?anew=1")), "{}", page.text());
    assert!(browser.follow(&page.location()).text().starts_with("session "));
}

#[test]
fn cbk_06_an_owner_who_is_only_slow_still_lands() {
    let (clock, provider, app, browser) = app();
    let url = callback_url(&browser, &app, "/login?return_to=/session");
    let gate = Gate::new();
    provider.inject(Fault::before(Endpoint::Token).hold(&gate));
    let tab = thread::spawn({
        let (browser, url) = (browser.clone(), url.clone());
        move || browser.go(&url)
    });
    assert!(gate.wait_for(1, Duration::from_secs(10)));
    clock.advance(Duration::from_secs(29));
    let waits = thread::spawn({
        let (browser, url) = (browser.clone(), url.clone());
        move || browser.go(&url)
    });
    thread::sleep(Duration::from_millis(200));
    assert!(!waits.is_finished(), "a claim of half a minute is waited for");
    clock.advance(Duration::from_secs(2));
    assert_eq!(waits.join().unwrap().location(), app.url("/login/test?anew=1"));
    gate.open();
    let page = tab.join().unwrap();
    assert_eq!((page.status, page.location()), (303, app.url("/session")));
    assert!(browser.go(&app.url("/session")).text().starts_with("session "));
    // And the callback is what it would have been.
    assert_eq!(browser.go(&url).location(), app.url("/session"));
    assert_eq!(provider.token_requests("authorization_code").len(), 1);
}

#[test]
fn a_login_never_leads_back_to_a_place_of_its_own() {
    let (_clock, _provider, app, browser) = app();
    for place in ["/callback", "/callback?code=x&state=y", "/login", "/logout", "/connect/x", "/disconnect"] {
        let place: String = url::form_urlencoded::byte_serialize(place.as_bytes()).collect();
        let url = callback_url(&browser, &app, &format!("/login?return_to={place}"));
        assert_eq!(browser.go(&url).location(), app.url("/"), "{place}");
    }
}
