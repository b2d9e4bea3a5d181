//! The asynchronous and the blocking client, held against each other.

use gatepass_reqwest::Reqwest;
use gatepass_testkit::contract::http::{Setup, Subject, replay};
use gatepass_ureq::Ureq;

#[test]
fn http_01_both_clients_make_the_same_of_every_answer() {
    let reqwest = replay(&Subject::asynchronous(|_: &Setup| {
        Reqwest::new().expect("a client").danger_allow_http_loopback()
    }));
    let ureq = replay(&Subject::blocking(|_: &Setup| Ureq::new().danger_allow_http_loopback()));
    assert!(reqwest.len() > 40, "{} vectors", reqwest.len());
    for (one, other) in reqwest.iter().zip(&ureq) {
        assert_eq!(one, other);
    }
}
