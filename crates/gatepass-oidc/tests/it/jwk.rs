//! Key sets, and when they are fetched (RFC 7517, OpenID Connect Core section 10.1.1).

use std::time::Duration;

use gatepass_core::{Body, Monotonic, Roundtrip, Step};
use gatepass_oidc::{
    Algorithm, DiscoveryError, FetchKeys, Freshness, JwtError, KeySet, KeySetError, Keys, Need, Rules,
};
use http::Response;
use serde_json::{Value, json};

use crate::support::{Login, NOW, Signer, attempt, b64, changed, keys, openid};

/// Whether a right token of this signer passes with these keys.
fn passes(signer: &Signer, set: &KeySet) -> Result<(), JwtError> {
    let openid = openid(Rules::new().algorithms([signer.algorithm]));
    let login = Login::at(&openid);
    let token = signer.token(&login.claims());
    login.finish(&token, set).map(|_| ())
}

#[test]
fn jwk_01_keys_are_chosen_by_id_type_algorithm_use_and_curve() {
    let signer = Signer::new(Algorithm::Es256);
    let jwk = signer.jwk();
    let by = |name: &str, value: Value| passes(&signer, &keys([changed(jwk.clone(), name, value)]));
    assert_eq!(by("use", json!("sig")), Ok(()));
    assert_eq!(by("key_ops", json!(["verify"])), Ok(()));
    assert_eq!(by("alg", json!("ES256")), Ok(()));
    for (name, other) in [
        ("use", json!("enc")),
        ("use", json!(1)),
        ("key_ops", json!(["encrypt"])),
        ("key_ops", json!([])),
        ("alg", json!("ES384")),
        ("alg", json!("ECDH-ES")),
        ("alg", json!("RS256")),
        ("kid", json!("other")),
        ("kid", json!(1)),
        ("crv", json!("P-384")),
        ("crv", json!("secp256k1")),
        ("kty", json!("RSA")),
    ] {
        assert_eq!(by(name, other.clone()), Err(JwtError::NoKey), "{name}: {other}");
    }
    // One modulus could serve six algorithms: it serves the one that it names.
    let rsa = Signer::new(Algorithm::Rs256);
    let by = |alg: &str| passes(&rsa, &keys([changed(rsa.jwk(), "alg", json!(alg))]));
    assert_eq!(by("RS256"), Ok(()));
    for other in ["RS384", "PS256", "RSA-OAEP"] {
        assert_eq!(by(other), Err(JwtError::NoKey), "{other}");
    }
}

#[test]
fn a8_14_decoys_beside_the_key_are_passed_over() {
    let signer = Signer::new(Algorithm::Es256);
    let decoys = || {
        [
            changed(signer.jwk(), "use", json!("enc")),
            Signer::new(Algorithm::Rs256).jwk(),
            Signer::new(Algorithm::EdDsa).jwk(),
            Signer::new(Algorithm::Es384).jwk(),
            json!({"kty": "EC", "crv": "secp256k1", "kid": "k1", "x": b64([1; 32]), "y": b64([2; 32])}),
            json!({"kty": "OKP", "crv": "X25519", "kid": "k1", "x": b64([1; 32])}),
            json!({"kty": "something new", "kid": "k1"}),
            json!("no key at all"),
        ]
    };
    assert_eq!(passes(&signer, &keys(decoys().into_iter().chain([signer.jwk()]))), Ok(()));
    assert_eq!(passes(&signer, &keys([signer.jwk()].into_iter().chain(decoys()))), Ok(()));
    assert_eq!(passes(&signer, &keys(decoys())), Err(JwtError::NoKey));
}

