//! The contracts of [`PendingStore`], PEND-1 to PEND-10.
#![expect(clippy::unwrap_used, reason = "a case says that a contract is broken by a panic")]

use std::sync::Arc;
use std::time::Duration;

use gatepass_core::Timestamp;
use gatepass_core::ports::{
    Claim, Hash32, Parking, PendingKey, PendingStore, Room, Sealed, StoreError, StoreErrorKind,
};

use super::Place;
use super::run::suite;

suite!("a store of pending logins", PendingStore, pending_store_contract, pending, $, [
    pend_1_of_several_claims_one_is_yours,
    pend_2_a_mismatch_changes_nothing,
    pend_3_busy_until_landed,
    pend_4_what_expired_is_unknown,
    pend_5_parked_rows_of_a_browser_are_bounded,
    pend_6_only_a_claimed_row_lands,
    pend_7_purge_removes_what_expired,
    pend_8_a_state_is_parked_once,
    pend_9_time_is_counted_from_the_stores_clock,
    pend_10_rows_of_all_browsers_are_bounded,
]);

const HOUR: Duration = Duration::from_secs(3600);

fn key(state: &str, browser: &str) -> PendingKey {
    PendingKey::new(hash(state), hash(browser), "provider")
}

fn hash(value: &str) -> Hash32 {
    Hash32::digest("contract", value.as_bytes())
}

/// Room for so many of one browser, and for more than any case parks.
fn room(per_browser: u32) -> Room {
    Room::new(per_browser, 1000)
}

#[track_caller]
fn parked(parking: Result<Parking, StoreError>) {
    assert_eq!(parking.unwrap(), Parking::Parked);
}

fn sealed(bytes: &[u8]) -> Sealed {
    Sealed::from_stored(bytes)
}

/// PEND-1: of sixteen tasks that claim one login, ten times over, exactly one gets it, and the others find it busy.
pub async fn pend_1_of_several_claims_one_is_yours<P: Place>(place: &P)
where
    P::Store: PendingStore,
{
    const TASKS: usize = 16;
    let (one, other) = (Arc::new(place.open().await), Arc::new(place.open().await));
    for round in 0..10 {
        let key = key(&round.to_string(), "browser");
        parked(one.park(&key, sealed(b"login"), HOUR, room(5)).await);
        let start = Arc::new(tokio::sync::Barrier::new(TASKS));
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| {
                let store = Arc::clone(if task % 2 == 0 { &one } else { &other });
                let (start, key) = (Arc::clone(&start), key.clone());
                tokio::spawn(async move {
                    start.wait().await;
                    store.claim(&key).await.unwrap()
                })
            })
            .collect();
        let mut yours = 0;
        for task in tasks {
            match task.await.unwrap() {
                Claim::Yours(login) => {
                    assert_eq!(login, sealed(b"login"));
                    yours += 1;
                }
                Claim::Busy(_) => {}
                other => panic!("a claim beside another was {other:?}"),
            }
        }
        assert_eq!(yours, 1, "one login was claimed {yours} times");
    }
}

/// PEND-2: another browser, another route or another state gets nothing and changes nothing.
pub async fn pend_2_a_mismatch_changes_nothing<P: Place>(place: &P)
where
    P::Store: PendingStore,
{
    let store = place.open().await;
    let mine = key("state", "browser");
    parked(store.park(&mine, sealed(b"login"), HOUR, room(5)).await);
    let other_browser = key("state", "other");
    let other_route = |route: &str| PendingKey::new(mine.state, mine.browser, route);
    let mismatches = [other_browser, other_route("other"), other_route("Provider"), other_route("")];
    let refuse = async |phase| {
        for mismatch in &mismatches {
            assert_eq!(
                store.claim(mismatch).await.unwrap(),
                Claim::OtherBrowser,
                "while {phase}: {mismatch:?}"
            );
            assert!(
                !store.land(mismatch, sealed(b"forged"), HOUR).await.unwrap(),
                "while {phase}: {mismatch:?} landed"
            );
        }
        assert_eq!(store.claim(&key("other", "browser")).await.unwrap(), Claim::Unknown, "while {phase}");
    };
    refuse("parked").await;
    assert_eq!(
        store.claim(&mine).await.unwrap(),
        Claim::Yours(sealed(b"login")),
        "a mismatch spent the login"
    );
    refuse("claimed").await;
    assert!(store.land(&mine, sealed(b"outcome"), HOUR).await.unwrap(), "a mismatch moved the claimed login");
    refuse("landed").await;
    assert_eq!(
        store.claim(&mine).await.unwrap(),
        Claim::Landed(sealed(b"outcome")),
        "a mismatch changed the outcome"
    );
}

