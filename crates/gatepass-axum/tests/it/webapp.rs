//! The built example, from outside.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use gatepass_testkit::Provider;
use gatepass_testkit::provider::{Endpoint, Fault, Gate};
use tempfile::TempDir;

use crate::support::process::{Settings, command};
use crate::support::{Browser, with_parameter};

fn settings() -> (Provider, TempDir, Settings) {
    let provider = Provider::start();
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::new(&provider, folder.path());
    (provider, folder, settings)
}

#[test]
fn a_login_a_profile_a_renewal_and_a_logout() {
    let (provider, folder, settings) = settings();
    let app = settings.start();
    let browser = Browser::new();
    assert_eq!(browser.go(&app.url("/healthz")).text(), "ok\n");
    assert!(browser.go(&app.url("/")).text().contains("Log in"));

    let page = browser.follow(&app.url("/profile"));
    assert_eq!((page.status, page.url.as_str()), (200, app.url("/profile").as_str()), "{}", page.text());
    assert!(page.text().contains("user-alice") && page.text().contains("Log out"), "{}", page.text());
    let json = browser.ask(&app.url("/profile"));
    assert_eq!(json.header("content-type"), "application/json");
    assert_eq!(json.json()["sub"], "user-alice");
    assert_eq!(json.header("cache-control"), "no-store");

    provider.expire_access_tokens();
    assert_eq!(browser.ask(&app.url("/profile")).status, 200);
    assert_eq!((provider.stats().refreshes, provider.stats().reuse_detected), (1, 0));

    assert_eq!(browser.post(&app.url("/logout"), "").location(), app.url("/"));
    assert_eq!(browser.ask(&app.url("/profile")).status, 401);
    let deadline = Instant::now() + Duration::from_secs(10);
    while provider.stats().revocations == 0 {
        assert!(Instant::now() < deadline, "the logout does not reach the provider");
        thread::sleep(Duration::from_millis(10));
    }
    let (code, log) = app.stop();
    assert_eq!(code, Some(0), "{log}");

    let key = folder.path().join("gatepass.db.key");
    assert_eq!(key.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    for entry in folder.path().read_dir().unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for secret in provider.issued() {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
        }
    }
}

#[test]
fn c_63_no_secret_is_logged_at_trace() {
    let (provider, _folder, settings) = settings();
    let app = settings.set("RUST_LOG", "trace").start();
    let browser = Browser::new();
    let callback = {
        let start = browser.go(&app.url("/login?return_to=/profile"));
        browser.go(&start.location()).location()
    };
    let state = url::Url::parse(&callback).unwrap();
    let state = state.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    browser.go(&with_parameter(&callback, "state", "forged"));
    assert_eq!(browser.follow(&callback).status, 200);
    browser.go(&callback);
    provider.expire_access_tokens();
    assert_eq!(browser.ask(&app.url("/profile")).status, 200);
    let cookies = ["gatepass-session", "gatepass-browser"].map(|name| browser.cookie(name).unwrap());
    browser.post(&app.url("/logout"), "");
    let (_, log) = app.stop();
    assert!(log.contains("TRACE") && log.contains("logged in"), "{log}");
    for secret in provider.issued().iter().chain(&cookies).chain([&state, &"s3cret".to_owned()]) {
        assert!(!log.contains(secret.as_str()), "{secret} in {log}");
    }
}

#[test]
fn a_suspect_grant_sends_a_person_to_log_in_again_and_tells_a_program() {
    let (provider, _folder, settings) = settings();
    let app = settings.start();
    let browser = Browser::new();
    assert_eq!(browser.follow(&app.url("/profile")).status, 200);

    provider.expire_access_tokens();
    provider.inject(Fault::after(Endpoint::Token).close().when_grant_type("refresh_token"));
    let program = browser.ask(&app.url("/profile"));
    assert_eq!((program.status, program.error().as_str()), (401, "login_required"));
    assert_eq!(program.json()["login"], app.url("/login"));
    let person = browser.go(&app.url("/profile"));
    assert_eq!((person.status, person.location()), (303, app.url("/login?return_to=%2Fprofile&renew=1")));

    let page = browser.follow(&person.location());
    assert_eq!((page.status, page.url.as_str()), (200, app.url("/profile").as_str()));
    assert_eq!(provider.token_requests("refresh_token").len(), 1, "the lost refresh is not repeated");
    assert_eq!(provider.stats().reuse_detected, 0);
}

