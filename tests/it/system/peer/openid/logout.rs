//! Logouts at the server: of which it tells the web application, and to which the web application leads.

use gatepass_tests::peer::Peer;
use gatepass_tests::port::free_port;

use super::super::login::attribute;
use super::super::place::{arrived, follow};
use super::place::{Known, Place, USUAL, json};
use crate::system::browser::{Browser, parameter};
use crate::system::process::until;
use crate::system::site::{App, ORIGIN};

/// Another client of the server, of whose logouts the same address is told.
const OTHER: Known = Known { id: "id-ES256", variables: &[("ID_TOKEN_ALG", "ES256")] };

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

/// Whether there is a session here, whatever has become of its tokens: a logout takes those back at the server, too.
fn is_logged_in(browser: &Browser, app: &App) -> bool {
    browser.open(&app.at("/")).is(200).body.contains("You are logged in.")
}

/// Where people come back from a logout at the server.
fn back() -> String {
    format!("{ORIGIN}/logged-out")
}

/// The server, and the web application at the one address that the server tells of logouts.
fn told(test: &str, tls: bool) -> Option<(Place, App)> {
    let (place, listen) = telling(test, tls)?;
    let app = listening(&place, &listen, &USUAL);
    Some((place, app))
}

/// The server, and the one address that it tells of logouts.
fn telling(test: &str, tls: bool) -> Option<(Place, String)> {
    let listen = format!("127.0.0.1:{}", free_port());
    let settings = Peer::settings()
        .back_channel_logout_uri(format!("http://{listen}/backchannel-logout/provider"))
        .post_logout_redirect_uri(back());
    Some((Place::with(settings, test, tls)?, listen))
}

/// The web application there.
fn listening(place: &Place, listen: &str, client: &Known) -> App {
    let mut command = place.webapp(client);
    command.env("LISTEN", listen).env("POST_LOGOUT_REDIRECT_URI", back());
    App::start(command)
}

#[test]
fn a_logout_leads_on_to_the_server_and_back_over_http_and_https() {
    for tls in [false, true] {
        let test = "a_logout_leads_on_to_the_server_and_back_over_http_and_https";
        let Some((place, app)) = told(test, tls) else { return };
        let (alice, bob) = (place.browser(), place.browser());
        for (browser, name) in [(&alice, "alice"), (&bob, "bob")] {
            place.log_in(browser, &app, name);
        }
        // What tells the server whose session is meant is the ID token that came last.
        place.peer.expire_access_tokens();
        assert_eq!(json(&app.profile(&alice).is(200))["sub"], "alice");

        let copied = alice.copied();
        assert!(is_logged_in(&copied, &app));
        let away = alice.post(&app.at("/logout"), &[]).is(303).target();
        assert!(away.starts_with(&place.peer.end_session_endpoint()), "{away}");
        assert_eq!(parameter(&away, "client_id"), USUAL.id);
        assert_eq!(parameter(&away, "post_logout_redirect_uri"), back());
        assert!(!parameter(&away, "id_token_hint").is_empty());
        // It is over here, and its tokens are, before the server has heard of a logout.
        assert!(!is_logged_in(&copied, &app) && !is_logged_in(&alice, &app));
        until("a revocation", || (place.peer.counters().revoked == 1).then_some(()));
        let returned = confirm(&alice, &away);
        assert_eq!(returned, format!("{}?state={}", back(), parameter(&away, "state")));

        // Nobody else comes back with it, and nobody with another one.
        for (browser, address) in [(&bob, returned.clone()), (&alice, format!("{}?state=other", back()))] {
            app.arrive(browser, &address).is(400);
        }
        assert_eq!(app.arrive(&alice, &returned).is(303).target(), app.at("/"));
        app.arrive(&alice, &returned).is(400);
        assert!(!is_logged_in(&alice, &app));
        assert_eq!(json(&app.profile(&bob).is(200))["sub"], "bob");
        // The server knows nobody in this browser any more: else it would be alice's.
        place.log_in(&alice, &app, "carol");
        assert_eq!(json(&app.profile(&alice).is(200))["sub"], "carol");
        // It told us, too, and was not told that something is wrong.
        let events = place.peer.events();
        let told = |kind: &str| events.iter().filter(|event| event.kind == kind).count();
        assert_eq!((told("backchannel.success"), told("backchannel.error")), (1, 0), "{events:?}");
        assert_eq!(place.questions(), (1, 1));
    }
}

#[test]
fn a_logout_at_the_server_ends_exactly_that_session_over_http_and_https() {
    let test = "a_logout_at_the_server_ends_exactly_that_session_over_http_and_https";
    for tls in [false, true] {
        let Some((place, app)) = told(test, tls) else { return };
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
        assert!([&alice, &elsewhere, &bob].into_iter().all(|browser| is_logged_in(browser, &app)));
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
        assert!(!is_logged_in(&alice, &app));
        for (browser, name) in [(&elsewhere, "alice"), (&bob, "bob")] {
            assert_eq!(json(&app.profile(browser).is(200))["sub"], name);
        }
        assert_eq!(place.questions(), (2, 3));
        assert_eq!(place.peer.counters().refreshes(), 0);
    }
}

#[test]
fn the_server_s_word_counts_under_every_algorithm_that_was_agreed_on() {
    let test = "the_server_s_word_counts_under_every_algorithm_that_was_agreed_on";
    let Some((place, listen)) = telling(test, false) else { return };
    for client in [
        Known { id: "id-PS256", variables: &[("ID_TOKEN_ALG", "PS256")] },
        Known { id: "id-ES256", variables: &[("ID_TOKEN_ALG", "ES256")] },
        Known { id: "id-EdDSA", variables: &[("ID_TOKEN_ALG", "EdDSA")] },
        Known { id: "id-HS256", variables: &[("ID_TOKEN_ALG", "HS256")] },
    ] {
        let mut app = listening(&place, &listen, &client);
        let (alice, bob) = (place.browser(), place.browser());
        for (browser, name) in [(&alice, "alice"), (&bob, "bob")] {
            place.log_in(browser, &app, name);
            assert!(is_logged_in(browser, &app), "{}", client.id);
        }
        confirm(&alice, &place.peer.end_session_endpoint());
        assert!(!is_logged_in(&alice, &app), "{}: {:?}", client.id, place.peer.events());
        assert!(is_logged_in(&bob, &app), "{}", client.id);
        app.stop();
    }
}
