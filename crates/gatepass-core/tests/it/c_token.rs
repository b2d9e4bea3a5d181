//! Attacks at the token endpoint (catalogue C.5).

use gatepass_core::{Exchange, Refresh, Secret, TokenError};

use crate::support::*;
use crate::trs::run;

#[test]
fn c_64_a_location_alone_is_no_redirect() {
    run("C-64", false);
}

#[test]
fn c_64_a_token_endpoint_that_redirects_is_refused() {
    run("C-64", true);
    let (_, sent) = ask(client().refresh(Secret::from("rt"), &scopes("a")));
    let moved = answer(307, &[("location", "https://evil.example/token")], GOOD);
    assert_eq!(refused(judge::<Refresh>(sent, moved)).why, TokenError::Redirect { status: 307 });
}

#[test]
fn c_65_an_access_token_makes_a_success() {
    assert!(exchanged(login(&client()), json(200, GOOD)).is_ok());
}

#[test]
fn c_65_without_an_access_token_there_is_nothing() {
    for body in [
        "{}",
        r#"{"token_type":"Bearer"}"#,
        r#"{"access_token":"","token_type":"Bearer"}"#,
        r#"{"id_token":"x","token_type":"Bearer","refresh_token":"r"}"#,
    ] {
        let error = refused(exchanged(login(&client()), json(200, body)));
        assert_eq!(error, TokenError::Missing("access_token"));
    }
}

fn of_scope(member: &str) -> gatepass_core::TokenSet {
    let body = format!(r#"{{"access_token":"at","token_type":"Bearer"{member}}}"#);
    exchanged(start(client().authorize(&scopes("a b")), 1), json(200, &body)).unwrap()
}

#[test]
fn c_66_a_missing_scope_is_what_was_asked_for_and_no_more() {
    let tokens = of_scope("");
    assert!(tokens.require(&scopes("a b")).is_ok());
    assert!(tokens.require(&scopes("admin")).is_err());
    let (_, sent) = ask(start(client().authorize(&scopes("")), 1).exchange());
    let nothing = judge::<Exchange>(sent, json(200, GOOD)).unwrap();
    assert!(nothing.require(&scopes("a")).is_err(), "asked for nothing, granted nothing that we know");
}

#[test]
fn c_66_an_empty_scope_never_counts_as_everything() {
    let tokens = of_scope(r#","scope":"""#);
    assert!(tokens.granted().is_empty());
    assert!(tokens.require(&scopes("a")).is_err());
    assert!(of_scope(r#","scope":"  ""#).require(&scopes("a")).is_err());
}

#[test]
fn c_67_a_bearer_token_is_taken() {
    run("TRS-07", false);
}

#[test]
fn c_67_a_foreign_token_type_is_refused() {
    run("TRS-08", true);
    run("TRS-09", true);
}
