//! Logins, refusals and logouts.

use gatepass_tests::peer::{Peer, client};

use super::super::browser::{Browser, Page};
use super::super::process::Process;
use super::super::site::App;
use super::place::{Place, arrived, follow};

fn json(page: &Page) -> serde_json::Value {
    serde_json::from_str(&page.body).unwrap()
}

/// The value of an attribute, the first time that it stands in a page.
#[track_caller]
pub(super) fn attribute(page: &Page, beginning: &str) -> String {
    let found = page.body.split_once(beginning).and_then(|(_, rest)| rest.split_once('"'));
    found.unwrap_or_else(|| panic!("no {beginning} in {}", page.body)).0.to_owned()
}

#[test]
fn aut_01_every_way_to_authenticate_logs_in() {
    let Some(mut place) = Place::new("aut_01_every_way_to_authenticate_logs_in") else { return };
    let ways =
        [(client::BASIC, "basic"), (client::ODD, "basic"), (client::POST, "post"), (client::PUBLIC, "none")];
    for (number, (id, auth_method)) in ways.into_iter().enumerate() {
        place.client(id, auth_method);
        let mut app = place.start();
        let browser = Browser::new();
        place.log_in(&browser, &app);
        let profile = json(&app.profile(&browser).is(200));
        assert_eq!((&profile["sub"], &profile["client_id"]), (&"alice".into(), &id.into()));
        assert_eq!(profile["email"], "alice@example.test");

        // The same credentials serve a refresh.
        place.peer.expire_access_tokens();
        app.profile(&browser).is(200);
        let counters = place.peer.counters();
        let done = u64::try_from(number).unwrap() + 1;
        assert_eq!((counters.exchanges(), counters.refreshes()), (done, done), "{id}: {counters:?}");
        assert!(counters.refused.is_empty(), "{id}: {counters:?}");
        app.stop();
    }
}

#[test]
fn c_23_a_callback_that_comes_again_reaches_the_server_once() {
    let Some(place) = Place::new("c_23_a_callback_that_comes_again_reaches_the_server_once") else { return };
    let (here, there) = (place.start(), place.start());
    let browser = Browser::new();
    let callback = follow(&browser, &place.authorization_url(&browser, &here)).unwrap_err();
    for app in [&here, &there, &here] {
        app.arrive(&browser, &callback).is(303);
        // Anybody else is sent to a login of their own, and has none by that.
        let stranger = Browser::new();
        let answer = app.arrive(&stranger, &callback).is(303);
        assert!(answer.target().contains("/login"), "{}", answer.target());
        app.profile(&stranger).is(401);
    }
    // A code that came twice would have cost the grant.
    place.peer.expire_access_tokens();
    there.profile(&browser).is(200);
    let counters = place.peer.counters();
    assert_eq!((counters.asked("POST /token"), counters.revoked), (2, 0), "{counters:?}");
}

#[test]
fn a_wrong_secret_is_a_page_and_no_session() {
    let Some(place) = Place::new("a_wrong_secret_is_a_page_and_no_session") else { return };
    let mut command = place.webapp();
    command.env("CLIENT_SECRET", "not the secret");
    let app = App::start(command);
    let browser = Browser::new();
    let callback = follow(&browser, &place.authorization_url(&browser, &app)).unwrap_err();
    let page = app.arrive(&browser, &callback);
    assert!(page.status >= 400, "{}: {}", page.status, page.body);
    app.profile(&browser).is(401);
    let counters = place.peer.counters();
    assert_eq!((counters.asked("POST /token"), counters.exchanges()), (1, 0));
}

#[test]
fn a_scope_that_the_server_drops_is_a_login_all_the_same() {
    let Some(place) = Place::new("a_scope_that_the_server_drops_is_a_login_all_the_same") else { return };
    let mut command = place.webapp();
    // It drops `offline_access` unless `prompt=consent` comes with it, and never knew the last one.
    command.env("SCOPE", "profile offline_access calendar");
    let app = App::start(command);
    let browser = Browser::new();
    place.log_in(&browser, &app);
    let profile = json(&app.profile(&browser).is(200));
    assert_eq!(profile["scope"], "profile");
}

#[test]
fn a_person_says_who_they_are_and_consents_in_the_server_s_own_forms() {
    let test = "a_person_says_who_they_are_and_consents_in_the_server_s_own_forms";
    let Some(place) = Place::with(Peer::settings().forms(), test) else { return };
    let app = place.start();
    let browser = Browser::new();
    let page = follow(&browser, &place.authorization_url(&browser, &app)).unwrap();
    let submitted = browser
        .post(&attribute(&page, "action=\""), &[("prompt", "login"), ("login", "bob"), ("password", "any")]);
    let page = arrived(&browser, submitted).unwrap();
    assert!(page.body.contains("Authorize"), "{}", page.body);
    let submitted = browser.post(&attribute(&page, "action=\""), &[("prompt", "consent")]);
    let callback = arrived(&browser, submitted).unwrap_err();
    app.arrive(&browser, &callback).is(303);
    assert_eq!(json(&app.profile(&browser).is(200))["email"], "bob@example.test");
}

