//! The readers of tokens: nothing is taken that the library or the rules refuse, and no refusal tells what was in it.

use std::fmt::{Debug, Display};

use data_encoding::BASE64URL_NOPAD;
use gatepass_core::{Body, Roundtrip as _, Secret, Step};
use gatepass_oidc::{
    FetchUserInfo, Logout, LogoutVerdict, SignIn, UserInfoError, UserInfoVerdict, Verdict, Whom,
};
use http::Response;
use serde_json::Value;

use super::oracle::{is_beyond_others, object, verified};
use super::words::{Arrived, OP};
use crate::provider::{ISSUER, Login, NOW, attempt};

/// What no message shows.
fn tells_nothing(of: &Arrived, said: &str) {
    let nonce = OP.nonce();
    for secret in [&nonce, "the-access-token", "the-code", "the client's own secret"] {
        assert!(!said.contains(secret), "{said}");
    }
    if let Some((header, _)) = of.token.split_once('.').filter(|(header, _)| header.len() > 10) {
        assert!(!said.contains(header), "{said}");
    }
}

fn refused(of: &Arrived, why: &(impl Debug + Display)) {
    tells_nothing(of, &format!("{why} {why:?}"));
    assert!(why.to_string().len() < 200 && format!("{why:?}").len() < 80, "{why:?}");
}

/// An ID token: who logs in by it has logged in by the library and by the rules, and nobody else.
pub fn id_token(bytes: &[u8]) {
    taken_id_token(bytes);
}

pub(super) fn taken_id_token(bytes: &[u8]) -> bool {
    let Some(arrived) = OP.arrived(bytes) else { return false };
    // What is no token at all, the core refuses.
    let Ok(unverified) = Login::at(arrived.openid).answered(&arrived.token) else {
        assert!(!arrived.is_signed);
        return false;
    };
    tells_nothing(&arrived, &format!("{unverified:?}"));
    match unverified.verify(&OP.keys, NOW) {
        Verdict::SignedIn(sign_in) => {
            signed_in(&arrived, &sign_in);
            true
        }
        Verdict::NeedKeys(again) => {
            tells_nothing(&arrived, &format!("{again:?}"));
            let refused = verified(&arrived.token, arrived.secret.as_deref()).is_err();
            assert!(refused, "there is a key for it");
            false
        }
        Verdict::Refused(why) => {
            refused(&arrived, &why);
            false
        }
        _ => panic!("no other verdict is known"),
    }
}

fn signed_in(arrived: &Arrived, sign_in: &SignIn) {
    if is_beyond_others(sign_in.identity.claims().as_json().as_bytes()) {
        return;
    }
    let read = verified(&arrived.token, arrived.secret.as_deref()).unwrap_or_else(|why| panic!("{why}"));
    read.signs_in().unwrap_or_else(|why| panic!("{why}"));
    let (identity, text) = (&sign_in.identity, |name: &str| read.claims.get(name).and_then(Value::as_str));
    assert_eq!((Some(identity.iss()), Some(identity.sub())), (text("iss"), text("sub")));
    assert_eq!(identity.subject().sid.as_deref(), text("sid"));
    assert_eq!(identity.acr(), text("acr"));
    assert_eq!(identity.id_token().expose(), arrived.token);
    assert_eq!(sign_in.tokens.access_token().expose(), "the-access-token");
    assert_eq!(object(identity.claims().as_json().as_bytes()).unwrap(), read.claims);
    if let Some(email) = identity.claims().email() {
        let is_verified = matches!(email, gatepass_oidc::Email::Verified(_));
        assert_eq!(is_verified, read.claims.get("email_verified") == Some(&Value::Bool(true)));
    }
    tells_nothing(arrived, &format!("{sign_in:?}"));
}

fn payload(token: &str) -> Vec<u8> {
    BASE64URL_NOPAD.decode(token.split('.').nth(1).unwrap().as_bytes()).unwrap()
}

