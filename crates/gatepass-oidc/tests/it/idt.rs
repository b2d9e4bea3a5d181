//! ID tokens (OpenID Connect Core sections 2, 3.1.3.7 and 12.2).

use std::time::Duration;

use gatepass_core::ports::Subject;
use gatepass_core::{Profile, Timestamp};
use gatepass_oidc::{Algorithm, Email, Established, JwtError, Rules, SignInRequest, Tenants};
use serde_json::{Value, json};

use crate::support::{
    CLIENT, ISSUER, Login, NOW, Signer, changed, flipped, multi_tenant, openid, openid_of, refreshed,
};

const REFUSED_TYPES: [fn() -> Value; 5] =
    [|| json!("1800000300"), || json!([]), || json!({}), || json!(true), || json!(1e300)];

fn at(seconds: i64) -> Value {
    json!(NOW.as_unix_seconds() + seconds)
}

/// Judges a right token with one claim changed. What is accepted has a twin with one bit of the signature flipped,
/// which is refused (C-53).
fn judged(name: &str, value: Value) -> Result<String, JwtError> {
    judged_by(Rules::new(), |request| request, name, value)
}

fn judged_by(
    rules: Rules,
    how: impl Fn(SignInRequest) -> SignInRequest,
    name: &str,
    value: Value,
) -> Result<String, JwtError> {
    let signer = Signer::new(Algorithm::Es256);
    let openid = openid(rules.algorithms([Algorithm::Es256]));
    let login = || Login::with(&openid, &how);
    let token = signer.token(&changed(login().claims(), name, value));
    let sub = login().finish(&token, &signer.keys()).map(|sign_in| sign_in.identity.sub().to_owned());
    if sub.is_ok() {
        assert_eq!(login().finish(&flipped(&token), &signer.keys()).unwrap_err(), JwtError::Signature);
    }
    sub
}

fn alice() -> Result<String, JwtError> {
    Ok("alice".into())
}

#[test]
fn a_right_token_names_the_person_under_every_algorithm() {
    for algorithm in [
        Algorithm::Rs256,
        Algorithm::Rs384,
        Algorithm::Rs512,
        Algorithm::Ps256,
        Algorithm::Ps384,
        Algorithm::Ps512,
        Algorithm::Es256,
        Algorithm::Es384,
        Algorithm::EdDsa,
    ] {
        let signer = Signer::new(algorithm);
        let openid = openid(Rules::new().algorithms([algorithm]));
        let token = signer.token(&Login::at(&openid).claims());
        let sign_in = Login::at(&openid).finish(&token, &signer.keys()).unwrap();
        assert_eq!(sign_in.identity.sub(), "alice", "{algorithm}");
        assert_eq!(sign_in.tokens.access_token().expose(), "the-access-token");
        let twin = Login::at(&openid).finish(&flipped(&token), &signer.keys());
        assert_eq!(twin.unwrap_err(), JwtError::Signature, "{algorithm}");
    }
    for algorithm in [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512] {
        let signer = Signer::new(algorithm);
        let openid = openid(Rules::new().mac(algorithm, signer.secret().into()));
        let token = signer.token(&Login::at(&openid).claims());
        let keys = Default::default();
        assert_eq!(Login::at(&openid).finish(&token, &keys).unwrap().identity.sub(), "alice", "{algorithm}");
        let twin = Login::at(&openid).finish(&flipped(&token), &keys);
        assert_eq!(twin.unwrap_err(), JwtError::Signature, "{algorithm}");
    }
}

#[test]
fn idt_02_another_issuer_is_refused() {
    assert_eq!(judged("iss", json!(ISSUER)), alice());
    for other in ["https://op.example/", "https://op.example1", "https://OP.example", ""] {
        assert_eq!(judged("iss", json!(other)), Err(JwtError::Claim("iss")), "{other}");
    }
    assert_eq!(judged("iss", Value::Null), Err(JwtError::Missing("iss")));
}

#[test]
fn idt_03_an_audience_without_us_or_with_strangers_is_refused() {
    assert_eq!(judged("aud", json!([CLIENT])), alice());
    for other in [json!("other"), json!("my-app1"), json!(["other"]), json!([CLIENT, "other"])] {
        assert_eq!(judged("aud", other.clone()), Err(JwtError::Claim("aud")), "{other}");
    }
    assert_eq!(judged("aud", Value::Null), Err(JwtError::Missing("aud")));
}

