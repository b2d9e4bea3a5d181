//! What the server is asked in order to know it, and how a change of its keys is followed.

use std::thread;

use super::place::{Place, USUAL, json};

#[test]
fn a_hundred_logins_cost_one_discovery_and_one_fetch_of_the_keys_over_http_and_https() {
    let test = "a_hundred_logins_cost_one_discovery_and_one_fetch_of_the_keys_over_http_and_https";
    for tls in [false, true] {
        let Some(place) = Place::new(test, tls) else { return };
        let app = place.start(&USUAL);
        thread::scope(|scope| {
            for name in ["alice", "bob", "carol", "dave"] {
                let (place, app) = (&place, &app);
                scope.spawn(move || {
                    for _ in 0..25 {
                        let browser = place.browser();
                        place.log_in(&browser, app, name);
                        assert_eq!(json(&app.profile(&browser).is(200))["sub"], name);
                    }
                });
            }
        });
        let counters = place.peer.counters();
        assert_eq!((counters.exchanges(), counters.asked("GET /me")), (100, 100), "{counters:?}");
        assert_eq!(place.questions(), (1, 1));
    }
}

#[test]
fn a_change_of_keys_is_followed_by_one_fetch_over_http_and_https() {
    for tls in [false, true] {
        let Some(place) = Place::new("a_change_of_keys_is_followed_by_one_fetch_over_http_and_https", tls)
        else {
            return;
        };
        let app = place.start(&USUAL);
        let (alice, bob) = (place.browser(), place.browser());
        place.log_in(&alice, &app, "alice");
        assert_eq!(place.questions(), (1, 1));
        place.peer.sign_with("b");
        for _ in 0..3 {
            place.log_in(&bob, &app, "bob");
            assert_eq!(json(&app.profile(&bob).is(200))["sub"], "bob");
        }
        assert_eq!(place.questions(), (1, 2));

        // Keys that change twice in a minute are not fetched twice, and what nobody can verify is no login.
        place.peer.sign_with("c");
        for _ in 0..3 {
            let browser = place.browser();
            let callback = place.go_and_come_back(&browser, &app, "alice");
            let page = app.arrive(&browser, &callback);
            assert!(page.status >= 400, "{} {}", page.status, page.body);
            app.profile(&browser).is(401);
        }
        // Who is logged in stays so, and so does who logs in with a key that is known.
        app.profile(&alice).is(200);
        place.peer.sign_with("bc");
        place.log_in(&place.browser(), &app, "alice");
        assert_eq!(place.questions(), (1, 2));
    }
}
