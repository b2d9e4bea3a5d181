//! C.7: redirects to elsewhere, and what a login carries along.

use url::Url;

use super::super::browser::Browser;
use super::super::line::Line;
use super::super::site::ORIGIN;
use super::{FORM, JSON, Stand, target};

#[path = "../../../../crates/gatepass-axum/tests/it/spellings.rs"]
mod spellings;

#[test]
fn c_90_no_spelling_of_another_site_is_where_a_login_leads() {
    let stand = Stand::new();
    let browser = Browser::new();
    let ours = Url::parse(&format!("{ORIGIN}/callback")).unwrap();
    for text in spellings::EVIL {
        let place: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let provider = browser.open(&stand.app.at(&format!("/login?return_to={place}"))).is(303).target();
        assert!(
            provider.starts_with(&stand.site.provider.authorization_endpoint()),
            "{text:?} -> {provider}"
        );
        let callback = browser.open(&provider).is(303).target();
        let landed = stand.app.arrive(&browser, &callback).is(303);
        // As it stands, and as a browser resolves it on the place where it is.
        let location = landed.headers["location"].to_str().unwrap();
        let rest = location.strip_prefix('/').unwrap_or_else(|| panic!("{text:?} -> {location:?}"));
        assert!(
            !rest.starts_with(['/', '\\']) && !location.contains("evil.example/"),
            "{text:?} -> {location:?}"
        );
        assert!(location.bytes().all(|byte| (0x21..0x7f).contains(&byte)), "{text:?} -> {location:?}");
        assert_eq!(ours.join(location).unwrap().origin(), ours.origin(), "{text:?} -> {location:?}");
    }
    for (text, kept) in [("/profile", "/profile"), ("/profile?tab=2&x=//y", "/profile?tab=2&x=//y")] {
        let place: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let provider = browser.open(&stand.app.at(&format!("/login?return_to={place}"))).is(303).target();
        let callback = browser.open(&provider).is(303).target();
        let landed = stand.app.arrive(&browser, &callback).is(303);
        assert_eq!(landed.headers["location"], kept);
    }
}

#[test]
fn c_90_what_stands_elsewhere_in_a_request_leads_nowhere_else_either() {
    let stand = Stand::new();
    for (target, headers) in [
        ("/login?return_to=/profile&return_to=//evil.example", [("referer", "http://evil.example/")]),
        ("/login?next=//evil.example&redirect_uri=//evil.example", [("x-forwarded-host", "evil.example")]),
        ("/profile", [("x-forwarded-host", "evil.example")]),
        ("/profile?return_to=//evil.example", [("forwarded", "host=evil.example")]),
    ] {
        let navigate = [
            ("accept", "text/html"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
            headers[0],
        ];
        let answer = stand.send(&Browser::new(), "GET", target, &navigate, b"").unwrap();
        assert_eq!(answer.status, 303, "{target}");
        let location = answer.header("location").unwrap();
        let here = Url::parse(ORIGIN).unwrap().join(location).unwrap();
        let provider = Url::parse(&stand.site.provider.issuer()).unwrap();
        assert!(
            [Url::parse(ORIGIN).unwrap().origin(), provider.origin()].contains(&here.origin()),
            "{location}"
        );
        assert!(!location.starts_with("//"), "{location}");
    }
    // An absolute address in the request line names no other place.
    let answer = Line::open(&stand.app.url).send(
        "GET",
        "http://evil.example/profile",
        &[("accept", "text/html")],
        b"",
    );
    if let Some(answer) = answer
        && let Some(location) = answer.header("location")
    {
        assert!(!location.contains("evil.example"), "{location}");
    }
}

#[test]
fn c_94_the_body_of_a_request_is_not_kept_across_a_login() {
    const CANARY: &str = "canary-body-4a1f00d5e9";
    let stand = Stand::new();
    let browser = Browser::new();
    let form = format!("note={CANARY}");
    for headers in [
        &[FORM, ("accept", "text/html"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")][..],
        &[FORM, JSON],
    ] {
        let answer = stand.send(&browser, "POST", "/profile", headers, form.as_bytes()).unwrap();
        assert!(matches!(answer.status, 401 | 405), "{}", answer.status);
        assert_eq!(answer.header("location"), None, "a POST is not sent on to the login");
    }
    let callback = target(&stand.site.go_and_come_back(&browser, &stand.app));
    stand.lands(&browser, &callback);
    for page in browser.pages() {
        assert!(!page.body.contains(CANARY));
    }
    for entry in stand.site.folder.path().read_dir().unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes()));
    }
}