#[test]
fn idt_04_several_audiences_are_refused_unless_trusted() {
    let both = |azp: Value| {
        let signer = Signer::new(Algorithm::Es256);
        let rules = Rules::new().algorithms([Algorithm::Es256]).trust_audience("the-api");
        let login = Login::at(&openid(rules));
        let claims = changed(changed(login.claims(), "aud", json!([CLIENT, "the-api"])), "azp", azp);
        login.finish(&signer.token(&claims), &signer.keys()).map(|sign_in| sign_in.identity.sub().to_owned())
    };
    assert_eq!(both(json!(CLIENT)), alice());
    assert_eq!(both(json!("the-api")), Err(JwtError::Claim("azp")));
    assert_eq!(both(Value::Null), Err(JwtError::Missing("azp")));
    assert_eq!(judged("azp", json!(CLIENT)), alice());
    assert_eq!(judged("azp", json!("other")), Err(JwtError::Claim("azp")));
}

#[test]
fn idt_05_a_signature_that_is_not_the_issuers_is_refused() {
    let (ours, theirs) = (Signer::new(Algorithm::Es256), Signer::new(Algorithm::Es256));
    let openid = openid(Rules::new().algorithms([Algorithm::Es256]));
    let login = Login::at(&openid);
    let token = theirs.token(&login.claims());
    assert_eq!(login.finish(&token, &ours.keys()).unwrap_err(), JwtError::Signature);
    assert!(Login::at(&openid).finish(&token, &theirs.keys()).is_ok());
}

#[test]
fn idt_06_another_algorithm_than_the_registered_one_is_refused() {
    let signer = Signer::new(Algorithm::Es256);
    let login = Login::at(&openid(Rules::new()));
    let token = signer.token(&login.claims());
    assert_eq!(login.finish(&token, &signer.keys()).unwrap_err(), JwtError::Algorithm);
}

#[test]
fn idt_07_a_mac_is_refused_for_several_audiences() {
    let signer = Signer::new(Algorithm::Hs256);
    let rules = Rules::new().mac(Algorithm::Hs256, signer.secret().into()).trust_audience("the-api");
    let openid = openid(rules);
    let login = Login::at(&openid);
    let claims = changed(login.claims(), "azp", json!(CLIENT));
    assert!(login.finish(&signer.token(&claims), &Default::default()).is_ok());
    let two = changed(claims, "aud", json!([CLIENT, "the-api"]));
    let refused = Login::at(&openid).finish(&signer.token(&two), &Default::default());
    assert_eq!(refused.unwrap_err(), JwtError::Claim("aud"));
}

#[test]
fn idt_08_an_expired_token_is_refused() {
    assert_eq!(judged("exp", at(-59)), alice());
    assert_eq!(judged("exp", at(-60)), Err(JwtError::Expired));
    assert_eq!(judged("exp", Value::Null), Err(JwtError::Missing("exp")));
}

#[test]
fn idt_09_a_token_without_a_time_of_issue_or_from_the_future_is_refused() {
    assert_eq!(judged("iat", at(60)), alice());
    assert_eq!(judged("iat", at(61)), Err(JwtError::NotYet));
    assert_eq!(judged("iat", Value::Null), Err(JwtError::Missing("iat")));
    assert_eq!(judged("nbf", at(60)), alice());
    assert_eq!(judged("nbf", at(61)), Err(JwtError::NotYet));
}

#[test]
fn fapi1_iat_is_week_in_past_is_judged_by_the_policy_on_age() {
    let week = 7 * 24 * 3600;
    assert_eq!(judged("iat", at(-week)), alice());
    let by = |rules: Rules, iat| judged_by(rules, |request| request, "iat", iat);
    let hour = || Rules::new().issued_within(Duration::from_secs(3600));
    assert_eq!(by(hour(), at(-3600)), alice());
    assert_eq!(by(hour(), at(-week)), Err(JwtError::TooOld));
}

#[test]
fn idt_10_a_missing_or_altered_nonce_is_refused() {
    assert_eq!(judged("nonce", Value::Null), Err(JwtError::Missing("nonce")));
    assert_eq!(judged("nonce", json!("")), Err(JwtError::Claim("nonce")));
    assert_eq!(judged("nonce", json!(["x"])), Err(JwtError::ClaimType("nonce")));
    let login = Login::at(&openid(Rules::new()));
    assert_eq!(judged("nonce", json!(format!("{}1", login.nonce))), Err(JwtError::Claim("nonce")));
    assert_eq!(judged("nonce", json!(login.nonce)), alice());
}

