//! Renewals by hand.

use gatepass_core::renewal::{
    DeadReason, Effect, Ended, Event, Happened, Journal, Policy, Refusal, Rotation, Seen, State, Tokens,
    Verdict, Waiting, Which,
};
use gatepass_core::renewal::{Deadlines, Machine, Reach};

use super::{ME, NOW, OTHER, Walk, active, at, grace, rotated, strict, token};

/// Somebody else's claim, made now.
fn claimed() -> Journal {
    let mut row = active();
    (row.state, row.attempt) = (State::Refreshing, Some(OTHER));
    (row.first_sent, row.lease_until) = (Some(NOW), Some(at(30)));
    row
}

#[test]
fn ref_03_a_new_refresh_token_replaces_the_old_one() {
    let walk = Walk::sent(strict()).tell(rotated("r2")).write();
    walk.ends(Verdict::Renewed);
    assert_eq!((walk.row.current, walk.row.previous), (Some(token("r2")), Some(token("r1"))));
    assert_eq!((walk.row.generation, walk.row.state, walk.row.attempt), (2, State::Active, None));
}

#[test]
fn ref_03_without_a_new_refresh_token_the_old_one_stays() {
    let seen = Seen::Answer { successor: None, usable: true };
    let walk = Walk::sent(strict()).tell(Event::Answered(seen)).write();
    walk.ends(Verdict::Renewed);
    assert_eq!((walk.row.current, walk.row.generation), (Some(token("r1")), 2));
}

#[test]
fn ref_04_the_successor_is_stored_before_the_verdict() {
    let walk = Walk::sent(strict()).tell(rotated("r2"));
    let Effect::Swap { next: Some(next), tokens, .. } = walk.effect else { panic!("{:?}", walk.effect) };
    assert_eq!((next.current, tokens), (Some(token("r2")), Tokens::Answer));
    walk.write().ends(Verdict::Renewed);
}

#[test]
fn ref_04_with_the_store_away_the_successor_is_kept_and_retried_until_it_stands() {
    let mut walk = Walk::sent(strict()).tell(rotated("r2")).tell(Event::StoreUnknown);
    for _ in 0..100 {
        walk = walk.tell(Event::StoreUnknown);
        let Effect::Wait { until, why: Waiting::Store } = walk.effect else { panic!("{:?}", walk.effect) };
        assert!(until > NOW && until <= at(7), "the pause is bounded: {until}");
        assert_eq!(walk.happened(), Some(Happened::PersistRetry));
        walk = walk.tell(Event::Woke);
    }
    walk.read().write().ends(Verdict::Renewed);
}

#[test]
fn ref_04_an_answer_that_is_refused_still_leaves_its_successor() {
    let seen = Seen::Answer { successor: Some(token("r2")), usable: false };
    let walk = Walk::sent(strict()).tell(Event::Answered(seen)).write();
    walk.ends(Verdict::Unusable);
    assert_eq!(walk.row.current, Some(token("r2")));
}

#[test]
fn ref_05_nothing_is_sent_before_the_claim_stands_in_the_row() {
    let walk = Walk::renew(strict(), active()).read();
    assert!(matches!(walk.effect, Effect::Swap { .. }));
    let walk = walk.write();
    assert_eq!((walk.row.state, walk.row.attempt), (State::Refreshing, Some(ME)));
    let not_after = at(30 - 10 - 5 - 5);
    assert_eq!(walk.effect, Effect::Send { present: token("r1"), not_after });
}

#[test]
fn ref_05_a_claim_that_another_won_is_waited_for_and_not_sent() {
    let walk = Walk::renew(strict(), active()).read().moved(|row| *row = claimed());
    assert_eq!(walk.effect, Effect::Wait { until: at(30), why: Waiting::Holder });
}

#[test]
fn ref_05_a_claim_whose_reply_was_lost_is_known_again() {
    let walk = Walk::renew(strict(), active()).read().apply().tell(Event::StoreUnknown).read();
    assert!(matches!(walk.effect, Effect::Send { .. }), "{:?}", walk.effect);
}

#[test]
fn ref_05_an_earlier_claim_that_is_applied_late_is_known_for_ones_own() {
    let walk = Walk::renew(strict(), active()).read();
    let Effect::Swap { next: Some(late), .. } = walk.effect else { panic!("{:?}", walk.effect) };
    // No reply, and the row is as it was; so it is claimed again. By then the first write has come through.
    let walk = walk.tell(Event::StoreUnknown).later(at(2)).read();
    let walk = walk.moved(|row| *row = late);
    let not_after = at(30 - 10 - 5 - 5);
    assert_eq!(walk.effect, Effect::Send { present: token("r1"), not_after }, "the lease of the first claim");
    let walk = walk.tell(rotated("r2")).write();
    walk.ends(Verdict::Renewed);
}