#[test]
fn jwk_02_unknown_and_broken_keys_are_passed_over_and_doubled_ids_are_tried() {
    let (signer, other) = (Signer::new(Algorithm::Es256), Signer::new(Algorithm::Es256));
    let broken = [
        json!({"kty": "RSA", "kid": "k1"}),
        json!({"kty": "EC", "crv": "P-256", "kid": "k1", "x": "not base64!", "y": ""}),
        json!({"kid": "k1"}),
        json!([]),
    ];
    assert_eq!(passes(&signer, &keys(broken.into_iter().chain([signer.jwk()]))), Ok(()));
    assert_eq!(passes(&signer, &keys([other.jwk(), signer.jwk()])), Ok(()));
    assert_eq!(passes(&signer, &keys([other.jwk()])), Err(JwtError::Signature));
    let many = (0..200).map(|_| json!({"kty": "oct", "k": "AAAA"}));
    assert_eq!(passes(&signer, &keys(many.chain([signer.jwk()]))), Ok(()));
}

#[test]
fn c_51_countless_keys_are_refused() {
    let set = |keys: usize| KeySet::read(json!({"keys": vec![json!({}); keys]}).to_string().as_bytes());
    assert!(set(512).unwrap().is_empty());
    assert_eq!(set(100_000).unwrap_err(), KeySetError::TooMany);
}

#[test]
fn jwk_04_symmetric_and_private_keys_are_never_used() {
    let signer = Signer::new(Algorithm::Es256);
    for private in ["d", "p", "k", "oth"] {
        let set = keys([changed(signer.jwk(), private, json!("AAAA"))]);
        assert_eq!(passes(&signer, &set), Err(JwtError::NoKey), "{private}");
    }
    let mac = Signer::new(Algorithm::Hs256);
    let published = keys([json!({"kty": "oct", "kid": "k1", "k": b64(mac.secret())})]);
    assert!(published.is_empty());
}

#[test]
fn jwk_05_weak_keys_and_points_off_the_curve_are_passed_over() {
    let signer = Signer::new(Algorithm::Es256);
    assert_eq!(keys([signer.jwk()]).len(), 1);
    for (x, y) in [([0; 32], [0; 32]), ([1; 32], [1; 32]), ([0xff; 32], [0xff; 32])] {
        let off = json!({"kty": "EC", "crv": "P-256", "kid": "k1", "x": b64(x), "y": b64(y)});
        assert!(keys([off]).is_empty());
    }
    let short = changed(signer.jwk(), "x", json!(b64([1; 31])));
    assert!(keys([short]).is_empty());
    let rsa = |modulus: Vec<u8>, exponent: &[u8]| {
        keys([json!({"kty": "RSA", "n": b64(modulus), "e": b64(exponent)})]).len()
    };
    assert_eq!(rsa(vec![0xff; 256], &[1, 0, 1]), 1);
    assert_eq!(rsa(vec![0xff; 128], &[1, 0, 1]), 0, "1024 bits");
    assert_eq!(rsa([vec![0x7f], vec![0xff; 255]].concat(), &[1, 0, 1]), 0, "2047 bits");
    assert_eq!(rsa(vec![0xff; 2048], &[1, 0, 1]), 0, "16384 bits");
    for exponent in [&[1][..], &[2], &[0, 1], &[], &[1, 0, 0], &[1, 0, 0, 0, 1]] {
        assert_eq!(rsa(vec![0xff; 256], exponent), 0, "{exponent:?}");
    }
    assert!(keys([json!({"kty": "OKP", "crv": "Ed25519", "x": b64([1; 31])})]).is_empty());
}