/// A logout token: whom it logs out, the library and the rules name too.
pub fn logout_token(bytes: &[u8]) {
    taken_logout_token(bytes);
}

pub(super) fn taken_logout_token(bytes: &[u8]) -> bool {
    let Some(arrived) = OP.arrived(bytes) else { return false };
    match arrived.openid.logout_token(arrived.token.as_str()).verify(&OP.keys, NOW) {
        LogoutVerdict::LoggedOut(logout) => {
            if !is_beyond_others(&payload(&arrived.token)) {
                logged_out(&arrived, &logout);
            }
            true
        }
        LogoutVerdict::NeedKeys(again) => {
            tells_nothing(&arrived, &format!("{again:?}"));
            let refused = verified(&arrived.token, arrived.secret.as_deref()).is_err();
            assert!(refused, "there is a key for it");
            false
        }
        LogoutVerdict::Refused(why) => {
            refused(&arrived, &why);
            false
        }
        _ => panic!("no other verdict is known"),
    }
}

fn logged_out(arrived: &Arrived, logout: &Logout) {
    let read = verified(&arrived.token, arrived.secret.as_deref()).unwrap_or_else(|why| panic!("{why}"));
    read.logs_out().unwrap_or_else(|why| panic!("{why}"));
    let text = |name: &str| read.claims.get(name).and_then(Value::as_str);
    assert_eq!((&*logout.iss, Some(&*logout.jti)), (ISSUER, text("jti")));
    assert!(logout.expires > NOW);
    match &logout.whom {
        Whom::Session { sid, sub } => assert_eq!((Some(&**sid), sub.as_deref()), (text("sid"), text("sub"))),
        Whom::Subject(sub) => {
            assert_eq!(Some(&**sub), text("sub"));
            assert!(text("sid").unwrap_or_default().is_empty());
        }
        _ => panic!("nobody else is known"),
    }
}

/// User info, signed or plain: it is about the person who logged in.
pub fn user_info(bytes: &[u8]) {
    taken_user_info(bytes);
}

pub(super) fn taken_user_info(bytes: &[u8]) -> bool {
    let Some(arrived) = OP.arrived(bytes) else { return false };
    let content = if arrived.is_signed { "application/jwt" } else { "application/json" };
    let fetch = arrived.openid.fetch_user_info(&Secret::from("the-access-token"), "alice").unwrap();
    let (_, sent) = fetch.request(attempt(1)).unwrap();
    let answer = Response::builder().header("content-type", content);
    let answer = answer.body(Body::from(arrived.token.clone())).unwrap();
    let info = match FetchUserInfo::response(sent, answer, NOW) {
        Ok(Step::Done(info)) => info,
        _ => panic!("there is one answer, and it is text"),
    };
    match info.verify(&OP.keys) {
        UserInfoVerdict::Verified(claims) if is_beyond_others(claims.as_json().as_bytes()) => true,
        UserInfoVerdict::Verified(claims) => {
            let read = if arrived.is_signed {
                let read = verified(&arrived.token, arrived.secret.as_deref());
                let read = read.unwrap_or_else(|why| panic!("{why}"));
                read.addressed().unwrap_or_else(|why| panic!("{why}"));
                read.claims
            } else {
                object(arrived.token.trim().as_bytes()).unwrap()
            };
            assert_eq!(read.get("sub").and_then(Value::as_str), Some("alice"));
            assert_eq!(object(claims.as_json().as_bytes()).unwrap(), read);
            true
        }
        UserInfoVerdict::NeedKeys(again) => {
            tells_nothing(&arrived, &format!("{again:?}"));
            assert!(verified(&arrived.token, arrived.secret.as_deref()).is_err(), "there is a key for it");
            false
        }
        UserInfoVerdict::Refused(why) => {
            assert!(arrived.is_signed || !matches!(why, UserInfoError::Jwt(_)));
            refused(&arrived, &why);
            false
        }
        _ => panic!("no other verdict is known"),
    }
}
