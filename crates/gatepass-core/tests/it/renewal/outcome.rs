//! What a driver saw, and what it proves.

use gatepass_core::renewal::{Deadlines, Outcome, Policy, Refusal, Rotation, Seen};

use super::{strict, token};

fn judged(seen: Seen) -> Outcome {
    Outcome::of(seen, token("r1"), &strict())
}

#[test]
fn only_what_certainly_did_not_arrive_is_not_processed() {
    assert_eq!(judged(Seen::NotSent), Outcome::NotProcessed);
    assert_eq!(judged(Seen::TooManyRequests), Outcome::NotProcessed);
    assert_eq!(judged(Seen::NoAnswer), Outcome::Unknown);
    assert_eq!(judged(Seen::Unavailable), Outcome::Unknown);
}

#[test]
fn a_profile_may_say_that_its_gateway_tells_the_truth() {
    let policy = Policy::new(Rotation::STRICT.unavailable_is_unprocessed(), Deadlines::DEFAULT).unwrap();
    assert_eq!(Outcome::of(Seen::Unavailable, token("r1"), &policy), Outcome::NotProcessed);
}

#[test]
fn an_error_about_the_request_is_a_verdict_and_a_fault_of_the_server_is_none() {
    for (code, refusal) in [
        ("invalid_grant", Refusal::InvalidGrant),
        ("invalid_client", Refusal::Other),
        ("unheard_of", Refusal::Other),
    ] {
        assert_eq!(Refusal::of(code), refusal);
        assert_eq!(judged(Seen::Refused(refusal)), Outcome::Rejected(refusal));
    }
    for code in ["server_error", "temporarily_unavailable"] {
        assert_eq!(judged(Seen::Refused(Refusal::of(code))), Outcome::Unknown, "{code}");
    }
}

#[test]
fn a_successor_outranks_the_verdict_on_its_answer() {
    let answer = |successor, usable| judged(Seen::Answer { successor, usable });
    assert_eq!(answer(Some(token("r2")), true), Outcome::Rotated(token("r2")));
    assert_eq!(answer(Some(token("r2")), false), Outcome::Rotated(token("r2")));
}

#[test]
fn without_a_new_token_the_old_one_stays_unless_the_answer_is_unusable() {
    let answer = |successor, usable| judged(Seen::Answer { successor, usable });
    assert_eq!(answer(None, true), Outcome::Kept);
    assert_eq!(answer(Some(token("r1")), true), Outcome::Kept);
    assert_eq!(answer(None, false), Outcome::Unknown);
}
