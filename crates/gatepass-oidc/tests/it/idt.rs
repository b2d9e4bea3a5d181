//! ID tokens (OpenID Connect Core sections 2 and 3.1.3.7).

use gatepass_oidc::{Algorithm, JwtError, Rules};
use serde_json::{Value, json};

use crate::support::{Login, NOW, Signer, changed, openid};

/// Judges a right token with one claim changed.
fn judged(name: &str, value: Value) -> Result<String, JwtError> {
    let signer = Signer::new(Algorithm::Es256);
    let login = Login::at(&openid(Rules::new().algorithms([Algorithm::Es256])));
    let token = signer.token(&changed(login.claims(), name, value));
    login.finish(&token, &signer.keys()).map(|sign_in| sign_in.identity.sub().to_owned())
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
        let login = Login::at(&openid(Rules::new().algorithms([algorithm])));
        let token = signer.token(&login.claims());
        let sign_in = login.finish(&token, &signer.keys()).unwrap();
        assert_eq!(sign_in.identity.sub(), "alice", "{algorithm}");
        assert_eq!(sign_in.tokens.access_token().expose(), "the-access-token");
    }
    for algorithm in [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512] {
        let signer = Signer::new(algorithm);
        let login = Login::at(&openid(Rules::new().mac(algorithm, signer.secret().into())));
        let token = signer.token(&login.claims());
        assert_eq!(login.finish(&token, &Default::default()).unwrap().identity.sub(), "alice", "{algorithm}");
    }
}

#[test]
fn idt_02_another_issuer_is_refused() {
    assert_eq!(judged("iss", json!("https://op.example")), Ok("alice".into()));
    for other in ["https://op.example/", "https://op.example1", "https://OP.example", ""] {
        assert_eq!(judged("iss", json!(other)), Err(JwtError::Claim("iss")), "{other}");
    }
    assert_eq!(judged("iss", Value::Null), Err(JwtError::Missing("iss")));
}

#[test]
fn idt_08_an_expired_token_is_refused() {
    let at = |seconds: i64| json!(NOW.as_unix_seconds() + seconds);
    assert_eq!(judged("exp", at(-59)), Ok("alice".into()));
    assert_eq!(judged("exp", at(-60)), Err(JwtError::Expired));
    assert_eq!(judged("exp", Value::Null), Err(JwtError::Missing("exp")));
}
