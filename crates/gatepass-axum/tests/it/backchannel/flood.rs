//! Logout tokens that nobody who may has signed, in numbers.

use std::io::Read as _;
use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use super::{FORM, alice, is_in, logged_in, parts, post, tell, tell_at};
use crate::support::{Browser, Network, raw, scopes};

#[test]
fn bcl_10_a_flood_of_junk_costs_one_fetch_of_the_keys_and_ends_nothing() {
    let (op, app, browser) = logged_in(&alice());
    assert_eq!(op.fetches(), 1, "the login needed them");
    let claims = op.logout_claims("app", 0, &json!({"sid": "s1"}));
    let forger = Network::default().op("op.example");
    for number in 0..1000 {
        let junk = match number % 4 {
            0 => format!("junk-{number}"),
            1 => forger.sign(&json!({"kid": format!("k{number}")}), &claims),
            2 => forger.sign(&json!({}), &claims),
            _ => op.sign(&json!({"kid": format!("k{number}")}), &claims),
        };
        assert_eq!(tell(&app, &junk), 400, "{number}");
    }
    assert_eq!(op.fetches(), 2, "one for all of them: the keys may have changed since the login");
    assert!(is_in(&app, &browser));
    assert_eq!(tell(&app, &op.sign(&json!({}), &claims)), 200, "the right one passes amid them");
    assert!(!is_in(&app, &browser));
}

/// What was logged at INFO or above, by everybody.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn bcl_10_junk_leaves_no_line_in_the_log_and_a_logout_leaves_one() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let network = Network::default();
    let op = network.op("op.example");
    let parts = parts(&network);
    let client = op.party(&parts, "app", "/callback");
    let app = parts.serve(parts.builder().provider("flooded", client, scopes()));
    let browser = Browser::new();
    op.log_in(&app, &browser, "/login", &alice());
    let about = |what: &str| {
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        text.lines().filter(|line| line.contains("flooded") && line.contains(what)).count()
    };
    let before = about("");
    assert!(before > 0, "the login is logged");
    for number in 0..20 {
        assert_eq!(tell_at(&app, "flooded", &format!("junk-{number}")), 400);
        assert_eq!(post(&app, "flooded", "text/plain", "junk").status, 400);
        let forged = op.sign(&json!({"kid": "other"}), &op.logout_claims("app", 0, &alice()));
        assert_eq!(tell_at(&app, "flooded", &forged), 400);
    }
    assert_eq!(about(""), before);
    assert_eq!(tell_at(&app, "flooded", &op.logout_token("app", &alice())), 200);
    assert_eq!(about("somebody logged out at the provider"), 1);
}

#[test]
fn bcl_10_a_flood_before_the_first_login_costs_one_fetch_too() {
    let network = Network::default();
    let op = network.op("op.example");
    let parts = parts(&network);
    let client = op.party(&parts, "app", "/callback");
    let app = parts.serve(parts.builder().provider("op", client, scopes()));
    op.keys_away.store(true, Ordering::SeqCst);
    for number in 0..100 {
        let junk = op.sign(&json!({"kid": format!("k{number}")}), &op.logout_claims("app", 0, &alice()));
        assert_eq!(tell(&app, &junk), 400);
    }
    assert_eq!(op.fetches(), 1, "after a fetch that brought nothing, nobody asks for some seconds");
}

#[test]
fn bcl_10_while_the_keys_are_fetched_so_many_tokens_wait_and_no_more() {
    const AT_ONCE: usize = 256;
    let network = Network::default();
    let op = network.op("op.example");
    let parts = parts(&network);
    let client = op.party(&parts, "app", "/callback");
    let app = parts.serve(parts.builder().provider("op", client, scopes()));
    let gate = op.gate.blocking_write();
    let form = format!("logout_token={}", op.logout_token("app", &alice()));
    let request = format!(
        "POST /backchannel-logout/op HTTP/1.1\r\nhost: app\r\nconnection: close\r\ncontent-type: {FORM}\r\n\
         content-length: {}\r\n\r\n{form}",
        form.len()
    );
    let mut sockets: Vec<TcpStream> =
        (0..AT_ONCE + 20).map(|_| raw::open(&app.origin, request.as_bytes())).collect();
    let answered = |sockets: &mut Vec<TcpStream>| {
        let mut answers = Vec::new();
        sockets.retain_mut(|socket| {
            socket.set_nonblocking(true).unwrap();
            let is_there = socket.peek(&mut [0]).is_ok();
            socket.set_nonblocking(false).unwrap();
            if is_there {
                let mut answer = String::new();
                socket.read_to_string(&mut answer).unwrap();
                answers.push(answer);
            }
            !is_there
        });
        answers
    };
    let begun = Instant::now();
    let mut refused = Vec::new();
    while refused.len() < 20 {
        refused.extend(answered(&mut sockets));
        assert!(begun.elapsed() < Duration::from_secs(20), "only {} were refused", refused.len());
        std::thread::sleep(Duration::from_millis(5));
    }
    for answer in &refused {
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("too many"), "{answer}");
    }
    assert_eq!((sockets.len(), op.fetches()), (AT_ONCE, 1));
    drop(gate);
    let begun = Instant::now();
    while !sockets.is_empty() {
        for answer in answered(&mut sockets) {
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{} wait for ever", sockets.len());
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(tell(&app, &op.logout_token("app", &alice())), 200, "there are seats again");
}

#[test]
fn c_86_junk_a_replay_another_issuer_and_an_unknown_session_change_nothing() {
    let (op, app, browser) = logged_in(&alice());
    let stranger = Network::default().op("stranger.example");
    let grants = || op.revoked();
    for token in [
        String::new(),
        "a".repeat(20_000),
        "..".to_owned(),
        stranger.logout_token("app", &json!({"sid": "s1"})),
        stranger.sign(&json!({}), &op.logout_claims("app", 0, &json!({"sid": "s1"}))),
        // An ID token is no logout token.
        op.sign(
            &json!({}),
            &json!({"iss": op.issuer, "sub": "alice", "aud": "app", "iat": 1, "exp": 9_999_999_999_i64}),
        ),
    ] {
        assert_eq!(tell(&app, &token), 400);
    }
    let unknown = op.logout_token("app", &json!({"sid": "s9", "sub": "alice"}));
    assert_eq!((tell(&app, &unknown), tell(&app, &unknown)), (200, 200));
    assert!(is_in(&app, &browser));
    assert!(grants().is_empty());
}
