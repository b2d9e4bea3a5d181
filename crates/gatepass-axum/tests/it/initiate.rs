//! A login that somebody else starts: at the providers that are configured, for the pages of this site.

use std::sync::Arc;

use gatepass_axum::ReturnTo;
use serde_json::json;
use url::form_urlencoded;

use crate::spellings::EVIL;
use crate::support::{App, Browser, NAVIGATE, Network, Op, Page, Parts, scopes};

fn place() -> (Arc<Op>, Arc<Op>, App) {
    let network = Network::default();
    let (one, two) = (network.op("one.example"), network.op("two.example"));
    let files = network.op("files.example");
    let parts = Parts { world: gatepass::world(Arc::new(network)), ..Parts::new() };
    let builder = parts
        .builder()
        .provider("one", one.party(&parts, "app", "/callback/one"), scopes())
        .provider("two", two.party(&parts, "app", "/callback/two"), scopes())
        .logout_at_provider("/logged-out")
        .account("files", files.party(&parts, "app", "/callback/files"), scopes())
        .after_login(ReturnTo::parse("/session").unwrap());
    (one, two, parts.serve(builder))
}

fn encoded(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

fn by_link(app: &App, browser: &Browser, parameters: &[(&str, &str)]) -> Page {
    browser.go(&app.url(&format!("/initiate-login?{}", encoded(parameters))))
}

/// As a provider's page sends a form: from another site, and so without a cookie of ours.
fn by_form(app: &App, parameters: &[(&str, &str)]) -> Page {
    let headers = [
        ("accept", "text/html"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
        ("sec-fetch-site", "cross-site"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    Browser::new().send("POST", &app.url("/initiate-login"), &headers, Some(encoded(parameters).as_bytes()))
}

#[test]
fn tpl_01_a_login_that_somebody_else_starts_is_a_login_like_any_other() {
    let (_, two, app) = place();
    let browser = Browser::new();
    let orders = app.url("/session?order=1");
    for target in [orders.as_str(), "/session?order=1"] {
        let asked =
            [("iss", two.issuer.as_str()), ("login_hint", "a&b=c@op.example"), ("target_link_uri", target)];
        for door in [by_link(&app, &browser, &asked), by_form(&app, &asked)] {
            assert_eq!(door.status, 303);
            let start = browser.go(&door.location());
            assert!(start.location().starts_with("https://two.example/authorize?"), "{}", start.location());
            assert_eq!(start.parameter("login_hint"), "a&b=c@op.example");
            assert!(!start.parameter("state").is_empty() && !start.parameter("nonce").is_empty());
            let landed = two.let_in(&browser, &start, &json!({"sub": "alice"}));
            assert_eq!(landed.location(), orders);
            assert_eq!(browser.go(&landed.location()).status, 200);
        }
    }
    // The browser that began is the one that has to come back.
    let start = browser.go(&by_link(&app, &browser, &[("iss", &two.issuer)]).location());
    let stranger = Browser::new();
    two.let_in(&stranger, &start, &json!({"sub": "alice"}));
    assert!(stranger.cookie("gatepass-session").is_none());
    let landed = two.let_in(&browser, &start, &json!({"sub": "alice"}));
    assert_eq!(landed.location(), app.url("/session"), "nowhere in particular");
    let own = by_link(&app, &browser, &[("iss", &two.issuer), ("target_link_uri", "/logout")]);
    assert_eq!(own.location(), app.url("/login/two"), "nobody wants to come back to a logout");
}

#[test]
fn tpl_01_an_issuer_that_is_not_configured_to_the_letter_is_refused() {
    let (one, _, app) = place();
    let browser = Browser::new();
    for iss in [
        "",
        "https://evil.example",
        "https://one.example/",
        "https://ONE.example",
        "http://one.example",
        "https://one.example:443",
        " https://one.example",
        "one",
        // Accounts are connected there, and nobody logs in.
        "https://files.example",
    ] {
        for page in [by_link(&app, &browser, &[("iss", iss)]), by_form(&app, &[("iss", iss)])] {
            assert_eq!((page.status, page.header("location")), (404, ""), "{iss}");
            assert!(!page.text().contains("example"), "{}", page.text());
            assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
        }
    }
    let iss = one.issuer.as_str();
    for asked in [&[][..], &[("iss", iss), ("iss", iss)], &[("ISS", iss)]] {
        let page = by_link(&app, &browser, asked);
        assert_eq!((page.status, page.header("location")), (400, ""), "{asked:?}");
    }
    let twice = [("iss", iss), ("target_link_uri", "/session"), ("target_link_uri", "/session")];
    assert_eq!(by_link(&app, &browser, &twice).status, 400);
    let long = "a".repeat(9000);
    assert_eq!(by_link(&app, &browser, &[("iss", iss), ("login_hint", &long)]).status, 413);
    assert!(browser.cookies("127.0.0.1").is_empty(), "nothing has begun");
}

#[test]
fn tpl_01_a_frame_a_script_or_a_look_ahead_starts_nothing() {
    let (one, _, app) = place();
    let url = app.url(&format!("/initiate-login?{}", encoded(&[("iss", &one.issuer)])));
    let send = |method: &str, headers: &[(&str, &str)]| Browser::new().send(method, &url, headers, None);
    for (mode, dest) in
        [("navigate", "iframe"), ("cors", "empty"), ("no-cors", "image"), ("navigate", "object")]
    {
        let headers = [("sec-fetch-mode", mode), ("sec-fetch-dest", dest), ("sec-fetch-site", "cross-site")];
        assert_eq!(
            (send("GET", &headers).status, send("POST", &headers).status),
            (401, 401),
            "{mode} {dest}"
        );
    }
    let mut ahead = NAVIGATE.to_vec();
    ahead.push(("sec-purpose", "prefetch;prerender"));
    assert_eq!(send("GET", &ahead).status, 503);
    for method in ["PUT", "DELETE", "OPTIONS"] {
        let page = send(method, &NAVIGATE);
        assert_eq!((page.status, page.header("allow")), (405, "GET, POST"), "{method}");
    }
    assert_eq!(send("GET", &NAVIGATE).status, 303);
    assert_eq!(send("GET", &[]).status, 303, "a browser that says nothing");
}

#[test]
fn c_91_no_address_of_another_site_is_a_target_a_way_back_or_a_link() {
    let (one, two, app) = place();
    let origin = app.origin.clone();
    let mut evil: Vec<String> = EVIL.iter().map(|text| (*text).to_owned()).collect();
    // Absolute addresses that look like ours.
    evil.extend([
        format!("{origin}@evil.example/"),
        format!("{origin}.evil.example/"),
        format!("{origin}evil.example"),
        format!("{origin}//evil.example"),
        format!("{origin}/\\evil.example"),
        format!("{origin}#/evil"),
        format!("{origin}:99999/"),
        origin.replace("http://", "https://"),
        origin.replace("http://", "http:\\\\"),
        origin.replace("http://", "http://evil.example@"),
        format!("HTTP{}", &origin[4..]),
        format!(" {origin}/"),
        format!("view-source:{origin}/"),
    ]);
    let here = url::Url::parse(&origin).unwrap();
    let browser = Browser::new();
    for text in &evil {
        let page = by_link(&app, &browser, &[("iss", &one.issuer), ("target_link_uri", text)]);
        if page.status == 303 {
            // Whatever passes is a page of this site, and the same to every reader.
            let door = here.join(page.header("location")).unwrap();
            let place = door.query_pairs().find(|(name, _)| name == "return_to").unwrap().1.into_owned();
            assert!(
                ReturnTo::parse(&place).is_ok_and(|parsed| parsed.as_str() == place),
                "{text:?} -> {place:?}"
            );
            assert_eq!(here.join(&place).unwrap().origin(), here.origin(), "{text:?} -> {place:?}");
            assert!(text.starts_with("/\""), "{text:?} passes");
        } else {
            assert_eq!((page.status, page.header("location")), (400, ""), "{text:?}");
            assert!(!page.text().contains("evil"), "{}", page.text());
        }
    }
    // The way back from a logout, and what a provider says about an error.
    two.log_in(&app, &browser, "/login/two", &json!({"sub": "alice"}));
    let there = browser.post(&app.url("/logout"), "");
    let way_back = there.parameter("post_logout_redirect_uri");
    for text in &evil {
        let asked =
            encoded(&[("post_logout_redirect_uri", text), ("target_link_uri", text), ("return_to", text)]);
        let page = browser.go(&format!("{way_back}?{asked}&state=x"));
        assert_eq!((page.status, page.header("location")), (400, ""), "{text:?}");
        assert!(!page.text().contains("evil"), "{}", page.text());
    }
    let asked = encoded(&[("return_to", "//evil.example"), ("state", &there.parameter("state"))]);
    assert_eq!(browser.go(&format!("{way_back}?{asked}")).location(), app.url("/"));
    let start = browser.go(&app.url("/login/one"));
    for text in evil.iter().take(20) {
        let asked =
            [("error", "server_error"), ("error_uri", text.as_str()), ("state", &start.parameter("state"))];
        let page = browser.go(&format!("{}?{}", start.parameter("redirect_uri"), encoded(&asked)));
        assert!(page.header("location").is_empty() && !page.text().contains("evil"), "{text:?}");
    }
}
