//! Logins under way in all: a flood keeps nobody out for long, and takes nobody's login away.

use gatepass_testkit::Provider;

use crate::support::{App, Browser, Parts, callback_url, scopes};

const COOKIE: &str = "gatepass-browser";

/// With room for so many logins, of which half is for browsers that bring no cookie.
fn app(room: u32) -> (Provider, App) {
    let provider = Provider::start();
    let parts = Parts::new();
    let client = parts.client(&provider, "/callback");
    let app = parts.serve(parts.builder().logins_under_way(room).provider("test", client, scopes()));
    (provider, app)
}

fn starts_at(page: &crate::support::Page, provider: &Provider) -> bool {
    page.status == 303 && page.location().starts_with(&provider.authorization_endpoint())
}

#[test]
fn cbk_08_a_flood_without_cookies_leaves_room_for_those_who_bring_theirs() {
    let (provider, app) = app(8);
    let early = Browser::new();
    let callback = callback_url(&early, &app, "/login?return_to=/session");
    for _ in 0..3 {
        assert!(starts_at(&Browser::new().go(&app.url("/login")), &provider));
    }
    // From now on whoever brings no cookie is given one and comes again; nothing is kept of it.
    for _ in 0..20 {
        let page = Browser::new().go(&app.url("/login?return_to=/session"));
        assert_eq!((page.status, page.location()), (303, app.url("/login?return_to=/session&again=1")));
        assert!(page.cookies()[0].starts_with(COOKIE), "{:?}", page.cookies());
    }
    // A person does not notice.
    let person = Browser::new();
    assert_eq!(person.follow(&app.url("/login?return_to=/session")).url, app.url("/session"));
    // The login from before the flood is as good as ever.
    assert_eq!(early.follow(&callback).url, app.url("/session"));
}

#[test]
fn cbk_08_a_browser_that_takes_no_cookie_is_told_so_and_not_sent_in_a_circle() {
    let (_provider, app) = app(2);
    callback_url(&Browser::new(), &app, "/login");
    let browser = Browser::new();
    let again = browser.go(&app.url("/login/test?return_to=%2Fsession")).location();
    assert_eq!(again, app.url("/login/test?return_to=%2Fsession&again=1"));
    browser.forget(COOKIE);
    let page = browser.ask(&again);
    assert_eq!((page.status, page.error().as_str()), (400, "cookie_missing"));
}

#[test]
fn cbk_08_where_all_room_is_taken_a_start_is_refused_and_nobody_gives_way() {
    let (provider, app) = app(4);
    let known = |number: u32| {
        let browser = Browser::new();
        browser.set_cookie(COOKIE, &format!("{number}{}", "c".repeat(42)));
        browser
    };
    let people: Vec<_> = (0..4)
        .map(|number| {
            let browser = known(number);
            let callback = callback_url(&browser, &app, "/login?return_to=/session");
            (browser, callback)
        })
        .collect();
    let late = known(4);
    let page = late.ask(&app.url("/login"));
    assert_eq!((page.status, page.error().as_str()), (503, "crowded"));
    assert_eq!(page.header("retry-after"), "30");
    // Many tabs of one browser take each other's place, and no more than there is.
    let (busy, _) = &people[3];
    assert_eq!(busy.ask(&app.url("/login")).status, 503, "it has not used up its own share");
    for (browser, callback) in &people {
        assert_eq!(browser.follow(callback).url, app.url("/session"), "somebody gave way");
    }
    assert_eq!(provider.stats().exchanges, 4);
}
