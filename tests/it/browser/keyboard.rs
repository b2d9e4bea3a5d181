//! A whole login without a mouse.

use serde_json::json;

use super::person::Person;
use super::place::Place;

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";

/// Goes on by the tab key to what is called so, which then shows that it is meant.
#[track_caller]
fn tab_to(person: &Person, label: &str) {
    for _ in 0..20 {
        person.keys(TAB);
        if person.evaluate("document.activeElement.textContent.trim()") == json!(label) {
            let outline = "getComputedStyle(document.activeElement).outlineStyle";
            assert_ne!(
                person.evaluate(outline),
                json!("none"),
                "{label} does not show that it has the focus"
            );
            return;
        }
    }
    panic!("{label} cannot be reached");
}

#[test]
fn a_person_without_a_mouse_says_no_logs_in_and_logs_out() {
    let Some(person) = Person::new("a_person_without_a_mouse_says_no_logs_in_and_logs_out") else { return };
    let place = Place::new();
    person.open(&place.at("/"));
    tab_to(&person, "Log in");
    person.keys(ENTER);
    person.is_at_provider(&place);
    tab_to(&person, "Cancel");
    person.keys(ENTER);
    person.reads("You were not logged in");
    tab_to(&person, "Log in again");
    person.keys(ENTER);
    person.is_at_provider(&place);
    person.reads("Log in");
    // The first field has the focus already.
    person.keys("alice");
    person.keys(TAB);
    person.keys("alice");
    person.keys(ENTER);
    person.reads("Allow Example?");
    tab_to(&person, "Allow");
    person.keys(ENTER);
    person.is_at(&place.at("/"));
    tab_to(&person, "Your profile");
    person.keys(ENTER);
    person.reads("Hello, Alice Liddell");
    tab_to(&person, "The whole answer");
    person.keys(ENTER);
    person.shows("\"sub\": \"user-alice\"");
    tab_to(&person, "Log out");
    person.keys(ENTER);
    person.is_at(&place.at("/"));
    person.shows("Log in to see");
    assert_eq!(person.complaints(), [""; 0]);
}
