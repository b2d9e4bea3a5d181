//! Logouts, sweeps and an operator's doubt, by hand.

use gatepass_core::renewal::{
    DeadReason, Deadlines, Effect, Ended, Event, Happened, Journal, Lineage, Machine, Policy, Reach,
    Rotation, State, Tokens, Told, Verdict, Which,
};

use super::{LINEAGE, ME, OTHER, Walk, active, at, rotated, strict, token};

fn fenced() -> Journal {
    let walk = Walk::begin(Machine::fence(strict(), ME), active()).read().write();
    walk.ends(Verdict::Fenced);
    walk.row
}

#[test]
fn a_logout_fences_before_anything_is_sent_and_keeps_what_must_be_revoked() {
    let row = fenced();
    assert_eq!((row.state, row.lineage), (State::Revoking, LINEAGE.next()));
    assert_eq!((row.current, row.due()), (Some(token("r1")), Some(gatepass_core::Timestamp::EPOCH)));
}

#[test]
fn a_fence_refuses_the_commit_that_is_under_way_and_takes_its_successor_along() {
    let out = Walk::sent(strict());
    let row = Walk::begin(Machine::fence(strict(), OTHER), out.row).read().write().row;
    assert_eq!(row.due(), Some(at(30)), "the sweep waits for the request that is out");
    let walk = out.tell(rotated("r2")).moved(|there| *there = row);
    assert_eq!(walk.happened(), Some(Happened::FollowedFence));
    let walk = walk.write();
    walk.ends(Verdict::Ended(Ended::LoggedOut));
    assert_eq!((walk.row.state, walk.row.current), (State::Revoking, Some(token("r2"))));
    assert_eq!(walk.row.due(), Some(gatepass_core::Timestamp::EPOCH));
}

#[test]
fn a_fence_whose_reply_was_lost_does_not_fence_the_next_login() {
    let walk = Walk::begin(Machine::fence(strict(), ME), active()).read().apply().tell(Event::StoreUnknown);
    let walk = walk.meanwhile(|row| *row = Journal::issued(Lineage::new(99), Some(token("n1"))));
    walk.read().ends(Verdict::Fenced);
}

#[test]
fn a_fence_wins_over_whatever_moved_the_row() {
    let walk = Walk::begin(Machine::fence(strict(), ME), active()).read();
    let walk = walk.moved(|row| (row.generation, row.current) = (2, Some(token("r2")))).write();
    walk.ends(Verdict::Fenced);
    assert_eq!((walk.row.state, walk.row.current), (State::Revoking, Some(token("r2"))));
}

#[test]
fn a_sweep_tells_the_provider_and_leaves_a_tombstone_that_it_removes_later() {
    let walk = Walk::begin(Machine::sweep(strict(), ME), fenced()).read().write();
    assert_eq!(walk.effect, Effect::Revoke(Which::Stored(LINEAGE.next(), 1)));
    let walk = walk.tell(Event::Told(Told::Done));
    assert!(matches!(walk.effect, Effect::Swap { tokens: Tokens::Drop, .. }));
    let walk = walk.write();
    walk.ends(Verdict::Swept);
    assert_eq!((walk.row.state, walk.row.due()), (State::Dead(DeadReason::Revoked), Some(at(3600))));
    Walk::begin(Machine::sweep(strict(), ME), walk.row).read().ends(Verdict::Nothing);
    let purge = Walk::begin(Machine::sweep(strict(), ME), walk.row).later(at(3600)).read();
    assert!(matches!(purge.effect, Effect::Swap { next: None, .. }), "{:?}", purge.effect);
}

#[test]
fn a_sweep_that_does_not_reach_the_provider_is_put_off() {
    let walk = Walk::begin(Machine::sweep(strict(), ME), fenced()).read().write();
    let walk = walk.tell(Event::Told(Told::NotNow { again_in: std::time::Duration::ZERO })).write();
    walk.ends(Verdict::NotYet(at(30)));
    assert_eq!((walk.row.state, walk.row.due()), (State::Revoking, Some(at(30))));
    Walk::begin(Machine::sweep(strict(), OTHER), walk.row).read().ends(Verdict::NotYet(at(30)));
}

#[test]
fn a_sweep_whose_process_died_is_taken_up_by_the_next() {
    let walk = Walk::begin(Machine::sweep(strict(), ME), fenced()).read().write();
    let walk = Walk::begin(Machine::sweep(strict(), OTHER), walk.row).later(at(31)).read().write();
    assert_eq!(walk.effect, Effect::Revoke(Which::Stored(LINEAGE.next(), 1)));
}

#[test]
fn a_sweep_that_meets_an_abandoned_renewal_names_it() {
    let row = Walk::sent(strict()).row;
    let walk = Walk::begin(Machine::sweep(strict(), OTHER), row).later(at(31)).read();
    walk.ends(Verdict::Abandoned(LINEAGE, 1));
}

#[test]
fn a_doubtful_database_makes_grants_suspect_that_rotate() {
    let walk = Walk::begin(Machine::distrust(strict(), ME), active()).read().write();
    walk.ends(Verdict::Suspect);
    assert_eq!(walk.row.state, State::Suspect);
    let stable = Policy::new(Rotation::STRICT.stable().reach(Reach::Token), Deadlines::DEFAULT).unwrap();
    Walk::begin(Machine::distrust(stable, ME), active()).read().ends(Verdict::Nothing);
}
