//! Logins under every algorithm, signed user info, and people who come back by a form.

use super::super::place::follow;
use super::place::{Known, Place, USUAL, json};
use crate::system::browser::{Browser, Page};
use crate::system::process::Process;
use crate::system::rows::fields;
use crate::system::site::App;

const AGREED: [Known; 8] = [
    USUAL,
    Known { id: "id-PS256", variables: &[("ID_TOKEN_ALG", "PS256")] },
    Known { id: "id-ES256", variables: &[("ID_TOKEN_ALG", "ES256")] },
    Known { id: "id-EdDSA", variables: &[("ID_TOKEN_ALG", "EdDSA")] },
    Known { id: "id-Ed25519", variables: &[("ID_TOKEN_ALG", "EdDSA")] },
    Known { id: "id-HS256", variables: &[("ID_TOKEN_ALG", "HS256")] },
    Known { id: "signed-userinfo", variables: &[("USERINFO_ALG", "ES256")] },
    Known { id: "all-HS256", variables: &[("ID_TOKEN_ALG", "HS256"), ("USERINFO_ALG", "HS256")] },
];

/// Programs on a person's own machine.
const AT_HOME: [Known; 7] = [
    Known { id: "native-RS256", variables: &[] },
    Known { id: "native-PS256", variables: &[("ID_TOKEN_ALG", "PS256")] },
    Known { id: "native-ES256", variables: &[("ID_TOKEN_ALG", "ES256")] },
    Known { id: "native-EdDSA", variables: &[("ID_TOKEN_ALG", "EdDSA")] },
    Known { id: "native-Ed25519", variables: &[("ID_TOKEN_ALG", "EdDSA")] },
    Known { id: "native-HS256", variables: &[("ID_TOKEN_ALG", "HS256")] },
    Known { id: "native-signed-userinfo", variables: &[("USERINFO_ALG", "ES256")] },
];

/// The clients of the web application, where the program was told something else than the server.
const AT_ODDS: [Known; 4] = [
    Known { id: "id-PS256", variables: &[] },
    Known { id: "id-ES256", variables: &[("ID_TOKEN_ALG", "RS256,PS256,EdDSA")] },
    Known { id: "id-HS256", variables: &[] },
    Known { id: "id-RS256", variables: &[("ID_TOKEN_ALG", "HS256")] },
];

#[test]
fn people_log_in_by_the_issuer_alone_under_every_algorithm_over_http_and_https() {
    let test = "people_log_in_by_the_issuer_alone_under_every_algorithm_over_http_and_https";
    for tls in [false, true] {
        let Some(place) = Place::new(test, tls) else { return };
        for client in &AGREED {
            let (before, keys) = place.questions();
            let mut app = place.start(client);
            let browser = place.browser();
            place.log_in(&browser, &app, "alice");
            let profile = json(&app.profile(&browser).is(200));
            assert_eq!((&profile["sub"], &profile["name"]), (&"alice".into(), &"Alice Ünïcode".into()));
            assert_eq!(profile["email"], "alice@example.test", "{}", client.id);
            // One question each; whoever signs with the secret has no keys to ask for.
            let needed = u64::from(!client.id.ends_with("HS256"));
            assert_eq!(place.questions(), (before + 1, keys + needed), "{}", client.id);
            app.stop();
        }
        assert_eq!(place.peer.counters().exchanges(), 8);
    }
}

#[test]
fn a_command_line_program_logs_in_under_every_algorithm_over_http_and_https() {
    let test = "a_command_line_program_logs_in_under_every_algorithm_over_http_and_https";
    for tls in [false, true] {
        let Some(place) = Place::new(test, tls) else { return };
        let desk = place.desk();
        for client in &AT_HOME {
            let answer = place.call_and_log_in(&desk, place.command_line_as(&desk, client));
            assert_eq!((&answer["sub"], &answer["name"]), (&"alice".into(), &"Alice Ünïcode".into()));
        }
        assert_eq!(place.peer.counters().exchanges(), 7);
    }
}

