//! HTTP-1 to HTTP-4: what comes back, once, and not more of it than allowed.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use gatepass_core::Body;
use gatepass_core::ports::{HttpErrorKind, Limits, Processed};
use http::Request;
use http::header::{AUTHORIZATION, LOCATION, WWW_AUTHENTICATE};

use super::server::Server;
use super::subject::{CANARY_ANSWER, Subject, demand_error, request};

/// HTTP-1: an answer of any status is `Ok`, body and headers included.
pub fn http_01_any_status_is_an_answer(subject: &Subject) {
    for status in [200, 201, 299, 300, 304, 400, 401, 403, 404, 418, 429, 500, 502, 503, 504, 599] {
        let server = Server::plain(move |client| {
            client.read_request();
            let body = if status == 304 { "" } else { "{\"error\":\"why\"}" };
            let length = body.len();
            client.write(format!(
                "HTTP/1.1 {status} Some Reason\r\nWWW-Authenticate: Bearer error=\"invalid_token\"\r\n\
                 Content-Length: {length}\r\n\r\n{body}"
            ));
        });
        let answer = subject.on_loopback().send(request(&server.url("/token")), &Limits::DEFAULT).unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()[WWW_AUTHENTICATE], "Bearer error=\"invalid_token\"");
        let due: &[u8] = if status == 304 { b"" } else { b"{\"error\":\"why\"}" };
        assert_eq!(answer.body().as_bytes(), due, "{status}");
    }
}

/// HTTP-2: a redirect is the answer; the place it names is not asked.
pub fn trq_05_a_redirect_is_an_answer_and_not_followed(subject: &Subject) {
    for status in [301, 302, 303, 307, 308] {
        demand_no_redirect(subject, status, request, "/token");
    }
}

/// HTTP-2: the statuses that keep method and body forward neither, to another port, host name or the same server.
pub fn c_64_a_307_to_another_origin_forwards_nothing(subject: &Subject) {
    for status in [307, 308] {
        for place in
            ["http://localhost:{port}/token", "http://127.0.0.2:{port}/", "//127.0.0.1:{port}/", "/again"]
        {
            demand_no_redirect(subject, status, request, place);
        }
    }
}

/// HTTP-2: a token for an API does not travel along with a redirect of the API.
pub fn c_75_a_redirect_of_an_api_forwards_no_token(subject: &Subject) {
    let call = |url: &str| {
        Request::get(url)
            .header(AUTHORIZATION, "Bearer canary-header")
            .header("dpop", "canary-header")
            .body(Body::empty())
            .unwrap()
    };
    for status in [301, 302, 303, 307, 308] {
        demand_no_redirect(subject, status, call, "http://localhost:{port}/user");
    }
}

