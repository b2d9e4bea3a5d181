//! HTTP-8 and HTTP-9: what failed and whether the provider can have acted, and what errors and logs show of it.

use std::net::{Ipv4Addr, TcpListener};

use gatepass_core::ports::{HttpErrorKind, Limits, Processed};

use super::certificate::Chain;
use super::server::{Conversation, Server};
use super::subject::{CANARIES, CANARY_ANSWER, Subject, demand_error, request};

/// HTTP-8: no name, no connection, no TLS: certainly not processed.
pub fn http_08_what_never_left_is_certainly_not_processed(subject: &Subject) {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let client = subject.on_loopback();
    for url in [
        "https://does-not-exist.invalid/token".to_owned(),
        format!("https://127.0.0.1:{free}/token"),
        format!("http://127.0.0.1:{free}/token"),
        format!("http://localhost:{free}/token"),
    ] {
        let outcome = client.send(request(&url), &Limits::DEFAULT);
        demand_error(&url, outcome, HttpErrorKind::Connect, Processed::CertainlyNot);
    }

    type Script = fn(&mut Conversation);
    let no_tls: [(&str, Script); 4] = [
        ("an end at once", |_| {}),
        ("an end amid the handshake", |client| {
            client.read_one_byte();
            client.write([0x16, 0x03, 0x03, 0x00, 0x50, 0x02]);
        }),
        ("plain http", |client| {
            client.read_one_byte();
            client.write(format!("HTTP/1.1 400 Bad Request\r\n\r\n{CANARY_ANSWER}"));
            client.hold();
        }),
        ("an alert", |client| {
            client.read_one_byte();
            client.write([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 70]);
            client.hold();
        }),
    ];
    for (what, script) in no_tls {
        let server = Server::plain(script);
        let outcome =
            client.send(request(&format!("https://127.0.0.1:{}/token", server.port())), &Limits::DEFAULT);
        demand_error(what, outcome, HttpErrorKind::Tls, Processed::CertainlyNot);
        assert_eq!(server.finished().len(), 1, "{what}");
    }
}

/// HTTP-8: once the connection was ready, any failure may have been processed.
pub fn http_08_what_was_written_may_be_processed(subject: &Subject) {
    type Script = fn(&mut Conversation);
    let scripts: [(&str, Script); 6] = [
        ("an end before any byte", Conversation::read_request),
        ("a reset", Conversation::read_one_byte),
        ("half a status line", |client| {
            client.read_request();
            client.write("HTTP/1.1 2");
        }),
        ("half the headers", |client| {
            client.read_request();
            client.write("HTTP/1.1 200 OK\r\nX-Some: canary-answer");
        }),
        ("half a body", |client| {
            client.read_request();
            client.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncanary-answer");
        }),
        ("a reset amid the body", |client| {
            client.read_one_byte();
            client.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncanary-answer");
        }),
    ];
    for (what, script) in scripts {
        let server = Server::plain(script);
        let outcome = subject.on_loopback().send(request(&server.url("/token")), &Limits::DEFAULT);
        demand_error(what, outcome, HttpErrorKind::Broken, Processed::Maybe);
        assert_eq!(server.finished().len(), 1, "{what}");
    }
}

/// HTTP-8: over TLS, a body that ends with the connection must be ended by TLS too, or it may have been cut off.
pub fn http_08_a_body_without_an_end_over_tls_is_broken(subject: &Subject) {
    let chain = Chain::for_names(&["localhost"]);
    let server = Server::tls(
        chain.server,
        || {},
        |client| {
            client.read_request();
            client.write("HTTP/1.1 200 OK\r\n\r\n{\"access_token\":\"canary-answer\"");
        },
    );
    let url = format!("https://localhost:{}/token", server.port());
    let outcome = subject.trusting(&chain.root).send(request(&url), &Limits::DEFAULT);
    demand_error("an end without close_notify", outcome, HttpErrorKind::Broken, Processed::Maybe);
}

/// HTTP-9: at the finest level, no log shows a query, an `Authorization`, or a body of a request or an answer.
///
/// `logs` answers everything that was logged in the process so far, at all levels and by all crates.
pub fn trq_08_no_log_shows_a_secret(subject: &Subject, logs: &dyn Fn() -> String) {
    let answer = |client: &mut Conversation| {
        client.read_request();
        client.write("HTTP/1.1 400 Bad Request\r\nSet-Cookie: canary-answer\r\nContent-Length: 13\r\n\r\ncanary-answer");
    };
    let garbage = |client: &mut Conversation| {
        client.read_request();
        client.write("canary-answer canary-answer\r\n\r\ncanary-answer");
    };
    let chain = Chain::for_names(&["localhost"]);
    let open = Server::plain(answer);
    let broken = Server::plain(garbage);
    let secure = Server::tls(chain.server, || {}, answer);

    let client = subject.on_loopback();
    assert_eq!(client.send(request(&open.url("/token")), &Limits::DEFAULT).unwrap().status(), 400);
    let outcome = client.send(request(&broken.url("/token")), &Limits::DEFAULT);
    demand_error("garbage", outcome, HttpErrorKind::Broken, Processed::Maybe);
    let url = format!("https://localhost:{}/token", secure.port());
    assert_eq!(subject.trusting(&chain.root).send(request(&url), &Limits::DEFAULT).unwrap().status(), 400);
    let outcome = subject.strict().send(request(&url), &Limits::DEFAULT);
    demand_error("an untrusted certificate", outcome, HttpErrorKind::Tls, Processed::CertainlyNot);

    let logs = logs();
    for canary in CANARIES {
        let decimal = canary.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(", ");
        let hex = data_encoding::HEXLOWER.encode(canary.as_bytes());
        for shape in [canary.to_owned(), decimal, hex] {
            let line = logs.lines().find(|line| line.to_ascii_lowercase().contains(&shape));
            assert!(line.is_none(), "a log shows {canary}: {}", line.unwrap());
        }
    }
}
