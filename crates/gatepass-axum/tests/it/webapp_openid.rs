//! The built example, given nothing of its provider but the issuer.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use gatepass_testkit::Provider;
use gatepass_testkit::provider::openid::{Algorithm, Change, Knob, Misbehaviour, OpenId, Place};
use gatepass_testkit::provider::{self, Endpoint, Fault};
use tempfile::TempDir;

use crate::support::process::{Settings, Webapp};
use crate::support::{Browser, with_parameter};

fn settings(openid: OpenId) -> (Provider, TempDir, Settings) {
    let provider = Provider::builder().openid(openid).start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut settings = Settings::new(&provider, folder.path());
    for written in ["AUTH_URL", "TOKEN_URL", "REVOCATION_URL", "API_URL", "REQUIRE_ISS"] {
        settings = settings.unset(written);
    }
    (provider, folder, settings)
}

fn who(app: &Webapp, browser: &Browser) -> Result<String, String> {
    browser.follow(&app.url("/profile"));
    let answer = browser.ask(&app.url("/profile"));
    match answer.status {
        200 => Ok(answer.json()["sub"].as_str().unwrap().to_owned()),
        _ => Err(answer.error()),
    }
}

#[test]
fn the_issuer_says_the_rest_and_user_info_says_who() {
    let (provider, _folder, settings) = settings(OpenId::new());
    let app = settings.start();
    let browser = Browser::new();
    assert_eq!(who(&app, &browser), Ok("user-alice".into()));
    assert_eq!(browser.ask(&app.url("/profile")).json()["email"], "alice@example.com");
    for _ in 0..5 {
        assert_eq!(who(&app, &Browser::new()), Ok("user-alice".into()));
    }
    let asked = |endpoint| provider.requests(endpoint).len();
    assert_eq!((asked(Endpoint::OpenIdConfiguration), asked(Endpoint::Jwks)), (1, 1));

    // A renewal brings an ID token again, which is held against that of the login.
    provider.expire_access_tokens();
    assert_eq!(who(&app, &browser), Ok("user-alice".into()));
    assert_eq!((provider.stats().refreshes, provider.stats().reuse_detected), (1, 0));
    assert_eq!(asked(Endpoint::Jwks), 1);
}

#[test]
fn algorithms_are_agreed_on_by_name() {
    for (algorithm, other) in [(Algorithm::Es256, "RS256"), (Algorithm::Ps256, "ES256")] {
        let (_provider, _folder, settings) = settings(OpenId::new().algorithm(algorithm));
        let name = format!("{algorithm:?}").to_uppercase();
        let agreed = settings.clone().set("ID_TOKEN_ALG", &name).start();
        assert_eq!(who(&agreed, &Browser::new()), Ok("user-alice".into()), "{name}");
        let disagreed = settings.set("ID_TOKEN_ALG", other).set("STORE", "sqlite::memory:");
        drop(agreed);
        let app = disagreed.start();
        let page = Browser::new().follow(&app.url("/profile"));
        assert_eq!(page.status, 502, "{name} against {other}: {}", page.text());
    }
}