/// PEND-3: after `Yours` a login is `Busy`, and says since when, until it lands, then `Landed`, with every byte of what
/// was kept.
pub async fn pend_3_busy_until_landed<P: Place>(place: &P)
where
    P::Store: PendingStore,
{
    let (store, other) = (place.open().await, place.open().await);
    let key = key("state", "browser");
    let (login, outcome) = (sealed(&(0..=255).collect::<Vec<_>>()), sealed(&vec![0x5a; 64 * 1024]));
    parked(store.park(&key, login.clone(), HOUR, room(5)).await);
    let before = store.now().await.unwrap();
    assert_eq!(other.claim(&key).await.unwrap(), Claim::Yours(login));
    let after = store.now().await.unwrap();
    for store in [&store, &other] {
        assert!(matches!(store.claim(&key).await.unwrap(), Claim::Busy(_)));
    }
    let later = after.saturating_add(Duration::from_millis(40));
    poll(&store, |now| now >= later).await;
    let Claim::Busy(since) = other.claim(&key).await.unwrap() else { panic!("a claimed login is not busy") };
    let longest = store.now().await.unwrap().saturating_since(before);
    assert!(since >= Duration::from_millis(40) && since <= longest, "busy since {since:?} of {longest:?}");
    assert!(other.land(&key, outcome.clone(), HOUR).await.unwrap());
    for store in [&store, &other] {
        assert_eq!(store.claim(&key).await.unwrap(), Claim::Landed(outcome.clone()));
    }
}

/// PEND-4: a row is `Unknown` once its time has passed, whatever its phase, also before it is purged and for whoever
/// asks, and it does not land any more.
pub async fn pend_4_what_expired_is_unknown<P: Place>(place: &P)
where
    P::Store: PendingStore,
{
    let store = place.open().await;
    let (mine, others) = (key("state", "browser"), key("state", "other"));
    parked(store.park(&mine, sealed(b"login"), Duration::ZERO, room(5)).await);
    assert_eq!(store.claim(&mine).await.unwrap(), Claim::Unknown, "an expired login was claimed");
    assert_eq!(
        store.claim(&others).await.unwrap(),
        Claim::Unknown,
        "another browser is told of an expired login"
    );

    let landed = key("landed", "browser");
    parked(store.park(&landed, sealed(b"login"), HOUR, room(5)).await);
    assert!(matches!(store.claim(&landed).await.unwrap(), Claim::Yours(_)));
    assert!(store.land(&landed, sealed(b"outcome"), Duration::ZERO).await.unwrap());
    assert_eq!(store.claim(&landed).await.unwrap(), Claim::Unknown, "an expired outcome is shown");

    let claimed = key("claimed", "browser");
    parked(store.park(&claimed, sealed(b"login"), Duration::from_millis(30), room(5)).await);
    let claim = store.claim(&claimed).await.unwrap();
    let end = store.now().await.unwrap().saturating_add(Duration::from_millis(40));
    poll(&store, |now| now >= end).await;
    // On a machine that stood still for 30 ms the claim came too late; the rest holds all the same.
    assert!(matches!(claim, Claim::Yours(_) | Claim::Unknown), "a parked login was {claim:?}");
    assert_eq!(store.claim(&claimed).await.unwrap(), Claim::Unknown, "an expired claim is busy");
    assert!(!store.land(&claimed, sealed(b"outcome"), HOUR).await.unwrap(), "an expired claim landed");
}

