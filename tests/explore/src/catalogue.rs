//! What is explored on every run, what only on a deep one, the mutants, and the broken assumptions.

use gatepass_core::renewal::{Reach, Rule, Rules};

use crate::provider::Kind;
use crate::scenario::{Broken, Scenario};
use crate::world::Wrong;

pub const KINDS: [Kind; 5] = [Kind::Strict, Kind::Same, Kind::Fork, Kind::Newest, Kind::Stable];
const REACHES: [Reach; 3] = [Reach::Family, Reach::Token, Reach::Grant];

/// Whether a deep run was asked for.
pub fn deep() -> bool {
    std::env::var_os("GATEPASS_EXPLORE").is_some_and(|value| value == "deep")
}

/// The scenarios in which no assumption is broken, and so nothing may go wrong.
pub fn inside(kind: Kind, deep: bool) -> Vec<Scenario> {
    let of = Scenario::new(kind);
    let mut all = vec![
        // Two renewals each, and everything that can go wrong twice.
        of,
        of.replicas(3, 1),
        of.replicas(2, 1).logout(),
        of.replicas(2, 1).logins(1),
        // Once.
        of.replicas(3, 2).faults(1),
        of.limbo().faults(1),
        of.replicas(1, 1).logout().logins(1).faults(1),
        of.replicas(1, 1).logins(2).faults(1),
    ];
    all.push(of.replicas(2, 1).withdrawal().faults(1));
    for reach in [Reach::Token, Reach::Grant] {
        let of = of.reach(reach).replicas(2, 1).faults(1);
        all.extend([of.logout(), of.logins(1), of.replicas(1, 1).logout().logins(1)]);
    }
    if deep {
        for reach in REACHES {
            let of = of.reach(reach);
            all.extend([
                of.logout(),
                of.logins(1),
                of.replicas(2, 1).logout().logins(1),
                of.replicas(1, 1).logins(2),
            ]);
        }
        all.extend([of.limbo(), of.replicas(3, 2), of.faults(3), of.replicas(2, 1).logout().faults(3)]);
    }
    all
}

/// Small ones that together make every turn of a row that there is.
pub fn turns() -> Vec<Scenario> {
    let mut all = Vec::new();
    for of in [Scenario::new(Kind::Strict), Scenario::new(Kind::Same)] {
        let of = of.replicas(2, 1).faults(1);
        all.extend([of, of.withdrawal(), of.logout(), of.logins(1), of.replicas(1, 1).logout().logins(1)]);
        all.push(of.replicas(1, 1).logins(1).withdrawal().faults(2));
    }
    all
}

/// Small ones that together show every kind of step that a machine takes.
pub fn steps() -> Vec<Scenario> {
    let mut all = turns();
    for kind in [Kind::Fork, Kind::Stable] {
        all.extend([
            Scenario::new(kind).replicas(2, 1).faults(1),
            Scenario::new(kind).replicas(2, 1).logout().faults(1),
        ]);
    }
    for reach in [Reach::Token, Reach::Grant] {
        let of = Scenario::new(Kind::Same).reach(reach).replicas(1, 1).faults(1);
        all.extend([of.logout().logins(1), of.logins(2)]);
    }
    for kind in [Kind::Strict, Kind::Same, Kind::Stable] {
        all.extend([
            Scenario::new(kind).replicas(1, 1),
            Scenario::new(kind).replicas(2, 1).limbo().faults(1),
        ]);
    }
    all.push(Scenario::new(Kind::Same).replicas(2, 1));
    all
}

/// Each rule, the scenario in which breaking it matters, and what comes of it.
pub fn mutants() -> Vec<(Rule, Scenario, Wrong)> {
    use Wrong::{FamilyRevoked, GoodGrantBuried, LoginFenced, LogoutIncomplete, OwnRevocation, Resurrection};
    let (strict, same) = (Scenario::new(Kind::Strict).onward(), Scenario::new(Kind::Same).onward());
    let one = |scenario: Scenario| scenario.faults(1);
    let none = |scenario: Scenario| scenario.faults(0);
    let (login, logout) = (strict.replicas(2, 1).logins(1), strict.replicas(2, 1).logout());
    let both = strict.replicas(1, 1).logins(1).logout();
    let table = vec![
        (Rule::OwnWrite, one(strict), OwnRevocation),
        (Rule::SiblingIsFamily, one(strict), OwnRevocation),
        (Rule::FenceRaisesLineage, none(logout), Resurrection),
        (Rule::ReleaseNeedsAttempt, same.faults(2), FamilyRevoked),
        (Rule::Guard, one(same), FamilyRevoked),
        (Rule::GuardEndsBeforeLease, one(same), FamilyRevoked),
        (Rule::SuccessorOutranksVerdict, one(strict), FamilyRevoked),
        (Rule::GatewayProvesNothing, one(strict), FamilyRevoked),
        (Rule::DeathNeedsUnchangedRow, none(login), GoodGrantBuried),
        (Rule::ReplayInWindow, one(strict), FamilyRevoked),
        (Rule::ArrivalBeforeReplay, one(same), FamilyRevoked),
        (Rule::LastPresenterCommits, one(same), FamilyRevoked),
        (Rule::DoubtOutlivesRelease, same.faults(2), FamilyRevoked),
        (Rule::SuccessorFollowsFence, none(logout.reach(Reach::Grant)), LogoutIncomplete),
        (Rule::SweepAfterFlight, none(logout.reach(Reach::Grant)), LogoutIncomplete),
        (Rule::FenceBeatsRewrite, one(both), Resurrection),
        (Rule::LoginBeatsRefence, one(both), LoginFenced),
        (Rule::ReachBoundsTidiness, none(login.reach(Reach::Grant)), OwnRevocation),
    ];
    table
        .into_iter()
        .map(|(rule, scenario, wrong)| (rule, scenario.rules(Rules::without(rule)), wrong))
        .collect()
}

/// Each assumption, broken at a provider of each sort, and what comes of it; `None`: nothing that must not.
pub fn broken() -> Vec<(Broken, Scenario, Option<Wrong>)> {
    let (strict, same) = (Scenario::new(Kind::Strict).onward(), Scenario::new(Kind::Same).onward());
    let lost = Some(Wrong::FamilyRevoked);
    let table = vec![
        (Broken::LateArrival, strict.faults(1), None),
        (Broken::LateArrival, same.faults(0), lost),
        (Broken::FreezeAfterGuard, strict.faults(1), None),
        (Broken::FreezeAfterGuard, same.faults(0), lost),
        (Broken::LyingGateway, strict.faults(0), lost),
        (Broken::LyingGateway, same.faults(0), lost),
        (Broken::RestoredRow, strict.faults(0), lost),
        (Broken::RestoredRow, same.faults(0), lost),
        (Broken::ShortGrace, same.faults(1), lost),
        (Broken::StoreClockBack, strict.faults(1), None),
        (Broken::StoreClockBack, same.faults(1), lost),
        (Broken::StoreClockAhead, strict.faults(1), None),
        (Broken::StoreClockAhead, same.faults(1), lost),
    ];
    table.into_iter().map(|(broken, scenario, wrong)| (broken, scenario.broken(broken), wrong)).collect()
}
