//! A session in a browser: its cookies, its end by the person, and its end by itself.

use super::person::{Held, Person};
use super::place::Place;

/// All cookies of the application, after the login of a person.
fn cookies_after_a_login(person: &Person, place: &Place) -> Vec<Held> {
    place.log_in(person);
    assert_eq!(person.evaluate("document.cookie"), "");
    assert_eq!(person.complaints(), [""; 0]);
    let mut held = person.cookies();
    held.retain(|cookie| cookie.domain == "localhost");
    held.sort_by(|one, other| one.name.cmp(&other.name));
    for cookie in &held {
        assert!(cookie.http_only, "{cookie:?}");
        assert_eq!((cookie.path.as_str(), cookie.same_site.as_str()), ("/", "Lax"));
        assert_eq!(cookie.value.len(), 43);
    }
    let days = |cookie: &Held| cookie.expires.unwrap() / 86400.0;
    assert!((0.9..=1.0).contains(&days(&held[0])) && (13.9..=14.0).contains(&days(&held[1])), "{held:?}");
    held
}

#[test]
fn bff_02_the_browser_holds_two_cookies_that_no_script_and_no_other_site_gets() {
    let name = "bff_02_the_browser_holds_two_cookies_that_no_script_and_no_other_site_gets";
    let Some(person) = Person::new(name) else { return };
    // Over plain http there is no `__Host-`: it needs `Secure`.
    let held = cookies_after_a_login(&person, &Place::new());
    let names = held.iter().map(|cookie| (&*cookie.name, cookie.secure));
    assert_eq!(names.collect::<Vec<_>>(), [("gatepass-browser", false), ("gatepass-session", false)]);

    person.forgets_everything();
    let place = Place::over_https();
    let held = cookies_after_a_login(&person, &place);
    let names = held.iter().map(|cookie| (&*cookie.name, cookie.secure));
    assert_eq!(
        names.collect::<Vec<_>>(),
        [("__Host-gatepass-browser", true), ("__Host-gatepass-session", true)]
    );
    person.press("Log out");
    person.is_at(&place.at("/"));
    assert!(person.cookie("__Host-gatepass-session").is_none());
}

#[test]
fn a_person_logs_out_in_one_tab_and_is_out_in_the_other() {
    let Some(person) = Person::new("a_person_logs_out_in_one_tab_and_is_out_in_the_other") else { return };
    let place = Place::new();
    place.log_in(&person);
    let first = person.tab();
    let second = person.new_tab();
    person.open(&place.at("/profile"));
    person.reads("Hello, Alice Liddell");
    place.is_forgotten_by_the_provider(&person);
    person.press("Log out");
    person.is_at(&place.at("/"));
    person.shows("Log in to see what the API says about you.");
    assert!(person.cookie("gatepass-session").is_none());
    // Nothing of the profile is left behind the back button, which leads to the login.
    person.back();
    person.is_at_provider(&place);
    person.reads("Log in");

    // The tab that was open shows what it showed, and its button does no harm.
    person.look_at(&first);
    person.reads("Hello, Alice Liddell");
    person.press("Log out");
    person.is_at(&place.at("/"));
    person.shows("Log in to see what the API says about you.");
    person.look_at(&second);
    assert_eq!(person.complaints(), [""; 0]);
    let stats = place.site.provider.stats();
    assert_eq!(stats.exchanges, 1);
    assert!(stats.revocations > 0);
}

#[test]
fn a_session_that_is_not_used_is_over_and_the_person_comes_back_after_the_next_login() {
    let name = "a_session_that_is_not_used_is_over_and_the_person_comes_back_after_the_next_login";
    let Some(person) = Person::new(name) else { return };
    let place = Place::with(|site, _| site.variable("SESSION_IDLE", "2"));
    place.log_in(&person);
    let first = person.cookie("gatepass-session").unwrap();
    // The provider would let the person through at once.
    place.is_forgotten_by_the_provider(&person);
    person.keeps_opening(&place.at("/profile"), &place.site.provider.authorization_endpoint());
    place.log_in_at_the_provider(&person);
    person.is_at(&place.at("/profile"));
    person.reads("Hello, Alice Liddell");
    assert_ne!(person.cookie("gatepass-session").unwrap().value, first.value);
    assert_eq!(person.complaints(), [""; 0]);
}
