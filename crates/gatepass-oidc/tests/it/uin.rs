//! User info (OpenID Connect Core section 5.3).

use gatepass_core::{Body, Roundtrip, Secret, Step};
use gatepass_oidc::{
    Algorithm, FetchUserInfo, JwtError, KeySet, OpenId, Rules, UserInfoError, UserInfoVerdict,
};
use http::Response;
use serde_json::{Value, json};

use crate::support::{CLIENT, ISSUER, NOW, Signer, attempt, changed, openid};

fn answered(
    openid: &OpenId,
    keys: &KeySet,
    status: u16,
    content: &str,
    body: &str,
) -> Result<String, UserInfoError> {
    let fetch = openid.fetch_user_info(&Secret::from("the-access-token"), "alice").unwrap();
    let (request, sent) = fetch.request(attempt(1)).unwrap();
    assert_eq!(request.uri(), "https://op.example/userinfo", "the token is not in the url");
    assert_eq!(request.headers()["authorization"], "Bearer the-access-token");
    assert!(request.headers()["authorization"].is_sensitive());
    assert!(request.body().is_empty());
    let answer = Response::builder().status(status).header("content-type", content);
    let answer = answer.body(Body::from(body.to_owned())).unwrap();
    let Step::Done(info) = FetchUserInfo::response(sent, answer, NOW)? else { panic!("there is one answer") };
    match info.verify(keys) {
        UserInfoVerdict::Verified(claims) => Ok(claims.text("email").unwrap_or_default()),
        UserInfoVerdict::Refused(why) => Err(why),
        _ => Err(UserInfoError::Jwt(JwtError::NoKey)),
    }
}

fn plain(body: &str) -> Result<String, UserInfoError> {
    answered(&openid(Rules::new()), &KeySet::default(), 200, "application/json; charset=utf-8", body)
}

#[test]
fn uin_01_user_info_about_another_subject_is_refused() {
    assert_eq!(plain(r#"{"sub":"alice","email":"a@op.example"}"#), Ok("a@op.example".into()));
    for other in
        [r#"{"sub":"bob"}"#, r#"{"sub":"Alice"}"#, r#"{"email":"a@op.example"}"#, r#"{"sub":"alice "}"#]
    {
        assert_eq!(plain(other), Err(UserInfoError::OtherSubject), "{other}");
    }
    for none in [r#"{"sub":1}"#, r#"{"sub":""}"#, r#"{"sub":["alice"]}"#] {
        assert_eq!(plain(none), Err(UserInfoError::Body), "{none}");
    }
}

#[test]
fn uin_03_anything_but_a_json_object_by_200_is_refused() {
    for wrong in ["[]", r#"[{"sub":"alice"}]"#, "", "null", r#"{"sub":"bob","sub":"alice"}"#] {
        assert_eq!(plain(wrong), Err(UserInfoError::Body), "{wrong}");
    }
    let (openid, keys, body) = (openid(Rules::new()), KeySet::default(), r#"{"sub":"alice"}"#);
    let by = |status, content| answered(&openid, &keys, status, content, body);
    assert_eq!(by(401, "application/json"), Err(UserInfoError::Token));
    assert_eq!(by(302, "application/json"), Err(UserInfoError::Redirect { status: 302 }));
    assert_eq!(by(500, "application/json"), Err(UserInfoError::Status { status: 500 }));
    assert_eq!(by(200, "text/html"), Err(UserInfoError::ContentType));
}

#[test]
fn uin_02_signed_user_info_is_verified_and_plain_is_refused_where_signed_was_agreed_on() {
    let signer = Signer::new(Algorithm::Es256);
    let openid = openid(Rules::new().signed_user_info(Algorithm::Es256));
    let claims = json!({"iss": ISSUER, "aud": CLIENT, "sub": "alice", "email": "a@op.example"});
    let by = |token: &str| answered(&openid, &signer.keys(), 200, "application/jwt", token);
    let with = |name: &str, value: Value| by(&signer.token(&changed(claims.clone(), name, value)));
    assert_eq!(by(&signer.token(&claims)), Ok("a@op.example".into()));
    assert_eq!(with("sub", json!("bob")), Err(UserInfoError::OtherSubject));
    assert_eq!(with("iss", json!("https://other.example")), Err(UserInfoError::Jwt(JwtError::Claim("iss"))));
    assert_eq!(with("iss", Value::Null), Err(UserInfoError::Jwt(JwtError::Missing("iss"))));
    assert_eq!(with("aud", json!("other")), Err(UserInfoError::Jwt(JwtError::Claim("aud"))));
    assert_eq!(
        by(&crate::support::flipped(&signer.token(&claims))),
        Err(UserInfoError::Jwt(JwtError::Signature))
    );
    let rsa = Signer::new(Algorithm::Rs256);
    assert_eq!(by(&rsa.token(&claims)), Err(UserInfoError::Jwt(JwtError::Algorithm)));
    let plain = answered(&openid, &signer.keys(), 200, "application/json", &claims.to_string());
    assert_eq!(plain, Err(UserInfoError::NotSigned));
}

#[test]
fn c_95_addresses_in_claims_are_data() {
    let body = r#"{"sub":"alice","picture":"http://169.254.169.254/","_claim_names":{"x":"s"},"_claim_sources":{"s":{"endpoint":"http://10.0.0.1/"}},"id":9007199254740993}"#;
    let openid = openid(Rules::new());
    let fetch = openid.fetch_user_info(&Secret::from("the-access-token"), "alice").unwrap();
    let (_, sent) = fetch.request(attempt(1)).unwrap();
    let answer = Response::builder().header("content-type", "application/json");
    let answer = answer.body(Body::from(body.to_owned())).unwrap();
    let Ok(Step::Done(info)) = FetchUserInfo::response(sent, answer, NOW) else { panic!("it is sound") };
    let UserInfoVerdict::Verified(claims) = info.verify(&KeySet::default()) else {
        panic!("it is about alice")
    };
    assert_eq!(claims.text("picture").unwrap(), "http://169.254.169.254/");
    assert_eq!(claims.json("id"), Some("9007199254740993"), "no number loses a digit");
    assert_eq!(claims.as_json(), body);
}
