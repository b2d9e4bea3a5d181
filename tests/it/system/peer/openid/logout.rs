//! Logouts at the server, of which it tells the web application.

use gatepass_tests::peer::Peer;
use gatepass_tests::port::free_port;

use super::super::login::attribute;
use super::super::place::{arrived, follow};
use super::place::{Place, USUAL, Web, json};
use crate::system::browser::Browser;
use crate::system::site::App;

/// Another client of the server, of whose logouts the same address is told.
const OTHER: Web = Web { id: "id-ES256", variables: &[("ID_TOKEN_ALG", "ES256")] };

/// The person says on the server's page that they want to be logged out; gives where that leads.
#[track_caller]
fn confirm(browser: &Browser, url: &str) -> String {
    let page = follow(browser, url).unwrap();
    let form = [("xsrf", &*attribute(&page, "name=\"xsrf\" value=\"")), ("logout", "yes")];
    let ended = browser.post(&attribute(&page, "action=\""), &form).is(303);
    match arrived(browser, ended) {
        Ok(page) => page.url,
        Err(elsewhere) => elsewhere,
    }
}

#[test]
fn a_logout_at_the_server_ends_exactly_that_session_over_http_and_https() {
    let test = "a_logout_at_the_server_ends_exactly_that_session_over_http_and_https";
    for tls in [false, true] {
        let listen = format!("127.0.0.1:{}", free_port());
        let told = format!("http://{listen}/backchannel-logout/provider");
        let Some(place) = Place::with(Peer::settings().back_channel_logout_uri(told), test, tls) else {
            return;
        };
        let mut command = place.webapp(&USUAL);
        command.env("LISTEN", &listen);
        let app = App::start(command);
        let other = place.start(&OTHER);
        let log_in = |app: &App, browser: &Browser, name: &str| {
            place.log_in(browser, app, name);
            assert_eq!(json(&app.profile(browser).is(200))["sub"], name);
        };
        let (alice, elsewhere, bob) = (place.browser(), place.browser(), place.browser());
        // One session at the server, and one in another browser. Cookies do not tell our two programs apart: the last counts.
        log_in(&other, &alice, "alice");
        log_in(&app, &alice, "alice");
        log_in(&app, &elsewhere, "alice");
        log_in(&app, &bob, "bob");
        for (browser, name) in [(&alice, "alice"), (&elsewhere, "alice"), (&bob, "bob")] {
            assert_eq!(json(&app.profile(browser).is(200))["sub"], name);
        }
        assert_eq!(place.questions(), (2, 2));

        // What the server says it signs with a key that nobody has seen.
        place.peer.sign_with("b");
        let ended = confirm(&alice, &place.peer.end_session_endpoint());
        assert!(ended.ends_with("/session/end/success"), "{ended}");
        let told = |kind: &str| place.peer.events().iter().filter(|event| event.kind == kind).count();
        // The word that was meant for the other client is none here.
        assert_eq!(
            (told("backchannel.success"), told("backchannel.error")),
            (1, 1),
            "{:?}",
            place.peer.events()
        );
        app.profile(&alice).is(401);
        for (browser, name) in [(&elsewhere, "alice"), (&bob, "bob")] {
            assert_eq!(json(&app.profile(browser).is(200))["sub"], name);
        }
        assert_eq!(place.questions(), (2, 3));
        assert_eq!(place.peer.counters().refreshes(), 0);
    }
}
