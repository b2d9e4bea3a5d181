//! The provider as a process: its options, its line on standard output, its end.

use crate::support::*;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_gatepass-provider");

struct Process {
    child: Child,
    ready: Value,
}

impl Process {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(PROGRAM).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        assert_eq!(ready["ready"], true);
        Self { child, ready }
    }

    fn url(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap()
    }

    fn authorize(&self, changes: &[(&str, &str)]) -> Reply {
        let url = url::Url::parse_with_params(self.url("authorization_endpoint"), query(changes)).unwrap();
        get(url.as_str(), &[])
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).output().unwrap()
}

#[test]
fn a_login_through_the_process() {
    let process = Process::start(&[
        "--mode",
        "auto",
        "--access-token-lifetime",
        "7",
        "--rotation",
        "grace:10s:idempotent",
    ]);
    let code = process.authorize(&[]).back("code").unwrap();
    let tokens = post(process.url("token_endpoint"), &[BASIC], &exchange_form(&code));
    assert_eq!(tokens.json()["expires_in"], 7);
    let form = [("grant_type", "refresh_token"), ("refresh_token", &tokens.member("refresh_token"))];
    let next = || post(process.url("token_endpoint"), &[BASIC], &form).member("refresh_token");
    assert_eq!(next(), next());
    let bearer = format!("Bearer {}", tokens.member("access_token"));
    assert_eq!(get(process.url("user_endpoint"), &[("authorization", &bearer)]).status, 200);
    assert_eq!(get(&format!("{}stats", process.url("control_url")), &[]).json()["refreshes"], 2);
    assert_eq!(get(process.url("metadata_url"), &[]).json()["issuer"], process.ready["issuer"]);
}

#[test]
fn pages_are_the_default_and_clients_come_from_the_command_line() {
    let process = Process::start(&[
        "--client",
        "web:s3:https://app.example/cb",
        "--client",
        "web:s3:https://app.example/other",
        "--client",
        "native:http://127.0.0.1/cb",
        "--user",
        "carol:pw",
        "--no-iss",
        "--any-loopback-port",
    ]);
    let login = process.authorize(&[("client_id", "web"), ("redirect_uri", "https://app.example/other")]);
    assert_eq!(login.status, 200);
    assert!(login.text().contains("carol") && !login.text().contains("alice"));
    assert_eq!(
        process.authorize(&[("client_id", "native"), ("redirect_uri", "http://127.0.0.1:1/cb")]).status,
        200
    );
    assert_eq!(process.authorize(&[]).status, 400, "the default client is not there");
    let refused = process.authorize(&[
        ("client_id", "web"),
        ("redirect_uri", "https://app.example/cb"),
        ("scope", "x"),
    ]);
    assert_eq!((refused.back("error").as_deref(), refused.back("iss")), (Some("invalid_scope"), None));
}

#[test]
fn the_token_endpoint_can_be_slow() {
    let process = Process::start(&["--mode", "auto", "--delay-token", "80"]);
    for _ in 0..2 {
        let start = Instant::now();
        post(process.url("token_endpoint"), &[BASIC], &exchange_form("x"));
        assert!(start.elapsed() >= Duration::from_millis(80));
    }
}

