//! Refreshes that bring an ID token, which must continue the login.

use std::thread;

use super::super::renewal::{ON_ITS_WAY, until_a_token_ends};
use super::place::{Place, USUAL, json};
use crate::system::crowd::{CROWD, crowd};
use crate::system::process::Process;

#[test]
fn a_refresh_with_an_id_token_continues_the_login_over_http_and_https() {
    let test = "a_refresh_with_an_id_token_continues_the_login_over_http_and_https";
    for tls in [false, true] {
        let Some(place) = Place::new(test, tls) else { return };
        let apps = [place.start(&USUAL), place.start(&USUAL)];
        let apps = [&apps[0], &apps[1]];
        let browser = place.browser();
        place.log_in(&browser, apps[0], "alice");
        place.peer.expire_access_tokens();
        assert_eq!(json(&apps[1].profile(&browser).is(200))["sub"], "alice");
        let counters = place.peer.counters();
        assert_eq!((counters.refreshes(), counters.exchanges()), (1, 1), "{counters:?}");

        // Everybody at once, when its time is up.
        until_a_token_ends(&place.peer, || drop(apps[0].profile(&browser)));
        let before = place.peer.counters().refreshes();
        place.peer.set_token_delay(ON_ITS_WAY);
        assert_eq!(crowd(&apps, &browser), [200; 2 * CROWD]);
        place.peer.set_token_delay(std::time::Duration::ZERO);
        let counters = place.peer.counters();
        assert_eq!((counters.refreshes() - before, counters.revoked), (1, 0), "{counters:?}");
        assert!(counters.refused.is_empty(), "{counters:?}");
        // Of two programs.
        assert_eq!(place.questions(), (2, 2));

        // A signature that is to be verified needs the key that made it.
        place.peer.sign_with("b");
        place.peer.expire_access_tokens();
        let before = place.peer.counters().refreshes();
        assert_eq!(json(&apps[0].profile(&browser).is(200))["sub"], "alice");
        assert_eq!(place.questions(), (2, 3));
        // What could not be judged was not used: the successor that it brought was exchanged when the key was there.
        assert_eq!(place.peer.counters().refreshes() - before, 2);
    }
}

#[test]
fn a_refreshed_id_token_about_somebody_else_gives_no_access() {
    let Some(place) = Place::new("a_refreshed_id_token_about_somebody_else_gives_no_access", false) else {
        return;
    };
    let app = place.start(&USUAL);
    let (alice, bob) = (place.browser(), place.browser());
    for (browser, name) in [(&alice, "alice"), (&bob, "bob")] {
        place.log_in(browser, &app, name);
        app.profile(browser).is(200);
    }
    place.peer.expire_access_tokens();
    place.peer.set_id_tokens_name(Some("mallory"));
    let asked = place.asked("GET /me");
    let page = app.profile(&alice).is(502);
    // With the token from before, and not with the one that came with mallory's name.
    assert_eq!((place.asked("GET /me") - asked, place.peer.counters().refreshes()), (1, 1), "{}", page.body);
    place.peer.set_id_tokens_name(None);
    assert_eq!(json(&app.profile(&bob).is(200))["sub"], "bob");
    // The refresh token that came along is kept: nobody has to log in again.
    assert_eq!(json(&app.profile(&alice).is(200))["sub"], "alice");
    let counters = place.peer.counters();
    assert_eq!((counters.refreshes(), counters.exchanges(), counters.revoked), (3, 2, 0), "{counters:?}");
}

/// As many at once.
const RUNS: usize = 8;

#[test]
fn a_command_line_program_needs_the_issuer_alone_over_http_and_https() {
    let test = "a_command_line_program_needs_the_issuer_alone_over_http_and_https";
    for tls in [false, true] {
        let Some(place) = Place::new(test, tls) else { return };
        let desk = place.desk();
        let who = |answer: &serde_json::Value| (answer["sub"].clone(), answer["email"].clone());
        let alice = ("alice".into(), "alice@example.test".into());
        assert_eq!(who(&place.call_and_log_in(&desk, place.command_line(&desk))), alice);
        // The client of the login, whose redirect URI has a port, and the client of what is kept: each asked once. User info
        // that is not signed needs no keys.
        assert_eq!(place.questions(), (2, 1));
        assert_eq!(who(&place.call(&desk)), alice);
        assert_eq!(place.questions(), (3, 1));
        place.peer.expire_access_tokens();
        assert_eq!(who(&place.call(&desk)), alice);
        let counters = place.peer.counters();
        assert_eq!((counters.refreshes(), counters.exchanges()), (1, 1), "{counters:?}");

        // A second may be over before the token was used.
        until_a_token_ends(&place.peer, || {
            Process::start(place.command_line(&desk)).end();
        });
        let before = place.peer.counters().refreshes();
        place.peer.set_token_delay(ON_ITS_WAY);
        thread::scope(|scope| {
            for _ in 0..RUNS {
                scope.spawn(|| assert_eq!(who(&place.call(&desk)), alice));
            }
        });
        place.peer.set_token_delay(std::time::Duration::ZERO);
        assert_eq!(place.peer.counters().refreshes() - before, 1);

        // What says that it is somebody else's is not used, and not printed.
        place.peer.expire_access_tokens();
        place.peer.set_id_tokens_name(Some("mallory"));
        let asked = place.asked("GET /me");
        let mut run = Process::start(place.command_line(&desk));
        assert_eq!((run.end(), run.printed().as_str()), (Some(1), ""), "{}", run.said());
        assert_eq!(place.asked("GET /me") - asked, 1, "{}", run.said());
        assert!(run.said().contains("another person"), "{}", run.said());
        place.peer.set_id_tokens_name(None);
        assert_eq!(who(&place.call(&desk)), alice);
        let counters = place.peer.counters();
        assert_eq!((counters.revoked, counters.exchanges()), (0, 1), "{counters:?}");
    }
}
