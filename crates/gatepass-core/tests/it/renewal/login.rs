//! New logins over what is there, by hand.

use gatepass_core::ports::Revision;
use gatepass_core::renewal::{
    Deadlines, Effect, Ended, Event, Journal, Lineage, Machine, Policy, Reach, Rotation, State, Tokens,
    Verdict, Which,
};

use super::{LINEAGE, ME, NOW, Walk, active, strict, token};

const NEW: Lineage = Lineage::new(99);

fn login(policy: Policy) -> Machine {
    Machine::install(policy, ME, NEW, Some(token("n1")))
}

fn within_a_family() -> Policy {
    Policy::new(Rotation::STRICT.reach(Reach::Family), Deadlines::DEFAULT).unwrap()
}

#[test]
fn a_first_login_makes_the_row() {
    let (machine, _) = login(strict()).step(Event::Begin, NOW);
    let (machine, effect) = machine.step(Event::Read(None), NOW);
    let next = Some(Journal::issued(NEW, Some(token("n1"))));
    assert_eq!(effect, Effect::Swap { expected: None, next, tokens: Tokens::Issued });
    let (_, effect) = machine.step(Event::Swapped(Revision::new(1)), NOW);
    assert_eq!(effect, Effect::Done(Verdict::Installed(None)));
}

#[test]
fn a_login_over_a_living_grant_replaces_it_and_names_what_is_worth_revoking() {
    let walk = Walk::begin(login(within_a_family()), active()).read().write();
    walk.ends(Verdict::Installed(Some(Which::Stored(LINEAGE, 1))));
    assert_eq!(walk.row, Journal::issued(NEW, Some(token("n1"))));
}

#[test]
fn where_a_revocation_reaches_everything_the_replaced_tokens_are_left_alone() {
    Walk::begin(login(strict()), active()).read().write().ends(Verdict::Installed(None));
}

#[test]
fn a_login_whose_reply_was_lost_knows_its_own_row() {
    let walk = Walk::begin(login(strict()), active()).read().apply().tell(Event::StoreUnknown).read();
    walk.ends(Verdict::Installed(None));
}

#[test]
fn a_login_that_was_logged_out_before_its_reply_came_does_not_come_back() {
    let walk = Walk::begin(login(strict()), active()).read().apply().tell(Event::StoreUnknown);
    let walk = walk.meanwhile(|row| (row.lineage, row.state) = (NEW.next(), State::Revoking));
    walk.read().ends(Verdict::Ended(Ended::LoggedOut));
}

#[test]
fn a_login_that_may_have_been_replaced_before_its_reply_came_gives_way() {
    let walk = Walk::begin(login(within_a_family()), active()).read().apply().tell(Event::StoreUnknown);
    let walk = walk.meanwhile(|row| *row = Journal::issued(Lineage::new(500), Some(token("m1"))));
    walk.read().ends(Verdict::Superseded(Some(Which::Issued)));
}

#[test]
fn a_login_keeps_its_tokens_until_the_store_is_back() {
    let walk = Walk::begin(login(strict()), active()).tell(Event::StoreUnknown);
    assert!(matches!(walk.effect, Effect::Wait { .. }), "{:?}", walk.effect);
    walk.tell(Event::Woke).read().write().ends(Verdict::Installed(None));
}