#[test]
fn a_grant_that_the_provider_ended_asks_for_a_login_and_an_api_that_is_down_does_not() {
    let (provider, _folder, settings) = settings();
    let app = settings.start();
    let browser = Browser::new();
    assert_eq!(browser.follow(&app.url("/profile")).status, 200);
    provider.inject(Fault::before(Endpoint::User).status(500));
    assert_eq!(browser.ask(&app.url("/profile")).status, 502);
    provider.inject(Fault::before(Endpoint::User).close());
    let page = browser.go(&app.url("/profile"));
    assert_eq!(page.status, 502);
    assert!(page.text().contains("<h1>"), "{}", page.text());
    assert_eq!(browser.ask(&app.url("/profile")).status, 200);

    provider.end_grants();
    assert_eq!(browser.ask(&app.url("/profile")).status, 401);
    assert_eq!(browser.follow(&app.url("/profile")).status, 200);
}

#[test]
fn a_login_survives_a_restart_of_the_process_and_so_does_the_session() {
    let (provider, _folder, settings) = settings();
    let app = settings.start();
    let browser = Browser::new();
    let start = browser.go(&app.url("/login?return_to=/profile"));
    let callback = browser.go(&start.location()).location();
    assert_eq!(app.stop().0, Some(0));
    let app = settings.start();
    assert_eq!(browser.go(&callback).location(), app.url("/profile"));
    assert_eq!(app.stop().0, Some(0));
    let app = settings.start();
    assert_eq!(browser.ask(&app.url("/profile")).status, 200);
    assert_eq!(provider.stats().exchanges, 1);
}

#[test]
fn a_shutdown_waits_for_a_login_whose_browser_has_gone_away() {
    let (provider, _folder, settings) = settings();
    let app = settings.start();
    let browser = Browser::new();
    let start = browser.go(&app.url("/login?return_to=/profile"));
    let callback = browser.go(&start.location()).location();
    let gate = Gate::new();
    provider.inject(Fault::before(Endpoint::Token).hold(&gate));
    let target = callback.strip_prefix(&app.origin).unwrap();
    let request =
        format!("GET {target} HTTP/1.1\r\nhost: app\r\ncookie: {}\r\n\r\n", browser.cookies("127.0.0.1"));
    let connection = crate::support::raw::open(&app.origin, request.as_bytes());
    assert!(gate.wait_for(1, Duration::from_secs(10)));
    drop(connection);
    app.ask_to_stop();
    let opens = thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        gate.open();
    });
    assert_eq!(app.stop().0, Some(0));
    opens.join().unwrap();
    assert_eq!(provider.stats().exchanges, 1);
    let app = settings.start();
    assert_eq!(browser.go(&callback).location(), app.url("/profile"));
    assert_eq!(browser.ask(&app.url("/profile")).status, 200);
}

