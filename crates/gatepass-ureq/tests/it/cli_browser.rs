//! What the example program hands to a browser, and what it never would.
#![allow(clippy::print_stderr, reason = "the program's own module talks to the person who runs it")]

#[path = "../../examples/cli/browser.rs"]
mod browser;

use std::fs;

use crate::cli_run::{Place, Running, Scribe, visit};
use browser::is_for_a_browser;

#[test]
fn arq_21_only_https_with_a_host_is_handed_to_a_browser() {
    for url in [
        "https://as.example/authorize?x=1",
        "https://as.example:8443/a(b)$c;d'e`",
        "https://[2001:db8::1]/",
        "http://127.0.0.1:1/",
        "http://[::1]:1/",
        "http://localhost/",
    ] {
        assert!(is_for_a_browser(url, true), "{url}");
        assert_eq!(is_for_a_browser(url, false), url.starts_with("https"), "{url}");
    }
    for url in [
        "",
        "--help",
        "-https://as.example/",
        "http://as.example/",
        "http://127.0.0.1.as.example/",
        "file:///bin/sh",
        "javascript:alert(1)",
        "ms-settings:",
        "vscode://x/",
        "a:$(calc)",
        "https://",
        " https://as.example/",
        "https://as.example/\n--help",
        "https://as.example/ x",
        "https://as.example/\u{202e}",
        "/authorize",
    ] {
        assert!(!is_for_a_browser(url, true), "{url:?}");
    }
}

#[test]
fn arq_21_another_url_is_not_opened() {
    for url in ["file:///bin/sh", "http://as.example/", "mailto:x@as.example"] {
        assert!(browser::open(&url::Url::parse(url).unwrap(), Some("false"), true).is_err(), "{url}");
    }
}

#[cfg(unix)]
#[test]
fn c_01_the_url_is_one_argument_more_and_no_shell_sees_it() {
    let place = Place::new();
    let scribe = Scribe::in_folder(place.folder.path(), 0);
    let mut program = place.program();
    let words = format!("{}  --new-window $(touch${{IFS}}pwned) ;touch pwned ", scribe.program());
    program.env("BROWSER", &words);
    program.env(
        "AUTH_URL",
        format!("{}?x=$(touch%20pwned)&y=`touch`;touch|pwned", place.provider.authorization_endpoint()),
    );
    let running = Running::start(program);
    let arguments = scribe.called();
    let (url, others) = arguments.split_last().unwrap();
    assert_eq!(others, ["--new-window", "$(touch${IFS}pwned)", ";touch", "pwned"]);
    assert!(
        url.starts_with(&format!("{}?x=$(touch%20pwned)&y=", place.provider.authorization_endpoint())),
        "{url}"
    );
    visit(url);
    let ended = running.end();
    ended.is(0);
    assert_eq!(ended.json()["sub"], "user-alice");
    assert!(!place.path("pwned").exists());
    // What the browser prints is not the program's answer.
    assert!(ended.said.contains("noise") && !ended.answer.contains("noise"), "{ended:?}");
}

#[cfg(unix)]
#[test]
fn nat_01_a_browser_that_cannot_be_started_leaves_the_url_to_the_person() {
    let place = Place::new();
    let missing = place.path("missing").display().to_string();
    let scribe = Scribe::in_folder(place.folder.path(), 7);
    for browser in [missing.as_str(), scribe.program()] {
        let mut program = place.program();
        program.env("BROWSER", browser).env("STORE", "sqlite::memory:");
        Running::start(program).with_browser(visit).is(0);
    }
}

#[test]
fn c_01_an_endpoint_that_the_system_would_run_is_refused() {
    let place = Place::new();
    for endpoint in [
        "https://x.example/ $(calc)",
        "a:$(calc)",
        "file:///bin/sh",
        "javascript:alert(1)",
        "--help",
        "-https://as.example/",
        "ms-settings:network",
        "vscode://as.example/",
        "http://as.example/authorize",
        "https://as.example/\n",
        "https:",
    ] {
        let mut program = place.program();
        program.env("AUTH_URL", endpoint);
        let ended = Running::start(program).end();
        ended.is(2);
        assert!(ended.said.contains("AUTH_URL"), "{ended:?}");
        assert_eq!(ended.answer, "");
    }
    assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 0);
}
