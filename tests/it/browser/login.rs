//! A person logs in, or does not, in one tab or in several.

use gatepass_testkit::provider::{Endpoint, Fault, Gate};
use serde_json::json;

use super::habits::Habits;
use super::person::Person;
use super::place::Place;
use crate::system::process::PATIENCE;

#[test]
fn a_person_logs_in_and_comes_back_to_where_they_were_going() {
    let Some(person) = Person::new("a_person_logs_in_and_comes_back_to_where_they_were_going") else {
        return;
    };
    let place = Place::new();
    person.open(&place.at("/"));
    person.reads("Gatepass");
    person.press("Log in");
    person.is_at_provider(&place);
    // The person mistypes at first.
    person.type_into("username", "alice");
    person.type_into("password", "Alice");
    person.press("Log in");
    person.shows("That user name and password do not match.");
    person.complaints();
    person.type_into("password", "alice");
    person.press("Log in");
    person.press("Allow");
    person.is_at(&place.at("/profile"));
    person.reads("Hello, Alice Liddell");
    person.press("Start page");
    person.is_at(&place.at("/"));
    person.shows("You are logged in.");
    assert_eq!(person.complaints(), [""; 0]);
    assert_eq!(place.site.provider.stats().exchanges, 1);
}

#[test]
fn c_23_back_after_a_login_breaks_nothing() {
    let Some(person) = Person::new("c_23_back_after_a_login_breaks_nothing") else { return };
    let place = Place::new();
    person.open(&place.at("/"));
    person.press("Log in");
    place.log_in_at_the_provider(&person);
    person.reads("Hello, Alice Liddell");
    // What is behind is the provider's business: its consent page is spent,
    person.back();
    person.is_at_provider(&place);
    person.complaints();
    // and its first page sends a person whom it knows back at once, with the state of the login that is done.
    person.back();
    person.is_at(&place.at("/profile"));
    person.reads("Hello, Alice Liddell");
    person.back();
    person.is_at(&place.at("/"));
    person.shows("You are logged in.");
    person.press("Your profile");
    person.reads("Hello, Alice Liddell");
    assert_eq!(place.site.provider.token_requests("authorization_code").len(), 1);
    assert_eq!(person.complaints(), [""; 0]);
}

#[test]
fn a_person_who_says_no_is_told_so_and_can_change_their_mind() {
    let Some(person) = Person::new("a_person_who_says_no_is_told_so_and_can_change_their_mind") else {
        return;
    };
    let place = Place::new();
    person.open(&place.at("/profile"));
    person.is_at_provider(&place);
    person.press("Cancel");
    person.reads("You were not logged in");
    // The page tells nobody who sent the person here, and is loaded again without another answer.
    assert_eq!(person.evaluate("document.querySelectorAll('script').length"), json!(0));
    let said = person.text();
    person.reload();
    person.reads("You were not logged in");
    assert_eq!(person.text(), said);

    person.press("Log in again");
    person.is_at_provider(&place);
    person.type_into("username", "alice");
    person.type_into("password", "alice");
    person.press("Log in");
    person.press("Deny");
    person.reads("You were not logged in");
    assert!(person.cookie("gatepass-session").is_none());

    person.press("Log in again");
    person.press("Allow");
    person.is_at(&place.at("/"));
    person.shows("You are logged in.");
    assert_eq!(person.complaints(), [""; 0]);
    assert_eq!(place.site.provider.stats().exchanges, 1);
}

#[test]
fn c_23_two_tabs_are_finished_in_either_order() {
    let Some(person) = Person::new("c_23_two_tabs_are_finished_in_either_order") else { return };
    let place = Place::new();
    for last_first in [true, false] {
        let first = person.tab();
        person.open(&place.at("/login?return_to=/profile%3Ftab%3D1"));
        let second = person.new_tab();
        person.open(&place.at("/login?return_to=/profile%3Ftab%3D2"));
        let mut tabs = [(&first, "/profile?tab=1"), (&second, "/profile?tab=2")];
        if last_first {
            tabs.reverse();
        }
        for (tab, target) in tabs {
            person.look_at(tab);
            place.log_in_at_the_provider(&person);
            person.is_at(&place.at(target));
            person.reads("Hello, Alice Liddell");
        }
        // Both tabs are of one browser, which has one session.
        for (tab, target) in tabs {
            person.look_at(tab);
            person.reload();
            person.is_at(&place.at(target));
            person.reads("Hello, Alice Liddell");
        }
        assert_eq!(person.complaints(), [""; 0]);
        person.forgets_everything();
        place.site.provider.reset();
    }
}

#[test]
fn cbk_06_c_23_a_callback_that_comes_twice_makes_one_login() {
    let name = "cbk_06_c_23_a_callback_that_comes_twice_makes_one_login";
    // Nothing waits for pages here: the first callback hangs until the second is there.
    let Some(person) = Person::with(name, Habits { impatient: true, ..Habits::default() }) else { return };
    let place = Place::new();
    let gate = Gate::new();
    place.site.provider.inject(Fault::before(Endpoint::Token).hold(&gate));
    person.open(&place.at("/profile"));
    place.log_in_at_the_provider(&person);
    assert!(gate.wait_for(1, PATIENCE), "the code was not sent");
    let first = person.tab();
    let callback = place.last_callback();
    let second = person.new_tab();
    person.open(&callback);
    gate.open();
    for tab in [&first, &second] {
        person.look_at(tab);
        person.is_at(&place.at("/profile"));
        person.reads("Hello, Alice Liddell");
    }
    // A minute has not passed: it still leads to where it led.
    person.open(&callback);
    person.is_at(&place.at("/profile"));
    person.reads("Hello, Alice Liddell");
    assert_eq!(place.site.provider.token_requests("authorization_code").len(), 1);
    assert_eq!(person.complaints(), [""; 0]);
}

#[test]
fn a_reload_of_a_callback_that_failed_says_the_same_and_asks_nobody() {
    let Some(person) = Person::new("a_reload_of_a_callback_that_failed_says_the_same_and_asks_nobody") else {
        return;
    };
    let place = Place::new();
    place.site.provider.inject(Fault::before(Endpoint::Token).status(503));
    person.open(&place.at("/profile"));
    place.log_in_at_the_provider(&person);
    person.reads("The login service is not available");
    let said = person.text();
    person.reload();
    person.reads("The login service is not available");
    assert_eq!(person.text(), said);
    assert_eq!(place.site.provider.requests(Endpoint::Token).len(), 1);
    // The provider remembers the person, who is through at once.
    person.press("Log in again");
    person.is_at(&place.at("/"));
    person.shows("You are logged in.");
    assert_eq!(person.complaints(), [""; 0]);
}