fn demand_no_redirect(subject: &Subject, status: u16, ask: impl Fn(&str) -> Request<Body>, place: &str) {
    let other = Server::plain(|client| {
        client.read_request();
        client.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    let place = match place {
        "/token" => other.url("/token"),
        place => place.replace("{port}", &other.port().to_string()),
    };
    let location = place.clone();
    let server = Server::plain(move |client| {
        client.read_request();
        client.write(format!(
            "HTTP/1.1 {status} Elsewhere\r\nLocation: {location}\r\nContent-Length: 4\r\n\r\nhere"
        ));
    });
    let answer = subject.on_loopback().send(ask(&server.url("/start")), &Limits::DEFAULT).unwrap();
    assert_eq!(answer.status(), status);
    assert_eq!(answer.headers()[LOCATION], place);
    assert_eq!(answer.body().as_bytes(), b"here", "{status}");
    assert_eq!(other.seen().len(), 0, "{status}: the redirect to {place} was followed");
    assert_eq!(server.finished().len(), 1, "{status}: the redirect to {place} was followed");
}

/// HTTP-3: one call is one request on a connection of its own, whatever the answer asks for.
pub fn http_03_one_call_is_one_request_and_one_connection(subject: &Subject) {
    let server = Server::plain(|client| {
        client.read_request();
        client.write("HTTP/1.1 503 Later\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n");
        client.hold();
    });
    let client = subject.on_loopback();
    for call in 1..=3 {
        let answer = client.send(request(&server.url("/token")), &Limits::DEFAULT).unwrap();
        assert_eq!(answer.status(), 503);
        let seen = server.wait("the end of the connection", |seen| seen.iter().all(|one| one.over));
        assert_eq!(seen.len(), call);
        assert!(seen.iter().all(|one| one.closed_by_client && requests(&one.bytes) == 1));
    }
}

/// HTTP-3: a connection that breaks after the request was read brings an error and no second request.
pub fn trq_07_a_request_is_not_repeated_when_the_connection_breaks(subject: &Subject) {
    let server = Server::plain(|client| client.read_request());
    let client = subject.on_loopback();
    for call in 1..=3 {
        let outcome = client.send(request(&server.url("/token")), &Limits::DEFAULT);
        demand_error("no answer", outcome, HttpErrorKind::Broken, Processed::Maybe);
        let seen = server.finished();
        assert_eq!(seen.len(), call);
        assert!(seen.iter().all(|one| requests(&one.bytes) == 1));
    }
}

fn requests(bytes: &[u8]) -> usize {
    String::from_utf8_lossy(bytes).matches(" HTTP/1.1\r\n").count()
}

/// HTTP-4: a body without an end is cut off at the cap, however it is framed.
pub fn http_04_an_endless_body_is_cut_off(subject: &Subject) {
    let framings = [
        ("until the end", "", CANARY_ANSWER.repeat(100)),
        ("a length beyond the cap", "Content-Length: 99999999999\r\n", CANARY_ANSWER.repeat(100)),
        ("chunks", "Transfer-Encoding: chunked\r\n", format!("514\r\n{}\r\n", CANARY_ANSWER.repeat(100))),
    ];
    for (what, header, piece) in framings {
        let server = Server::plain(move |client| {
            client.read_request();
            client.write(format!("HTTP/1.1 200 OK\r\n{header}\r\n"));
            client.flood(&piece);
        });
        let outcome =
            subject.on_loopback().send(request(&server.url("/token")), &Limits::DEFAULT.body(10_000));
        demand_error(what, outcome, HttpErrorKind::TooLarge, Processed::Maybe);
        assert!(server.finished()[0].closed_by_client, "{what}");
    }
}

/// HTTP-4: a body of exactly the cap passes, and one byte more does not; compressed ones are counted twice.
pub fn http_04_a_body_of_just_the_cap_passes(subject: &Subject) {
    for (header, body) in [("", vec![b'a'; 5000]), ("Content-Encoding: gzip\r\n", gzip(&[b'a'; 5000]))] {
        let server = Server::plain(move |client| {
            client.read_request();
            client.write(format!("HTTP/1.1 200 OK\r\n{header}Content-Length: {}\r\n\r\n", body.len()));
            client.write(&body);
        });
        let client = subject.on_loopback();
        let answer = client.send(request(&server.url("/")), &Limits::DEFAULT.body(5000)).unwrap();
        assert_eq!(answer.body().len(), 5000);
        let outcome = client.send(request(&server.url("/")), &Limits::DEFAULT.body(4999));
        demand_error("one byte too many", outcome, HttpErrorKind::TooLarge, Processed::Maybe);
    }
}

/// HTTP-4: a body that is small on the wire and huge when decompressed is cut off.
pub fn http_04_a_gzip_bomb_is_cut_off(subject: &Subject) {
    let bomb = gzip(&vec![0; 8 << 20]);
    assert!(bomb.len() < 1 << 20, "the bomb itself must fit");
    let server = Server::plain(move |client| {
        client.read_request();
        client.write(format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
            bomb.len()
        ));
        client.write(&bomb);
    });
    let outcome = subject.on_loopback().send(request(&server.url("/token")), &Limits::DEFAULT);
    demand_error("a gzip bomb", outcome, HttpErrorKind::TooLarge, Processed::Maybe);
}

/// HTTP-4: a compressed body that decompresses to nothing for ever is cut off by what came over the wire.
pub fn http_04_an_endless_compressed_body_is_cut_off(subject: &Subject) {
    let nothing = gzip(b"").repeat(50);
    let server = Server::plain(move |client| {
        client.read_request();
        client.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n");
        client.flood(&nothing);
    });
    let outcome = subject.on_loopback().send(request(&server.url("/token")), &Limits::DEFAULT.body(10_000));
    demand_error("nothing, compressed, for ever", outcome, HttpErrorKind::TooLarge, Processed::Maybe);
    assert!(server.finished()[0].closed_by_client);
}

/// HTTP-4: headers without an end are cut off as well; [`HttpErrorKind::Broken`], because no answer has so many.
pub fn http_04_endless_headers_are_cut_off(subject: &Subject) {
    for piece in ["X-More: canary-answer\r\n", "canary-answer"] {
        let server = Server::plain(move |client| {
            client.read_request();
            client.write("HTTP/1.1 200 OK\r\nX-First: ");
            client.flood(piece.repeat(100));
        });
        let outcome = subject.on_loopback().send(request(&server.url("/token")), &Limits::DEFAULT);
        demand_error("headers for ever", outcome, HttpErrorKind::Broken, Processed::Maybe);
        assert!(server.finished()[0].closed_by_client);
    }
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
