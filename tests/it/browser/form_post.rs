//! People come back by a form that the provider's page posts, from another site and so without our cookies.

use gatepass_testkit::provider::Endpoint;

use super::habits::Habits;
use super::person::Person;
use super::place::Place;

fn place() -> Place {
    Place::with(|site, _| site.variable("RESPONSE_MODE", "form_post"))
}

#[test]
fn cbk_26_a_form_from_another_site_is_sent_on_by_itself() {
    let Some(person) = Person::new("cbk_26_a_form_from_another_site_is_sent_on_by_itself") else { return };
    let place = place();
    place.log_in(&person);
    assert_eq!(person.complaints(), [""; 0]);
    let asked = &place.site.provider.requests(Endpoint::Authorize)[0];
    assert_eq!(asked.request.query_value("response_mode").as_deref(), Some("form_post"));
    assert_eq!(place.site.provider.stats().exchanges, 1);
    // Denied, the answer comes by form as well.
    person.press("Log out");
    person.forgets_everything();
    person.open(&place.at("/profile"));
    person.press("Cancel");
    person.reads("You were not logged in");
    assert_eq!(person.complaints(), [""; 0]);
}

#[test]
fn cbk_26_without_scripts_the_person_sends_the_form_on() {
    let name = "cbk_26_without_scripts_the_person_sends_the_form_on";
    let Some(person) = Person::with(name, Habits { no_scripts: true, ..Habits::default() }) else { return };
    let place = place();
    person.open(&place.at("/profile"));
    place.log_in_at_the_provider(&person);
    // The provider's page, then ours.
    person.reads("One moment");
    person.press("Continue");
    person.reads("One more step");
    assert_eq!(place.site.provider.stats().exchanges, 0);
    person.press("Continue");
    person.is_at(&place.at("/profile"));
    person.reads("Hello, Alice Liddell");
    assert_eq!(place.site.provider.stats().exchanges, 1);
}

#[test]
fn cbk_26_c_18_a_browser_that_lost_its_cookie_is_sent_on_once_and_begins_anew() {
    let name = "cbk_26_c_18_a_browser_that_lost_its_cookie_is_sent_on_once_and_begins_anew";
    let Some(person) = Person::new(name) else { return };
    let place = place();
    person.open(&place.at("/profile"));
    person.is_at_provider(&place);
    person.forget(&person.cookie("gatepass-browser").unwrap());
    place.log_in_at_the_provider(&person);
    // Who they are the provider knows already, so they are through at once.
    person.is_at(&place.at("/"));
    person.shows("You are logged in.");
    assert_eq!(place.site.provider.stats().exchanges, 1);
    assert_eq!(place.site.provider.requests(Endpoint::Authorize).len(), 2);
    assert_eq!(person.complaints(), [""; 0]);
}

#[test]
fn c_18_a_browser_that_keeps_no_cookies_is_told_so_in_either_mode() {
    let name = "c_18_a_browser_that_keeps_no_cookies_is_told_so_in_either_mode";
    let habits = Habits { no_cookies: true, ..Habits::default() };
    let Some(person) = Person::with(name, habits) else { return };
    for place in [Place::new(), place()] {
        person.open(&place.at("/profile"));
        place.log_in_at_the_provider(&person);
        person.reads("Your browser sent no cookie");
        assert_eq!(place.site.provider.stats().exchanges, 0);
        assert_eq!(person.complaints(), [""; 0]);
    }
}