#[test]
fn a_program_that_starts_while_its_provider_is_down_lets_people_in_when_it_is_back() {
    let (provider, _folder, settings) = settings(OpenId::new());
    provider.inject(Fault::before(Endpoint::OpenIdConfiguration).status(503).until_cleared());
    let app = settings.start();
    let browser = Browser::new();
    assert_eq!(browser.go(&app.url("/healthz")).text(), "ok\n");
    let page = browser.follow(&app.url("/login"));
    assert_eq!(page.status, 502, "{}", page.text());
    assert_eq!(browser.ask(&app.url("/login")).error(), "provider_unreachable");

    provider.clear_faults();
    let deadline = Instant::now() + Duration::from_secs(20);
    while who(&app, &browser).is_err() {
        assert!(Instant::now() < deadline, "it does not ask again");
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_logout_leads_on_to_the_provider_and_back() {
    let (provider, _folder, settings) = settings(OpenId::new());
    let back = format!("{}/out/there", settings.origin);
    let callback = format!("{}/signed/in", settings.origin);
    let client = provider::Client::confidential("web", "s3cret").redirect_uri(&callback);
    provider.register(client.post_logout_redirect_uri(&back));
    let app = settings.set("POST_LOGOUT_REDIRECT_URI", &back).start();
    let browser = Browser::new();
    assert_eq!(who(&app, &browser), Ok("user-alice".into()));
    let leads = browser.post(&app.url("/logout"), "").location();
    assert!(leads.starts_with(&provider.end_session_endpoint()), "{leads}");
    assert_eq!(browser.ask(&app.url("/profile")).status, 401, "the session here has ended first");
    let returned = browser.go(&leads).location();
    assert!(returned.starts_with(&back), "{returned}");
    assert_eq!(browser.go(&returned).location(), app.url("/"));
    // The way back counts once.
    let again = browser.go(&returned);
    assert_eq!((again.status, again.headers.get("location")), (400, None), "{}", again.text());
}

#[test]
fn met_09_whose_tokens_came_from_another_origin_logs_in_again_and_they_stay_here() {
    let (provider, _folder, settings) = settings(OpenId::new());
    let elsewhere = Provider::start();
    let app = settings.start();
    let browser = Browser::new();
    assert_eq!(who(&app, &browser), Ok("user-alice".into()));
    drop(app);
    let moved = Knob::Member {
        place: Place::Metadata,
        member: "token_endpoint".into(),
        change: Change::Set(elsewhere.token_endpoint().into()),
    };
    provider.misbehave(Misbehaviour::new().with(moved));
    provider.expire_access_tokens();
    let app = settings.start();
    let leads = browser.go(&app.url("/profile")).location();
    assert!(leads.starts_with(&app.url("/login")) && leads.contains("renew=1"), "{leads}");
    assert_eq!(elsewhere.log().len(), 0, "no token followed");
}

#[test]
fn who_comes_back_from_a_login_without_a_word_as_somebody_else_is_asked() {
    let (provider, _folder, settings) = settings(OpenId::new());
    let app = settings.start();
    let browser = Browser::new();
    assert_eq!(who(&app, &browser), Ok("user-alice".into()));
    let silently_as = |name: &str| {
        provider.end_grants();
        let door = browser.go(&app.url("/profile")).location();
        let asked = browser.go(&door).location();
        assert!(asked.contains("prompt=none"), "{asked}");
        // Somebody logs in at the provider in another tab.
        let tab = with_parameter(&asked, "prompt", "login");
        browser.go(&with_parameter(&tab, "login_hint", name));
        let callback = browser.go(&asked).location();
        browser.go(&callback).location()
    };
    let leads = silently_as("bob");
    assert!(
        leads.starts_with(&provider.authorization_endpoint()) && leads.contains("prompt=login"),
        "{leads}"
    );
    assert_eq!(browser.ask(&app.url("/sessions")).status, 200, "alice is still here, and nobody else");
    // Bob says so himself, and has a session of his own.
    let callback = browser.go(&with_parameter(&leads, "login_hint", "bob")).location();
    assert_eq!(browser.go(&callback).location(), app.url("/profile"));
    assert_eq!(who(&app, &browser), Ok("user-bob".into()));
    assert_eq!(silently_as("bob"), app.url("/profile"), "the same person goes on without a word");
}

#[test]
fn rev_10_what_nobody_has_authenticated_revokes_nothing() {
    let (provider, _folder, settings) = settings(OpenId::new());
    let back = format!("{}/out/there", settings.origin);
    let app = settings.set("POST_LOGOUT_REDIRECT_URI", &back).start();
    let alice = Browser::new();
    assert_eq!(who(&app, &alice), Ok("user-alice".into()));
    let mallory = Browser::new();
    mallory.post(&app.url("/logout"), "");
    mallory.go(&app.url("/logout"));
    mallory.go(&format!("{back}?state=forged"));
    let sub = "iss=http%3A%2F%2F127.0.0.1&sid=1&sub=user-alice";
    mallory.go(&app.url(&format!("/backchannel-logout/provider?{sub}")));
    let token = provider.logout_token("web", "alice").unwrap();
    let (signed, _) = token.rsplit_once('.').unwrap();
    let forged = format!("logout_token={signed}.{}", "A".repeat(342));
    for body in [sub, "logout_token=e30.e30.", &forged, ""] {
        assert_eq!(mallory.post(&app.url("/backchannel-logout/provider"), body).status, 400);
    }
    thread::sleep(Duration::from_millis(200));
    assert_eq!(provider.stats().revocations, 0);
    assert_eq!(who(&app, &alice), Ok("user-alice".into()));
    // Her own logout does.
    alice.post(&app.url("/logout"), "");
    let deadline = Instant::now() + Duration::from_secs(10);
    while provider.stats().revocations == 0 {
        assert!(Instant::now() < deadline, "her tokens are not revoked");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn what_the_provider_says_itself_is_not_taken_from_the_environment_too() {
    let (_provider, _folder, settings) = settings(OpenId::new());
    for (name, value) in [
        ("REVOCATION_URL", "https://as.example/revoke"),
        ("REQUIRE_ISS", "1"),
        ("ID_TOKEN_ALG", "none"),
        ("ID_TOKEN_ALG", "HS256,RS256"),
        ("ID_TOKEN_ALG", "HS256"),
        ("USERINFO_ALG", "RS257"),
        ("USER_FIELD", "sub"),
        ("AUTHORIZE_PARAMS", "state=mine"),
        ("POST_LOGOUT_REDIRECT_URI", "http://127.0.0.1:1/out"),
        ("POST_LOGOUT_REDIRECT_URI", "out"),
        ("AUTH_URL", "https://as.example/authorize"),
    ] {
        let (code, said) = settings.clone().set(name, value).fail();
        assert_eq!(code, Some(2), "{name}={value}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let (code, said) = settings.unset("ISSUER").fail();
    assert!(code == Some(2) && said.contains("ISSUER (or AUTH_URL and TOKEN_URL)"), "{said}");
}

#[test]
fn met_04_c_02_a_document_of_another_issuer_sends_nobody_anywhere() {
    let (provider, _folder, settings) = settings(OpenId::new());
    provider.misbehave(Misbehaviour::named("oidcc-client-test-discovery-issuer-mismatch").unwrap());
    let app = settings.start();
    let page = Browser::new().follow(&app.url("/profile"));
    assert_eq!(page.status, 500, "only another configuration mends it: {}", page.text());
    assert_eq!(provider.requests(Endpoint::Authorize).len(), 0);
}

#[test]
fn c_72_user_info_and_renewals_about_somebody_else_show_nothing() {
    let (provider, _folder, settings) = settings(OpenId::new());
    let app = settings.start();
    let browser = Browser::new();
    assert_eq!(who(&app, &browser), Ok("user-alice".into()));
    provider.misbehave(Misbehaviour::named("oidcc-client-test-userinfo-invalid-sub").unwrap());
    assert_eq!(who(&app, &browser), Err("identity_refused".into()));
    provider.misbehave(Misbehaviour::named("oidcc-client-test-refresh-token-invalid-sub").unwrap());
    provider.expire_access_tokens();
    let presented = || -> BTreeSet<_> {
        let asked = provider.requests(Endpoint::UserInfo).into_iter();
        asked.map(|entry| entry.request.header("authorization").map(str::to_owned)).collect()
    };
    let before = presented();
    assert_eq!(who(&app, &browser), Err("provider_misbehaved".into()));
    assert_eq!(presented(), before, "the new token is not used");
    provider.misbehave(Misbehaviour::new());
    thread::sleep(Duration::from_millis(1100));
    assert_eq!(who(&app, &browser), Ok("user-alice".into()), "nothing was lost");
    assert_eq!(provider.stats().families_revoked, 0);
}