#[test]
fn all_missing_variables_are_named_in_one_error() {
    let output = command(&[]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    for name in ["CLIENT_ID", "REDIRECT_URI", "AUTH_URL", "TOKEN_URL", "API_URL"] {
        assert!(said.contains(name), "{name}: {said}");
    }
}

#[test]
fn contradictory_settings_are_refused_before_anything_listens() {
    let (_provider, folder, settings) = settings();
    let mut settings = settings;
    let cases: &[(&'static str, &str, &str)] = &[
        ("AUTH_METHOD", "none", "AUTH_METHOD"),
        ("AUTH_METHOD", "magic", "AUTH_METHOD"),
        ("CLIENT_SECRET", "", "CLIENT_SECRET"),
        ("STORE", "postgres://127.0.0.1/x", "STORE_KEY"),
        ("STORE", "mysql://127.0.0.1/x", "STORE"),
        ("STORE_KEY", "too short", "STORE_KEY"),
        ("REDIRECT_URI", "https://app.example/callback", "LISTEN"),
        ("REDIRECT_URI", "http://app.example/callback", "REDIRECT_URI"),
        ("REDIRECT_URI", "http://127.0.0.1:8080", "REDIRECT_URI"),
        ("REDIRECT_URI", "http://127.0.0.1:8080/login", "REDIRECT_URI"),
        ("SCOPE", "a\"b", "SCOPE"),
        ("REFRESH_GRACE", "soon", "REFRESH_GRACE"),
        ("RESPONSE_MODE", "fragment", "RESPONSE_MODE"),
        ("SESSION_IDLE", "0", "SESSION_IDLE"),
        ("ALLOW_HTTP_LOOPBACK", "yes please", "ALLOW_HTTP_LOOPBACK"),
        ("REDIRECT_URI", "http://127.0.0.1:8080/login/provider", "REDIRECT_URI"),
        ("SCOPE", "openid email", "openid"),
        ("AUTH_URL", "http://as.example/authorize", "AUTH_URL"),
        ("TOKEN_URL", "http://as.example/token", "TOKEN_URL"),
        ("API_URL", "https://api.example/user#me", "API_URL"),
        ("REVOCATION_URL", "https://user:pw@as.example/revoke", "REVOCATION_URL"),
        ("ISSUER", "http://as.example", "ISSUER"),
        ("ISSUER", "", "ISSUER"),
        ("LISTEN", "nonsense", "LISTEN"),
        ("LISTEN", "127.0.0.1:99999", "LISTEN"),
        ("LOGINS_UNDER_WAY", "-1", "LOGINS_UNDER_WAY"),
        ("CONNECT_REDIRECT_URI", "http://127.0.0.1:8080/connected", "USER_FIELD"),
        ("CONNECT_REDIRECT_URI", "http://127.0.0.1:8080/connect/account", "CONNECT_REDIRECT_URI"),
        ("CONNECT_SCOPE", "openid", "CONNECT_SCOPE"),
    ];
    for (name, value, named) in cases {
        let provider = Provider::start();
        settings = Settings::new(&provider, folder.path()).set(name, value);
        let (code, said) = settings.fail();
        assert_eq!(code, Some(2), "{name}={value}: {said}");
        assert!(said.contains(named) && said.lines().count() == 1, "{name}={value}: {said}");
        assert!(!said.contains("s3cret"), "{said}");
    }
    let several = settings.set("TOKEN_URL", "http://as.example/token").set("SCOPE", "\"").unset("CLIENT_ID");
    let (_, said) = several.fail();
    for name in ["TOKEN_URL", "SCOPE", "CLIENT_ID"] {
        assert!(said.contains(name), "{name}: {said}");
    }
    let without = several.set("ISSUER", "").unset("ALLOW_HTTP_LOOPBACK");
    assert_eq!(without.fail().0, Some(2));
    let names: BTreeSet<_> =
        folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.is_empty(), "a program that does not start leaves nothing behind: {names:?}");
}

#[test]
fn help_names_every_variable() {
    let output = command(&["--help"]).output().unwrap();
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    for name in [
        "CLIENT_ID",
        "CLIENT_SECRET",
        "REDIRECT_URI",
        "LISTEN",
        "AUTH_URL",
        "TOKEN_URL",
        "API_URL",
        "REVOCATION_URL",
        "ISSUER",
        "REQUIRE_ISS",
        "SCOPE",
        "USER_FIELD",
        "CONNECT_REDIRECT_URI",
        "CONNECT_SCOPE",
        "STORE",
        "STORE_KEY",
        "AUTH_METHOD",
        "ALLOW_HTTP_LOOPBACK",
        "REFRESH_ROTATES",
        "REFRESH_GRACE",
        "ARRIVAL_BOUND",
        "RESPONSE_MODE",
        "ID_TOKEN_ALG",
        "USERINFO_ALG",
        "AUTHORIZE_PARAMS",
        "POST_LOGOUT_REDIRECT_URI",
        "SESSION_IDLE",
        "LOGINS_UNDER_WAY",
    ] {
        assert!(help.contains(name), "{name}");
    }
    assert_eq!(command(&["--verbose"]).output().unwrap().status.code(), Some(2));
}

#[test]
fn a_public_client_and_a_store_in_memory() {
    let (provider, folder, settings) = settings();
    provider.register(
        gatepass_testkit::provider::Client::public("web")
            .redirect_uri(&format!("{}/signed/in", settings.origin)),
    );
    let settings = settings.unset("CLIENT_SECRET").set("STORE", "sqlite::memory:").set("AUTH_METHOD", "none");
    let app = settings.start();
    assert_eq!(Browser::new().follow(&app.url("/profile")).status, 200);
    drop(app);
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[test]
fn a_port_that_is_taken_is_said_with_exit_code_1() {
    let (_provider, _folder, settings) = settings();
    let _first = settings.start();
    let (code, said) = settings.fail();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("cannot listen on 127.0.0.1:"), "{said}");
}

#[test]
fn a_key_file_that_others_may_read_is_refused() {
    let (_provider, folder, settings) = settings();
    drop(settings.start());
    let key = folder.path().join("gatepass.db.key");
    let chmod = Command::new("chmod").arg("644").arg(&key).status().unwrap();
    assert!(chmod.success());
    let (code, said) = settings.fail();
    assert_eq!(code, Some(2), "{said}");
}

#[test]
fn c_09_a_variable_that_cannot_be_read_switches_no_check_off() {
    let (_provider, _folder, settings) = settings();
    let mut settings = settings.unset("REQUIRE_ISS");
    for name in ["CLIENT_SECRET", "ISSUER", "CLIENT_ID", "STORE_KEY"] {
        let before = settings.clone();
        let (code, said) = settings.set(name, OsStr::from_bytes(b"\xff\xfe")).fail();
        assert_eq!(code, Some(2), "{name}: {said}");
        assert!(said.contains(&format!("{name}: is not UTF-8")) && !said.contains("panicked"), "{said}");
        settings = before;
    }
}

#[test]
fn arq_06_a_redirect_uri_of_unusual_segments_is_a_route_of_its_own() {
    let (provider, _folder, settings) = settings();
    let callback = format!("{}/:id/*rest/{{x}}", settings.origin);
    provider
        .register(gatepass_testkit::provider::Client::confidential("web", "s3cret").redirect_uri(&callback));
    let app = settings.set("REDIRECT_URI", &callback).start();
    let browser = Browser::new();
    assert_eq!(browser.follow(&app.url("/profile")).status, 200);
    assert_eq!(browser.go(&app.url("/1/2/3?code=a&state=b")).status, 404);
}

#[test]
fn a_provider_that_may_be_reached_late_has_a_lease_that_waits_for_it() {
    let (_provider, _folder, settings) = settings();
    let app = settings.set("ARRIVAL_BOUND", "100").start();
    assert_eq!(app.stop().0, Some(0));
}

#[test]
fn the_key_is_beside_the_database_whatever_the_url_looks_like() {
    let (_provider, folder, settings) = settings();
    drop(settings.set("STORE", "sqlite:two%20words.db").start());
    assert!(folder.path().join("two words.db").exists() && folder.path().join("two words.db.key").exists());
}

#[test]
fn a_store_that_cannot_be_opened_is_a_wrong_setting_and_called_what_it_is() {
    let (_provider, folder, settings) = settings();
    std::fs::write(folder.path().join("letter.txt"), "Dear Ada, this is no database. ".repeat(99)).unwrap();
    let (code, said) = settings.clone().set("STORE", "sqlite:letter.txt").fail();
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("is no database") && !said.contains("Dear Ada"), "{said}");
    let (code, said) = settings.set("STORE", "sqlite:no/such/folder/x.db").fail();
    assert_eq!(code, Some(2), "{said}");
}