#[test]
fn ref_06_who_waits_adopts_the_winners_tokens() {
    let walk = Walk::renew(strict(), claimed()).read().tell(Event::Woke).meanwhile(|row| {
        *row = active();
        (row.generation, row.current) = (2, Some(token("r2")));
    });
    let walk = walk.read();
    walk.ends(Verdict::Adopted);
    assert_eq!(walk.happened(), Some(Happened::Adopted));
}

#[test]
fn ref_06_who_saw_older_tokens_sends_nothing() {
    let machine = Machine::renew(strict(), ME, active().lineage, 0);
    Walk::begin(machine, active()).read().ends(Verdict::Adopted);
}

#[test]
fn c_70_an_unknown_outcome_makes_a_strict_grant_suspect() {
    let walk = Walk::sent(strict()).tell(Event::Answered(Seen::NoAnswer)).write();
    walk.ends(Verdict::Suspect);
    assert_eq!((walk.row.state, walk.happened()), (State::Suspect, Some(Happened::Suspect)));
    Walk::renew(strict(), walk.row).read().ends(Verdict::Suspect);
}

#[test]
fn c_70_an_abandoned_lease_makes_a_strict_grant_suspect_and_sends_nothing() {
    let walk = Walk::renew(strict(), claimed()).later(at(31)).read().write();
    walk.ends(Verdict::Suspect);
}

#[test]
fn c_70_a_late_success_heals_a_suspect_grant() {
    let walk = Walk::sent(strict()).tell(rotated("r2"));
    let walk = walk.moved(|row| (row.state, row.lease_until) = (State::Suspect, None));
    assert_eq!(walk.happened(), Some(Happened::Healed));
    walk.write().ends(Verdict::Renewed);
}

#[test]
fn c_70_a_late_holder_who_did_not_use_the_token_heals_a_suspect_grant() {
    let doubted = |row: &mut Journal| (row.state, row.lease_until) = (State::Suspect, None);
    for seen in [Seen::NotSent, Seen::TooManyRequests, Seen::Refused(Refusal::Other)] {
        let walk = Walk::sent(strict()).tell(Event::Answered(seen)).moved(doubted);
        assert_eq!(walk.happened(), Some(Happened::Healed), "{seen:?}");
        let walk = walk.write();
        assert_eq!((walk.row.state, walk.row.attempt), (State::Active, None), "{seen:?}");
    }
    // A doubt that is not about this holder's claim is not his to end.
    let distrusted =
        |row: &mut Journal| (row.state, row.lease_until, row.attempt) = (State::Suspect, None, None);
    let walk = Walk::sent(strict()).tell(Event::Answered(Seen::NotSent)).moved(distrusted);
    walk.ends(Verdict::Suspect);
    // Nor is one about a token that somebody else may have used before him.
    let walk = Walk::renew(grace(), claimed()).later(at(31)).read().write();
    let walk = walk.tell(Event::Answered(Seen::NotSent)).moved(doubted);
    walk.ends(Verdict::Suspect);
}

#[test]
fn c_70_within_the_window_a_token_is_presented_once_more_after_the_first_request_arrived() {
    let walk = Walk::sent(grace()).tell(Event::Answered(Seen::NoAnswer));
    assert_eq!(walk.effect, Effect::Wait { until: at(10), why: Waiting::Arrival });
    let walk = walk.later(at(10)).tell(Event::Woke).write();
    assert_eq!(walk.effect, Effect::Send { present: token("r1"), not_after: at(20) });
    assert_eq!((walk.row.first_sent, walk.row.lease_until), (Some(NOW), Some(at(40))));
    let walk = walk.later(at(31)).tell(Event::Answered(Seen::NoAnswer)).write();
    walk.ends(Verdict::Suspect);
}

#[test]
fn c_70_a_second_lost_answer_leaves_the_token_to_the_next_holder_while_the_window_is_open() {
    let walk = Walk::sent(grace()).tell(Event::Answered(Seen::NoAnswer));
    let walk = walk.later(at(10)).tell(Event::Woke).write();
    let walk = walk.tell(Event::Answered(Seen::NoAnswer)).write();
    walk.ends(Verdict::Later);
    assert_eq!((walk.row.state, walk.row.first_sent), (State::Refreshing, Some(NOW)));
    // Not before the second request has arrived or is lost.
    assert_eq!(walk.row.lease_until, Some(at(20)));
    let walk = Walk::renew(grace(), walk.row).later(at(20)).read().write();
    assert_eq!(walk.effect, Effect::Send { present: token("r1"), not_after: at(30) });
    assert_eq!(walk.row.first_sent, Some(NOW));
    walk.tell(rotated("r2")).write().ends(Verdict::Renewed);
}

