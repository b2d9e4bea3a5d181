//! What holds whatever comes: parsers, round trips, arithmetic.

use std::time::Duration;

use gatepass_core::{Attempt, Callback, Client, ClientAuth, PendingSnapshot, Seed, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::parsers::{self, ALL};
use crate::pkc::{challenge_of, pair};
use crate::support::*;

fn cases() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

/// Bytes, and texts made of what the parsers look for.
fn anything(words: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let word = proptest::sample::select(words).prop_map(|word| word.as_bytes().to_vec());
    let piece =
        prop_oneof![3 => word, 1 => vec(any::<u8>(), 0..4), 1 => "\\PC{0,3}".prop_map(String::into_bytes)];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

const CALLBACK: &[&str] = &[
    "code",
    "state",
    "iss",
    "error",
    "error_description",
    "error_uri",
    "id_token",
    "response",
    "=",
    "&",
    "#",
    "%",
    "+",
    "%20",
    "%00",
    "%C3%BC",
    "%FF",
    "c",
    "https://as.example",
    "access_denied",
    "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA",
];
const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    "\"access_token\":\"at\"",
    "\"token_type\":\"Bearer\"",
    "\"expires_in\":3600",
    "\"expires_in\":1e999",
    "\"refresh_token\":\"rt\"",
    "\"scope\":\"a b\"",
    "\"scope\":null",
    "\"error\":\"invalid_grant\"",
    "\"id_token\":\"it\"",
    "null",
    "-1",
    "\\u0000",
    "\\ud800",
    " ",
    "\u{feff}",
    "access_token=at&token_type=bearer",
];
const URL: &[&str] = &[
    "https",
    "http",
    "://",
    ":",
    "/",
    "//",
    "@",
    "?",
    "#",
    ".",
    "%",
    "as.example",
    "127.0.0.1",
    "localhost",
    "[::1]",
    "user",
    ":443",
    "com.example.app",
    "x=1",
    "&",
    "client_id",
    "\\",
    "\t",
    "\u{fc}",
];

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn every_callback_is_read_or_refused(bytes in anything(CALLBACK)) {
        parsers::parse_callback(&bytes);
    }

    #[test]
    fn every_list_of_parameters_is_read_or_refused(pairs in vec((0..6_usize, 0..CALLBACK.len()), 0..5)) {
        let pair = |(name, value): &(usize, usize)| format!("{}={}", CALLBACK[*name], CALLBACK[*value]);
        parsers::parse_callback(pairs.iter().map(pair).collect::<Vec<_>>().join("&").as_bytes());
    }

    #[test]
    fn every_answer_is_read_or_refused(
        status in any::<u8>(),
        habits in any::<u8>(),
        kind in prop_oneof![3 => Just("application/json".to_owned()), 1 => Just("text/plain".to_owned()), 1 => "[ -~]{0,20}"],
        wait in "[ -~]{0,6}",
        body in anything(JSON),
    ) {
        for status in [status, 50] {
            let mut bytes = vec![status, habits];
            bytes.extend(format!("{kind}\n{wait}\n").bytes());
            bytes.extend(&body);
            parsers::parse_answer(&bytes);
            let mut object = vec![status, habits];
            object.extend(format!("{kind}\n{wait}\n{{").bytes());
            object.extend(&body);
            object.push(b'}');
            parsers::parse_answer(&object);
        }
    }

    #[test]
    fn every_url_is_read_or_refused(bytes in anything(URL)) {
        parsers::parse_redirect_uri(&bytes);
        parsers::parse_endpoint(&bytes);
        for scheme in ["https://as.example", "https://", "http://127.0.0.1", "com.example:/"] {
            let more = [scheme.as_bytes(), &bytes].concat();
            parsers::parse_redirect_uri(&more);
            parsers::parse_endpoint(&more);
        }
    }

    #[test]
    fn every_scope_is_read_or_refused(text in "[ -~\u{fc}]{0,40}") {
        parsers::parse_scopes(text.as_bytes());
    }

    #[test]
    fn every_wait_is_read_or_refused(
        text in prop_oneof!["[0-9]{0,30}", "[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT", "[ -~]{0,40}"],
    ) {
        parsers::parse_retry_after(text.as_bytes());
    }

    #[test]
    fn every_seed_of_bytes_is_taken(which in 0..ALL.len(), bytes in vec(any::<u8>(), 0..200)) {
        ALL[which].1(&bytes);
    }

    #[test]
    fn cfg_07_exactly_one_method_whatever_the_secret(id in "[^\\p{Cc}\n]{1,20}", secret in "[^\\p{Cc}\n]{1,60}") {
        parsers::parse_credentials(format!("{id}\n{secret}").as_bytes());
    }

    #[test]
    fn pkc_03_verifier_and_challenge_always_match(seed in proptest::array::uniform32(any::<u8>()), rest in any::<u8>()) {
        let mut bytes = [rest; 64];
        bytes[32..].copy_from_slice(&seed);
        bytes[0] = !bytes[32];
        let (url, pending) = client().authorize(&scopes("a")).start(Attempt::new(NOW, Seed::new(bytes))).unwrap();
        let state = only(&query(&url), "state");
        let (challenge, verifier) = pair(Login { url, pending, state });
        prop_assert_eq!(challenge_of(&verifier), challenge);
        prop_assert!(verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)));
        prop_assert_eq!(verifier.len(), 43);
    }

    #[test]
    fn arq_04_the_url_carries_every_text(name in "[^\0]{1,12}", value in "[^\0]{1,40}", id in "[^\\p{Cc}]{1,12}") {
        prop_assume!(name != "prompt" && name != "resource");
        let client = Client::new(provider(), id.as_str(), ClientAuth::None, REDIRECT).unwrap();
        let request = client.authorize(&scopes("a b")).param(name.as_str(), value.as_str());
        let Ok((url, _)) = request.start(attempt(1)) else {
            prop_assert!(!has(&query(&login(&client).url), "x"));
            return Ok(());
        };
        let query = query(&url);
        prop_assert_eq!(only(&query, &name), value);
        prop_assert_eq!(only(&query, "client_id"), id);
        prop_assert_eq!(only(&query, "redirect_uri"), REDIRECT);
        prop_assert_eq!(query.len(), 8);
        prop_assert!(url.as_str().bytes().all(|byte| matches!(byte, 0x21..=0x7e) && byte != b'+'));
    }

    /// Query and form carry what a provider wrote, in either of its spellings of a space.
    #[test]
    fn cbk_01_a_callback_is_what_was_rendered(code in "[^\0]{1,60}", more in "[^\0]{0,20}") {
        for percent in [false, true] {
            let Login { pending, state, .. } = login(&client());
            let mut text = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("x", &more).append_pair("code", &code).append_pair("state", &state).finish();
            if percent {
                text = text.replace('+', "%20");
            }
            let exchange = pending.receive(Callback::from_query(&text).unwrap(), NOW).unwrap();
            prop_assert_eq!(&only(&sent_form(&ask(exchange).0), "code"), &code);
            prop_assert!(Callback::from_form(text.as_bytes()).is_ok());
        }
    }

    #[test]
    fn arq_17_a_snapshot_is_what_was_parked(
        number in any::<u8>(),
        list in "[!#-\\[\\]-~ ]{0,40}",
        id in "[^\\p{Cc}]{1,12}",
        now in any::<i64>(),
        lifetime in any::<u64>(),
        resource in "[a-z]{1,8}",
        carried in vec(any::<u8>(), 0..40),
    ) {
        let client = Client::new(provider(), id.as_str(), ClientAuth::None, REDIRECT).unwrap();
        let scopes = scopes(&list);
        let request = client.danger_openid_unverified().authorize(&scopes).param("resource", format!("urn:{resource}"));
        let request = request.lifetime(Duration::from_millis(lifetime)).carry(gatepass_core::Protocol::OpenId, carried.clone());
        let (_, pending) = request.start(attempt_at(Timestamp::from_unix_millis(now), number)).unwrap();
        let facts = (pending.state_hash(), pending.started(), pending.expires());
        prop_assert!(pending.expires() >= pending.started());
        let parked = pending.park();
        let bytes = parked.as_bytes().to_vec();
        let provider = provider();
        let client = Client::new(provider, id.as_str(), ClientAuth::None, REDIRECT).unwrap();
        let pending = client.resume_as(PendingSnapshot::from_bytes(bytes.clone()), gatepass_core::Protocol::OpenId).unwrap();
        prop_assert_eq!((pending.state_hash(), pending.started(), pending.expires()), facts);
        prop_assert_eq!(pending.carried(), carried);
        let again = pending.park();
        prop_assert_eq!(again.as_bytes(), bytes);
    }

    /// Any byte that is changed in a snapshot makes another login of it or none, and never a panic.
    #[test]
    fn a_changed_snapshot_never_panics(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut bytes = login(&client()).pending.park().as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        parsers::parse_snapshot(&bytes);
        parsers::parse_snapshot(&bytes[..cut.index(bytes.len())]);
    }

    #[test]
    fn trs_11_expiry_saturates(now in any::<i64>(), lifetime in "-?[0-9]{1,40}(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,4})?") {
        let now = Timestamp::from_unix_millis(now);
        let (_, sent) = gatepass_core::Roundtrip::request(login(&client()).exchange(), attempt_at(now, 1)).unwrap();
        let body = format!(r#"{{"access_token":"at","token_type":"Bearer","expires_in":{lifetime}}}"#);
        if let Ok(gatepass_core::Step::Done(tokens)) = <gatepass_core::Exchange as gatepass_core::Roundtrip>::response(sent, json(200, &body), now) {
            let expires = tokens.expires().unwrap();
            prop_assert!(expires >= now);
            prop_assert_eq!(tokens.is_expired(now), expires == now);
            prop_assert!(tokens.is_expired(Timestamp::MAX));
        }
    }

    #[test]
    fn timestamps_saturate(at in any::<i64>(), by in any::<Duration>()) {
        let at = Timestamp::from_unix_millis(at);
        let (later, earlier) = (at.saturating_add(by), at.saturating_sub(by));
        prop_assert!(earlier <= at && at <= later);
        prop_assert!(later.saturating_since(at) <= by);
        prop_assert_eq!(at.saturating_since(later), Duration::ZERO);
        let exact = i128::from(at.as_unix_millis()) + i128::try_from(by.as_millis()).unwrap();
        prop_assert_eq!(i128::from(later.as_unix_millis()), exact.min(i64::MAX.into()));
        let exact = i128::from(at.as_unix_millis()) - i128::try_from(by.as_millis()).unwrap();
        prop_assert_eq!(i128::from(earlier.as_unix_millis()), exact.max(i64::MIN.into()));
        let whole = Timestamp::from_unix_seconds(at.as_unix_seconds());
        prop_assert!(whole <= at && at.saturating_since(whole) < Duration::from_secs(1) || whole.as_unix_millis() == i64::MIN);
        prop_assert!(at.to_string().ends_with('s'));
    }
}

#[test]
fn the_word_list_holds_the_state_of_the_first_login() {
    assert!(CALLBACK.contains(&login(&client()).state.as_str()), "{}", login(&client()).state);
}
