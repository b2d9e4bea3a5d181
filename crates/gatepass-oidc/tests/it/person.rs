//! Who somebody is, and what says nothing about it: an email, a hint in the request, an access token.

use gatepass_core::TokenError;
use gatepass_core::ports::Subject;
use gatepass_oidc::{Algorithm, Identity, JwtError, OpenId, Rules, SignInRequest};
use serde_json::{Value, json};

use crate::support::{ISSUER, Login, Signer, changed, exchanged_without, openid};

/// A provider, and a client that agreed on its key.
struct Op {
    signer: Signer,
    openid: OpenId,
}

impl Op {
    fn new() -> Self {
        let signer = Signer::new(Algorithm::Es256);
        Self { openid: openid(Rules::new().algorithms([signer.algorithm])), signer }
    }

    fn login(
        &self,
        how: impl FnOnce(SignInRequest) -> SignInRequest,
        claims: &[(&str, Value)],
    ) -> Result<Identity, JwtError> {
        let login = Login::with(&self.openid, how);
        let right = login.claims();
        let claims = claims.iter().fold(right, |claims, (name, value)| changed(claims, name, value.clone()));
        login.finish(&self.signer.token(&claims), &self.signer.keys()).map(|sign_in| sign_in.identity)
    }
}

fn verified(email: &str) -> [(&'static str, Value); 2] {
    [("email", json!(email)), ("email_verified", json!(true))]
}

#[test]
fn c_80_an_email_makes_nobody_somebody_else() {
    let op = Op::new();
    let login = |sub: &str, email: &str| {
        let [address, is_verified] = verified(email);
        op.login(|request| request, &[("sub", json!(sub)), address, is_verified]).unwrap().subject().clone()
    };
    let alice = login("alice", "alice@corp.example");
    assert_eq!(alice, Subject::new(ISSUER, "alice", None));
    // Whoever writes down her address at the provider is not her, and she stays who she is under another one.
    assert_ne!(login("mallory", "alice@corp.example"), alice);
    assert_eq!(login("alice", "new@corp.example"), alice);
}

#[test]
fn c_83_a_hint_in_the_request_is_no_claim() {
    let op = Op::new();
    let hinting = |request: SignInRequest| {
        let request = request.param("login_hint", "boss@corp.example").param("hd", "corp.example");
        request.param("domain_hint", "corp.example").param("claims", r#"{"id_token":{"email":null}}"#)
    };
    let identity = op.login(hinting, &[]).unwrap();
    assert_eq!((identity.sub(), identity.claims().email()), ("alice", None));
    for hint in ["login_hint", "hd", "domain_hint", "claims"] {
        assert_eq!(identity.claims().json(hint), None, "{hint}");
    }
    // Somebody of another domain logged in although this one was asked for: the verified claim says so.
    let identity = op.login(hinting, &verified("eve@evil.example")).unwrap();
    assert!(!identity.claims().email().unwrap().is_verified_at("corp.example"));
    // How strongly the person must prove who they are is asked for and says nothing about how they did.
    let gold = |request: SignInRequest| request.acr(["gold"]);
    assert_eq!(op.login(gold, &[]).err(), Some(JwtError::Claim("acr")));
    assert_eq!(op.login(gold, &[("acr", json!("gold"))]).unwrap().acr(), Some("gold"));
    assert_eq!(
        op.login(|request| request.param("acr_values", "gold"), &[]).map(|who| who.acr().is_some()),
        Ok(false)
    );
}

#[test]
fn c_84_an_access_token_alone_is_no_login() {
    let op = Op::new();
    let exchange = Login::at(&op.openid).into_exchange();
    assert!(matches!(exchanged_without(exchange), Err(TokenError::Missing("id_token"))));
    // Beside somebody's ID token, another one than it was issued with is refused.
    let hash = |of: &str| [("at_hash", json!(op.signer.half_hash(of)))];
    assert!(op.login(|request| request, &hash("the-access-token")).is_ok());
    let substituted = op.login(|request| request, &hash("one of another app"));
    assert_eq!(substituted.err(), Some(JwtError::Claim("at_hash")));
}
