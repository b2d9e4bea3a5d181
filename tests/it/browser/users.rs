//! What a person sees of themselves: where else they are logged in, and what they have connected.

use super::person::Person;
use super::place::Place;

#[test]
fn a_person_ends_the_session_of_another_browser() {
    let name = "a_person_ends_the_session_of_another_browser";
    let Some(at_home) = Person::new(name) else { return };
    let place = Place::with_users();
    place.log_in(&at_home);
    // The other browser is the same program, which has nothing of the first.
    let elsewhere = at_home.cookie("gatepass-session").unwrap();
    at_home.forgets_everything();
    place.log_in(&at_home);
    at_home.open(&place.at("/sessions"));
    at_home.reads("Your sessions");
    at_home.shows("This one");
    at_home.press("End all others");
    at_home.is_at(&place.at("/sessions"));
    at_home.lacks("End all others");
    assert_eq!(at_home.complaints(), [""; 0]);
    let here = at_home.cookie("gatepass-session").unwrap();

    // With the cookie of the other, nobody is logged in.
    place.is_forgotten_by_the_provider(&at_home);
    at_home.hold("gatepass-session", &elsewhere.value, &place.origin);
    at_home.open(&place.at("/profile"));
    at_home.is_at_provider(&place);
    at_home.hold("gatepass-session", &here.value, &place.origin);
    at_home.open(&place.at("/profile"));
    at_home.reads("Hello, Alice Liddell");
}

#[test]
fn a_person_connects_an_account_and_disconnects_it_at_the_example_application() {
    let name = "a_person_connects_an_account_and_disconnects_it_at_the_example_application";
    let Some(person) = Person::new(name) else { return };
    let place = Place::with_users();
    place.log_in(&person);
    person.press("Start page");
    person.press("Connected account");
    person.reads("Connect an account");
    // The answer to the form leads to the provider's site, which the page's policy must let it.
    person.press("Connect");
    person.reads("Your account is connected");
    // It outlives the session.
    person.press("Start page");
    person.press("Log out");
    person.is_at(&place.at("/"));
    // Who they are the provider knows.
    person.press("Log in");
    person.reads("Hello, Alice Liddell");
    person.open(&place.at("/account"));
    person.reads("Your account is connected");
    person.press("Disconnect");
    person.reads("Connect an account");
    assert_eq!(person.complaints(), [""; 0]);
}
