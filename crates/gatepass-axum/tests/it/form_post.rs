//! A callback by form: it comes from the provider's page without our cookies, and is sent on from a page of ours.

use gatepass::Profile;
use gatepass_testkit::Provider;

use crate::support::{App, Browser, Page, Parts, scopes};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn app() -> (Provider, App, Browser) {
    let provider = Provider::start();
    let parts = Parts::new();
    let mut profile = Profile::strict();
    profile.authorize_params.push(("response_mode".into(), "form_post".into()));
    let client = parts.client_with(&provider, "/callback", profile);
    let app = parts.serve(parts.builder().provider("test", client, scopes()));
    (provider, app, Browser::new())
}

/// The form that the provider's page posts.
fn form(browser: &Browser, app: &App) -> String {
    let start = browser.go(&app.url("/login?return_to=/session"));
    assert_eq!(start.parameter("response_mode"), "form_post");
    fields(&browser.go(&start.location()))
}

/// The provider's page posts: another site, so that no `SameSite=Lax` cookie goes along.
fn from_the_provider(app: &App, form: &str) -> Page {
    let headers = [
        FORM,
        ("accept", "text/html"),
        ("origin", "https://as.example"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
        ("sec-fetch-site", "cross-site"),
    ];
    Browser::new().send("POST", &app.url("/callback"), &headers, Some(form.as_bytes()))
}

/// The fields of the one form on a page.
fn fields(page: &Page) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for input in page.text().split("<input ").skip(1) {
        let value = |name: &str| {
            let value = input.split_once(&format!(" {name}=\"")).unwrap().1.split_once('"').unwrap().0;
            value
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&")
        };
        form.append_pair(&value("name"), &value("value"));
    }
    form.finish()
}

#[test]
fn cbk_26_a_form_is_sent_on_once_and_lands() {
    let (provider, app, browser) = app();
    let form = form(&browser, &app);
    let page = from_the_provider(&app, &form);
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("action=\"/callback\""));
    assert_eq!(page.header("referrer-policy"), "same-origin", "a page with a form names its origin");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("form-action 'self'") && policy.contains("script-src 'sha256-"), "{policy}");
    assert_eq!(provider.token_requests("authorization_code").len(), 0);

    let landed = browser.post(&app.url("/callback"), &fields(&page));
    assert_eq!((landed.status, landed.location()), (303, app.url("/session")), "{}", landed.text());
    assert!(browser.go(&landed.location()).text().starts_with("session "));
    assert_eq!(provider.stats().exchanges, 1);
}

#[test]
fn cbk_26_a_form_that_was_sent_on_is_not_sent_on_again() {
    let (provider, app, browser) = app();
    let page = from_the_provider(&app, &form(&browser, &app));
    let again = from_the_provider(&app, &fields(&page));
    // The login is begun anew; where that cookie does not come back either, the person is told.
    assert_eq!((again.status, again.header("refresh")), (200, "0; url=/login/test?anew=1"));
    assert!(again.text().contains("href=\"/login/test?anew=1\""), "{}", again.text());
    let told = Browser::new().go(&app.url("/login/test?anew=1"));
    assert_eq!(told.status, 400);
    assert!(told.text().contains("Your browser sent no cookie"), "{}", told.text());
    assert_eq!(provider.token_requests("authorization_code").len(), 0);
}

#[test]
fn cbk_26_the_page_between_escapes_what_it_sends_on_and_sends_on_nothing_else() {
    let (_provider, app, browser) = app();
    let evil = url::form_urlencoded::byte_serialize(b"\"><script>alert(1)</script>'&").collect::<String>();
    let form = format!("{}&error_description={evil}&{evil}=x&user={evil}", form(&browser, &app));
    let page = from_the_provider(&app, &form);
    assert_eq!(page.status, 200);
    assert!(!page.text().contains("alert(1)</script>"), "{}", page.text());
    assert_eq!(page.text().matches("<script>").count(), 1);
    assert_eq!(page.text().matches("<input ").count(), 5);
    assert_eq!(browser.post(&app.url("/callback"), &fields(&page)).status, 303);
}

#[test]
fn cbk_26_c_34_only_a_form_of_reasonable_size_is_read() {
    let (provider, app, browser) = app();
    let form = form(&browser, &app);
    for (media, status) in [
        ("application/json", 415),
        ("multipart/form-data; boundary=x", 415),
        ("text/plain", 415),
        ("", 415),
        ("application/x-www-form-urlencoded; charset=utf-8", 303),
    ] {
        let page =
            browser.send("POST", &app.url("/callback"), &[("content-type", media)], Some(form.as_bytes()));
        assert_eq!(page.status, status, "{media}");
    }
    let zipped = [FORM, ("content-encoding", "gzip")];
    assert_eq!(browser.send("POST", &app.url("/callback"), &zipped, Some(form.as_bytes())).status, 415);
    let large = format!("{form}&x={}", "y".repeat(1 << 20));
    assert_eq!(browser.send("POST", &app.url("/callback"), &[FORM], Some(large.as_bytes())).status, 413);
    assert_eq!(provider.stats().exchanges, 1);
}

#[test]
fn cbk_27_a_query_is_no_callback_where_a_form_was_agreed() {
    let (provider, app, browser) = app();
    let form = form(&browser, &app);
    let page = browser.ask(&app.url(&format!("/callback?{form}")));
    assert_eq!((page.status, page.error().as_str()), (400, "wrong_mode"));
    // The query of a POST means nothing either.
    let page = browser.send(
        "POST",
        &app.url(&format!("/callback?{form}")),
        &[FORM, ("accept", "application/json")],
        Some(b"x=y"),
    );
    assert_eq!((page.status, page.error().as_str()), (400, "malformed"));
    assert_eq!(provider.token_requests("authorization_code").len(), 0);
    assert_eq!(browser.post(&app.url("/callback"), &form).status, 303);
}