#[test]
fn a_lost_key_asks_for_a_login_and_tells_the_operator() {
    let (provider, folder, settings) = settings();
    let app = settings.start();
    let browser = Browser::new();
    let other = Browser::new();
    for browser in [&browser, &other] {
        assert_eq!(browser.follow(&app.url("/profile")).status, 200);
    }
    assert_eq!(app.stop().0, Some(0));
    std::fs::remove_file(folder.path().join("gatepass.db.key")).unwrap();
    let app = settings.start();
    let program = browser.ask(&app.url("/profile"));
    assert_eq!((program.status, program.error().as_str()), (401, "login_required"));
    let page = browser.go(&app.url("/profile"));
    assert!(page.location().starts_with(&app.url("/login?return_to=%2Fprofile")), "{}", page.location());
    let page = browser.follow(&page.location());
    assert_eq!((page.status, page.url.as_str()), (200, app.url("/profile").as_str()), "{}", page.text());
    assert_eq!(provider.stats().exchanges, 3);
    // And who logs out is logged out, though nobody can be told which tokens to revoke.
    assert!(other.go(&app.url("/")).text().contains("You are logged in."));
    assert_eq!(other.post(&app.url("/logout"), "").status, 303);
    assert!(other.go(&app.url("/")).text().contains("Log in to see"));
    let (_, log) = app.stop();
    assert!(log.contains("ERROR") && log.contains("under a key that is not in the key ring"), "{log}");
}

