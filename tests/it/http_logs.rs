//! What the clients and the libraries below them log, at the finest level.

use std::error::Error;
use std::sync::Mutex;

use gatepass_core::Body;
use gatepass_core::ports::blocking::HttpClient;
use gatepass_core::ports::{HttpErrorKind, Limits, Processed};
use gatepass_reqwest::Reqwest;
use gatepass_testkit::contract::http::{Setup, Subject, trq_08_no_log_shows_a_secret};
use gatepass_ureq::Ureq;
use log::{Level, LevelFilter, Log, Metadata, Record};

static LOGS: Mutex<String> = Mutex::new(String::new());
/// Where ureq's finest level is taken: at targets that begin so. Nowhere, if empty.
static WIRE: Mutex<&str> = Mutex::new("");
/// The switch is one for the process.
static ALONE: Mutex<()> = Mutex::new(());

/// Takes everything; ureq's finest level only when told to.
struct Everything;

impl Log for Everything {
    fn enabled(&self, about: &Metadata<'_>) -> bool {
        let open = *WIRE.lock().expect("the switch");
        let wire = about.level() == Level::Trace && about.target().starts_with("ureq");
        !wire || (!open.is_empty() && about.target().starts_with(open))
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let line = format!("{} {} {}\n", record.level(), record.target(), record.args());
            LOGS.lock().expect("logs").push_str(&line);
        }
    }

    fn flush(&self) {}
}

fn logs() -> String {
    LOGS.lock().expect("logs").clone()
}

fn listen(wire: &'static str) {
    *WIRE.lock().expect("the switch") = wire;
    LOGS.lock().expect("logs").clear();
    let _ = log::set_logger(&Everything);
    log::set_max_level(LevelFilter::Trace);
}

fn reqwest_client(setup: &Setup) -> Reqwest {
    let mut settings = reqwest::Client::builder().no_proxy().connection_verbose(true);
    if let Some(root) = &setup.root {
        settings = settings.tls_certs_merge([reqwest::Certificate::from_der(root).expect("a certificate")]);
    }
    let client = Reqwest::with(settings).expect("a client");
    if setup.http_loopback { client.danger_allow_http_loopback() } else { client }
}

fn ureq_client(setup: &Setup) -> Ureq {
    let mut settings = ureq::Agent::config_builder().proxy(None);
    if let Some(root) = &setup.root {
        let root = ureq::tls::Certificate::from_der(root).to_owned();
        let tls = ureq::tls::TlsConfig::builder().root_certs(ureq::tls::RootCerts::new_with_certs(&[root]));
        settings = settings.tls_config(tls.build());
    }
    let client = Ureq::with(settings);
    if setup.http_loopback { client.danger_allow_http_loopback() } else { client }
}

#[test]
fn trq_08_no_log_of_the_asynchronous_client_shows_a_secret() {
    let _alone = ALONE.lock();
    listen("");
    trq_08_no_log_shows_a_secret(&Subject::asynchronous(reqwest_client), &logs);
    for source in ["reqwest::connect", "hyper_util::client", "rustls::client"] {
        assert!(logs().contains(source), "{source} said nothing");
    }
}

#[test]
fn trq_08_no_log_of_the_blocking_client_shows_a_secret() {
    let _alone = ALONE.lock();
    listen("");
    trq_08_no_log_shows_a_secret(&Subject::blocking(ureq_client), &logs);
    for source in ["ureq::run", "ureq_proto::client", "rustls::client"] {
        assert!(logs().contains(source), "{source} said nothing");
    }
}

#[test]
fn trq_08_nothing_is_sent_while_ureq_would_log_it() {
    let _alone = ALONE.lock();
    let request = || {
        http::Request::get("https://127.0.0.1:1/?code=canary-query").body(Body::empty()).expect("a request")
    };
    for wire in ["ureq::util", "ureq_proto::util"] {
        listen(wire);
        let refused = Ureq::new().send(request(), &Limits::DEFAULT).expect_err("a refusal");
        assert_eq!(
            (refused.kind(), refused.processed()),
            (HttpErrorKind::Insecure, Processed::CertainlyNot),
            "{wire}"
        );
        assert!(refused.source().is_some_and(|source| source.to_string().contains("set both to debug")));
        assert!(!logs().contains("canary-query"));
    }

    listen("ureq");
    let failed =
        Ureq::new().danger_allow_wire_logs().send(request(), &Limits::DEFAULT).expect_err("no server");
    assert_eq!(failed.kind(), HttpErrorKind::Connect);
    assert!(logs().contains("canary-query"), "ureq does not log the query any more: lift the refusal");
}
