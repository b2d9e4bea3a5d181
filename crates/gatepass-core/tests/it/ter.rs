//! The token response: errors (RFC 6749 section 5.2).

use gatepass_core::{ErrorCode, TokenError};

use crate::support::*;
use crate::trs::{run, run_refresh};

#[test]
fn ter_01_error_codes_have_names_and_keep_their_texts() {
    run("TER-01", true);
}

#[test]
fn ter_02_a_code_beyond_the_alphabet_is_a_plain_http_error() {
    run("TER-02", true);
}

#[test]
fn ter_03_an_error_of_null_is_none() {
    run("TER-03", false);
}

#[test]
fn ter_03_an_error_in_a_success_is_refused() {
    run("TER-03", true);
}

#[test]
fn ter_03_a_successor_beside_an_error_is_kept() {
    run_refresh("TER-03", true);
}

#[test]
fn ter_04_what_is_no_json_is_an_http_error_without_its_body() {
    run("TER-04", true);
    run_refresh("TER-04", true);
    let page = answer(502, &[("content-type", "text/html")], "<h1>the body</h1>");
    let error = refused(exchanged(login(&client()), page));
    assert_eq!(error.to_string(), "the provider answered status 502 without a readable error");
    assert!(!printed(&error).contains("the body"));
}

#[test]
fn ter_05_a_bare_401_rejects_the_client() {
    run("TER-05", true);
}

#[test]
fn ter_06_retry_after_is_reported_and_capped() {
    run("TER-06", true);
    run_refresh("TER-06", true);
}

#[test]
fn ter_07_only_a_rejected_refresh_token_ends_the_grant() {
    run_refresh("TER-07", true);
}

#[test]
fn ter_08_an_echoed_secret_is_not_in_the_error() {
    run("TER-08", true);
}

/// A secret of lower-case letters looks like a code.
#[test]
fn ter_08_a_code_that_no_rfc_lists_is_not_printed() {
    let echo = |code: &str| {
        let body = format!(r#"{{"error":"{code}"}}"#);
        let error = refused(exchanged(login(&client()), json(400, &body)));
        let TokenError::Provider { error: said, .. } = &error else { panic!("{error:?}") };
        assert_eq!(said.code().as_str(), code);
        assert_eq!(said.code(), &ErrorCode::Other(code.into()));
        (said.code().to_string(), format!("{:?}", said.code()), printed(&error))
    };
    for code in ["Sup3r-Secret", &"a".repeat(41), "ab=cd", "a b", "4242"] {
        let (shown, debugged, printed) = echo(code);
        assert_eq!(shown, "a code that no rfc lists");
        assert!(!debugged.contains(code), "{debugged}");
        assert!(!printed.contains(code), "{printed}");
    }
    assert_eq!(echo("bad_verification_code").0, "bad_verification_code");
}
