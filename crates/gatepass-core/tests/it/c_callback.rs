//! Attacks on the parsing of the callback (catalogue C.3).

use gatepass_core::{Callback, CallbackError, MalformedCallback, Provider};

use crate::support::*;

#[test]
fn c_31_odd_bytes_are_parsed() {
    for query in ["code=%20", "code=%F0%9F%94%92", "code=\u{1f512}", "code==a=b", "code=c&&&", "code=a%0Ab"] {
        assert!(login(&client()).receive(query).is_ok(), "{query}");
    }
}

#[test]
fn c_31_broken_bytes_are_refused() {
    let broken: [&[u8]; 12] = [
        b"code=%",
        b"code=%1",
        b"code=%zz",
        b"code=%u0041",
        b"code=%00",
        b"code=a%00b",
        b"code=\0",
        b"code=%C0%80",
        b"code=%F8%88%80%80%80",
        b"code=%80",
        b"code=\xff\xfe",
        b"state=%E2%82&code=a",
    ];
    for bytes in broken {
        let error = refused(Callback::from_form(bytes));
        assert_eq!(error, MalformedCallback::Encoding, "{bytes:?}");
    }
    assert_eq!(refused(Callback::from_form(&[b'a'; 100_000])), MalformedCallback::TooLarge);
}

#[test]
fn c_32_a_code_alone_is_taken() {
    assert!(login(&client()).receive("code=c").is_ok());
}

#[test]
fn c_32_contradictions_are_refused() {
    assert!(matches!(refused(login(&client()).receive("code=c&error=x")), CallbackError::Provider(_)));
    let alone = login(&client()).pending.receive(callback("error=x"), NOW);
    assert!(matches!(refused(alone), CallbackError::StateMissing(_)));
    for name in ["access_token", "id_token", "response", "token"] {
        let error = refused(Callback::from_query(&format!("code=c&state=x&{name}=y")));
        assert_eq!(error, MalformedCallback::Unexpected(name));
    }
}

fn announced() -> gatepass_core::Client {
    client_of(Provider::builder(AUTHORIZE, TOKEN).issuer(ISSUER).require_iss().build().unwrap())
}

#[test]
fn c_33_our_issuer_is_taken() {
    assert!(login(&announced()).receive("iss=https://as.example&code=c").is_ok());
}

#[test]
fn c_33_any_other_issuer_is_refused() {
    for rest in ["code=c", "error=e"] {
        let judged = |iss: &str| refused(login(&announced()).receive(&format!("{rest}{iss}")));
        assert!(matches!(judged("&iss=https://evil.example"), CallbackError::IssuerMismatch));
        assert!(matches!(judged("&iss="), CallbackError::IssuerMismatch));
        assert!(matches!(judged("&iss"), CallbackError::IssuerMismatch));
        assert!(matches!(judged(""), CallbackError::IssuerMissing));
        let twice = Callback::from_query(&format!("{rest}&iss=https://as.example&iss=https://as.example"));
        assert_eq!(refused(twice), MalformedCallback::Twice("iss"));
    }
}
