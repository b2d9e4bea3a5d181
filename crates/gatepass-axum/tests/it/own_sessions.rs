//! The built example with `tower-sessions`, from outside.

use gatepass_testkit::Provider;

use crate::support::Browser;
use crate::support::process::Settings;

#[test]
fn an_application_with_sessions_of_its_own_logs_people_in_and_out() {
    let provider = Provider::start();
    let folder = tempfile::tempdir().unwrap();
    let app = Settings::new(&provider, folder.path()).program("own_sessions").start();
    let browser = Browser::new();
    assert!(browser.go(&app.url("/")).text().contains("Welcome"));
    let start = browser.go(&app.url("/login?return_to=/profile"));
    let callback = browser.go(&start.location()).location();
    // An id that somebody has planted does not become the session's.
    browser.set_cookie("id", "planted");
    let landed = browser.go(&callback);
    assert_eq!(landed.location(), app.url("/profile"));
    let first = browser.cookie("id").unwrap();
    assert_ne!(first, "planted");
    assert!(browser.cookie("gatepass-session").is_none());
    assert!(
        landed.cookies().iter().any(|cookie| cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"))
    );
    let profile = browser.go(&app.url("/profile"));
    assert!(profile.text().contains("user-alice"), "{}", profile.text());

    // The answer that brought the session may be lost: the callback brings it again, under another id.
    browser.forget("id");
    assert_eq!(browser.go(&callback).location(), app.url("/profile"));
    let second = browser.cookie("id").unwrap();
    assert_ne!(first, second);
    assert_eq!(browser.go(&app.url("/profile")).status, 200);
    assert_eq!(provider.stats().exchanges, 1);

    provider.expire_access_tokens();
    assert_eq!(browser.go(&app.url("/profile")).status, 200);
    assert_eq!(provider.stats().refreshes, 1);

    assert_eq!(browser.post(&app.url("/leave"), "").location(), app.url("/"));
    assert_eq!(browser.go(&app.url("/profile")).location(), app.url("/login?return_to=/profile"));
    browser.set_cookie("id", &second);
    assert_eq!(browser.go(&app.url("/profile")).status, 303, "the record is gone, not only the cookie");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while provider.stats().revocations == 0 {
        assert!(std::time::Instant::now() < deadline, "the logout does not reach the provider");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
