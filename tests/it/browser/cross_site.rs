//! What pages of another site can make a browser do.

use super::page::Elsewhere;
use super::person::Person;
use super::place::Place;
use crate::system::process::until;

/// All that a page can load in the background, with the person's cookies where the browser lets it.
fn background(place: &Place) -> String {
    let (login, logout) = (place.at("/login"), place.at("/logout"));
    format!(
        r#"<!doctype html><title>waiting</title><body>
<script>
const ends = [];
function load(tag, attributes) {{
  ends.push(new Promise(end => {{
    const element = Object.assign(document.createElement(tag), attributes);
    element.onload = element.onerror = end;
    document.body.append(element);
  }}));
}}
function ask(url, options) {{ ends.push(fetch(url, options).catch(() => null)); }}
for (const url of ["{login}", "{logout}"]) {{
  load("img", {{src: url}});
  load("iframe", {{src: url}});
  load("script", {{src: url}});
  load("link", {{rel: "stylesheet", href: url}});
  load("link", {{rel: "prefetch", href: url}});
  ask(url, {{credentials: "include", mode: "no-cors"}});
  ask(url, {{credentials: "include"}});
  ask(url, {{credentials: "include", mode: "no-cors", method: "POST"}});
  navigator.sendBeacon(url);
  ends.push(new Promise(end => {{
    const frame = Object.assign(document.createElement("iframe"), {{name: "frame-" + url}});
    document.body.append(frame);
    const form = Object.assign(document.createElement("form"), {{action: url, method: "post", target: frame.name}});
    document.body.append(form);
    frame.onload = end;
    form.submit();
  }}));
}}
Promise.all(ends).then(() => document.title = "done");
</script>"#
    )
}

#[test]
fn c_21_what_a_page_elsewhere_loads_starts_no_login_and_ends_no_session() {
    let name = "c_21_what_a_page_elsewhere_loads_starts_no_login_and_ends_no_session";
    let Some(person) = Person::new(name) else { return };
    let place = Place::with(|site, _| site.variable("RUST_LOG", "gatepass_axum=info"));
    let elsewhere = Elsewhere::new(&background(&place));

    // To a browser that has never been here.
    person.open(&elsewhere.url());
    person.is_titled("done");
    assert_eq!(person.cookies(), []);
    assert_eq!(place.site.provider.log().len(), 0);
    // What a process says takes its own way here.
    for cause in ["not_navigation", "prefetch", "cross_site", "method"] {
        let word = format!("cause=\"{cause}\"");
        until(cause, || place.app.process.said().contains(&word).then_some(()));
    }

    // And to one that is logged in.
    place.log_in(&person);
    let held = (person.cookie("gatepass-session"), person.cookie("gatepass-browser"));
    person.open(&elsewhere.url());
    person.is_titled("done");
    person.open(&place.at("/profile"));
    person.reads("Hello, Alice Liddell");
    let holds = (person.cookie("gatepass-session"), person.cookie("gatepass-browser"));
    assert_eq!(held.0.unwrap().value, holds.0.unwrap().value);
    assert_eq!(held.1.unwrap().value, holds.1.unwrap().value);
    assert_eq!(place.site.provider.stats().logins, 1);
}

#[test]
fn a_form_elsewhere_logs_nobody_out_and_a_link_elsewhere_may_log_in() {
    let name = "a_form_elsewhere_logs_nobody_out_and_a_link_elsewhere_may_log_in";
    let Some(person) = Person::new(name) else { return };
    let place = Place::new();
    let elsewhere = Elsewhere::new(&format!(
        "<!doctype html><title>Elsewhere</title><a href=\"{}\">To the profile</a>\n\
         <form method=post action=\"{}\"><button>Out</button></form>\n\
         <a href=\"{}\">Forged</a>",
        place.at("/login?return_to=/profile"),
        place.at("/logout"),
        place.at("/callback?code=theirs&state=theirs"),
    ));
    person.open(&elsewhere.url());
    person.press("To the profile");
    place.log_in_at_the_provider(&person);
    person.reads("Hello, Alice Liddell");
    assert_eq!(person.complaints(), [""; 0]);

    person.open(&elsewhere.url());
    person.press("Out");
    person.reads("Please do that from our own page");
    person.open(&elsewhere.url());
    person.press("Forged");
    // The person has lost nothing, and is where they would be anyway.
    person.is_at(&place.at("/"));
    person.shows("You are logged in.");
    assert_eq!(person.complaints(), [""; 0]);
    let stats = place.site.provider.stats();
    assert_eq!((stats.exchanges, stats.revocations), (1, 0));

    // To somebody who is not logged in it is a login of their own, and the second time an explanation.
    person.forgets_everything();
    person.open(&elsewhere.url());
    person.press("Forged");
    person.is_at_provider(&place);
    person.open(&elsewhere.url());
    person.press("Forged");
    person.reads("This login is no longer open");
    person.press("Log in again");
    place.log_in_at_the_provider(&person);
    person.is_at(&place.at("/"));
    assert_eq!(place.site.provider.stats().exchanges, 2);
    assert_eq!(person.complaints(), [""; 0]);
}

#[test]
fn a_login_that_begins_at_another_name_of_this_machine_ends_at_the_public_one() {
    let name = "a_login_that_begins_at_another_name_of_this_machine_ends_at_the_public_one";
    let Some(person) = Person::new(name) else { return };
    let place = Place::new();
    // The site of the provider, and so another than that of the redirect URI.
    person.open(&format!("{}/profile", place.app.url));
    place.log_in_at_the_provider(&person);
    person.is_at(&place.at("/profile"));
    person.reads("Hello, Alice Liddell");
    assert_eq!(person.complaints(), [""; 0]);
}