/// The person said no: a page that says so, no session, no question to the token endpoint, and another try succeeds.
#[track_caller]
fn declined(
    place: &Place,
    deny: impl Fn(&Browser, &str) -> String,
    accept: impl Fn(&Browser, &str) -> String,
) {
    let app = place.start();
    let browser = Browser::new();
    let callback = deny(&browser, &place.authorization_url(&browser, &app));
    assert!(callback.contains("error=access_denied"), "{callback}");
    assert!(callback.contains("&iss="), "{callback}");
    let page = app.arrive(&browser, &callback);
    assert!((400..500).contains(&page.status), "{}: {}", page.status, page.body);
    app.profile(&browser).is(401);
    assert_eq!(place.peer.counters().asked("POST /token"), 0);

    let callback = accept(&browser, &place.authorization_url(&browser, &app));
    app.arrive(&browser, &callback).is(303);
    app.profile(&browser).is(200);
}

#[test]
fn a_person_who_says_no_at_the_server_is_not_logged_in_and_may_try_again() {
    let test = "a_person_who_says_no_at_the_server_is_not_logged_in_and_may_try_again";
    let Some(place) = Place::new(test) else { return };
    declined(
        &place,
        |browser, url| follow(browser, &format!("{url}&login_hint=deny")).unwrap_err(),
        |browser, url| follow(browser, url).unwrap_err(),
    );
}

#[test]
fn a_person_who_leaves_the_server_s_own_form_is_not_logged_in_and_may_try_again() {
    let test = "a_person_who_leaves_the_server_s_own_form_is_not_logged_in_and_may_try_again";
    let Some(place) = Place::with(Peer::settings().forms(), test) else { return };
    let fill = |browser: &Browser, page: &Page, form: &[(&str, &str)]| {
        arrived(browser, browser.post(&attribute(page, "action=\""), form))
    };
    declined(
        &place,
        |browser, url| {
            let page = follow(browser, url).unwrap();
            // The link that says so is in both forms, and no other link is.
            let abort = page.body.split("href=\"").find(|rest| rest.contains("/abort\"")).unwrap();
            follow(browser, abort.split_once('"').unwrap().0).unwrap_err()
        },
        |browser, url| {
            let page = follow(browser, url).unwrap();
            let page = fill(browser, &page, &[("prompt", "login"), ("login", "alice")]).unwrap();
            fill(browser, &page, &[("prompt", "consent")]).unwrap_err()
        },
    );
}

#[test]
fn rev_03_a_logout_of_the_web_application_revokes_the_grant_at_the_server() {
    let test = "rev_03_a_logout_of_the_web_application_revokes_the_grant_at_the_server";
    let Some(place) = Place::new(test) else { return };
    let mut app = place.start();
    let (alice, bob) = (Browser::new(), Browser::new());
    for browser in [&alice, &bob] {
        place.log_in(browser, &app);
        app.profile(browser).is(200);
    }
    alice.post(&app.at("/logout"), &[]).is(303);
    app.profile(&alice).is(401);
    app.profile(&bob).is(200);
    // What a logout begins is done when the program ends.
    app.stop();
    let counters = place.peer.counters();
    assert!(counters.asked("POST /token/revocation") >= 1, "{counters:?}");
    assert_eq!(counters.revoked, 1, "{counters:?}");
}

#[test]
fn a_logout_of_the_command_line_revokes_the_grant_at_the_server() {
    let Some(place) = Place::new("a_logout_of_the_command_line_revokes_the_grant_at_the_server") else {
        return;
    };
    let desk = place.desk();
    let log_in = || {
        let mut run = Process::start(place.command_line(&desk));
        let browser = Browser::new();
        let callback = follow(&browser, &desk.sent()).unwrap_err();
        browser.open(&callback).is(200);
        assert_eq!(run.end(), Some(0), "{}", run.said());
        let answer: serde_json::Value = serde_json::from_str(&run.printed()).unwrap();
        assert_eq!((&answer["sub"], &answer["client_id"]), (&"alice".into(), &client::NATIVE.into()));
    };
    log_in();
    assert_eq!(place.call(&desk)["sub"], "alice");
    place.peer.expire_access_tokens();
    assert_eq!(place.call(&desk)["sub"], "alice");

    let mut command = place.command_line(&desk);
    command.arg("--logout");
    let mut run = Process::start(command);
    assert_eq!(run.end(), Some(0), "{}", run.said());
    let counters = place.peer.counters();
    assert_eq!((counters.exchanges(), counters.refreshes(), counters.revoked), (1, 1, 1), "{counters:?}");

    // Nothing is left of it here.
    log_in();
    assert_eq!(place.peer.counters().exchanges(), 2);
}

#[test]
fn a_grant_that_was_taken_back_at_the_server_asks_for_one_login() {
    let test = "a_grant_that_was_taken_back_at_the_server_asks_for_one_login";
    let Some(place) = Place::new(test) else { return };
    let app = place.start();
    let browser = Browser::new();
    place.log_in(&browser, &app);
    app.profile(&browser).is(200);
    place.peer.revoke_grants();
    for _ in 0..2 {
        app.profile(&browser).is(401);
    }
    let counters = place.peer.counters();
    assert_eq!(counters.refused.get("refresh_token invalid_grant"), Some(&1), "{counters:?}");

    let page = browser.open(&app.at("/profile")).is(303);
    assert!(page.target().contains("/login"), "{}", page.target());
    place.log_in(&browser, &app);
    app.profile(&browser).is(200);
}
