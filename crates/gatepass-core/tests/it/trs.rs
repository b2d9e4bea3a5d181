//! The token response: success (RFC 6749 section 5.1).

use std::time::Duration;

use gatepass_core::{
    Client, ClientAuth, Exchange, Refresh, RefreshError, Refreshed, Roundtrip, Secret, Step, Timestamp,
    TokenError, TokenSet,
};

use crate::support::*;
use crate::vectors::{self, ASKED, CANARY, EXCHANGE, PRESENTED, REFRESH, Vector};

fn exchange(vector: &Vector) -> Result<TokenSet, TokenError> {
    let provider = builder().profile(vector.profile()).build().unwrap();
    let client = Client::new(provider, ID, ClientAuth::Post(Secret::from(CANARY)), REDIRECT);
    let login = start(client.unwrap().authorize(&scopes(ASKED)), 1);
    exchanged(login, vector.answer())
}

pub(crate) fn run(row: &str, refusing: bool) {
    for vector in vectors_of(EXCHANGE, row, refusing) {
        vector.check(&vectors::exchanged(&exchange(&vector), NOW));
    }
}

fn refresh(vector: &Vector) -> Result<Refreshed, RefreshError> {
    let provider = builder().profile(vector.profile()).build().unwrap();
    let client = client_of(provider);
    let (_, sent) = ask(client.refresh(Secret::from(PRESENTED), &scopes(ASKED)));
    judge::<Refresh>(sent, vector.answer())
}

pub(crate) fn run_refresh(row: &str, refusing: bool) {
    for vector in vectors_of(REFRESH, row, refusing) {
        vector.check(&vectors::refreshed(&refresh(&vector), NOW));
    }
}

#[test]
fn trs_01_only_200_is_a_success() {
    run("TRS-01", false);
}

#[test]
fn trs_01_other_statuses_are_refused() {
    run("TRS-01", true);
}

#[test]
fn trs_01_a_successor_in_another_2xx_is_kept() {
    run_refresh("TRS-01", true);
}

#[test]
fn trs_02_json_in_any_spelling_is_read() {
    run("TRS-02", false);
}

#[test]
fn trs_02_other_content_types_are_refused() {
    run("TRS-02", true);
}

#[test]
fn trs_02_a_successor_of_another_content_type_is_kept() {
    run_refresh("TRS-02", true);
}

#[test]
fn trs_03_white_space_is_no_harm() {
    run("TRS-03", false);
}

#[test]
fn trs_03_anything_but_one_object_is_refused() {
    run("TRS-03", true);
}

#[test]
fn trs_03_a_successor_before_trailing_bytes_is_kept() {
    run_refresh("TRS-03", true);
}

#[test]
fn trs_04_names_count_in_their_case() {
    run("TRS-04", false);
}

#[test]
fn trs_04_a_member_twice_is_refused() {
    run("TRS-04", true);
}

#[test]
fn trs_04_a_successor_beside_a_doubled_member_is_kept() {
    run_refresh("TRS-04", true);
}

#[test]
fn trs_05_an_access_token_is_printable_ascii() {
    run("TRS-05", false);
}

#[test]
fn trs_05_other_access_tokens_are_refused() {
    run("TRS-05", true);
}

#[test]
fn trs_05_a_successor_without_an_access_token_is_kept() {
    run_refresh("TRS-05", true);
}

#[test]
fn trs_06_a_profile_may_have_a_default() {
    run("TRS-06", false);
}

#[test]
fn trs_06_a_missing_token_type_is_refused() {
    run("TRS-06", true);
}

#[test]
fn trs_06_a_successor_without_a_token_type_is_kept() {
    run_refresh("TRS-06", true);
}

#[test]
fn trs_07_token_types_count_in_any_case() {
    run("TRS-07", false);
}

#[test]
fn trs_08_a_profile_may_name_bearer_otherwise() {
    run("TRS-08", false);
}

#[test]
fn trs_08_an_unknown_token_type_is_refused() {
    run("TRS-08", true);
}

#[test]
fn trs_08_a_successor_of_an_unknown_type_is_kept() {
    run_refresh("TRS-08", true);
}

#[test]
fn trs_09_the_asked_type_is_taken() {
    run("TRS-09", false);
}

#[test]
fn trs_09_a_type_that_was_not_asked_for_is_refused() {
    run("TRS-09", true);
}