#[test]
fn k_19_a_nonce_may_be_absent_by_name_and_never_another() {
    let by = |value| judged_by(Rules::new().danger_nonce_may_be_absent(), |request| request, "nonce", value);
    assert_eq!(by(Value::Null), alice());
    assert_eq!(by(json!("other")), Err(JwtError::Claim("nonce")));
}

#[test]
fn idt_12_a_nonce_that_was_never_sent_is_refused() {
    let signer = Signer::new(Algorithm::Es256);
    let openid = openid(Rules::new().algorithms([Algorithm::Es256]).danger_nonce_may_be_absent());
    let login = Login::at(&openid);
    let claims = changed(login.claims(), "nonce", Value::Null);
    let before = login.finish(&signer.token(&claims), &signer.keys()).unwrap().identity.established();
    let by = |nonce| {
        let token = signer.token(&changed(claims.clone(), "nonce", nonce));
        refreshed(&openid, Some(&token), before.clone(), &signer.keys())
    };
    assert_eq!(by(Value::Null), Ok(Some("alice".into())));
    assert_eq!(by(json!("from nowhere")), Err(JwtError::Claim("nonce")));
    assert_eq!(by(json!("")), Err(JwtError::Claim("nonce")));
}

#[test]
fn idt_13_a_strength_that_was_not_asked_for_is_refused() {
    let by = |value| judged_by(Rules::new(), |request| request.acr(["gold", "silver"]), "acr", value);
    assert_eq!(by(json!("silver")), alice());
    assert_eq!(by(json!("bronze")), Err(JwtError::Claim("acr")));
    assert_eq!(by(Value::Null), Err(JwtError::Claim("acr")));
    assert_eq!(judged("acr", json!("bronze")), alice());
}

#[test]
fn idt_14_a_subject_that_is_none_is_refused_and_letter_case_counts() {
    for wrong in [json!(""), json!(7), json!([]), json!("a".repeat(256)), json!("älice")] {
        assert_eq!(judged("sub", wrong.clone()), Err(JwtError::ClaimType("sub")), "{wrong}");
    }
    assert_eq!(judged("sub", Value::Null), Err(JwtError::Missing("sub")));
    assert_eq!(judged("sub", json!("a".repeat(255))), Ok("a".repeat(255)));
    assert_ne!(judged("sub", json!("Alice")), judged("sub", json!("alice")));
}

#[test]
fn idt_15_a_wrong_hash_of_the_access_token_is_refused_under_every_algorithm() {
    for algorithm in [Algorithm::Rs256, Algorithm::Es384, Algorithm::Rs512, Algorithm::EdDsa] {
        let signer = Signer::new(algorithm);
        let openid = openid(Rules::new().algorithms([algorithm]));
        let by = |hash: &str| {
            let login = Login::at(&openid);
            let token = signer.token(&changed(login.claims(), "at_hash", json!(hash)));
            login.finish(&token, &signer.keys()).map(|_| ())
        };
        assert_eq!(by(&signer.half_hash("the-access-token")), Ok(()), "{algorithm}");
        assert_eq!(by(&signer.half_hash("another-token")), Err(JwtError::Claim("at_hash")), "{algorithm}");
        assert_eq!(by(""), Err(JwtError::Claim("at_hash")), "{algorithm}");
    }
    assert_eq!(judged("at_hash", json!(5)), Err(JwtError::ClaimType("at_hash")));
    assert_eq!(judged("at_hash", Value::Null), alice());
}

#[test]
fn idt_16_a_wrong_hash_of_the_code_is_refused() {
    let signer = Signer::new(Algorithm::Es256);
    assert_eq!(judged("c_hash", json!(signer.half_hash("the-code"))), alice());
    assert_eq!(judged("c_hash", json!(signer.half_hash("the-cod"))), Err(JwtError::Claim("c_hash")));
}

#[test]
fn idt_17_a_person_is_issuer_and_subject() {
    let at = |iss: &str, sub: &str| Subject::new(iss, sub, None);
    assert_ne!(at("https://op.example", "alice"), at("https://other.example", "alice"));
    assert_ne!(at("https://op.example", "alice"), at("https://op.example", "Alice"));
    let signer = Signer::new(Algorithm::Es256);
    let login = Login::at(&openid(Rules::new().algorithms([Algorithm::Es256])));
    let claims = changed(login.claims(), "sid", json!("the-session"));
    let identity = login.finish(&signer.token(&claims), &signer.keys()).unwrap().identity;
    assert_eq!(*identity.subject(), Subject::new(ISSUER, "alice", Some("the-session".into())));
}