#[test]
fn c_70_a_lease_is_taken_over_within_the_window_and_doubted_after_it() {
    let walk = Walk::renew(grace(), claimed()).later(at(35)).read();
    assert_eq!(walk.happened(), Some(Happened::TookOver));
    let walk = walk.write();
    assert_eq!(walk.effect, Effect::Send { present: token("r1"), not_after: at(40) });
    Walk::renew(grace(), claimed()).later(at(40)).read().write().ends(Verdict::Suspect);
}

#[test]
fn c_70_a_takeover_that_was_not_processed_keeps_the_window_of_the_first() {
    let walk = Walk::renew(grace(), claimed()).later(at(31)).read().write();
    let walk = walk.tell(Event::Answered(Seen::TooManyRequests)).write();
    walk.ends(Verdict::Later);
    assert_eq!((walk.row.state, walk.row.first_sent), (State::Refreshing, Some(NOW)));
    assert!(!walk.row.is_held(at(31)));
}

#[test]
fn c_70_where_tokens_stay_a_lost_answer_is_asked_for_again_and_then_left_for_later() {
    let stable = Policy::new(Rotation::STRICT.stable(), Deadlines::DEFAULT).unwrap();
    let walk = Walk::sent(stable).tell(Event::Answered(Seen::NoAnswer)).write();
    assert!(matches!(walk.effect, Effect::Send { .. }));
    let walk = walk.tell(Event::Answered(Seen::NoAnswer)).write();
    walk.ends(Verdict::Later);
    assert_eq!(walk.row.state, State::Active);
}

#[test]
fn c_70_what_was_not_sent_is_released() {
    let walk = Walk::sent(strict()).tell(Event::Answered(Seen::NotSent)).write();
    walk.ends(Verdict::Later);
    assert_eq!((walk.row.state, walk.row.attempt, walk.row.first_sent), (State::Active, None, None));
}

#[test]
fn c_70_a_release_does_not_touch_anothers_claim() {
    let walk =
        Walk::sent(strict()).tell(Event::Answered(Seen::NotSent)).moved(|row| row.attempt = Some(OTHER));
    assert!(matches!(walk.effect, Effect::Wait { why: Waiting::Holder, .. }), "{:?}", walk.effect);
}

#[test]
fn c_70_an_error_about_the_request_changes_nothing() {
    let walk = Walk::sent(strict()).tell(Event::Answered(Seen::Refused(Refusal::Other))).write();
    walk.ends(Verdict::Refused(Refusal::Other));
    assert_eq!((walk.row.state, walk.row.current), (State::Active, Some(token("r1"))));
}

#[test]
fn c_70_invalid_grant_on_an_unchanged_row_is_the_end() {
    let walk = Walk::sent(strict()).tell(Event::Answered(Seen::Refused(Refusal::InvalidGrant))).read();
    assert!(matches!(walk.effect, Effect::Swap { tokens: Tokens::Drop, .. }));
    let walk = walk.write();
    walk.ends(Verdict::Ended(Ended::Dead(DeadReason::Rejected)));
    assert_eq!((walk.row.lineage, walk.row.current), (active().lineage.next(), None));
}

#[test]
fn c_70_invalid_grant_on_a_row_that_moved_adopts_what_is_there() {
    let walk = Walk::sent(strict()).tell(Event::Answered(Seen::Refused(Refusal::InvalidGrant)));
    let walk = walk.meanwhile(|row| (row.generation, row.state) = (2, State::Active));
    walk.read().ends(Verdict::Adopted);
}

#[test]
fn c_70_a_refused_commit_that_finds_its_own_fingerprint_succeeded() {
    let walk = Walk::sent(strict()).tell(rotated("r2")).apply().tell(Event::StoreUnknown).read();
    walk.ends(Verdict::Renewed);
    assert_eq!(walk.happened(), Some(Happened::OwnWrite));
}

#[test]
fn c_70_a_refused_commit_that_finds_a_sibling_adopts_it_and_revokes_nothing() {
    let policy = Policy::new(Rotation::STRICT.reach(Reach::Token), Deadlines::DEFAULT).unwrap();
    let walk = Walk::sent(policy).tell(rotated("r2"));
    let walk =
        walk.moved(|row| (row.generation, row.current, row.state) = (2, Some(token("r3")), State::Active));
    walk.ends(Verdict::Adopted);
}

