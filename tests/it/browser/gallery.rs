//! Every page that a person can come to, on a wide screen, on a narrow one and in the dark: whether it can be read and used
//! there, and, with `GATEPASS_SCREENSHOTS=1`, a picture of each in `target/screenshots`.

use std::fs;
use std::path::PathBuf;

use gatepass_testkit::provider::{Endpoint, Fault, Rewrite};
use serde_json::{Value, json};

use super::choice::Choice;
use super::habits::Habits;
use super::page::Elsewhere;
use super::person::Person;
use super::place::Place;

/// What is wrong with a page, as a list of sentences.
const FLAWS: &str = include_str!("flaws.js");

/// Looks at pages in one way of using a browser.
struct Visitor<'a> {
    person: &'a Person,
    pictures: Option<PathBuf>,
}

impl<'a> Visitor<'a> {
    fn new(person: &'a Person, manner: &str) -> Self {
        let wanted = std::env::var_os("GATEPASS_SCREENSHOTS").is_some_and(|value| value == "1");
        let folder =
            PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/screenshots")).join(manner);
        let pictures = wanted.then_some(folder);
        if let Some(folder) = &pictures {
            fs::create_dir_all(folder).unwrap();
        }
        Self { person, pictures }
    }

    /// The page that is there now.
    #[track_caller]
    fn look(&self, name: &str, heading: &str) {
        self.person.reads(heading);
        if let Some(folder) = &self.pictures {
            fs::write(folder.join(format!("{name}.png")), self.person.picture()).unwrap();
        }
        assert_eq!(self.person.evaluate(FLAWS), json!([]), "{name}");
        assert_eq!(self.person.complaints(), [""; 0], "{name}");
    }
}

/// A callback with these parameters and the state of a login that was just started.
#[track_caller]
fn callback(place: &Place, person: &Person, parameters: &str) -> String {
    person.open(&place.at("/login"));
    person.is_at_provider(place);
    let asked = place.site.provider.requests(Endpoint::Authorize);
    let state = asked.last().unwrap().request.query_value("state").unwrap();
    let iss = place.site.provider.issuer();
    place.at(&format!("/callback?{}", parameters.replace("STATE", &state).replace("ISS", &iss)))
}

/// A form in the page that is there now, which the person sends.
#[track_caller]
fn send(person: &Person, action: &str, form: &Value, value: &str) {
    person.evaluate(&format!(
        "(() => {{ const form = Object.assign(document.createElement('form'), {form}, {{method: 'post', action: '{action}'}});
        const field = Object.assign(document.createElement('input'), {{type: 'hidden', name: 'a', value: {value}}});
        form.append(field); document.body.append(form); form.submit(); }})()"
    ));
}