#[test]
fn trs_10_without_a_lifetime_a_token_lives_and_can_be_refreshed() {
    run("TRS-10", false);
    let tokens = exchanged(
        login(&client()),
        json(200, r#"{"access_token":"at","token_type":"Bearer","refresh_token":"rt"}"#),
    );
    let tokens = tokens.unwrap();
    assert_eq!(tokens.expires(), None);
    assert!(!tokens.is_expired(Timestamp::MAX));
    assert!(tokens.into_refresh(&client()).is_ok());
}

#[test]
fn trs_11_a_lifetime_is_cut_and_saturates() {
    run("TRS-11", false);
}

#[test]
fn trs_11_other_lifetimes_are_refused() {
    run("TRS-11", true);
}

/// The answer comes half a minute after the request left.
#[test]
fn trs_13_expiry_counts_from_before_the_request() {
    let (_, sent) = login(&client()).exchange().request(attempt_at(after(100), 2)).unwrap();
    let Step::Done(tokens) = Exchange::response(sent, json(200, GOOD), after(130)).unwrap() else { panic!() };
    assert_eq!(tokens.issued(), after(100));
    assert_eq!(tokens.expires(), Some(after(3700)));
    let leg = client().refresh(Secret::from(PRESENTED), &scopes(ASKED));
    let (_, sent) = leg.request(attempt_at(after(200), 3)).unwrap();
    let Step::Done(refreshed) = Refresh::response(sent, json(200, GOOD), after(230)).unwrap() else {
        panic!()
    };
    assert_eq!(refreshed.tokens.expires(), Some(after(3800)));
}

#[test]
fn trs_14_what_is_over_is_expired() {
    run("TRS-14", false);
    let tokens = exchanged(login(&client()), json(200, GOOD)).unwrap();
    assert!(!tokens.is_expired(NOW.saturating_add(Duration::from_millis(3_599_999))));
    assert!(tokens.is_expired(after(3600)));
}

#[test]
fn trs_15_no_scope_is_what_was_asked_for() {
    run("TRS-15", false);
}

#[test]
fn trs_16_a_narrower_scope_is_reported() {
    run("TRS-16", false);
}

#[test]
fn trs_16_what_was_not_granted_cannot_be_required() {
    let granted = |scope: &str| {
        let body = format!(r#"{{"access_token":"at","token_type":"Bearer"{scope}}}"#);
        exchanged(start(client().authorize(&scopes("a b")), 1), json(200, &body)).unwrap()
    };
    assert_eq!(granted(r#","scope":"b a c""#).require(&scopes("a b")), Ok(()));
    assert_eq!(granted("").require(&scopes("a b")), Ok(()));
    let missing = refused(granted(r#","scope":"a""#).require(&scopes("b a")));
    assert_eq!(missing.missing.as_str(), "b");
    assert_eq!(missing.to_string(), "these scopes were not granted: b");
    assert!(granted(r#","scope":"""#).require(&scopes("a")).is_err());
    assert!(granted(r#","scope":"A B""#).require(&scopes("a")).is_err());
}

#[test]
fn trs_17_a_wider_scope_is_reported_as_wider() {
    run("TRS-17", false);
}

#[test]
fn trs_18_a_profile_may_read_lists_and_null() {
    run("TRS-18", false);
}

#[test]
fn trs_18_a_scope_that_is_no_text_is_refused() {
    run("TRS-18", true);
}

#[test]
fn trs_18_a_successor_beside_a_bad_scope_is_kept() {
    run_refresh("TRS-18", true);
}

#[test]
fn trs_19_commas_separate_where_the_profile_says_so() {
    run("TRS-19", false);
}

#[test]
fn trs_20_unknown_members_are_kept_to_the_digit() {
    run("TRS-20", false);
}

#[test]
fn trs_20_tokens_that_are_no_text_are_refused() {
    run("TRS-20", true);
}

#[test]
fn trs_20_a_successor_beside_a_bad_id_token_is_kept() {
    run_refresh("TRS-20", true);
}

#[test]
fn trs_22_a_token_of_64_kib_is_kept_and_sent() {
    let long = "t".repeat(64 * 1024);
    let body = format!(r#"{{"access_token":"{long}","token_type":"Bearer","refresh_token":"{long}"}}"#);
    let tokens = exchanged(login(&client()), json(200, &body)).unwrap();
    assert_eq!(tokens.access_token().expose(), long);
    let (request, _) = ask(tokens.into_refresh(&client()).unwrap());
    assert_eq!(only(&sent_form(&request), "refresh_token"), long);
}

#[test]
fn trs_23_a_whole_answer_is_used() {
    run("TRS-23", false);
}

#[test]
fn trs_23_nothing_of_a_refused_answer_is_used() {
    run("TRS-23", true);
}

#[test]
fn trs_23_a_successor_is_kept_and_the_access_token_is_not() {
    run_refresh("TRS-23", true);
}

#[test]
fn trs_24_cache_headers_are_the_providers_business() {
    run("TRS-24", false);
}
