//! Where a login may lead: places on this site, however the place is written.

use gatepass_axum::ReturnTo;
use gatepass_testkit::Provider;

use crate::spellings::EVIL;
use crate::support::{Browser, Parts};

const GOOD: &[(&str, &str)] = &[
    ("/", "/"),
    ("/orders", "/orders"),
    ("/orders?open=1&sort=date", "/orders?open=1&sort=date"),
    ("/a/../b", "/b"),
    ("/a/./b", "/a/b"),
    ("/caf%C3%A9", "/caf%C3%A9"),
    ("/group%2Fproject", "/group%2Fproject"),
    ("/@person", "/@person"),
    ("/a:b@c", "/a:b@c"),
    ("/?next=https://elsewhere.example/", "/?next=https://elsewhere.example/"),
    ("/a//b", "/a//b"),
];

#[test]
fn c_90_no_spelling_of_another_site_is_a_place_to_return_to() {
    assert!(EVIL.len() >= 60, "{}", EVIL.len());
    let here = url::Url::parse("https://app.example/login").unwrap();
    for text in EVIL {
        // `<` and `"` are escaped by the parser, and then they are a path like any other.
        if let Ok(place) = ReturnTo::parse(text) {
            let there = here.join(place.as_str()).unwrap();
            assert_eq!(there.origin(), here.origin(), "{text:?}");
            assert!(
                text.starts_with("/\"") && !place.as_str().contains(['"', '<', '>']),
                "{text:?} -> {place}"
            );
        }
    }
}

#[test]
fn a_place_on_this_site_is_kept() {
    for (text, kept) in GOOD {
        assert_eq!(ReturnTo::parse(text).map(|place| place.to_string()).as_deref(), Ok(*kept), "{text}");
    }
    let long = format!("/{}", "a".repeat(ReturnTo::LONGEST - 1));
    assert!(ReturnTo::parse(&long).is_ok());
    assert!(ReturnTo::parse(&format!("{long}a")).is_err());
}

#[test]
fn arq_18_c_90_a_login_never_leads_to_another_site() {
    let provider = Provider::start();
    let app = Parts::new().start(&provider);
    for text in EVIL {
        let browser = Browser::new();
        let place: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let start = browser.go(&app.url(&format!("/login?return_to={place}")));
        let landed = browser.go(&browser.go(&start.location()).location());
        assert_eq!(landed.status, 303);
        assert!(
            landed.location().starts_with(&format!("{}/", app.origin)),
            "{text:?} -> {}",
            landed.location()
        );
        assert!(
            landed.header("location").is_ascii() && !landed.location().contains("evil.example")
                || text.starts_with("/\""),
            "{text:?}"
        );
    }
}

#[test]
fn a_login_does_not_return_to_the_login_and_a_doubled_place_is_none() {
    let provider = Provider::start();
    let app = Parts::new().start(&provider);
    for place in ["/login", "/login?return_to=/login", "/logout", "/login/test", "/a&return_to=/b"] {
        let browser = Browser::new();
        let start = browser.go(&app.url(&format!("/login?return_to={place}")));
        let landed = browser.go(&browser.go(&start.location()).location());
        assert_eq!(landed.location(), app.url("/"), "{place}");
    }
}
