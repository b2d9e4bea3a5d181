//! Logout tokens (OpenID Connect Back-Channel Logout) and the logout that we start (RP-Initiated Logout).

use gatepass_core::extension::kept_id_token;
use gatepass_oidc::{Algorithm, JwtError, Logout, LogoutVerdict, Rules, Whom};
use serde_json::{Value, json};

use crate::support::{CLIENT, ISSUER, Login, NOW, Signer, changed, flipped, openid};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": CLIENT, "sub": "alice", "sid": "s-1", "jti": "j-1",
        "iat": NOW.as_unix_seconds(), "exp": NOW.as_unix_seconds() + 120, "events": {EVENT: {}},
    })
}

fn judged(token: &str, signer: &Signer) -> Result<Logout, JwtError> {
    let openid = openid(Rules::new().algorithms([Algorithm::Es256]));
    match openid.logout_token(token).verify(&signer.keys(), NOW) {
        LogoutVerdict::LoggedOut(logout) => Ok(logout),
        LogoutVerdict::Refused(why) => Err(why),
        _ => Err(JwtError::NoKey),
    }
}

fn with(name: &str, value: Value) -> Result<Logout, JwtError> {
    let signer = Signer::new(Algorithm::Es256);
    judged(&signer.token(&changed(claims(), name, value)), &signer)
}

#[test]
fn bcl_02_a_logout_token_is_held_to_the_rules_of_an_id_token() {
    let logout = with("sid", json!("s-1")).unwrap();
    assert_eq!((&*logout.iss, &*logout.jti), (ISSUER, "j-1"));
    assert_eq!(logout.whom, Whom::Session { sid: "s-1".into(), sub: Some("alice".into()) });
    assert_eq!(with("iss", json!("https://other.example")), Err(JwtError::Claim("iss")));
    assert_eq!(with("aud", json!("other")), Err(JwtError::Claim("aud")));
    assert_eq!(with("iat", Value::Null), Err(JwtError::Missing("iat")));
    assert_eq!(with("exp", Value::Null), Err(JwtError::Missing("exp")));
    assert_eq!(with("exp", json!(NOW.as_unix_seconds() - 60)), Err(JwtError::Expired));
    let (signer, rsa) = (Signer::new(Algorithm::Es256), Signer::new(Algorithm::Rs256));
    assert_eq!(judged(&rsa.token(&claims()), &rsa), Err(JwtError::Algorithm));
    assert_eq!(judged(&flipped(&signer.token(&claims())), &signer), Err(JwtError::Signature));
    let unsigned = signer.with_header(&json!({"alg": "none"}), &claims());
    assert_eq!(judged(&unsigned, &signer), Err(JwtError::Algorithm));
    for typ in ["logout+jwt", "application/logout+jwt", "JWT"] {
        let typed = signer.with_header(&json!({"alg": "ES256", "kid": "k1", "typ": typ}), &claims());
        assert!(judged(&typed, &signer).is_ok(), "{typ}");
    }
}

#[test]
fn bcl_03_one_without_subject_and_session_is_refused() {
    let signer = Signer::new(Algorithm::Es256);
    let neither = changed(changed(claims(), "sub", Value::Null), "sid", Value::Null);
    assert_eq!(judged(&signer.token(&neither), &signer), Err(JwtError::Missing("sub")));
    assert_eq!(with("sid", Value::Null).unwrap().whom, Whom::Subject("alice".into()));
    assert_eq!(with("sub", Value::Null).unwrap().whom, Whom::Session { sid: "s-1".into(), sub: None });
    assert_eq!(with("sid", json!(1)), Err(JwtError::ClaimType("sid")));
}

#[test]
fn bcl_04_one_without_the_logout_event_as_an_object_is_refused() {
    assert_eq!(with("events", Value::Null), Err(JwtError::Missing("events")));
    assert_eq!(
        with("events", json!({"http://schemas.openid.net/event/foobar": {}})),
        Err(JwtError::Claim("events"))
    );
    for wrong in [json!([EVENT]), json!(EVENT), json!({EVENT: []}), json!({EVENT: "x"}), json!({EVENT: null})]
    {
        assert_eq!(with("events", wrong.clone()), Err(JwtError::ClaimType("events")), "{wrong}");
    }
    assert!(with("events", json!({EVENT: {}, "another": 1})).is_ok());
}

#[test]
fn bcl_05_one_with_a_nonce_is_refused() {
    for nonce in [json!("x"), json!(""), json!(1)] {
        assert_eq!(with("nonce", nonce), Err(JwtError::Claim("nonce")));
    }
    assert_eq!(judged(&id_token(), &Signer::new(Algorithm::Es256)), Err(JwtError::Signature));
}

#[test]
fn bcl_06_one_without_an_id_is_refused() {
    assert_eq!(with("jti", Value::Null), Err(JwtError::Missing("jti")));
    assert_eq!(with("jti", json!("")), Err(JwtError::Missing("jti")));
    assert!(with("jti", json!("j-2")).is_ok());
}

#[test]
fn jwt_13_an_id_token_logs_nobody_out() {
    let signer = Signer::new(Algorithm::Es256);
    let login = Login::at(&openid(Rules::new().algorithms([Algorithm::Es256])));
    let refused = judged(&signer.token(&login.claims()), &signer);
    assert_eq!(refused, Err(JwtError::Missing("events")));
}

fn id_token() -> String {
    let login = Login::at(&openid(Rules::new().algorithms([Algorithm::Es256])));
    Signer::new(Algorithm::Es256).token(&login.claims())
}

#[test]
fn lgt_01_the_provider_gets_hint_client_return_address_and_state() {
    let openid = openid(Rules::new());
    let place = "https://app.example/bye".parse().unwrap();
    let url = openid
        .end_session_url(Some(&kept_id_token("the-id-token".into())), Some((&place, "the-state")))
        .unwrap();
    assert_eq!(
        url.as_str(),
        "https://op.example/logout?id_token_hint=the-id-token&client_id=my-app\
         &post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye&state=the-state"
    );
    let bare = openid.end_session_url(None, None).unwrap();
    assert_eq!(bare.as_str(), "https://op.example/logout?client_id=my-app");
}