/// Reads the store's clock until it satisfies.
async fn poll<S: PendingStore>(store: &S, satisfied: impl Fn(Timestamp) -> bool) {
    let begun = std::time::Instant::now();
    while !satisfied(store.now().await.unwrap()) {
        assert!(begun.elapsed() < Duration::from_secs(10), "the store's clock stands still");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// PEND-5: the oldest parked rows of a browser go when it has too many; no others go.
pub async fn pend_5_parked_rows_of_a_browser_are_bounded<P: Place>(place: &P)
where
    P::Store: PendingStore,
{
    let store = place.open().await;
    let others = key("others", "other");
    parked(store.park(&others, sealed(b"other"), HOUR, room(2)).await);
    let (claimed, landed) = (key("claimed", "browser"), key("landed", "browser"));
    for key in [&claimed, &landed] {
        parked(store.park(key, sealed(b"login"), HOUR, room(2)).await);
        assert!(matches!(store.claim(key).await.unwrap(), Claim::Yours(_)));
    }
    assert!(store.land(&landed, sealed(b"outcome"), HOUR).await.unwrap());
    let logins: Vec<_> = (0..5).map(|number| key(&number.to_string(), "browser")).collect();
    for key in &logins {
        parked(store.park(key, sealed(b"login"), HOUR, room(2)).await);
    }
    for gone in &logins[..3] {
        assert_eq!(
            store.claim(gone).await.unwrap(),
            Claim::Unknown,
            "more parked rows of one browser than allowed"
        );
    }
    for kept in &logins[3..] {
        assert!(matches!(store.claim(kept).await.unwrap(), Claim::Yours(_)), "one of the newest went");
    }
    assert!(matches!(store.claim(&claimed).await.unwrap(), Claim::Busy(_)), "a claimed row went");
    assert_eq!(store.claim(&landed).await.unwrap(), Claim::Landed(sealed(b"outcome")), "a landed row went");
    assert!(matches!(store.claim(&others).await.unwrap(), Claim::Yours(_)), "another browser's row went");

    let store = Arc::new(store);
    let tasks: Vec<_> = (0..12)
        .map(|task| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                store.park(&key(&format!("many {task}"), "browser"), sealed(b""), HOUR, room(3)).await
            })
        })
        .collect();
    for task in tasks {
        parked(task.await.unwrap());
    }
    let mut left = 0;
    for task in 0..12 {
        let claim = store.claim(&key(&format!("many {task}"), "browser")).await.unwrap();
        left += usize::from(matches!(claim, Claim::Yours(_)));
    }
    assert_eq!(left, 3, "parked at once, {left} rows of one browser are left of 3");
}

/// PEND-6: `land` changes a claimed row once, and no other.
pub async fn pend_6_only_a_claimed_row_lands<P: Place>(place: &P)
where
    P::Store: PendingStore,
{
    let store = place.open().await;
    let key = key("state", "browser");
    assert!(!store.land(&key, sealed(b"no row"), HOUR).await.unwrap(), "a row that is absent landed");
    parked(store.park(&key, sealed(b"login"), HOUR, room(5)).await);
    assert!(!store.land(&key, sealed(b"parked"), HOUR).await.unwrap(), "a parked row landed");
    assert_eq!(store.claim(&key).await.unwrap(), Claim::Yours(sealed(b"login")));
    assert!(store.land(&key, sealed(b"outcome"), HOUR).await.unwrap(), "a claimed row did not land");
    assert!(!store.land(&key, sealed(b"again"), HOUR).await.unwrap(), "a row landed twice");
    assert_eq!(store.claim(&key).await.unwrap(), Claim::Landed(sealed(b"outcome")));
}

