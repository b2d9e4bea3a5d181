//! The pages, walked as a browser without scripts would.

use crate::support::*;
use gatepass_testkit::Provider;
use gatepass_testkit::provider::{Client, Mode, User};

struct Browser {
    provider: Provider,
    cookie: String,
}

impl Browser {
    fn new() -> Self {
        let provider = Provider::builder().mode(Mode::Pages).start().unwrap();
        Self { provider, cookie: String::new() }
    }

    fn keep(&mut self, reply: Reply) -> Reply {
        if let Some(cookie) = reply.headers.get("set-cookie") {
            self.cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        }
        reply
    }

    fn open(&mut self, url: &str) -> Reply {
        let reply = get(url, &[("cookie", &self.cookie)]);
        self.keep(reply)
    }

    fn start(&mut self, changes: &[(&str, &str)]) -> Reply {
        let url = authorize_url(&self.provider, &query(changes));
        let reply = self.open(&url);
        self.follow(reply)
    }

    /// Follows a redirect within the provider.
    fn follow(&mut self, reply: Reply) -> Reply {
        let location = reply.header("location").to_owned();
        if location.starts_with('/') {
            let url = format!("{}{location}", self.provider.issuer());
            return self.open(&url);
        }
        reply
    }

    fn submit(&mut self, page: &Reply, fields: &[(&str, &str)]) -> Reply {
        let text = page.text();
        let action = between(&text, r#"<form method="post" action=""#, "\"");
        let interaction = between(&text, r#"name="interaction" value=""#, "\"");
        let mut form = vec![("interaction", interaction)];
        form.extend_from_slice(fields);
        let url = format!("{}{action}", self.provider.issuer());
        let reply = post(&url, &[("cookie", &self.cookie)], &form);
        let reply = self.keep(reply);
        self.follow(reply)
    }

    fn log_in(&mut self, page: &Reply, username: &str) -> Reply {
        self.submit(page, &[("username", username), ("password", username), ("decision", "login")])
    }
}

const ALLOW: [(&str, &str); 3] = [("decision", "allow"), ("scope", "profile"), ("scope", "email")];

#[test]
fn login_and_consent_lead_back_to_the_client() {
    let mut browser = Browser::new();
    let login = browser.start(&[]);
    assert_eq!((login.status, browser.provider.stats().codes_issued), (200, 0));
    let consent = browser.log_in(&login, "bob");
    assert!(consent.text().contains("Bob Cratchit") && consent.text().contains("http://127.0.0.1:9"));
    let back = browser.submit(&consent, &ALLOW);
    assert_eq!(back.status, 303);
    assert_eq!(back.back("state").as_deref(), Some("some state"));
    let tokens = exchange(&browser.provider, &back.back("code").unwrap());
    assert_eq!(user(&browser.provider, &tokens.member("access_token")).json()["sub"], "user-bob");
}

#[test]
fn a_wrong_password_is_told_and_can_be_mended() {
    let mut browser = Browser::new();
    let login = browser.start(&[("login_hint", "<alice>")]);
    assert!(login.text().contains(r#"value="&lt;alice&gt;""#));
    let again =
        browser.submit(&login, &[("username", "alice"), ("password", "wrong"), ("decision", "login")]);
    assert_eq!(again.status, 422);
    assert!(again.text().contains(r#"role="alert""#) && again.text().contains(r#"aria-invalid="true""#));
    assert!(browser.cookie.is_empty());
    assert_eq!(browser.log_in(&again, "alice").status, 200);
    assert_eq!(browser.provider.stats().logins, 1);
}

#[test]
fn saying_no_is_access_denied() {
    let mut browser = Browser::new();
    let login = browser.start(&[]);
    let cancelled = browser.submit(&login, &[("decision", "cancel")]);
    assert_eq!(cancelled.back("error").as_deref(), Some("access_denied"));
    let login = browser.start(&[]);
    let consent = browser.log_in(&login, "alice");
    let denied = browser.submit(&consent, &[("decision", "deny"), ("scope", "profile")]);
    assert_eq!(denied.back("error").as_deref(), Some("access_denied"));
    assert_eq!(denied.back("iss"), Some(browser.provider.issuer()));
    assert_eq!(browser.provider.stats().codes_issued, 0);
}

#[test]
fn a_scope_that_is_unticked_is_not_granted() {
    let mut browser = Browser::new();
    let login = browser.start(&[]);
    let consent = browser.log_in(&login, "alice");
    let back = browser.submit(&consent, &[("decision", "allow"), ("scope", "email"), ("scope", "write")]);
    let tokens = exchange(&browser.provider, &back.back("code").unwrap());
    assert_eq!(tokens.json()["scope"], "email");
    let login = browser.start(&[]);
    let nothing = browser.submit(&login, &[("decision", "allow")]);
    assert_eq!(nothing.back("error").as_deref(), Some("access_denied"));
}

#[test]
fn an_interaction_is_used_once_and_only_by_who_logged_in() {
    let mut browser = Browser::new();
    let login = browser.start(&[]);
    let consent = browser.log_in(&login, "alice");
    assert_eq!(browser.log_in(&login, "alice").status, 400);
    let cookie = std::mem::take(&mut browser.cookie);
    assert_eq!(browser.submit(&consent, &ALLOW).status, 400);
    browser.cookie = cookie;
    assert_eq!(browser.submit(&consent, &ALLOW).status, 303);
    assert_eq!(browser.submit(&consent, &ALLOW).status, 400);
    assert_eq!(browser.provider.stats().codes_issued, 1);
}

#[test]
fn a_session_and_a_consent_are_remembered_until_prompt_asks_again() {
    let mut browser = Browser::new();
    let login = browser.start(&[]);
    let consent = browser.log_in(&login, "alice");
    browser.submit(&consent, &ALLOW);
    assert!(browser.start(&[]).back("code").is_some());
    assert!(browser.start(&[("prompt", "none")]).back("code").is_some());
    assert!(browser.start(&[("prompt", "consent")]).text().contains("<h1>Allow app?</h1>"));
    assert!(browser.start(&[("prompt", "login")]).text().contains("<h1>Log in</h1>"));
    assert!(browser.start(&[("scope", "profile read")]).text().contains("<h1>Allow app?</h1>"));
    let more = browser.start(&[("scope", "profile read"), ("prompt", "none")]);
    assert_eq!(more.back("error").as_deref(), Some("consent_required"));
}

#[test]
fn pages_load_nothing_and_run_nothing() {
    let mut browser = Browser::new();
    let login = browser.start(&[]);
    let consent = browser.log_in(&login, "alice");
    let refusal = browser.start(&[("client_id", "nobody")]);
    for page in [&login, &consent, &refusal] {
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        assert!(!policy.contains("script-src") && policy.contains("frame-ancestors 'none'"));
        let text = page.text();
        for absent in ["<script", "<img", "<link", "url(", "@import", " style=", " onclick="] {
            assert!(!text.contains(absent), "{absent}");
        }
        assert!(text.contains(r#"<html lang="en">"#) && text.contains("width=device-width"));
        assert_eq!(page.header("cache-control"), "no-store");
    }
}

#[test]
fn names_are_escaped_on_the_pages() {
    let client =
        Client::confidential("app", "secret").redirect_uri(CALLBACK).name("<script>alert(1)</script>");
    let user = User::new("eve", "<img src=x>").password("\"><i>");
    let provider = Provider::builder().mode(Mode::Pages).client(client).user(user).start().unwrap();
    let mut browser = Browser { provider, cookie: String::new() };
    let login = browser.start(&[]);
    let fields = [("username", "eve"), ("password", "\"><i>"), ("decision", "login")];
    let consent = browser.submit(&login, &fields);
    assert!(consent.text().contains("&lt;img src=x&gt;"));
    for page in [login.text(), consent.text()] {
        assert!(!page.contains("<script>") && !page.contains("<img") && !page.contains("<i>"));
    }
}