#[test]
fn a_person_ends_their_other_sessions() {
    let (_provider, _folder, settings) = settings();
    let app = settings.set("USER_FIELD", "sub").start();
    let (here, there) = (Browser::new(), Browser::new());
    for browser in [&here, &there] {
        assert_eq!(browser.follow(&app.url("/profile")).status, 200);
    }
    let page = here.go(&app.url("/sessions"));
    assert_eq!(page.text().matches("<li>").count(), 2, "{}", page.text());
    assert_eq!(page.text().matches("This one").count(), 1);
    assert!(page.text().contains("Logged in just now, last used just now"), "{}", page.text());
    assert_eq!(here.post(&app.url("/sessions"), "").location(), app.url("/sessions"));
    assert_eq!(there.ask(&app.url("/profile")).status, 401);
    assert_eq!(here.go(&app.url("/sessions")).text().matches("<li>").count(), 1);
    let cross = [("sec-fetch-site", "cross-site"), ("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(here.send("POST", &app.url("/sessions"), &cross, Some(b"")).status, 403);
    assert_eq!(Browser::new().ask(&app.url("/sessions")).status, 401);
}

#[test]
fn without_a_field_that_names_people_no_two_sessions_are_one_person_s() {
    let (_provider, _folder, settings) = settings();
    let app = settings.start();
    let (here, there) = (Browser::new(), Browser::new());
    for browser in [&here, &there] {
        assert_eq!(browser.follow(&app.url("/profile")).status, 200);
    }
    assert_eq!(here.go(&app.url("/sessions")).text().matches("<li>").count(), 1);
    assert_eq!(here.ask(&app.url("/account")).status, 404);
    drop(app);
}

#[test]
fn an_account_is_connected_outlives_the_session_and_is_disconnected() {
    let (provider, _folder, settings) = settings();
    let back = format!("{}/connected", settings.origin);
    let signed_in = format!("{}/signed/in", settings.origin);
    let both = gatepass_testkit::provider::Client::confidential("web", "s3cret");
    provider.register(both.redirect_uri(&signed_in).redirect_uri(&back));
    let app = settings.set("USER_FIELD", "sub").set("CONNECT_REDIRECT_URI", &back).start();
    let browser = Browser::new();
    let page = browser.follow(&app.url("/account"));
    assert!(page.text().contains("<h1>Connect an account</h1>"), "{}", page.text());
    let origin = provider.issuer();
    let policy = page.header("content-security-policy");
    assert!(policy.ends_with(&format!("form-action 'self' {origin}")), "{policy}");
    let start = browser.post(&app.url("/connect/account?return_to=/account"), "");
    let page = browser.follow(&start.location());
    assert_eq!(page.url, app.url("/account"), "{}", page.text());
    assert!(page.text().contains("Your account is connected") && page.text().contains("user-alice"));

    browser.post(&app.url("/logout"), "");
    assert!(browser.follow(&app.url("/account")).text().contains("Your account is connected"));
    let gone = browser.post(&app.url("/disconnect/account?return_to=/account"), "");
    assert!(browser.follow(&gone.location()).text().contains("<h1>Connect an account</h1>"));
}