fn walk(person: &Person, manner: &str) {
    let (place, visitor) = (Place::with_users(), Visitor::new(person, manner));
    let provider = &place.site.provider;
    let look = |name: &str, heading: &str| visitor.look(name, heading);

    // A login that was lost begins anew, once; what is seen here is what comes after that.
    person.open(&place.at("/callback?state=a&code=c&iss=i"));
    person.is_at_provider(&place);

    // What the person or the provider says.
    for (name, parameters, heading) in [
        ("declined", "state=STATE&iss=ISS&error=access_denied", "You were not logged in"),
        ("provider_refused", "state=STATE&iss=ISS&error=invalid_scope", "The login service refused"),
        ("provider_down", "state=STATE&iss=ISS&error=server_error", "The login service is not available"),
        ("iss_missing", "state=STATE&code=c", "This answer came from the wrong place"),
        (
            "iss_mismatch",
            "state=STATE&iss=https://other.example&code=c",
            "This answer came from the wrong place",
        ),
        ("code_refused", "state=STATE&iss=ISS&code=c", "The login service did not accept your login"),
    ] {
        person.open(&callback(&place, person, parameters));
        look(name, heading);
    }

    // What is wrong with the link.
    for (name, parameters, heading) in [
        ("malformed", "", "This login link is damaged"),
        ("duplicate", "state=a&state=b&code=c", "This login link is damaged"),
        ("unexpected", "state=a&code=c&access_token=t", "This login link is damaged"),
        ("state_missing", "code=c", "This login is no longer open"),
        ("state_unknown", "state=a&code=c&iss=i", "This login is no longer open"),
    ] {
        person.open(&place.at(&format!("/callback?{parameters}")));
        look(name, heading);
    }
    person.open(&place.at("/login/nobody"));
    look("unknown_provider", "There is no such login service");

    // What is wrong with the browser.
    let arrival = callback(&place, person, "state=STATE&iss=ISS&code=c");
    let held = person.cookie("gatepass-browser").unwrap();
    person.hold(&held.name, &"A".repeat(43), &place.origin);
    person.open(&arrival);
    look("other_browser", "This login was started somewhere else");
    person.forget(&person.cookie("gatepass-browser").unwrap());
    person.open(&arrival);
    look("cookie_missing", "Your browser sent no cookie");

    // What is wrong at the provider.
    for (name, fault, heading) in [
        (
            "client_refused",
            Fault::after(Endpoint::Token)
                .rewrite(Rewrite::new().status(401).body(r#"{"error":"invalid_client"}"#)),
            "Logging in is not set up correctly",
        ),
        (
            "provider_misbehaved",
            Fault::after(Endpoint::Token).rewrite(Rewrite::new().status(200).body("<p>Hello</p>")),
            "The login service gave a strange answer",
        ),
        ("provider_silent", Fault::before(Endpoint::Token).close(), "The login service did not answer"),
    ] {
        let arrival = callback(&place, person, "state=STATE&iss=ISS&code=c");
        provider.inject(fault);
        person.open(&arrival);
        look(name, heading);
    }
    let arrival = callback(&place, person, "state=STATE&iss=ISS&code=c");
    provider.go_down();
    person.open(&arrival);
    look("provider_unreachable", "The login service is not available");
    provider.come_back().unwrap();

    // What is wrong with the request.
    for (name, action, form, value, heading) in [
        ("wrong_mode", "/callback", json!({}), "'b'", "This login link is damaged"),
        ("content_type", "/callback", json!({"enctype": "text/plain"}), "'b'", "This request cannot be read"),
        ("too_large", "/callback", json!({}), "'b'.repeat(70000)", "This request cannot be read"),
        ("method", "/login", json!({}), "'b'", "That does not work here"),
    ] {
        person.open(&place.at("/"));
        send(person, action, &form, value);
        look(name, heading);
    }
    let elsewhere = Elsewhere::new("<!doctype html><title>Elsewhere</title><p>Elsewhere");
    person.open(&elsewhere.url());
    send(person, &place.at("/logout"), &json!({}), "'b'");
    look("cross_site", "Please do that from our own page");

    // The application's own.
    person.open(&place.at("/"));
    look("home", "Gatepass");
    person.press("Log in");
    person.is_at_provider(&place);
    person.type_into("username", "alice");
    person.type_into("password", "alice");
    person.press("Log in");
    person.press("Allow");
    look("profile", "Hello, Alice Liddell");
    person.press("The whole answer");
    look("profile_opened", "Hello, Alice Liddell");
    provider.inject(Fault::before(Endpoint::User).status(500).until_cleared());
    person.open(&place.at("/profile"));
    look("api_failed", "The service gave no useful answer");
    provider.clear_faults();
    person.open(&place.at("/"));
    look("home_logged_in", "Gatepass");
    let first = person.cookie("gatepass-session").unwrap();
    person.forget(&first);
    person.press("Your sessions");
    look("sessions", "Your sessions");
    person.shows("End all others");
    person.open(&place.at("/account"));
    look("to_connect", "Connect an account");
    person.press("Connect");
    look("connected", "Your account is connected");
    drop(place);

    // An application with a choice, at another time.
    let choice = Choice::new();
    person.open(&choice.at("/login?return_to=/here"));
    look("choose", "Log in");
    person.press("The first house");
    person.is_below(&choice.providers[0].issuer());
    person.type_into("username", "alice");
    person.type_into("password", "alice");
    person.press("Log in");
    person.press("Allow");
    person.is_at(&choice.at("/here"));
    person.press("Log out");
    look("logged_out_here", "You are logged out here");
    person.open(&choice.at("/logged-out?state=x"));
    look("logout_unknown", "This logout was not started here");
    person.open(&choice.at("/login?return_to=/here"));
    person.press("The second house");
    let [_, second] = &choice.providers;
    person.is_below(&second.issuer());
    let arrival = choice.callback(second);
    choice.clock.advance(std::time::Duration::from_secs(630));
    person.open(&arrival);
    look("expired", "That took a little too long");
}

#[test]
fn every_page_is_fit_for_a_wide_screen() {
    let Some(person) = Person::new("every_page_is_fit_for_a_wide_screen") else { return };
    walk(&person, "desktop");
}

#[test]
fn every_page_is_fit_for_a_telephone() {
    let habits = Habits { phone: true, ..Habits::default() };
    let Some(person) = Person::with("every_page_is_fit_for_a_telephone", habits) else { return };
    walk(&person, "phone");
}

#[test]
fn every_page_is_fit_for_a_telephone_in_the_dark() {
    let habits = Habits { phone: true, dark: true, ..Habits::default() };
    let Some(person) = Person::with("every_page_is_fit_for_a_telephone_in_the_dark", habits) else { return };
    walk(&person, "dark");
}

#[test]
fn the_page_between_is_fit_for_a_telephone_without_scripts() {
    let name = "the_page_between_is_fit_for_a_telephone_without_scripts";
    let habits = Habits { no_scripts: true, ..Habits::default() };
    let Some(person) = Person::with(name, habits) else { return };
    let place = Place::with(|site, _| site.variable("RESPONSE_MODE", "form_post"));
    person.open(&place.at("/profile"));
    place.log_in_at_the_provider(&person);
    person.press("Continue");
    // A browser that is a telephone from the start and lets no scripts run cannot be made to press anything.
    let telephone = json!({"width": 320, "height": 640, "deviceScaleFactor": 2, "mobile": true});
    person.devtools("Emulation.setDeviceMetricsOverride", telephone);
    Visitor::new(&person, "phone").look("form_post", "One more step");
}