#[test]
fn what_is_no_key_set_is_refused() {
    for (wrong, why) in [
        ("[]", KeySetError::NotAnObject),
        ("", KeySetError::NotAnObject),
        (r#"{"keys":[],"keys":[]}"#, KeySetError::NotAnObject),
        ("{}", KeySetError::NoKeys),
        (r#"{"keys":{}}"#, KeySetError::NoKeys),
    ] {
        assert_eq!(KeySet::read(wrong.as_bytes()).unwrap_err(), why, "{wrong}");
    }
}

#[test]
fn jwk_04_keys_come_by_200_and_json_from_the_address_in_the_metadata() {
    let signer = Signer::new(Algorithm::Es256);
    let body = json!({"keys": [signer.jwk()]}).to_string();
    let fetch = || openid(Rules::new()).fetch_keys().unwrap();
    let answered = |status: u16, content: &str| {
        let (request, sent) = fetch().request(attempt(1)).unwrap();
        assert_eq!(request.uri(), "https://op.example/jwks");
        assert_eq!(request.method(), "GET");
        let answer = Response::builder().status(status).header("content-type", content);
        FetchKeys::response(sent, answer.body(Body::from(body.clone())).unwrap(), NOW)
    };
    for good in ["application/json", "application/jwk-set+json; charset=utf-8"] {
        assert!(matches!(answered(200, good), Ok(Step::Done(set)) if set.len() == 1), "{good}");
    }
    assert!(matches!(answered(200, "text/html"), Err(DiscoveryError::ContentType)));
    assert!(matches!(answered(302, "application/json"), Err(DiscoveryError::Redirect { status: 302 })));
    assert!(matches!(answered(500, "application/json"), Err(DiscoveryError::Status { status: 500 })));
}

fn at(seconds: u64) -> Monotonic {
    Monotonic::since_origin(Duration::from_secs(seconds))
}

#[test]
fn jwk_03_an_unseen_key_leads_to_one_fetch_then_to_a_cool_down() {
    let mut keys = Keys::new(Freshness::default());
    assert_eq!(keys.look(at(0)), Need::Fetch);
    keys.begin();
    assert_eq!(keys.look(at(0)), Need::Wait, "whoever comes meanwhile waits for the same fetch");
    keys.fetched(KeySet::default(), at(1));
    assert_eq!(keys.look(at(1)), Need::Use);
    let (_, edition) = keys.current(at(1)).unwrap();

    assert_eq!(
        keys.missed(edition, at(2)),
        Need::Fetch,
        "they may have changed since they were fetched by age"
    );
    keys.begin();
    assert_eq!(keys.missed(edition, at(2)), Need::Wait);
    keys.fetched(KeySet::default(), at(3));
    assert_eq!(keys.missed(edition, at(3)), Need::Use, "there are newer ones than those it missed in");
    assert_eq!(keys.missed(edition + 1, at(3)), Need::CoolDown(Duration::from_secs(60)));
    assert_eq!(keys.missed(edition + 1, at(33)), Need::CoolDown(Duration::from_secs(30)));
    assert_eq!(keys.missed(edition + 1, at(63)), Need::Fetch);
}

#[test]
fn c_50_random_key_ids_never_cause_a_fetch_each() {
    let mut keys = Keys::new(Freshness::default());
    let mut fetches = 0;
    for moment in 0..3600 {
        let edition = keys.current(at(moment)).map_or(0, |(_, edition)| edition);
        if keys.missed(edition, at(moment)) == Need::Fetch {
            fetches += 1;
            keys.begin();
            keys.fetched(KeySet::default(), at(moment));
        }
    }
    assert_eq!(fetches, 1 + 60, "the first one, then an hour of junk, a fetch a minute");
}

#[test]
fn keys_are_fetched_ahead_and_served_for_a_bounded_time() {
    let mut keys = Keys::new(Freshness::default());
    keys.begin();
    keys.fetched(KeySet::default(), at(0));
    assert_eq!(keys.look(at(3599)), Need::Use);
    assert_eq!(keys.look(at(3600)), Need::UseAndFetch);
    keys.begin();
    assert_eq!(keys.look(at(3600)), Need::Use, "one fetch is enough");
    keys.failed(at(3601));
    assert_eq!(keys.look(at(3602)), Need::Use, "nobody asks again at once");
    assert_eq!(keys.look(at(3607)), Need::UseAndFetch);
    assert!(keys.current(at(24 * 3600 - 1)).is_some());
    assert!(keys.current(at(24 * 3600)).is_none(), "after a day without the provider they end");
    assert_eq!(keys.look(at(24 * 3600)), Need::Fetch);
}