/// PEND-7: `purge` removes expired rows of every phase, no more than asked for, and counts them.
pub async fn pend_7_purge_removes_what_expired<P: Place>(place: &P)
where
    P::Store: PendingStore,
{
    let store = place.open().await;
    for number in 0..4 {
        let key = key(&format!("expired {number}"), "browser");
        parked(store.park(&key, sealed(b"login"), Duration::ZERO, room(5)).await);
    }
    let landed = key("landed", "browser");
    parked(store.park(&landed, sealed(b"login"), HOUR, room(5)).await);
    assert!(matches!(store.claim(&landed).await.unwrap(), Claim::Yours(_)));
    assert!(store.land(&landed, sealed(b"outcome"), Duration::ZERO).await.unwrap());
    let alive = key("alive", "browser");
    parked(store.park(&alive, sealed(b"login"), HOUR, room(5)).await);
    assert_eq!(store.purge(0).await.unwrap(), 0, "none was to be purged");
    assert_eq!(store.purge(2).await.unwrap(), 2);
    assert_eq!(store.purge(10).await.unwrap(), 3);
    assert_eq!(store.purge(10).await.unwrap(), 0);
    assert!(
        matches!(store.claim(&alive).await.unwrap(), Claim::Yours(_)),
        "a row that had time left was purged"
    );
    parked(store.park(&landed, sealed(b"anew"), HOUR, room(5)).await);
}

/// PEND-8: a second `park` of a state is refused, from another browser too, and changes nothing.
pub async fn pend_8_a_state_is_parked_once<P: Place>(place: &P)
where
    P::Store: PendingStore,
{
    let store = place.open().await;
    let (mine, others) = (key("state", "browser"), key("state", "other"));
    parked(store.park(&mine, sealed(b"login"), HOUR, room(1)).await);
    let bystander = key("bystander", "other");
    parked(store.park(&bystander, sealed(b"bystander"), HOUR, room(1)).await);
    for again in [&mine, &others] {
        let refusal = store.park(again, sealed(b"again"), HOUR, room(1)).await.unwrap_err();
        assert_eq!(refusal.kind(), StoreErrorKind::Refused, "{again:?}");
    }
    assert_eq!(
        store.claim(&bystander).await.unwrap(),
        Claim::Yours(sealed(b"bystander")),
        "a refused park made room"
    );
    assert_eq!(
        store.claim(&mine).await.unwrap(),
        Claim::Yours(sealed(b"login")),
        "a refused park changed the row"
    );
    assert!(
        store.park(&mine, sealed(b"again"), HOUR, room(1)).await.is_err(),
        "a claimed state was parked again"
    );
    assert!(store.land(&mine, sealed(b"outcome"), HOUR).await.unwrap());
    assert!(
        store.park(&mine, sealed(b"again"), HOUR, room(1)).await.is_err(),
        "a landed state was parked again"
    );
    assert_eq!(store.claim(&mine).await.unwrap(), Claim::Landed(sealed(b"outcome")));
}

