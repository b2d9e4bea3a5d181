//! Proof Key for Code Exchange (RFC 7636).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatepass_core::{
    Attempt, Client, ClientAuth, ConfigError, Exchange, Remedy, Seed, StartError, TokenError,
};
use sha2::{Digest as _, Sha256};

use crate::support::*;

/// The challenge of a login and the verifier that its exchange sends.
pub(crate) fn pair(login: Login) -> (String, String) {
    let challenge = only(&query(&login.url), "code_challenge");
    let (request, _) = ask(login.exchange());
    (challenge, only(&sent_form(&request), "code_verifier"))
}

pub(crate) fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

#[test]
fn pkc_01_the_verifier_is_43_characters_of_the_alphabet() {
    for number in 0..=255 {
        let (_, verifier) = pair(start(client().authorize(&scopes("a")), number));
        assert_eq!(verifier.len(), 43);
        assert!(verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)));
    }
}

#[test]
fn pkc_01_nobody_supplies_a_verifier() {
    for name in ["code_verifier", "code_challenge", "code_challenge_method"] {
        let request = client().authorize(&scopes("a")).param(name, "x".repeat(43));
        assert_eq!(refused(request.start(attempt(1))), StartError::Reserved(name.into()));
        let provider = with_profile(|habits| habits.token_params = vec![(name.into(), "x".into())]);
        let error = refused(Client::new(provider, ID, ClientAuth::None, REDIRECT));
        assert_eq!(error, ConfigError::ReservedParameter(name.into()));
    }
}

/// The second half of the seed is the verifier, and the first is not in it.
#[test]
fn pkc_02_the_verifier_carries_256_bits_of_the_seed() {
    let verifier = |bytes: [u8; 64]| {
        let (url, pending) =
            client().authorize(&scopes("a")).start(Attempt::new(NOW, Seed::new(bytes))).unwrap();
        let state = only(&query(&url), "state");
        (pair(Login { url, pending, state: state.clone() }).1, state)
    };
    let mut bytes = [0; 64];
    let (zero, state) = verifier(bytes);
    for at in 0..64 * 8 {
        bytes[at / 8] ^= 1 << (at % 8);
        let (flipped, other) = verifier(bytes);
        assert_eq!(flipped != zero, at >= 32 * 8);
        assert_eq!(other != state, at < 32 * 8);
        bytes[at / 8] ^= 1 << (at % 8);
    }
}

#[test]
fn pkc_03_the_challenge_is_the_hash_of_the_verifier() {
    assert_eq!(
        challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "appendix B"
    );
    for number in 0..=255 {
        let (challenge, verifier) = pair(start(client().authorize(&scopes("a")), number));
        assert_eq!(challenge, challenge_of(&verifier));
    }
}

#[test]
fn pkc_04_the_method_is_s256() {
    let habits = with_profile(|habits| habits.request_scope_separator = ',');
    for client in [client(), client_with(ClientAuth::Post(secret())), client_of(habits)] {
        let query = query(&login(&client).url);
        assert_eq!(only(&query, "code_challenge_method"), "S256");
        assert_eq!(only(&query, "code_challenge").len(), 43);
    }
}

#[test]
fn pkc_04_plain_is_never_offered() {
    let request = client().authorize(&scopes("a")).param("code_challenge_method", "plain");
    let error = refused(request.start(attempt(1)));
    assert_eq!(error, StartError::Reserved("code_challenge_method".into()));
    let (challenge, verifier) = pair(login(&client()));
    assert_ne!(challenge, verifier);
}

/// The error ends the leg, and the next login asks just the same.
#[test]
fn pkc_05_a_complaint_of_s256_weakens_nothing() {
    let client = client();
    let (_, sent) = ask(login(&client).exchange());
    let complaint = r#"{"error":"invalid_request","error_description":"transform algorithm not supported"}"#;
    let error = refused(judge::<Exchange>(sent, json(400, complaint)));
    assert!(matches!(&error, TokenError::Provider { .. }));
    assert_eq!(error.remedy(), Remedy::FixConfiguration);
    assert_eq!(only(&query(&login(&client).url), "code_challenge_method"), "S256");
}

#[test]
fn pkc_06_every_login_has_a_verifier_of_its_own() {
    let one = pair(start(client().authorize(&scopes("a")), 1)).1;
    let two = pair(start(client().authorize(&scopes("a")), 2)).1;
    assert_ne!(one, two);
    let Login { url, pending, state } = start(client().authorize(&scopes("a")), 1);
    let pending = client().resume(pending.park()).unwrap();
    assert_eq!(pair(Login { url, pending, state }).1, one, "it is kept with the pending login");
}

#[test]
fn pkc_07_all_clients_use_it() {
    for auth in [ClientAuth::None, ClientAuth::Basic(secret()), ClientAuth::Post(secret())] {
        let (challenge, verifier) = pair(login(&client_with(auth)));
        assert_eq!(challenge, challenge_of(&verifier));
    }
}

#[test]
fn pkc_09_a_verifier_follows_its_challenge() {
    let two = [1, 2].map(|number| start(client().authorize(&scopes("a")), number));
    let [one, two] = two.map(pair);
    assert_eq!(one.0, challenge_of(&one.1));
    assert_eq!(two.0, challenge_of(&two.1));
    assert_ne!(one.0, challenge_of(&two.1));
    let (refresh, _) = ask(client().refresh(secret(), &scopes("a")));
    assert!(!has(&sent_form(&refresh), "code_verifier"), "a refresh has no challenge");
}

#[test]
fn pkc_10_the_verifier_is_in_the_parked_login_and_in_the_token_request() {
    let (_, verifier) = pair(login(&client()));
    let snapshot = login(&client()).pending.park();
    assert!(String::from_utf8_lossy(snapshot.as_bytes()).contains(&verifier));
}

#[test]
fn pkc_10_the_verifier_is_nowhere_else() {
    let (_, verifier) = pair(login(&client()));
    let login = login(&client());
    assert!(!login.url.as_str().contains(&verifier));
    assert!(!login.state.contains(&verifier));
    assert!(!format!("{login:?} {:#?}", login.pending).contains(&verifier));
    let (request, sent) = ask(login.exchange());
    assert!(!format!("{request:?} {sent:?}").contains(&verifier));
    assert!(!request.uri().to_string().contains(&verifier));
}