#[test]
fn c_70_a_successor_of_an_older_login_is_revoked_only_where_that_touches_no_other_family() {
    let lands = |reach| {
        let policy = Policy::new(Rotation::STRICT.reach(reach), Deadlines::DEFAULT).unwrap();
        let walk = Walk::sent(policy).tell(rotated("r2"));
        walk.moved(|row| *row = Journal::issued(gatepass_core::renewal::Lineage::new(99), Some(token("n1"))))
    };
    for reach in [Reach::Token, Reach::Family] {
        let walk = lands(reach);
        assert_eq!(
            (walk.effect, walk.happened()),
            (Effect::Revoke(Which::Answer), Some(Happened::OrphanRevoked))
        );
        walk.tell(Event::Told(gatepass_core::renewal::Told::NotNow { again_in: std::time::Duration::ZERO }))
            .ends(Verdict::Adopted);
    }
    let walk = lands(Reach::Grant);
    walk.ends(Verdict::Adopted);
    assert_eq!(walk.happened(), Some(Happened::OrphanDropped));
}

#[test]
fn c_70_where_tokens_are_replayed_only_the_last_presenter_commits() {
    let taken = |row: &mut Journal| (row.attempt, row.lease_until) = (Some(OTHER), Some(at(60)));
    let walk = Walk::sent(grace()).tell(rotated("r2")).later(at(31)).moved(taken);
    assert_eq!(walk.effect, Effect::Wait { until: at(60), why: Waiting::Holder });
    let walk = Walk::sent(strict()).tell(rotated("r2")).later(at(31)).moved(taken);
    assert!(matches!(walk.effect, Effect::Swap { tokens: Tokens::Answer, .. }), "{:?}", walk.effect);
}

#[test]
fn c_70_whoever_took_over_and_sent_nothing_leaves_the_last_presenter_in_the_row() {
    for seen in [Seen::NotSent, Seen::TooManyRequests] {
        let walk = Walk::renew(grace(), claimed()).later(at(31)).read().write();
        assert_eq!((walk.row.attempt, walk.row.first_sent), (Some(ME), Some(NOW)));
        let walk = walk.tell(Event::Answered(seen)).write();
        walk.ends(Verdict::Later);
        assert_eq!((walk.row.state, walk.row.attempt), (State::Refreshing, Some(OTHER)), "{seen:?}");
        assert_eq!(walk.row.lease_until, Some(at(31)));
    }
    // A presentation of one's own, of which nothing was heard, is the last one.
    let mut over = claimed();
    over.lease_until = Some(at(1));
    let walk = Walk::renew(grace(), over).later(at(2)).read().write().tell(Event::Answered(Seen::NoAnswer));
    let Effect::Wait { until, why: Waiting::Arrival } = walk.effect else { panic!("{:?}", walk.effect) };
    let walk = walk.later(until).tell(Event::Woke).write().tell(Event::Answered(Seen::NotSent)).write();
    walk.ends(Verdict::Later);
    assert_eq!((walk.row.state, walk.row.attempt), (State::Refreshing, Some(ME)));
}

#[test]
fn c_70_a_wall_clock_that_jumps_ahead_does_not_hold_the_row_for_as_long() {
    let mut over = claimed();
    over.lease_until = Some(at(1));
    let walk = Walk::renew(grace(), over).later(at(2)).read().write();
    // While the request is out, the clock of the process jumps by an hour.
    let walk = walk.later(at(3_600)).tell(Event::Answered(Seen::NotSent)).write();
    walk.ends(Verdict::Later);
    assert!(walk.row.lease_until.unwrap() <= at(2), "{:?}", walk.row);

    let stable = Policy::new(Rotation::STRICT.stable(), Deadlines::DEFAULT).unwrap();
    let walk = Walk::sent(stable).later(at(3_600)).tell(Event::Answered(Seen::NoAnswer)).write();
    assert!(walk.row.lease_until.unwrap() <= at(2 * 30), "a second claim is at most one lease longer");
}

#[test]
fn c_70_a_late_success_outlasts_a_holder_who_sends_nothing() {
    let taken = |row: &mut Journal| (row.attempt, row.lease_until) = (Some(OTHER), Some(at(60)));
    let walk = Walk::sent(grace()).tell(rotated("r2")).later(at(31)).moved(taken);
    let let_go = |row: &mut Journal| (row.attempt, row.lease_until) = (Some(ME), Some(at(35)));
    let walk = walk.later(at(36)).tell(Event::Woke).meanwhile(let_go).read().write();
    walk.ends(Verdict::Renewed);
    assert_eq!((walk.row.current, walk.row.state), (Some(token("r2")), State::Active));
}

#[test]
fn a_grant_without_a_refresh_token_has_nothing_to_present() {
    let row = Journal::issued(active().lineage, None);
    Walk::renew(strict(), row).read().ends(Verdict::NothingToPresent);
}

#[test]
fn a_renewal_that_cannot_read_gives_up_before_it_began() {
    Walk::renew(strict(), active()).tell(Event::StoreUnknown).ends(Verdict::StoreAway);
}

#[test]
fn a_driver_that_speaks_out_of_turn_is_told_so() {
    Walk::renew(strict(), active()).tell(rotated("r2")).ends(Verdict::OutOfTurn);
}
