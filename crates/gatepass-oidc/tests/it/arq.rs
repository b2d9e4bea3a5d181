//! The authentication request (OpenID Connect Core section 3.1.2.1), and what a parked login remembers of it.

use std::collections::HashSet;
use std::time::Duration;

use gatepass_core::{Callback, CallbackError, ResumeError, Scopes, StartError};
use gatepass_oidc::{Algorithm, OpenId, ReceiveError, Rules, SignInRequest, Verdict};
use serde_json::json;

use crate::support::{Login, NOW, Signer, attempt, changed, openid};

fn url(how: impl FnOnce(SignInRequest) -> SignInRequest) -> Result<Vec<(String, String)>, StartError> {
    let request = how(openid(Rules::new()).authorize(&Scopes::new("profile").unwrap()));
    let (url, _waiting) = request.start(attempt(7))?;
    Ok(url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
}

fn one<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    let mut found = pairs.iter().filter(|(known, _)| known == name);
    let (Some((_, value)), None) = (found.next(), found.next()) else { panic!("{name} is there once") };
    value
}

#[test]
fn arq_11_openid_brings_a_nonce_that_is_new_for_each_login() {
    let openid = openid(Rules::new());
    let nonces: HashSet<String> = (0..50)
        .map(|seed| {
            let (url, _waiting) = openid.authorize(&Scopes::none()).start(attempt(seed)).unwrap();
            url.query_pairs().find(|(name, _)| name == "nonce").unwrap().1.into_owned()
        })
        .collect();
    assert_eq!(nonces.len(), 50);
    let pairs = url(|request| request).unwrap();
    assert_eq!(one(&pairs, "scope"), "openid profile");
    assert_ne!(one(&pairs, "nonce"), one(&pairs, "state"));
    assert_eq!(url(|request| request.param("nonce", "mine")).unwrap_err(), StartError::Twice("nonce".into()));
}

#[test]
fn arq_12_the_nonce_is_url_safe_and_43_characters() {
    let pairs = url(|request| request).unwrap();
    let nonce = one(&pairs, "nonce");
    assert_eq!(nonce.len(), 43);
    assert!(nonce.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')));
}

#[test]
fn arq_14_a_maximal_age_is_asked_for_and_held_against_the_answer() {
    let pairs =
        url(|request| request.max_age(Duration::from_millis(300_900)).acr(["gold", "silver"])).unwrap();
    assert_eq!(one(&pairs, "max_age"), "300");
    assert_eq!(one(&pairs, "acr_values"), "gold silver");
    let pairs = url(|request| request.param("max_age", "60").param("prompt", "login")).unwrap();
    assert_eq!((one(&pairs, "max_age"), one(&pairs, "prompt")), ("60", "login"));

    let signer = Signer::new(Algorithm::Es256);
    let openid = openid(Rules::new().algorithms([Algorithm::Es256]));
    let login = Login::with(&openid, |request| request.param("max_age", "60"));
    let token = signer.token(&login.claims());
    assert!(
        login.finish(&token, &signer.keys()).is_err(),
        "the token does not say when the person logged in"
    );
}

fn parked(openid: &OpenId) -> (gatepass_core::PendingSnapshot, Callback, String) {
    let (url, waiting) = openid.authorize(&Scopes::none()).start(attempt(7)).unwrap();
    let value = |name: &str| url.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned();
    let callback = Callback::from_query(&format!("code=c&state={}", value("state"))).unwrap();
    (waiting.park(), callback, value("nonce"))
}

#[test]
fn a_parked_login_is_finished_by_its_own_protocol_only() {
    let openid = openid(Rules::new());
    let (snapshot, _, _) = parked(&openid);
    assert_eq!(openid.client().resume(snapshot).unwrap_err(), ResumeError::OtherProtocol);
    let (_, pending) = openid.client().authorize(&Scopes::none()).start(attempt(7)).unwrap();
    assert_eq!(openid.resume(pending.park()).unwrap_err(), ResumeError::OtherProtocol);
}

#[test]
fn a_login_that_was_not_ours_is_given_back_and_stays_one_with_an_id_token_in_view() {
    let openid = openid(Rules::new());
    let (snapshot, callback, _) = parked(&openid);
    let waiting = openid.resume(snapshot).unwrap();
    let forged = Callback::from_query("code=c&state=forged").unwrap();
    let Err(ReceiveError::NotOurs(waiting)) = waiting.receive(forged, NOW) else { panic!("it is not ours") };
    assert!(waiting.receive(callback, NOW).is_ok());
    let (snapshot, _, _) = parked(&openid);
    let denied = Callback::from_query("error=access_denied&state=x").unwrap();
    let Err(ReceiveError::NotOurs(_)) = openid.resume(snapshot).unwrap().receive(denied, NOW) else {
        panic!("another state, whatever else it says")
    };
}

#[test]
fn c_54_the_nonce_travels_with_the_parked_login() {
    let signer = Signer::new(Algorithm::Es256);
    let openid = openid(Rules::new().algorithms([Algorithm::Es256]));
    let (snapshot, callback, nonce) = parked(&openid);
    let exchange = openid.resume(snapshot).unwrap().receive(callback, NOW).unwrap();
    let claims = Login::at(&openid).claims();
    let token = signer.token(&changed(claims, "nonce", json!(nonce)));
    let unverified = crate::support::exchanged(exchange, &token).unwrap();
    assert!(matches!(unverified.verify(&signer.keys(), NOW), Verdict::SignedIn(_)));
}

#[test]
fn a_late_callback_is_refused_as_by_the_core() {
    let openid = openid(Rules::new());
    let (snapshot, callback, _) = parked(&openid);
    let late = NOW.saturating_add(Duration::from_secs(601));
    let refused = openid.resume(snapshot).unwrap().receive(callback, late);
    assert!(matches!(refused, Err(ReceiveError::Refused(CallbackError::Expired))));
}

#[test]
fn trs_21_an_openid_login_without_an_id_token_is_refused() {
    let openid = openid(Rules::new());
    let (snapshot, callback, _) = parked(&openid);
    let exchange = openid.resume(snapshot).unwrap().receive(callback, NOW).unwrap();
    let refused = crate::support::exchanged_without(exchange);
    assert_eq!(refused.unwrap_err().to_string(), "the token response has no id_token");
}
