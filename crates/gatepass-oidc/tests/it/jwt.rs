//! Signed tokens of any kind (RFC 7515, RFC 7519, RFC 8725), shown on ID tokens.

use std::time::{Duration, Instant};

use gatepass_oidc::{Algorithm, JwtError, KeySet, OpenId, Rules};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Login, Signer, b64, keys, openid};

/// A provider with one ES256 key, and a client of it.
struct Op {
    signer: Signer,
    openid: OpenId,
}

impl Op {
    fn new() -> Self {
        Self::signing(Algorithm::Es256)
    }

    fn signing(algorithm: Algorithm) -> Self {
        Self { signer: Signer::new(algorithm), openid: openid(Rules::new().algorithms([algorithm])) }
    }

    fn claims(&self) -> Value {
        Login::at(&self.openid).claims()
    }

    fn token(&self) -> String {
        self.signer.token(&self.claims())
    }

    fn judge(&self, token: &str) -> Result<(), JwtError> {
        self.judge_with(token, &self.signer.keys())
    }

    fn judge_with(&self, token: &str, keys: &KeySet) -> Result<(), JwtError> {
        Login::at(&self.openid).finish(token, keys).map(|_| ())
    }

    /// Judges a right token with another header.
    fn header(&self, header: &Value) -> Result<(), JwtError> {
        self.judge(&self.signer.with_header(header, &self.claims()))
    }
}

#[test]
fn jwt_01_anything_but_three_canonical_segments_is_refused() {
    let op = Op::new();
    let token = op.token();
    assert_eq!(op.judge(&token), Ok(()));
    let (signed, signature) = token.rsplit_once('.').unwrap();
    for wrong in [
        signed.to_owned(),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.x.y.z"),
        format!("{token}="),
        format!("{token}%3D"),
        format!("{token}\n"),
        format!(" {token}"),
        token.replacen(".", "..", 1),
        json!({"payload": signed, "signature": signature}).to_string(),
    ] {
        assert!(matches!(op.judge(&wrong), Err(JwtError::Malformed)), "{wrong}");
    }
    assert_eq!(op.judge(&format!("{signed}.")), Err(JwtError::Signature));
}

#[test]
fn jwt_01_bits_left_over_are_refused() {
    let op = Op::new();
    let token = op.token();
    // 64 bytes are 85 full characters and one that carries two bits: its other four must be zero.
    let last = token.chars().last().unwrap();
    for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".chars() {
        let changed = format!("{}{other}", &token[..token.len() - 1]);
        assert_eq!(op.judge(&changed).is_ok(), other == last, "{other}");
    }
}