#[test]
fn a_command_line_program_takes_no_other_algorithm_than_was_agreed_on() {
    let test = "a_command_line_program_takes_no_other_algorithm_than_was_agreed_on";
    let Some(place) = Place::new(test, false) else { return };
    let desk = place.desk();
    for client in [
        Known { id: "native-PS256", variables: &[] },
        Known { id: "native-HS256", variables: &[("ID_TOKEN_ALG", "RS256")] },
        Known { id: "native-RS256", variables: &[("USERINFO_ALG", "ES256")] },
    ] {
        let mut command = place.command_line_as(&desk, &client);
        if client.id == "native-HS256" {
            command.env("CLIENT_SECRET", place.peer.secret());
        }
        let mut run = Process::start(command);
        let browser = place.browser();
        browser.open(&follow(&browser, &desk.sent()).unwrap_err());
        assert_eq!((run.end(), run.printed().as_str()), (Some(1), ""), "{}: {}", client.id, run.said());
    }
    let counters = place.peer.counters();
    // Only the last one was a login, whose user info is not signed.
    assert_eq!((counters.exchanges(), counters.asked("GET /me")), (3, 1), "{counters:?}");
}

#[test]
fn a_server_whose_certificate_nobody_vouches_for_is_told_nothing() {
    let Some(place) = Place::new("a_server_whose_certificate_nobody_vouches_for_is_told_nothing", true)
    else {
        return;
    };
    let mut command = place.webapp(&USUAL);
    command.env_remove("SSL_CERT_FILE");
    let app = App::start(command);
    let page = place.browser().open(&app.at("/login"));
    assert!(page.status >= 500, "{} {}", page.status, page.body);
    assert_eq!(place.peer.counters().requests.len(), 0);
}

#[test]
fn an_id_token_under_an_algorithm_that_was_not_agreed_on_is_no_login() {
    let test = "an_id_token_under_an_algorithm_that_was_not_agreed_on_is_no_login";
    let Some(place) = Place::new(test, false) else { return };
    for client in &AT_ODDS {
        let mut app = place.start(client);
        let browser = place.browser();
        let callback = place.go_and_come_back(&browser, &app, "alice");
        let page = app.arrive(&browser, &callback);
        assert!(page.status >= 400, "{}: {} {}", client.id, page.status, page.body);
        app.profile(&browser).is(401);
        app.stop();
    }
    let counters = place.peer.counters();
    assert_eq!((counters.exchanges(), counters.asked("GET /me")), (4, 0), "{counters:?}");
}

#[test]
fn user_info_that_is_not_signed_as_agreed_shows_nothing() {
    let Some(place) = Place::new("user_info_that_is_not_signed_as_agreed_shows_nothing", false) else {
        return;
    };
    for client in [
        Known { id: "signed-userinfo", variables: &[] },
        Known { id: "signed-userinfo", variables: &[("USERINFO_ALG", "RS256")] },
        Known { id: "id-RS256", variables: &[("USERINFO_ALG", "ES256")] },
    ] {
        let mut app = place.start(&client);
        let browser = place.browser();
        place.log_in(&browser, &app, "alice");
        let page = app.profile(&browser);
        assert!(page.status >= 400, "{}", page.body);
        assert!(!page.body.contains("alice"), "{}", page.body);
        app.stop();
    }
    assert_eq!(place.asked("GET /me"), 3);
}

/// Sends the form on a page to the callback.
fn send_on(browser: &Browser, app: &App, page: &Page) -> Page {
    let form = fields(&page.body);
    let form: Vec<_> = url::form_urlencoded::parse(form.as_bytes()).collect();
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
    browser.post(&app.at("/callback"), &form)
}

#[test]
fn people_come_back_by_a_form_over_http_and_https() {
    for tls in [false, true] {
        let Some(place) = Place::new("people_come_back_by_a_form_over_http_and_https", tls) else { return };
        let app = place.start(&Known { id: "id-RS256", variables: &[("RESPONSE_MODE", "form_post")] });
        let browser = place.browser();
        let url = browser.open(&app.at("/login")).is(303).target();
        let page = follow(&browser, &url).unwrap();
        // From the server's page no cookie comes along, and our own page sends the form once more.
        let between = send_on(&Browser::new(), &app, &page).is(200);
        assert_eq!(place.peer.counters().exchanges(), 0);
        send_on(&browser, &app, &between).is(303);
        assert_eq!(json(&app.profile(&browser).is(200))["sub"], "alice");
        assert_eq!(place.peer.counters().exchanges(), 1);
    }
}
