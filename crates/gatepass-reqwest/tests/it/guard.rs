//! The last look at the guard, which is later than a connector can look.

use std::io::Read;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use gatepass_core::ports::{Clock, Guard, HttpClient, HttpErrorKind, Limits, Processed};
use gatepass_core::{Body, Monotonic, Timestamp};
use gatepass_reqwest::Reqwest;

/// Before the guard's moment for two looks: before the connection, and on the ready connection.
#[derive(Debug, Default)]
struct TwoLooks(AtomicU32);

impl Clock for TwoLooks {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(if self.0.fetch_add(1, Ordering::SeqCst) < 2 { 99 } else { 101 })
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::default()
    }
}

#[tokio::test]
async fn http_05_a_guard_that_passes_after_the_connection_was_ready_still_holds_the_request_back() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let mut seen = Vec::new();
        listener.accept().unwrap().0.read_to_end(&mut seen).map(|_| seen)
    });
    let guard = Guard::new(
        Arc::new(TwoLooks::default()),
        Timestamp::from_unix_seconds(100),
        Monotonic::since_origin(Duration::from_secs(100)),
    );
    let request = http::Request::post(url).body(Body::from("code=1".to_owned())).unwrap();
    let client = Reqwest::new().unwrap().danger_allow_http_loopback();
    let error = client.send(request, &Limits::DEFAULT.not_after(guard)).await.unwrap_err();
    assert_eq!((error.kind(), error.processed()), (HttpErrorKind::TooLate, Processed::CertainlyNot));
    assert_eq!(server.join().unwrap().unwrap(), b"");
}