#[test]
fn idt_18_an_email_counts_as_verified_by_a_true_boolean_only() {
    let email = |verified: Value| {
        let signer = Signer::new(Algorithm::Es256);
        let login = Login::at(&openid(Rules::new().algorithms([Algorithm::Es256])));
        let claims = changed(login.claims(), "email", json!("alice@corp.example"));
        let claims = changed(claims, "email_verified", verified);
        let sign_in = login.finish(&signer.token(&claims), &signer.keys()).unwrap();
        sign_in.identity.claims().email().unwrap()
    };
    assert_eq!(email(json!(true)), Email::Verified("alice@corp.example".into()));
    for doubtful in [json!(false), json!("true"), json!(1), json!("false"), Value::Null] {
        assert_eq!(email(doubtful.clone()), Email::Unverified("alice@corp.example".into()), "{doubtful}");
    }
}

#[test]
fn c_82_a_domain_is_the_part_behind_the_one_at() {
    let at = |address: &str| Email::Verified(address.into()).is_verified_at("corp.example");
    assert!(at("alice@corp.example"));
    assert!(at("alice@CORP.example"));
    for trick in [
        "alice@evil@corp.example",
        "alice@evil-corp.example",
        "alice@corp.example.evil.example",
        "alice@sub.corp.example",
        "alice@corp.example.",
        "alice@сorp.example",
        "@corp.example",
        "corp.example",
        "alice@corp.example\n",
    ] {
        assert!(!at(trick), "{trick:?}");
    }
    assert!(!Email::Unverified("alice@corp.example".into()).is_verified_at("corp.example"));
}

#[test]
fn idt_19_a_login_that_is_too_old_or_undated_is_refused() {
    let by = |age: u64, value| {
        judged_by(Rules::new(), |request| request.max_age(Duration::from_secs(age)), "auth_time", value)
    };
    assert_eq!(by(300, at(-300)), alice());
    assert_eq!(by(300, at(-359)), alice());
    assert_eq!(by(300, at(-360)), Err(JwtError::LoginTooOld));
    assert_eq!(by(300, at(61)), Err(JwtError::Claim("auth_time")));
    assert_eq!(by(300, Value::Null), Err(JwtError::Missing("auth_time")));
    assert_eq!(by(300, json!(0)), Err(JwtError::LoginTooOld));
    assert_eq!(by(0, at(1)), alice());
    assert_eq!(judged("auth_time", json!(0)), alice());
}

#[test]
fn idt_19_an_age_that_every_request_demands_is_held_against_the_login_too() {
    let signer = Signer::new(Algorithm::Es256);
    let mut profile = Profile::strict();
    profile.authorize_params.push(("max_age".into(), "300".into()));
    let openid = openid_of(Rules::new().algorithms([Algorithm::Es256]), profile);
    let by = |value| {
        let login = Login::at(&openid);
        let token = signer.token(&changed(login.claims(), "auth_time", value));
        login.finish(&token, &signer.keys()).map(|sign_in| sign_in.identity.sub().to_owned())
    };
    assert_eq!(by(at(-300)), alice());
    assert_eq!(by(at(-360)), Err(JwtError::LoginTooOld));
    assert_eq!(by(Value::Null), Err(JwtError::Missing("auth_time")));
}

#[test]
fn idt_21_a_tenant_that_is_not_the_issuers_or_not_allowed_is_refused() {
    let template = "https://login.example/{tenantid}/v2.0";
    let signer = Signer::new(Algorithm::Es256);
    let openid =
        multi_tenant(Rules::new().algorithms([Algorithm::Es256]).tenants(Tenants::only(template, ["t-1"])));
    let by = |iss: &str, tid: Value| {
        let login = Login::at(&openid);
        let claims = changed(changed(login.claims(), "iss", json!(iss)), "tid", tid);
        login.finish(&signer.token(&claims), &signer.keys()).map(|sign_in| sign_in.identity.iss().to_owned())
    };
    assert_eq!(
        by("https://login.example/t-1/v2.0", json!("t-1")),
        Ok("https://login.example/t-1/v2.0".into())
    );
    assert_eq!(by("https://login.example/t-2/v2.0", json!("t-1")), Err(JwtError::Claim("iss")));
    assert_eq!(by("https://login.example/t-2/v2.0", json!("t-2")), Err(JwtError::Claim("tid")));
    assert_eq!(by(template, json!("{tenantid}")), Err(JwtError::Claim("tid")));
    assert_eq!(by("https://login.example/t-1/v2.0", Value::Null), Err(JwtError::Missing("tid")));
}

