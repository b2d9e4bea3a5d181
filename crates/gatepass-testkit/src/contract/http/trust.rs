//! HTTP-7: where a request may go at all, and whom it may meet there.

use gatepass_core::ports::{HttpErrorKind, Limits, Processed};

use super::certificate::Chain;
use super::server::{Conversation, Server};
use super::subject::{Subject, demand_error, request};

fn answer(client: &mut Conversation) {
    client.read_request();
    client.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

/// HTTP-7: plain http does not leave, whether or not loopback was allowed.
pub fn cfg_03_plain_http_is_refused(subject: &Subject) {
    for client in [subject.strict(), subject.on_loopback()] {
        for url in [
            "http://as.example/token",
            "http://192.0.2.1/token",
            "http://[2001:db8::1]/token",
            "ftp://127.0.0.1/",
        ] {
            let outcome = client.send(request(url), &Limits::DEFAULT);
            demand_error(url, outcome, HttpErrorKind::Insecure, Processed::CertainlyNot);
        }
    }
}

/// HTTP-7: what merely looks like loopback, and any URL with a user, is refused by parsing it.
pub fn cfg_04_loopback_is_judged_by_the_parser(subject: &Subject) {
    let server = Server::plain(answer);
    let port = server.port();
    let client = subject.on_loopback();
    for url in [
        format!("http://localhost:80@127.0.0.1:{port}/"),
        format!("http://user:pw@localhost:{port}/"),
        format!("https://user:pw@localhost:{port}/"),
        format!("https://user@localhost:{port}/"),
        format!("http://127.0.0.1.evil.example:{port}/"),
        format!("http://localhost.evil.example:{port}/"),
        format!("http://evil.localhost:{port}/"),
        format!("http://localhost.:{port}/"),
        format!("http://0.0.0.0:{port}/"),
        format!("http://[::]:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://0x7f.1:{port}/"),
        format!("http://127.1:{port}/"),
        format!("http://0177.0.0.1:{port}/"),
    ] {
        let outcome = client.send(request(&url), &Limits::DEFAULT);
        demand_error(&url, outcome, HttpErrorKind::Insecure, Processed::CertainlyNot);
    }
    assert_eq!(server.seen().len(), 0);
}

/// HTTP-7: loopback in the clear is refused by default and served once it was allowed by name.
pub fn http_07_loopback_in_the_clear_needs_its_name(subject: &Subject) {
    let server = Server::plain(answer);
    for host in ["127.0.0.1", "localhost", "LOCALHOST"] {
        let url = format!("http://{host}:{}/token", server.port());
        let refused = subject.strict().send(request(&url), &Limits::DEFAULT);
        demand_error(&url, refused, HttpErrorKind::Insecure, Processed::CertainlyNot);
        if host != "LOCALHOST" {
            let answer = subject.on_loopback().send(request(&url), &Limits::DEFAULT).unwrap();
            assert_eq!(answer.body().as_bytes(), b"ok", "{url}");
        }
    }
    assert_eq!(server.finished().len(), 2);
}

/// HTTP-7: a certificate of a trusted root for the right name passes.
pub fn http_07_a_trusted_certificate_passes(subject: &Subject) {
    let chain = Chain::for_names(&["localhost", "127.0.0.1"]);
    let server = Server::tls(chain.server, || {}, answer);
    let client = subject.trusting(&chain.root);
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("https://{host}:{}/token", server.port());
        assert_eq!(client.send(request(&url), &Limits::DEFAULT).unwrap().body().as_bytes(), b"ok", "{url}");
    }
}

/// HTTP-7: a client certificate is shown to a server that asks for it, and such a server serves nobody without one.
pub fn http_07_a_client_certificate_is_shown(subject: &Subject) {
    let chain = Chain::for_known_clients(&["localhost"]);
    let server = Server::tls(chain.server, || {}, answer);
    let url = format!("https://localhost:{}/token", server.port());
    let answer = subject.known(&chain.root, &chain.client).send(request(&url), &Limits::DEFAULT).unwrap();
    assert_eq!(answer.body().as_bytes(), b"ok");
    // The handshake of TLS 1.3 ends before the server judges the client, so that this may have been processed.
    let outcome = subject.trusting(&chain.root).send(request(&url), &Limits::DEFAULT);
    demand_error("no client certificate", outcome, HttpErrorKind::Broken, Processed::Maybe);
    assert!(server.finished()[1].bytes.is_empty());
}

/// HTTP-7: a certificate that no trusted root issued is refused before any byte of the request.
pub fn cfg_05_a_self_signed_certificate_is_refused(subject: &Subject) {
    let chain = Chain::for_names(&["localhost"]);
    let other = Chain::for_names(&["localhost"]);
    for client in [subject.strict(), subject.on_loopback(), subject.trusting(&other.root)] {
        demand_untrusted(client.as_ref(), &chain, "localhost");
    }
}

/// HTTP-7: a trusted certificate for another name is refused before any byte of the request.
pub fn cfg_05_a_wrong_host_name_is_refused(subject: &Subject) {
    let chain = Chain::for_names(&["as.example", "127.0.0.2"]);
    let client = subject.trusting(&chain.root);
    demand_untrusted(client.as_ref(), &chain, "localhost");
    demand_untrusted(client.as_ref(), &chain, "127.0.0.1");
}

fn demand_untrusted(client: &dyn gatepass_core::ports::blocking::HttpClient, chain: &Chain, host: &str) {
    let server = Server::tls(chain.server.clone(), || {}, answer);
    let outcome = client.send(request(&format!("https://{host}:{}/token", server.port())), &Limits::DEFAULT);
    demand_error("an untrusted certificate", outcome, HttpErrorKind::Tls, Processed::CertainlyNot);
    let seen = server.finished();
    assert_eq!(seen.len(), 1, "{host}");
    assert!(seen[0].bytes.is_empty(), "{host}: the server saw the request");
}

/// HTTP-7: a server that speaks TLS 1.1 at most is refused.
pub fn cfg_06_tls_1_1_is_refused(subject: &Subject) {
    let server = Server::plain(|client| {
        client.read_one_byte();
        // A ServerHello: TLS 1.1, 32 bytes of randomness, no session, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA.
        let mut hello = vec![0x16, 0x03, 0x02, 0x00, 42, 0x02, 0x00, 0x00, 38, 0x03, 0x02];
        hello.extend([7; 32]);
        hello.extend([0x00, 0xc0, 0x13, 0x00]);
        client.write(hello);
        client.hold();
    });
    let outcome = subject
        .strict()
        .send(request(&format!("https://localhost:{}/token", server.port())), &Limits::DEFAULT);
    demand_error("tls 1.1", outcome, HttpErrorKind::Tls, Processed::CertainlyNot);
    let seen = server.finished();
    // One record of the handshake, the ClientHello, and one alert that says protocol_version (70).
    assert!(seen[0].bytes.ends_with(&[0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 70]), "{:?}", seen[0].bytes);
}
