//! The example program `cli`, seen from outside: what it prints, how it ends, and whom it asks.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use gatepass_testkit::Provider;
use gatepass_testkit::provider::{Endpoint, Fault, IssParameter};

use crate::cli_run::{Place, Running, bare, parameter, visit};

#[test]
fn c_105_the_first_run_logs_in_and_shows_no_secret() {
    let place = Place::new();
    let mut running = Running::start(place.program());
    let url = running.url();
    let page = visit(&url);
    let ended = running.end();
    ended.is(0);
    assert_eq!(ended.json()["sub"], "user-alice");
    assert_eq!(ended.answer.lines().count(), 1, "{ended:?}");
    assert!(page.contains("<h1>You are logged in</h1>"), "{page}");
    assert_eq!(parameter(&url, "scope"), "profile email");

    let exchange = &place.provider.token_requests("authorization_code")[0].request;
    let mut secrets = place.provider.issued();
    assert_eq!(secrets.len(), 3, "a code and two tokens");
    secrets.push(exchange.form_value("code_verifier").unwrap());
    let stored = String::from_utf8_lossy(&fs::read(place.path("gatepass.db")).unwrap()).into_owned();
    for secret in secrets {
        for place in [&ended.said, &ended.answer, &page, &stored] {
            assert!(!place.contains(&secret), "{secret} in {place}");
        }
    }
}

#[test]
fn the_second_run_needs_nobody() {
    let place = Place::new();
    place.log_in();
    let ended = place.run();
    assert_eq!(ended.is(0).asked_nobody().json()["sub"], "user-alice");
    assert_eq!(place.provider.stats().exchanges, 1);
    assert!(place.provider.token_requests("refresh_token").is_empty());
}

#[test]
fn nat_11_a_public_client_needs_no_secret_and_proves_itself_by_pkce() {
    let place = Place::new();
    let mut running = Running::start(place.program());
    let url = running.url();
    assert_eq!(parameter(&url, "code_challenge_method"), "S256");
    visit(&url);
    running.end().is(0);
    let exchange = &place.provider.token_requests("authorization_code")[0].request;
    assert_eq!(exchange.form_value("client_id").as_deref(), Some("cli"));
    assert!(exchange.form_value("code_verifier").is_some());
    assert_eq!(exchange.form_value("client_secret"), None);
    assert_eq!(exchange.header("authorization"), None);
}

#[test]
fn a_hint_and_a_prompt_reach_the_provider() {
    let place = Place::new();
    let mut program = place.program();
    program.env("LOGIN_HINT", "bob").env("PROMPT", "login  consent");
    let ended = Running::start(program).with_browser(visit);
    ended.is(0);
    assert!(ended.answer.contains("user-bob"), "{}", ended.answer);
    let asked = &place.provider.requests(Endpoint::Authorize)[0].request;
    assert_eq!(asked.query_value("prompt").as_deref(), Some("login consent"));
    for wrong in ["none", "sign-up", "login none"] {
        let mut program = place.program();
        program.env("PROMPT", wrong);
        let ended = Running::start(program).end();
        ended.is(2);
        assert!(ended.said.contains("PROMPT"), "{}", ended.said);
    }
}

#[test]
fn a_secret_is_sent_as_the_method_says() {
    for (method, in_header) in [(None, true), (Some("basic"), true), (Some("post"), false)] {
        let place = Place::new();
        let mut program = place.program();
        program.env("CLIENT_ID", "app").env("CLIENT_SECRET", "secret");
        if let Some(method) = method {
            program.env("AUTH_METHOD", method);
        }
        Running::start(program).with_browser(visit).is(0);
        let exchange = &place.provider.token_requests("authorization_code")[0].request;
        assert_eq!(exchange.basic_credentials().is_some(), in_header);
        assert_eq!(exchange.form_value("client_secret").is_some(), !in_header);
    }
}

