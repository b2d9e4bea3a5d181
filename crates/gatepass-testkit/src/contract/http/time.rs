//! HTTP-6 and HTTP-10: a call ends in time, and its connection with it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gatepass_core::ports::{HttpClient, HttpErrorKind, Limits, Processed};

use super::server::{Conversation, Server};
use super::subject::{Setup, Subject, demand_error, request, runtime};

const TOTAL: Duration = Duration::from_millis(300);
/// What a busy machine may add.
const SCHEDULING: Duration = Duration::from_secs(5);

fn demand_in_time(
    what: &str,
    subject: &Subject,
    scheme: &str,
    processed: Processed,
    script: impl Fn(&mut Conversation) + Send + Sync + 'static,
) {
    let server = Server::plain(script);
    let client = if scheme == "http" { subject.on_loopback() } else { subject.strict() };
    let url = format!("{scheme}://127.0.0.1:{}/token", server.port());
    for call in 1..=2 {
        let start = Instant::now();
        let outcome = client.send(request(&url), &Limits::DEFAULT.total(TOTAL));
        let took = start.elapsed();
        demand_error(what, outcome, HttpErrorKind::Timeout, processed);
        assert!((TOTAL..TOTAL + SCHEDULING).contains(&took), "{what} took {took:?}");
        let seen = server.finished();
        assert_eq!(seen.len(), call, "{what}: a connection was used again");
        assert!(seen.iter().all(|one| one.closed_by_client), "{what}: the connection stayed open");
    }
}

/// HTTP-6, HTTP-10: a provider that never answers.
pub fn http_06_a_silent_provider_ends_in_time(subject: &Subject) {
    demand_in_time("silence", subject, "http", Processed::Maybe, |client| {
        client.read_request();
        client.hold();
    });
}

/// HTTP-6, HTTP-10: headers that come byte by byte, each in time for a naive timeout.
pub fn http_06_dripping_headers_end_in_time(subject: &Subject) {
    demand_in_time("dripping headers", subject, "http", Processed::Maybe, |client| {
        client.read_request();
        client.drip(format!("HTTP/1.1 200 OK\r\nX-Slow: {}", "a".repeat(1 << 10)), Duration::from_millis(20));
    });
}

/// HTTP-6, HTTP-10: a body that comes byte by byte.
pub fn http_06_a_dripping_body_ends_in_time(subject: &Subject) {
    demand_in_time("a dripping body", subject, "http", Processed::Maybe, |client| {
        client.read_request();
        client.write("HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n");
        client.drip("a".repeat(1 << 10), Duration::from_millis(20));
    });
}

/// HTTP-6, HTTP-8, HTTP-10: a handshake that is never answered ends in time, and nothing was processed.
pub fn http_06_a_stalled_handshake_ends_in_time(subject: &Subject) {
    demand_in_time("a stalled handshake", subject, "https", Processed::CertainlyNot, Conversation::hold);
}

/// HTTP-10: a call that is dropped closes its connection, before and after the request was written.
pub fn http_10_a_dropped_call_closes_its_connection<C: HttpClient + 'static>(make: impl Fn(&Setup) -> C) {
    let client = Arc::new(make(&Setup { http_loopback: true, ..Setup::default() }));
    let runtime = runtime();
    for (scheme, some_bytes) in [("http", "POST /token"), ("https", "\u{16}")] {
        let server = Server::plain(Conversation::hold);
        let url = format!("{scheme}://127.0.0.1:{}/token", server.port());
        let sending = Arc::clone(&client);
        let call = runtime.spawn(async move { sending.send(request(&url), &Limits::DEFAULT).await.is_ok() });
        server.wait("the call's first bytes", |seen| {
            seen.first().is_some_and(|one| one.bytes.starts_with(some_bytes.as_bytes()))
        });
        call.abort();
        let seen = server.finished();
        assert!(seen.len() == 1 && seen[0].closed_by_client, "{scheme}: the connection outlived its call");
    }
}