#[test]
fn idt_22_unknown_claims_are_passed_over_and_stay_data() {
    assert_eq!(judged("a claim nobody knows", json!({"a": [1, "<script>\r\nSet-Cookie: x"]})), alice());
}

#[test]
fn ref_07_a_refreshed_id_token_is_about_the_same_login() {
    let signer = Signer::new(Algorithm::Es256);
    let openid = openid(Rules::new().algorithms([Algorithm::Es256]));
    let before = || {
        Established::new(
            Subject::new(ISSUER, "alice", None),
            Some(Timestamp::from_unix_seconds(1_799_999_000)),
        )
    };
    let claims = json!({
        "iss": ISSUER, "sub": "alice", "aud": CLIENT, "auth_time": 1_799_999_000,
        "iat": NOW.as_unix_seconds(), "exp": NOW.as_unix_seconds() + 300,
    });
    let by = |name: &str, value: Value| {
        let token = signer.token(&changed(claims.clone(), name, value));
        refreshed(&openid, Some(&token), before(), &signer.keys())
    };
    assert_eq!(by("iss", json!(ISSUER)), Ok(Some("alice".into())));
    assert_eq!(by("auth_time", Value::Null), Ok(Some("alice".into())));
    assert_eq!(by("iss", json!("https://op.example1")), Err(JwtError::Claim("iss")));
    assert_eq!(by("sub", json!("bob")), Err(JwtError::OtherSubject));
    assert_eq!(by("aud", json!("other")), Err(JwtError::Claim("aud")));
    assert_eq!(by("auth_time", at(0)), Err(JwtError::Claim("auth_time")));
    assert_eq!(refreshed(&openid, None, before(), &signer.keys()), Ok(None));
}

#[test]
fn ref_07_a_refreshed_id_token_repeats_the_nonce_or_has_none() {
    let signer = Signer::new(Algorithm::Es256);
    let openid = openid(Rules::new().algorithms([Algorithm::Es256]));
    let login = Login::at(&openid);
    let claims = login.claims();
    let before = login.finish(&signer.token(&claims), &signer.keys()).unwrap().identity.established();
    let by = |value| {
        let token = signer.token(&changed(claims.clone(), "nonce", value));
        refreshed(&openid, Some(&token), before.clone(), &signer.keys())
    };
    assert_eq!(by(claims["nonce"].clone()), Ok(Some("alice".into())));
    assert_eq!(by(Value::Null), Ok(Some("alice".into())));
    assert_eq!(by(json!("other")), Err(JwtError::Claim("nonce")));
}

#[test]
fn jwt_10_a_time_that_is_no_number_is_refused_and_not_taken_as_absent() {
    for name in ["exp", "iat", "nbf", "auth_time"] {
        for wrong in REFUSED_TYPES {
            assert_eq!(judged(name, wrong()), Err(JwtError::ClaimType(name)), "{name}: {}", wrong());
        }
        assert_eq!(judged(name, json!(-1)), Err(JwtError::ClaimType(name)));
    }
    assert_eq!(judged("exp", json!(NOW.as_unix_seconds() as f64 + 0.5)), alice());
}

#[test]
fn jwt_11_the_skew_is_a_minute_and_never_more_than_five() {
    let by = |skew: u64, exp| {
        judged_by(Rules::new().skew(Duration::from_secs(skew)), |request| request, "exp", exp)
    };
    assert_eq!(by(0, at(1)), alice());
    assert_eq!(by(0, at(0)), Err(JwtError::Expired));
    assert_eq!(by(100_000, at(-299)), alice());
    assert_eq!(by(100_000, at(-300)), Err(JwtError::Expired));
}

#[test]
fn jwt_12_issuer_and_audience_of_the_wrong_type_are_refused() {
    for wrong in [json!({}), json!([1]), json!([]), json!(5), json!([CLIENT, null])] {
        assert_eq!(judged("aud", wrong.clone()), Err(JwtError::ClaimType("aud")), "{wrong}");
    }
    assert_eq!(judged("iss", json!([ISSUER])), Err(JwtError::ClaimType("iss")));
    assert_eq!(judged("azp", json!([CLIENT])), Err(JwtError::ClaimType("azp")));
}
