//! HTTP-5: nothing is written once the guard has passed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use gatepass_core::ports::{Clock, Guard, HttpErrorKind, Limits, Processed};
use gatepass_core::{Monotonic, Timestamp};

use super::certificate::Chain;
use super::server::{Conversation, Server};
use super::subject::{Subject, demand_error, request};

/// A clock that stands before the guard's moment for so many looks, and behind it from then on.
#[derive(Debug)]
struct Looks(AtomicU32);

impl Looks {
    fn left(looks: u32) -> Arc<Self> {
        Arc::new(Self(AtomicU32::new(looks)))
    }

    fn pass(&self) {
        self.0.store(0, Ordering::SeqCst);
    }

    fn limits(self: &Arc<Self>) -> Limits {
        let moment = (Timestamp::from_unix_seconds(100), Monotonic::since_origin(Duration::from_secs(100)));
        Limits::DEFAULT.not_after(Guard::new(Arc::clone(self) as _, moment.0, moment.1))
    }
}

impl Clock for Looks {
    fn now(&self) -> Timestamp {
        let looks = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        Timestamp::from_unix_seconds(if looks.is_ok() { 99 } else { 101 })
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::default()
    }
}

fn answer(client: &mut Conversation) {
    client.read_request();
    client.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

/// HTTP-5: a guard that has passed already costs no connection.
pub fn http_05_a_passed_guard_opens_no_connection(subject: &Subject) {
    let server = Server::plain(answer);
    let outcome = subject.on_loopback().send(request(&server.url("/token")), &Looks::left(0).limits());
    demand_error("a passed guard", outcome, HttpErrorKind::TooLate, Processed::CertainlyNot);
    assert_eq!(server.seen().len(), 0);
}

/// HTTP-5: a guard that passes between the start of the connection and the end of its handshake holds the request
/// back, and the server of the finished handshake sees not one byte.
pub fn http_05_a_guard_that_passes_during_the_handshake_holds_the_request_back(subject: &Subject) {
    let chain = Chain::for_names(&["localhost"]);
    let clock = Looks::left(1000);
    let passing = Arc::clone(&clock);
    let server = Server::tls(chain.server, move || passing.pass(), answer);
    let url = format!("https://localhost:{}/token", server.port());
    let outcome = subject.trusting(&chain.root).send(request(&url), &clock.limits());
    demand_error("a guard that passes", outcome, HttpErrorKind::TooLate, Processed::CertainlyNot);
    let seen = server.finished();
    assert_eq!((seen.len(), seen[0].bytes.len()), (1, 0));
}

/// HTTP-5: however often the guard is judged, the last time is before the first byte: either the request is held
/// back and the server saw nothing of it, or it is answered.
pub fn http_05_the_guard_is_judged_last_before_the_first_byte(subject: &Subject) {
    let client = subject.on_loopback();
    let mut held_back = 0;
    for looks in 0..8 {
        let server = Server::plain(answer);
        let outcome = client.send(request(&server.url("/token")), &Looks::left(looks).limits());
        if outcome.is_ok() {
            break;
        }
        demand_error("held back", outcome, HttpErrorKind::TooLate, Processed::CertainlyNot);
        assert!(server.finished().iter().all(|one| one.bytes.is_empty()), "{looks} looks");
        held_back += 1;
    }
    assert!((2..8).contains(&held_back), "the guard was judged {held_back} times");
}

/// HTTP-5: a guard that stands changes nothing.
pub fn http_05_a_standing_guard_lets_the_request_through(subject: &Subject) {
    let server = Server::plain(answer);
    let clock = Looks::left(1000);
    let answer = subject.on_loopback().send(request(&server.url("/token")), &clock.limits()).unwrap();
    assert_eq!(answer.status(), 200);
}