#[test]
fn jwt_02_absurd_sizes_and_shapes_cost_nothing() {
    let op = Op::new();
    let began = Instant::now();
    assert_eq!(op.judge(&".".repeat(1 << 20)), Err(JwtError::TooLarge));
    assert_eq!(op.judge(&".".repeat(60_000)), Err(JwtError::Malformed));
    let fat = op.signer.with_header(&json!({"alg": "ES256", "x": "y".repeat(9000)}), &op.claims());
    assert_eq!(op.judge(&fat), Err(JwtError::TooLarge));
    assert_eq!(op.judge(&format!("{}.e30.AAAA", b64(vec![b'['; 6000]))), Err(JwtError::NotAnObject));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[test]
fn jwt_03_header_and_payload_are_objects_without_doubled_members() {
    let op = Op::new();
    let claims = op.claims().to_string();
    let header = r#"{"alg":"ES256","kid":"k1"}"#;
    assert_eq!(op.judge(&op.signer.sign_text(header, &claims)), Ok(()));
    for wrong in [
        r#"{"alg":"ES256","alg":"none"}"#,
        r#"{"alg":"none","alg":"ES256"}"#,
        r#"{"alg":"ES256","\u0061lg":"none"}"#,
        r#"["alg"]"#,
        r#""ES256""#,
        r#"{"alg":"ES256"} "#.trim_end().to_owned().as_str(),
        "",
    ] {
        let expected = if wrong == r#"{"alg":"ES256"}"# { Ok(()) } else { Err(JwtError::NotAnObject) };
        assert_eq!(op.judge(&op.signer.sign_text(wrong, &claims)), expected, "{wrong}");
    }
    let doubled = claims.replacen('{', r#"{"sub":"bob","#, 1);
    assert_eq!(op.judge(&op.signer.sign_text(header, &doubled)), Err(JwtError::NotAnObject));
    assert_eq!(op.judge(&op.signer.sign_text(header, "[]")), Err(JwtError::NotAnObject));
    assert_eq!(op.judge(&op.signer.sign_text(header, &format!("{claims}{{}}"))), Err(JwtError::NotAnObject));
}

#[test]
fn jwt_04_the_token_never_chooses_the_algorithm() {
    let op = Op::new();
    for other in ["RS256", "es256", "ES384", "ES512", "EdDSA", "HS256", " ES256"] {
        assert_eq!(op.header(&json!({"alg": other, "kid": "k1"})), Err(JwtError::Algorithm), "{other}");
    }
    assert_eq!(op.header(&json!({"alg": "ES256", "kid": "k1"})), Ok(()));
}

#[test]
fn c_40_every_spelling_of_no_algorithm_is_refused() {
    let op = Op::new();
    let payload = b64(op.claims().to_string());
    for none in
        [json!("none"), json!("None"), json!("nOnE"), json!("noNE"), json!(""), json!(["ES256"]), Value::Null]
    {
        let header = if none.is_null() { json!({}) } else { json!({"alg": none}) };
        assert_eq!(op.header(&header), Err(JwtError::Algorithm), "{header}");
        let unsigned = format!("{}.{payload}.", b64(header.to_string()));
        assert_eq!(op.judge(&unsigned), Err(JwtError::Algorithm), "jwt_15 {header}");
    }
}

#[test]
fn jwt_15_no_algorithm_is_refused_whatever_the_rules_say() {
    assert_eq!(Algorithm::named("none"), None);
    assert!(matches!(
        gatepass_oidc::OpenId::new(
            Op::new().openid.client().clone(),
            &crate::support::metadata(),
            Rules::new().algorithms([])
        ),
        Err(gatepass_oidc::OpenIdError::NoAlgorithm)
    ));
}

#[test]
fn c_41_a_mac_keyed_with_a_public_key_is_refused() {
    let op = Op::signing(Algorithm::Rs256);
    let jwk = op.signer.jwk();
    let text = |name: &str| jwk[name].as_str().unwrap().to_owned();
    for key in [jwk.to_string(), text("n"), String::new()] {
        let forged = Signer::mac_with(key.into_bytes()).token(&op.claims());
        assert_eq!(op.judge(&forged), Err(JwtError::Algorithm));
    }
}

#[test]
fn jwt_05_a_key_serves_one_kind_of_algorithm() {
    // A client that agreed on both kinds still never takes an RSA key for a MAC, nor a curve's for RSA.
    let rsa = Signer::new(Algorithm::Rs256);
    let curve = Signer::new(Algorithm::Es256);
    let openid = openid(Rules::new().algorithms([Algorithm::Rs256, Algorithm::Es256]));
    let by = |token: &str, keys: &KeySet| Login::at(&openid).finish(token, keys).map(|_| ());
    let claims = Login::at(&openid).claims();
    assert_eq!(by(&rsa.token(&claims), &rsa.keys()), Ok(()));
    assert_eq!(by(&rsa.token(&claims), &curve.keys()), Err(JwtError::NoKey));
    assert_eq!(by(&curve.token(&claims), &rsa.keys()), Err(JwtError::NoKey));
}

#[test]
fn jwt_06_critical_extensions_are_refused() {
    let op = Op::new();
    for crit in [json!(["x"]), json!([]), json!("exp"), json!(["b64"]), json!(["exp"])] {
        let header = json!({"alg": "ES256", "kid": "k1", "crit": crit, "x": 1, "exp": 1});
        assert_eq!(op.header(&header), Err(JwtError::Critical), "{header}");
    }
    assert_eq!(op.header(&json!({"alg": "ES256", "b64": false})), Err(JwtError::Critical));
    assert_eq!(op.header(&json!({"alg": "ES256", "x": 1})), Ok(()));
}

#[test]
fn jwt_07_keys_that_a_token_brings_along_are_never_used() {
    let (op, attacker) = (Op::new(), Signer::named(Algorithm::Es256, "evil"));
    for (name, value) in [
        ("jwk", attacker.jwk()),
        ("jku", json!("https://evil.example/jwks")),
        ("x5u", json!("https://evil.example/cert")),
        ("x5c", json!(["MIIB"])),
    ] {
        let header = |kid: &str| json!({"alg": "ES256", "kid": kid, name: value});
        let forged = |kid: &str| op.judge(&attacker.with_header(&header(kid), &op.claims()));
        assert_eq!(forged("k1"), Err(JwtError::Signature), "{name}");
        assert_eq!(forged("evil"), Err(JwtError::NoKey), "{name}");
        assert_eq!(op.header(&header("k1")), Ok(()), "{name} is passed over");
    }
}

#[test]
fn jwt_08_a_key_id_is_a_word_and_nothing_else() {
    let op = Op::new();
    for kid in ["../../dev/null", "' OR 1=1 --", "k1\0", ".*", "K1", "", "$(id)"] {
        assert_eq!(op.header(&json!({"alg": "ES256", "kid": kid})), Err(JwtError::NoKey), "{kid}");
    }
    for no_word in [json!(1), json!(null), json!(["k1"])] {
        assert_eq!(op.header(&json!({"alg": "ES256", "kid": no_word})), Err(JwtError::NoKey));
    }
}

#[test]
fn jwt_09_signatures_of_the_wrong_length_or_form_are_refused() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256] {
        let op = Op::signing(algorithm);
        let token = op.token();
        let (signed, _) = token.rsplit_once('.').unwrap();
        let right = op.signer.sign(signed.as_bytes());
        let der = [&[0x30, 0x44, 0x02, 0x20], &right[..32], &[0x02, 0x20], &right[32..64]].concat();
        for wrong in [
            vec![0; right.len()],
            right[..right.len() - 1].to_vec(),
            [&right[..], &[0]].concat(),
            [&right[..], &right[..]].concat(),
            vec![0xff; right.len()],
            der,
            Vec::new(),
        ] {
            let forged = format!("{signed}.{}", b64(&wrong));
            assert_eq!(op.judge(&forged), Err(JwtError::Signature), "{algorithm}, {} bytes", wrong.len());
        }
        assert_eq!(op.judge(&format!("{signed}.{}", b64(right))), Ok(()));
    }
}