/// PEND-9: a row lasts as long as it was to, on the clock that [`PendingStore::now`] reads, and the longest time that
/// can be said does not overflow.
pub async fn pend_9_time_is_counted_from_the_stores_clock<P: Place>(place: &P)
where
    P::Store: PendingStore,
{
    const KEEP: Duration = Duration::from_millis(60);
    let store = place.open().await;
    let forever = key("forever", "other");
    parked(store.park(&forever, sealed(b"login"), Duration::MAX, room(5)).await);

    let mine = key("state", "browser");
    let before = store.now().await.unwrap();
    parked(store.park(&mine, sealed(b"login"), KEEP, room(5)).await);
    let after = store.now().await.unwrap();
    assert!(after >= before, "the store's clock went back");
    let mut claim = store.claim(&mine).await.unwrap();
    let begun = std::time::Instant::now();
    loop {
        // The claim was made no later than `now`.
        let now = store.now().await.unwrap();
        if claim == Claim::Unknown {
            assert!(now >= before.saturating_add(KEEP), "a row that was to last {KEEP:?} went too soon");
            break;
        }
        let asked = store.now().await.unwrap();
        claim = store.claim(&mine).await.unwrap();
        let late = claim != Claim::Unknown && asked > after.saturating_add(KEEP);
        assert!(!late, "a row that was to last {KEEP:?} lasts longer: {claim:?}");
        assert!(begun.elapsed() < Duration::from_secs(10), "the store's clock stands still");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert!(matches!(store.claim(&forever).await.unwrap(), Claim::Yours(_)), "the longest time is none");
    assert!(store.land(&forever, sealed(b"outcome"), Duration::MAX).await.unwrap());
    assert!(matches!(store.claim(&forever).await.unwrap(), Claim::Landed(_)), "the longest time is none");
}

/// PEND-10: where as many rows are kept as there is room for, none is added and none is changed, whoever asks; what
/// expires, is purged or gives way to the same browser's next login makes room for as many.
pub async fn pend_10_rows_of_all_browsers_are_bounded<P: Place>(place: &P)
where
    P::Store: PendingStore,
{
    let store = place.open().await;
    let room = Room::new(2, 4);
    let (claimed, landed) = (key("claimed", "one"), key("landed", "two"));
    for key in [&claimed, &landed] {
        parked(store.park(key, sealed(b"login"), HOUR, room).await);
        assert!(matches!(store.claim(key).await.unwrap(), Claim::Yours(_)));
    }
    assert!(store.land(&landed, sealed(b"outcome"), HOUR).await.unwrap());
    let (first, second) = (key("first", "three"), key("second", "three"));
    for key in [&first, &second] {
        parked(store.park(key, sealed(b"login"), HOUR, room).await);
    }
    let late = key("late", "four");
    for _ in 0..3 {
        let parking = store.park(&late, sealed(b"late"), HOUR, room).await.unwrap();
        assert_eq!(parking, Parking::Full, "there is no room for a fifth row");
    }
    let narrower = store.park(&late, sealed(b"late"), HOUR, Room::new(2, 1)).await.unwrap();
    assert_eq!(narrower, Parking::Full, "there is less room than there are rows");
    assert_eq!(
        store.claim(&late).await.unwrap(),
        Claim::Unknown,
        "a login for which there is no room is kept"
    );

    // A browser that has as many as it may takes its own oldest one's place, and nobody else's.
    let third = key("third", "three");
    parked(store.park(&third, sealed(b"login"), HOUR, room).await);
    assert_eq!(store.claim(&first).await.unwrap(), Claim::Unknown, "a fifth row is kept");
    for key in [&second, &third] {
        assert!(
            matches!(store.claim(key).await.unwrap(), Claim::Yours(_)),
            "a refused login took a row along"
        );
    }
    assert!(matches!(store.claim(&claimed).await.unwrap(), Claim::Busy(_)), "a claimed row went");
    assert_eq!(store.claim(&landed).await.unwrap(), Claim::Landed(sealed(b"outcome")), "a landed row went");

    // Where there is room for more, it is had; and what has expired makes room by itself.
    let wider = Room::new(2, 6);
    for number in 0..2 {
        let short = key(&format!("short {number}"), "five");
        parked(store.park(&short, sealed(b"login"), Duration::ZERO, wider).await);
    }
    for number in 0..2 {
        parked(store.park(&key(&format!("long {number}"), "six"), sealed(b"login"), HOUR, wider).await);
    }
    assert_eq!(store.park(&late, sealed(b"late"), HOUR, wider).await.unwrap(), Parking::Full);
    assert_eq!(store.purge(100).await.unwrap(), 0, "an expired row stood in the way of a new one");
    assert_eq!(store.park(&late, sealed(b"late"), HOUR, Room::new(2, 7)).await.unwrap(), Parking::Parked);

    // Expired rows that were purged are not counted any more either.
    for round in 0..3 {
        let wider = Room::new(4, 11);
        for number in 0..4 {
            let key = key(&format!("round {round} {number}"), "seven");
            parked(store.park(&key, sealed(b"login"), Duration::ZERO, wider).await);
        }
        assert_eq!(store.purge(100).await.unwrap(), 4);
    }
}
