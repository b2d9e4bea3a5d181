//! Logins that succeed.

use gatepass_testkit::Provider;

use crate::support::{Browser, Parts};

#[test]
fn a_person_logs_in_and_is_known_afterwards() {
    let provider = Provider::start();
    let app = Parts::new().start(&provider);
    let browser = Browser::new();

    assert_eq!(browser.go(&app.url("/")).text(), "nobody");
    let page = browser.follow(&app.url("/session?a=1"));
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().starts_with("session "), "{}", page.text());
    assert!(page.url.ends_with("/session?a=1"), "{}", page.url);
    assert_eq!(browser.go(&app.url("/")).text(), page.text());
    assert_eq!(provider.stats().exchanges, 1);
}