#[test]
fn jwt_13_a_token_of_one_kind_is_refused_as_another() {
    let op = Op::new();
    let typed = |typ: &str| op.header(&json!({"alg": "ES256", "kid": "k1", "typ": typ}));
    for fitting in ["JWT", "jwt", "application/jwt", "Application/JWT"] {
        assert_eq!(typed(fitting), Ok(()), "{fitting}");
    }
    for other in ["logout+jwt", "at+jwt", "application/at+jwt", "dpop+jwt", "", "application/"] {
        assert_eq!(typed(other), Err(JwtError::OtherKind), "{other}");
    }
    assert_eq!(op.header(&json!({"alg": "ES256", "kid": "k1", "typ": 1})), Err(JwtError::OtherKind));
    let mut claims = op.claims();
    claims["events"] = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
    assert_eq!(op.judge(&op.signer.token(&claims)), Err(JwtError::OtherKind));
}

#[test]
fn jwt_14_an_encrypted_token_is_refused_before_any_work() {
    let op = Op::new();
    for header in [
        json!({"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2_147_483_648_u32, "p2s": "AAAA"}),
        json!({"alg": "RSA1_5", "enc": "A128CBC-HS256", "zip": "DEF"}),
        json!({"alg": "ECDH-ES", "enc": "A128GCM", "epk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}),
    ] {
        let began = Instant::now();
        let token = format!("{}.AAAA.AAAA.AAAA.AAAA", b64(header.to_string()));
        assert_eq!(op.judge(&token), Err(JwtError::Encrypted), "c_44, c_45: {header}");
        assert!(began.elapsed() < Duration::from_millis(500));
    }
}

#[test]
fn a_token_without_a_key_id_is_tried_with_every_key_that_fits_and_with_a_handful_at_most() {
    let op = Op::new();
    let token = op.signer.with_header(&json!({"alg": "ES256"}), &op.claims());
    let others: Vec<Signer> = (0..4).map(|_| Signer::named(Algorithm::Es256, "other")).collect();
    let set = |before: usize| keys(others[..before].iter().map(Signer::jwk).chain([op.signer.jwk()]));
    assert_eq!(op.judge_with(&token, &set(0)), Ok(()));
    assert_eq!(op.judge_with(&token, &set(3)), Ok(()));
    // It may be one that has come since, and so is asked for like a name that is not known.
    assert_eq!(op.judge_with(&token, &set(4)), Err(JwtError::NoKey));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Base64url of this library is canonical, so that no other text means the same bytes.
    #[test]
    fn no_byte_of_a_token_can_be_changed(at in 0_usize..4096, to in 0x20_u8..0x7f) {
        thread_local! {
            static OP: (Op, String) = { let op = Op::new(); let token = op.token(); (op, token) };
        }
        OP.with(|(op, token)| {
            let mut bytes = token.clone().into_bytes();
            let at = at % bytes.len();
            let changed = bytes[at] != to;
            bytes[at] = to;
            let judged = op.judge(std::str::from_utf8(&bytes).unwrap());
            prop_assert_eq!(judged.is_err(), changed);
            Ok(())
        })?;
    }

    #[test]
    fn whatever_arrives_is_judged_without_a_panic(header in ".{0,40}", payload in ".{0,80}", raw in ".{0,120}") {
        let op = Op::new();
        prop_assert!(op.judge(&raw).is_err());
        prop_assert!(op.judge(&op.signer.sign_text(&header, &payload)).is_err());
        let signed = op.signer.sign_text(r#"{"alg":"ES256"}"#, &payload);
        prop_assert!(op.judge(&signed).is_err());
    }
}
