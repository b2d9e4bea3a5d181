//! The logout: by a POST from a page of this site, here first.

use std::time::{Duration, Instant};

use gatepass_testkit::Provider;
use gatepass_testkit::provider::{Endpoint, Fault, Gate};

use crate::support::{App, Browser, Parts};

const SESSION: &str = "gatepass-session";

fn logged_in() -> (Provider, App, Browser) {
    let provider = Provider::start();
    let app = Parts::new().start(&provider);
    let browser = Browser::new();
    assert_eq!(browser.follow(&app.url("/session")).status, 200);
    (provider, app, browser)
}

#[test]
fn bff_07_a_logout_ends_the_session_here() {
    let (_provider, app, browser) = logged_in();
    let cookie = browser.cookie(SESSION).unwrap();
    let page = browser.post(&app.url("/logout"), "");
    assert_eq!((page.status, page.location()), (303, app.url("/")));
    assert!(page.cookies()[0].starts_with("gatepass-session=; Path=/; Max-Age=0;"), "{:?}", page.cookies());
    assert!(browser.cookie(SESSION).is_none());
    browser.set_cookie(SESSION, &cookie);
    assert_eq!(browser.go(&app.url("/")).text(), "nobody", "the record is gone, not only the cookie");
}

#[test]
fn lgt_01_a_logout_from_elsewhere_has_no_effect() {
    let (_provider, app, browser) = logged_in();
    let origin = app.origin.clone();
    let refused: Vec<Vec<(&str, &str)>> = vec![
        vec![],
        vec![("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "same-site")],
        vec![("sec-fetch-site", "none")],
        vec![("sec-fetch-site", "cross-site"), ("origin", &origin)],
        vec![("origin", "null")],
        vec![("origin", "http://evil.example")],
        vec![("origin", "http://127.0.0.1")],
        vec![("referer", &origin)],
    ];
    for headers in refused {
        let page = browser.send("POST", &app.url("/logout"), &headers, Some(b""));
        assert_eq!(page.status, 403, "{headers:?}");
        assert!(page.cookies().is_empty(), "{headers:?}");
    }
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] {
        let page = browser.send(method, &app.url("/logout"), &[("sec-fetch-site", "same-origin")], None);
        assert_eq!((page.status, page.header("allow")), (405, "POST"), "{method}");
    }
    assert!(browser.go(&app.url("/")).text().starts_with("session "));
    assert_eq!(browser.send("POST", &app.url("/logout"), &[("origin", &origin)], Some(b"")).status, 303);
    assert_eq!(browser.go(&app.url("/")).text(), "nobody");
}

#[test]
fn a_logout_without_a_session_is_a_logout() {
    let (_provider, app, browser) = logged_in();
    browser.set_cookie(SESSION, &"A".repeat(43));
    assert_eq!(browser.post(&app.url("/logout"), "return_to=//evil.example").location(), app.url("/"));
    assert_eq!(browser.post(&app.url("/logout?return_to=//evil.example"), "").location(), app.url("/"));
}

#[test]
fn lgt_01_a_logout_counts_here_first_and_then_reaches_the_provider() {
    let (provider, app, browser) = logged_in();
    let gate = Gate::new();
    provider.inject(Fault::before(Endpoint::Revoke).hold(&gate).until_cleared());
    let cookie = browser.cookie(SESSION).unwrap();
    // The provider does not answer, and nobody waits for it.
    assert_eq!(browser.post(&app.url("/logout"), "").status, 303);
    browser.set_cookie(SESSION, &cookie);
    assert_eq!(browser.ask(&app.url("/session")).status, 401);
    assert!(gate.wait_for(1, Duration::from_secs(10)), "the provider is told");
    assert_eq!(provider.stats().revocations, 0);
    gate.open();
    let deadline = Instant::now() + Duration::from_secs(10);
    while provider.stats().revocations == 0 {
        assert!(Instant::now() < deadline, "the logout does not reach the provider");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn lgt_01_a_provider_that_is_down_does_not_keep_anybody_logged_in() {
    let (provider, app, browser) = logged_in();
    provider.inject(Fault::before(Endpoint::Revoke).close().until_cleared());
    assert_eq!(browser.post(&app.url("/logout"), "").status, 303);
    assert_eq!(browser.ask(&app.url("/session")).status, 401);
    let requests = provider.token_requests("refresh_token").len();
    assert_eq!(requests, 0, "nobody renews what was logged out");
}