#[cfg(unix)]
#[test]
fn sigterm_and_sigint_end_it_cleanly() {
    for signal in ["-TERM", "-INT"] {
        let mut process = Process::start(&[]);
        let sent = Command::new("kill").args([signal, &process.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        assert_eq!(process.child.wait().unwrap().code(), Some(0), "{signal}");
        let mut rest = String::new();
        process.child.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "");
        assert!(try_get(process.url("metadata_url"), &[]).is_err());
    }
}

#[test]
fn bad_usage_is_exit_code_2_with_the_reason_on_standard_error() {
    for arguments in [
        &["--nonsense"][..],
        &["--mode"],
        &["--mode", "manual"],
        &["--listen", "here"],
        &["--listen", "0.0.0.0:0"],
        &["--rotation", "grace"],
        &["--rotation", "grace:10s:often"],
        &["--client", "app"],
        &["--client", ":s:https://app.example/cb"],
        &["--access-token-lifetime", "-1"],
        &["--token-member", "a=b"],
        &["stray"],
        &["--misbehave", "nonsense"],
        &["--signing-algorithm", "none"],
        &["--client-algorithm", "app"],
        &["--backchannel-logout-uri", "app:http://127.0.0.1/"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            output.stdout.is_empty() && output.stderr.starts_with(b"gatepass-provider: "),
            "{arguments:?}"
        );
    }
}

#[test]
fn an_address_in_use_is_exit_code_1() {
    let process = Process::start(&[]);
    let address = process.url("issuer").strip_prefix("http://").unwrap();
    let output = run(&["--listen", address]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty() && !output.stderr.is_empty());
}

#[test]
fn an_openid_login_through_the_process() {
    let process = Process::start(&[
        "--mode",
        "auto",
        "--client",
        "app:secret:http://127.0.0.1:9/callback",
        "--signing-algorithm",
        "PS256",
        "--client-algorithm",
        "app:ES256",
        "--jwks-path",
        "a/b",
        "--post-logout-redirect-uri",
        "app:https://app.example/bye",
        "--misbehave",
        "oidcc-client-test-nonce-invalid",
    ]);
    let metadata = get(process.url("openid_configuration_url"), &[]).json();
    assert_eq!(metadata["jwks_uri"], format!("{}/a/b", process.url("issuer")));
    assert_eq!(metadata["jwks_uri"], process.ready["jwks_uri"]);
    assert_eq!(metadata["userinfo_endpoint"], process.ready["userinfo_endpoint"]);
    let nonce = || {
        let code = process.authorize(&[("scope", "openid"), ("nonce", "abc")]).back("code").unwrap();
        let tokens = post(process.url("token_endpoint"), &[BASIC], &exchange_form(&code));
        let token = tokens.member("id_token");
        assert_eq!(crate::openid::head(&token)["alg"], "ES256");
        crate::openid::claims(&token)["nonce"].clone()
    };
    assert_eq!(nonce(), "abc1");
    let behave = format!("{}misbehave", process.url("control_url"));
    assert_eq!(agent().post(&behave).send("{}").unwrap().status(), 200);
    assert_eq!(nonce(), "abc");
    let back = [("client_id", "app"), ("post_logout_redirect_uri", "https://app.example/bye")];
    let url = url::Url::parse_with_params(process.url("end_session_endpoint"), back).unwrap();
    assert_eq!(get(url.as_str(), &[]).header("location"), "https://app.example/bye");
}

#[test]
fn the_accepting_twin_of_a_module_is_a_process_too() {
    let process = Process::start(&[
        "--mode",
        "auto",
        "--any-loopback-port",
        "--misbehave",
        "oidcc-client-test-invalid-sig-es256",
        "--without-fault",
    ]);
    let (_, knobs) = {
        let url = format!("{}misbehaviour", process.url("control_url"));
        let reply = get(&url, &[]);
        (reply.status, reply.json())
    };
    assert_eq!(knobs, serde_json::json!({ "knobs": [{ "algorithm": "ES256" }] }));
    assert!(process.ready["openid_configuration_url"].is_string());
    assert!(Process::start(&[]).ready.get("openid_configuration_url").is_none());
}

#[test]
fn the_misbehaviours_can_be_listed() {
    let list = String::from_utf8(run(&["--list-misbehaviours"]).stdout).unwrap();
    assert!(list.contains("\nrefuse  oidcc-client-test-invalid-iss: "));
    assert!(list.contains("accept  oidcc-client-test: "));
    assert!(list.contains("\nnone    oidcc-client-test-session-management: "));
}

#[test]
fn help_names_every_option() {
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    let source = include_str!("../../src/bin/gatepass-provider/options.rs");
    let mut options: Vec<_> =
        source.split("Long(\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let source = include_str!("../../src/bin/gatepass-provider/openid.rs");
    let arms = source.lines().filter_map(|line| line.trim().strip_prefix('"')?.split_once("\" =>"));
    options.extend(arms.map(|(name, _)| name));
    assert!(options.len() > 34, "{}", options.len());
    for option in options {
        assert!(help.contains(&format!("--{option}")), "{option}");
    }
    assert!(run(&["--version"]).stdout.starts_with(b"gatepass-provider "));
}