#[test]
fn nat_04_the_redirect_uri_is_the_port_that_is_bound() {
    let place = Place::new();
    let mut running = Running::start(place.program());
    let url = running.url();
    let redirect_uri = url::Url::parse(&parameter(&url, "redirect_uri")).unwrap();
    assert_eq!((redirect_uri.host_str(), redirect_uri.path()), (Some("127.0.0.1"), "/callback"));
    let port = redirect_uri.port().unwrap();
    drop(TcpStream::connect(("127.0.0.1", port)).expect("it listens"));
    visit(&url);
    running.end().is(0);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn c_100_junk_on_the_port_comes_first_and_the_login_goes_on() {
    let place = Place::new();
    let mut running = Running::start(place.program());
    let url = running.url();
    let (callback, state) = (parameter(&url, "redirect_uri"), parameter(&url, "state"));
    let authority = url::Url::parse(&callback).unwrap().socket_addrs(|| None).unwrap()[0];
    let knock = |bytes: &str| {
        let mut stream = TcpStream::connect(authority).unwrap();
        stream.write_all(bytes.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    for junk in [
        format!("GET /callback?code=evil&state=guessed HTTP/1.1\r\nHost: {authority}\r\n\r\n"),
        format!("GET /callback?error=access_denied HTTP/1.1\r\nHost: {authority}\r\n\r\n"),
        format!("GET /callback?code=evil&state={state} HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
        format!("POST /callback?code=evil&state={state} HTTP/1.1\r\nHost: {authority}\r\n\r\n"),
        format!("GET /favicon.ico HTTP/1.1\r\nHost: {authority}\r\n\r\n"),
    ] {
        assert!(knock(&junk).starts_with("HTTP/1.1 4"), "{junk}");
    }
    let stalled = TcpStream::connect(authority).unwrap();
    visit(&url);
    running.end().is(0);
    drop(stalled);
    assert_eq!(place.provider.requests(Endpoint::Token).len(), 1, "no stray code was sent on");
}

#[test]
fn a_person_who_says_no_ends_the_program_with_3() {
    let place = Place::new();
    let mut running = Running::start(place.program());
    let page = visit(&format!("{}&login_hint=deny", running.url()));
    let ended = running.end();
    ended.is(3);
    assert!(page.contains("<h1>You said no</h1>"), "{page}");
    assert_eq!(ended.answer, "");
    assert!(place.provider.requests(Endpoint::Token).is_empty());
}

#[test]
fn an_error_of_the_provider_ends_the_program_with_1() {
    let place = Place::new();
    let mut running = Running::start(place.program());
    let page = visit(&format!("{}&login_hint=error:server_error", running.url()));
    let ended = running.end();
    ended.is(1);
    assert!(ended.said.contains("server_error"), "{ended:?}");
    assert!(page.contains("<h1>The login did not work</h1>"), "{page}");
}

#[test]
fn a_token_endpoint_that_fails_ends_the_program_with_1_and_the_page_says_so() {
    for fault in [
        Fault::before(Endpoint::Token).status(500),
        Fault::before(Endpoint::Token).close(),
        Fault::before(Endpoint::Token).redirect(302, "http://127.0.0.1:1/"),
        Fault::after(Endpoint::Token).partial_body(5),
    ] {
        let place = Place::new();
        place.provider.inject(fault);
        let mut running = Running::start(place.program());
        let page = visit(&running.url());
        let ended = running.end();
        ended.is(1);
        assert!(page.contains("<h1>The login did not work</h1>"), "{page}");
        assert_eq!(ended.answer, "");
    }
}

#[test]
fn a_provider_that_is_down_ends_the_program_with_1() {
    let place = Place::new();
    place.log_in();
    let program = place.program();
    let Place { provider, folder } = place;
    drop(provider);
    let ended = Running::start(program).end();
    ended.is(1).asked_nobody();
    assert_eq!(ended.answer, "");
    drop(folder);
}

#[test]
fn an_api_that_fails_ends_the_program_with_1_and_prints_nothing() {
    let place = Place::new();
    place.log_in();
    for fault in [
        Fault::before(Endpoint::User).status(500),
        Fault::before(Endpoint::User).status(204),
        Fault::before(Endpoint::User).close(),
        Fault::before(Endpoint::User).redirect(302, &place.provider.echo_endpoint()),
        Fault::before(Endpoint::User).raw("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"),
    ] {
        place.provider.inject(fault);
        let ended = place.run();
        ended.is(1).asked_nobody();
        assert_eq!(ended.answer, "");
    }
    assert!(place.provider.requests(Endpoint::Echo).is_empty(), "the token followed a redirect");
    place.run().is(0);
}

#[test]
fn everything_that_is_wrong_with_the_configuration_is_named_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let ended = Running::start(bare(folder.path())).end();
    ended.is(2);
    for name in ["CLIENT_ID", "ISSUER", "API_URL"] {
        assert!(ended.said.contains(&format!("{name} is missing")), "{ended:?}");
    }
    assert!(ended.said.contains("(or AUTH_URL and TOKEN_URL)"), "{ended:?}");

    let wrong = [
        ("CLIENT_ID", "cli"),
        ("AUTH_URL", "http://as.example/authorize"),
        ("TOKEN_URL", "https://user@as.example/token"),
        ("API_URL", "api"),
        ("REVOCATION_URL", "https://as.example/revoke#x"),
        ("ISSUER", "http://127.0.0.1/"),
        ("REQUIRE_ISS", "yes"),
        ("SCOPE", "openid"),
        ("STORE", "postgres://localhost/x"),
        ("STORE_KEY", "c2hvcnQ="),
        ("AUTH_METHOD", "post"),
        ("ALLOW_HTTP_LOOPBACK", "true"),
        ("REFRESH_ROTATES", "no"),
        ("REFRESH_GRACE", "1m"),
        ("ARRIVAL_BOUND", "-1"),
    ];
    let mut program = bare(folder.path());
    let ended = Running::start({
        program.envs(wrong);
        program
    })
    .end();
    ended.is(2);
    for (name, _) in &wrong[1..] {
        assert!(ended.said.contains(&format!("\n  {name} ")), "{name}: {ended:?}");
    }
    assert!(!ended.said.contains("CLIENT_ID") && !ended.said.contains("c2hvcnQ"), "{ended:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is made of a wrong configuration");
}

#[test]
fn contradictions_in_the_configuration_are_refused() {
    let place = Place::new();
    for (variables, named) in [
        (&[("AUTH_METHOD", "none"), ("CLIENT_SECRET", "secret")][..], "AUTH_METHOD"),
        (&[("AUTH_METHOD", "basic")], "AUTH_METHOD"),
        (&[("AUTH_METHOD", "jwt")], "AUTH_METHOD"),
        (&[("CLIENT_SECRET", "")], "CLIENT_SECRET"),
        (&[("REQUIRE_ISS", "1")], "REQUIRE_ISS"),
        (&[("ALLOW_HTTP_LOOPBACK", "0")], "TOKEN_URL"),
        (&[("STORE", "sqlite:absent/folder/x.db")], "store"),
    ] {
        let mut program = place.program();
        program.envs(variables.iter().copied());
        let ended = Running::start(program).end();
        ended.is(2);
        assert!(ended.said.contains(named), "{ended:?}");
    }
    assert!(place.provider.log().is_empty());
}

#[test]
fn help_is_for_the_person_and_other_arguments_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = bare(folder.path());
    program.arg("--help");
    let ended = Running::start(program).end();
    ended.is(0);
    for name in ["CLIENT_ID", "REFRESH_GRACE", "--logout", "3 you said no"] {
        assert!(ended.answer.contains(name), "{ended:?}");
    }
    for arguments in [&["--frob"][..], &["--logout", "x"], &["-"]] {
        let mut program = bare(folder.path());
        program.args(arguments);
        let ended = Running::start(program).end();
        ended.is(2);
        assert!(ended.said.contains("usage") && ended.answer.is_empty(), "{ended:?}");
    }
}

#[test]
fn another_issuer_than_the_configured_one_is_refused() {
    let place = Place::new();
    for (issuer, require, code) in
        [(place.provider.issuer(), "1", 0), ("https://other.example".to_owned(), "0", 1)]
    {
        let mut program = place.program();
        program.env("ISSUER", issuer).env("REQUIRE_ISS", require).env("STORE", "sqlite::memory:");
        Running::start(program).with_browser(visit).is(code);
    }
    assert_eq!(place.provider.requests(Endpoint::Token).len(), 1);

    let silent = Place::with(Provider::builder().iss(IssParameter::Absent));
    for (require, code) in [("0", 0), ("1", 1)] {
        let mut program = silent.program();
        program.env("ISSUER", silent.provider.issuer()).env("REQUIRE_ISS", require);
        program.env("STORE", "sqlite::memory:");
        Running::start(program).with_browser(visit).is(code);
    }
}

#[test]
fn a_callback_that_nobody_waits_for_costs_nothing() {
    let place = Place::new();
    let mut running = Running::start(place.program());
    let url = running.url();
    visit(&url);
    running.end().is(0);
    let callback = parameter(&url, "redirect_uri");
    let agent: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
    assert!(agent.get(format!("{callback}?code=x")).call().is_err(), "the port is closed");
}
