//! What starts a login and what does not, and what a login writes down.

use gatepass_testkit::Provider;
use gatepass_testkit::provider::Endpoint;

use crate::support::{App, Browser, Parts, scopes};

fn app() -> (Provider, App, Browser) {
    let provider = Provider::start();
    let app = Parts::new().start(&provider);
    (provider, app, Browser::new())
}

const HTML: (&str, &str) = ("accept", "text/html");

#[test]
fn c_21_a_script_an_image_or_a_frame_starts_no_login() {
    let (_provider, app, browser) = app();
    for (mode, dest) in [
        ("cors", "empty"),
        ("no-cors", "image"),
        ("no-cors", "script"),
        ("navigate", "iframe"),
        ("navigate", "embed"),
        ("navigate", "object"),
        ("same-origin", "empty"),
        ("websocket", "websocket"),
    ] {
        for site in ["same-origin", "cross-site"] {
            let headers =
                [HTML, ("sec-fetch-mode", mode), ("sec-fetch-dest", dest), ("sec-fetch-site", site)];
            let page = browser.send("GET", &app.url("/login"), &headers, None);
            assert_eq!(page.status, 401, "{mode} {dest}");
            assert!(page.cookies().is_empty() && page.header("location").is_empty());
            assert!(
                page.header("www-authenticate").contains("/login"),
                "{}",
                page.header("www-authenticate")
            );
        }
    }
    let page = browser.fetch(&app.url("/login"));
    assert_eq!((page.status, page.error().as_str()), (401, "not_navigation"));
    assert_eq!(page.json()["login"], app.url("/login"));
}

#[test]
fn a_person_starts_a_login_with_fetch_metadata_and_without() {
    let (_provider, app, browser) = app();
    for site in ["none", "same-origin", "cross-site"] {
        let headers =
            [HTML, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document"), ("sec-fetch-site", site)];
        assert_eq!(browser.send("GET", &app.url("/login"), &headers, None).status, 303, "{site}");
    }
    assert_eq!(browser.send("GET", &app.url("/login"), &[], None).status, 303);
    assert_eq!(browser.send("GET", &app.url("/login"), &[("accept", "*/*")], None).status, 303);
}

#[test]
fn a_browser_that_looks_ahead_has_no_effect() {
    let (provider, app, browser) = app();
    let honest = crate::support::callback_url(&browser, &app, "/login");
    for (name, value) in [
        ("sec-purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
        ("purpose", "prefetch"),
        ("x-moz", "prefetch"),
    ] {
        let headers = [HTML, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document"), (name, value)];
        for url in [app.url("/login"), honest.clone()] {
            let page = browser.send("GET", &url, &headers, None);
            assert_eq!(page.status, 503, "{name}: {value}");
            assert!(page.cookies().is_empty() && page.header("location").is_empty());
        }
        assert_eq!(browser.send("GET", &app.url("/session"), &headers, None).status, 401);
    }
    assert_eq!(provider.token_requests("authorization_code").len(), 0);
    assert_eq!(browser.go(&honest).status, 303);
}

#[test]
fn other_methods_start_no_login() {
    let (_provider, app, browser) = app();
    for path in ["/login", "/login/test"] {
        for method in ["HEAD", "OPTIONS", "PUT", "POST", "DELETE"] {
            let page = browser.send(method, &app.url(path), &[HTML], None);
            assert_eq!((page.status, page.header("allow")), (405, "GET"), "{method}");
            assert!(page.cookies().is_empty() && page.header("location").is_empty(), "{method}");
        }
    }
}

#[test]
fn arq_17_each_start_has_a_state_a_challenge_and_a_row_of_its_own() {
    let (provider, app, browser) = app();
    let (one, other) = (browser.go(&app.url("/login")), browser.go(&app.url("/login/test")));
    for name in ["state", "code_challenge"] {
        assert_eq!(one.parameter(name).len(), 43, "{name}");
        assert_ne!(one.parameter(name), other.parameter(name), "{name}");
    }
    assert_eq!(one.parameter("redirect_uri"), app.url("/callback"));
    assert_eq!(one.parameter("code_challenge_method"), "S256");
    assert_eq!(one.parameter("scope"), "profile email");
    assert!(one.location().starts_with(&provider.authorization_endpoint()));
    assert!(!one.location().contains("return_to"), "where to return stays here");
    assert_eq!(provider.requests(Endpoint::Token).len(), 0);
}

#[test]
fn several_providers_are_offered_on_one_page() {
    let (one, other) = (Provider::start(), Provider::start());
    let parts = Parts::new();
    let app =
        parts.serve(parts.builder().provider("one", parts.client(&one, "/callback/one"), scopes()).provider(
            "other",
            parts.client(&other, "/callback/other"),
            scopes(),
        ));
    let browser = Browser::new();
    let page = browser.go(&app.url("/login?return_to=/session?a=1%26b=%22"));
    assert_eq!(page.status, 200);
    for name in ["one", "other"] {
        assert!(
            page.text().contains(&format!("href=\"/login/{name}?return_to=%2Fsession%3Fa%3D1%26b%3D%2522\"")),
            "{}",
            page.text()
        );
    }
    assert_eq!(browser.follow(&app.url("/login/other?return_to=/session")).status, 200);
    assert_eq!((one.stats().exchanges, other.stats().exchanges), (0, 1));
    let page = browser.ask(&app.url("/login/third"));
    assert_eq!((page.status, page.error().as_str()), (404, "unknown_provider"));
}

#[test]
fn a_person_who_came_by_another_name_of_this_machine_starts_under_the_right_one() {
    let (_provider, app, browser) = app();
    let other_name = app.origin.replace("127.0.0.1", "localhost");
    let page = browser.go(&format!("{other_name}/login?return_to=/session"));
    assert_eq!(page.location(), app.url("/login?return_to=%2Fsession&here=1"));
    assert!(page.cookies().is_empty());
    assert_eq!(browser.follow(&page.location()).url, app.url("/session"));
    // Whoever insists is not sent in circles.
    assert_eq!(browser.go(&format!("{other_name}/login?here=1")).cookies().len(), 1);
}
