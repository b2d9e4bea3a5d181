//! The contracts of [`GrantStore`], GRANT-1 to GRANT-10.
#![expect(clippy::unwrap_used, reason = "a case says that a contract is broken by a panic")]

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use gatepass_core::Timestamp;
use gatepass_core::ports::{GrantKey, GrantStore, Owner, Revision, Row, Sealed, Swap};
use gatepass_core::renewal::{AttemptId, DeadReason, Fingerprint, Journal, Lineage, State};

use super::Place;
use super::run::suite;

suite!("a grant store", GrantStore, grant_store_contract, grant, $, [
    grant_1_of_several_swaps_one_is_done,
    grant_2_none_means_no_row,
    grant_3_a_refused_swap_changes_nothing,
    grant_4_what_was_swapped_is_read_back,
    grant_5_no_revision_comes_twice,
    grant_6_keys_are_compared_byte_by_byte,
    grant_7_a_done_write_is_there_after_reopening,
    grant_8_the_clock_is_the_stores,
    grant_9_due_finds_what_is_due_earliest_first,
    grant_10_scan_walks_all_rows_once_in_order,
]);

fn key(user: &str) -> GrantKey {
    GrantKey::new("provider", Owner::User(user.into()))
}

fn row(generation: u64, tokens: &[u8]) -> Row {
    let mut journal = Journal::issued(Lineage::new(7), Some(Fingerprint::of("refresh")));
    journal.generation = generation;
    Row::new(journal, Sealed::from_stored(tokens))
}

fn done(swap: Swap) -> (Revision, Timestamp) {
    match swap {
        Swap::Done { revision, now } => (revision, now),
        Swap::Moved(there) => panic!("the swap was refused: there is {there:?}"),
        other => panic!("the swap was neither done nor refused: {other:?}"),
    }
}

/// GRANT-1: sixteen tasks swap the same revision, twenty times over; one of them each time is `Done`, and no increment
/// is lost.
pub async fn grant_1_of_several_swaps_one_is_done<P: Place>(place: &P)
where
    P::Store: GrantStore,
{
    const TASKS: u64 = 16;
    const ROUNDS: u64 = 20;
    let (one, other) = (Arc::new(place.open().await), Arc::new(place.open().await));
    let key = key("ada");
    done(one.swap(&key, None, Some(row(0, b"0"))).await.unwrap());
    for round in 0..ROUNDS {
        let there = one.read(&key).await.unwrap().row.unwrap().0;
        let start = Arc::new(tokio::sync::Barrier::new(TASKS as usize));
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| {
                let store = Arc::clone(if task % 2 == 0 { &one } else { &other });
                let (start, key) = (Arc::clone(&start), key.clone());
                tokio::spawn(async move {
                    start.wait().await;
                    let next = row(round + 1, &task.to_be_bytes());
                    matches!(store.swap(&key, Some(there), Some(next)).await.unwrap(), Swap::Done { .. })
                        .then_some(task)
                })
            })
            .collect();
        let mut winners = Vec::new();
        for task in tasks {
            winners.extend(task.await.unwrap());
        }
        assert_eq!(winners.len(), 1, "of {TASKS} swaps of one revision {} were done", winners.len());
        let (_, kept) = one.read(&key).await.unwrap().row.unwrap();
        assert_eq!(
            kept,
            row(round + 1, &winners[0].to_be_bytes()),
            "the row is not the one of the swap that was done"
        );
    }

    let firsts: Vec<_> = (0..TASKS)
        .map(|task| {
            let store = Arc::clone(if task % 2 == 0 { &one } else { &other });
            tokio::spawn(async move {
                let first = GrantKey::new("provider", Owner::Session("first".into()));
                matches!(store.swap(&first, None, Some(row(1, b""))).await.unwrap(), Swap::Done { .. })
            })
        })
        .collect();
    let mut made = 0;
    for first in firsts {
        made += usize::from(first.await.unwrap());
    }
    assert_eq!(made, 1, "a row was made {made} times");
}

/// GRANT-2: `expected: None` makes a row only where there is none, and `next: None` deletes.
pub async fn grant_2_none_means_no_row<P: Place>(place: &P)
where
    P::Store: GrantStore,
{
    let store = place.open().await;
    let key = key("ada");
    assert!(store.read(&key).await.unwrap().row.is_none(), "a place did not start empty");
    let absent = store.swap(&key, Some(Revision::new(1)), Some(row(1, b"a"))).await.unwrap();
    assert!(
        matches!(&absent, Swap::Moved(there) if there.row.is_none()),
        "a row that is absent was updated: {absent:?}"
    );
    let (first, _) = done(store.swap(&key, None, Some(row(1, b"a"))).await.unwrap());
    let again = store.swap(&key, None, Some(row(2, b"b"))).await.unwrap();
    assert!(matches!(again, Swap::Moved(_)), "a row was made where there is one");
    let stale = store.swap(&key, Some(Revision::new(first.number() + 1)), None).await.unwrap();
    assert!(matches!(stale, Swap::Moved(_)), "a row was deleted with a revision that is not its own");
    done(store.swap(&key, Some(first), None).await.unwrap());
    assert!(store.read(&key).await.unwrap().row.is_none(), "a deleted row is still there");
    let nothing = store.swap(&key, None, None).await.unwrap();
    assert!(
        matches!(&nothing, Swap::Moved(there) if there.row.is_none()),
        "nothing was swapped for nothing: {nothing:?}"
    );
}

/// GRANT-3: a refused swap changes nothing and returns what is there.
pub async fn grant_3_a_refused_swap_changes_nothing<P: Place>(place: &P)
where
    P::Store: GrantStore,
{
    let store = place.open().await;
    let key = key("ada");
    let (old, _) = done(store.swap(&key, None, Some(row(1, b"old"))).await.unwrap());
    let (current, _) = done(store.swap(&key, Some(old), Some(row(2, b"current"))).await.unwrap());
    let there = Some((current, row(2, b"current")));
    for (expected, next) in [
        (Some(old), Some(row(9, b"late"))),
        (Some(old), None),
        (None, Some(row(9, b"late"))),
        (None, None),
        (Some(Revision::new(current.number() + 1)), Some(row(9, b"early"))),
    ] {
        match store.swap(&key, expected, next).await.unwrap() {
            Swap::Moved(reading) => {
                assert_eq!(reading.row, there, "a refused swap did not return what is there")
            }
            other => panic!("a swap from {expected:?} was done: {other:?}"),
        }
        assert_eq!(store.read(&key).await.unwrap().row, there, "a refused swap changed the row");
    }
}

/// GRANT-4: every field of the journal and every byte of the tokens is read back, whatever its value.
pub async fn grant_4_what_was_swapped_is_read_back<P: Place>(place: &P)
where
    P::Store: GrantStore,
{
    let store = place.open().await;
    let key = key("ada");
    let mut expected = None;
    for journal in journals() {
        for tokens in [Vec::new(), (0..=255).collect(), vec![0xa5; 64 * 1024]] {
            let row = Row::new(journal, Sealed::from_stored(tokens));
            let (revision, _) = done(store.swap(&key, expected, Some(row.clone())).await.unwrap());
            assert_eq!(
                store.read(&key).await.unwrap().row,
                Some((revision, row)),
                "read and scan must give back the row"
            );
            expected = Some(revision);
        }
        let (_, _, scanned) = store.scan(None, 10).await.unwrap().remove(0);
        assert_eq!(scanned.journal, journal, "a scanned row is not the one that was swapped");
    }
}

fn journals() -> Vec<Journal> {
    let mut plain = Journal::issued(Lineage::new(0), None);
    plain.generation = 0;
    let mut full = Journal::issued(Lineage::new(u64::MAX), Some(Fingerprint::of("current")));
    full.generation = u64::MAX;
    full.state = State::Refreshing;
    full.attempt = Some(AttemptId::new([0xff; 16]));
    full.first_sent = Some(Timestamp::from_unix_seconds(2_208_988_800)); // 2040
    full.lease_until = Some(Timestamp::MAX);
    full.previous = Some(Fingerprint::of("previous"));
    let mut low = full;
    low.generation = 1 << 63;
    low.first_sent = Some(Timestamp::from_unix_millis(i64::MIN));
    low.lease_until = Some(Timestamp::EPOCH);
    low.attempt = Some(AttemptId::new([0; 16]));
    let states = [
        State::Active,
        State::Suspect,
        State::Revoking,
        State::Dead(DeadReason::Rejected),
        State::Dead(DeadReason::Revoked),
    ];
    let others = states.map(|state| {
        let mut journal = full;
        journal.state = state;
        journal
    });
    [plain, full, low].into_iter().chain(others).collect()
}

/// GRANT-5: no revision comes twice for one key, not even when the row was deleted and made again.
pub async fn grant_5_no_revision_comes_twice<P: Place>(place: &P)
where
    P::Store: GrantStore,
{
    let store = place.open().await;
    let mut seen = HashSet::new();
    let key = key("ada");
    let mut fresh = |revision: Revision| assert!(seen.insert(revision), "{revision:?} came twice");
    for _ in 0..3 {
        let (made, _) = done(store.swap(&key, None, Some(row(1, b""))).await.unwrap());
        fresh(made);
        let (moved, _) = done(store.swap(&key, Some(made), Some(row(2, b""))).await.unwrap());
        fresh(moved);
        // Another key's writes are not counted, but neither may they bring a revision back.
        let (elsewhere, _) = done(store.swap(&self::key("eve"), None, Some(row(1, b""))).await.unwrap());
        done(store.swap(&self::key("eve"), Some(elsewhere), None).await.unwrap());
        let (deleted, _) = done(store.swap(&key, Some(moved), None).await.unwrap());
        fresh(deleted);
        let late = store.swap(&key, Some(moved), Some(row(3, b""))).await.unwrap();
        assert!(matches!(late, Swap::Moved(_)), "a swap from before the deletion was done");
    }
    drop(store);
    let (reopened, _) = done(place.open().await.swap(&key, None, Some(row(1, b""))).await.unwrap());
    fresh(reopened);
}

/// GRANT-6: keys that differ in a case, an accent's composition, a trailing space, the kind of owner or the place of
/// the boundary between provider and owner are different keys.
pub async fn grant_6_keys_are_compared_byte_by_byte<P: Place>(place: &P)
where
    P::Store: GrantStore,
{
    let store = place.open().await;
    let keys = distinct_keys();
    for (number, key) in keys.iter().enumerate() {
        done(store.swap(key, None, Some(row(1, &number.to_be_bytes()))).await.unwrap());
    }
    for (number, key) in keys.iter().enumerate() {
        let (_, kept) = store.read(key).await.unwrap().row.unwrap();
        assert_eq!(kept, row(1, &number.to_be_bytes()), "{key:?} is taken for another");
    }
}

fn distinct_keys() -> Vec<GrantKey> {
    let names = [
        "a",
        "A",
        "a ",
        " a",
        "\u{e9}",
        "e\u{301}",
        "\u{c9}",
        "\u{1f600}",
        "",
        "'; --",
        "%",
        "_",
        "ss",
        "\u{df}",
    ];
    let mut keys = Vec::new();
    for provider in ["p", "P", "pa", ""] {
        for name in names {
            keys.push(GrantKey::new(provider, Owner::Session(name.into())));
            keys.push(GrantKey::new(provider, Owner::User(name.into())));
        }
    }
    keys
}

/// GRANT-7: a write that was `Done` is there when the store is opened anew. That it also survives a killed process
/// is for the store's own tests.
pub async fn grant_7_a_done_write_is_there_after_reopening<P: Place>(place: &P)
where
    P::Store: GrantStore,
{
    let store = place.open().await;
    let (revision, _) = done(store.swap(&key("ada"), None, Some(row(1, b"kept"))).await.unwrap());
    let (gone, _) = done(store.swap(&key("eve"), None, Some(row(1, b"gone"))).await.unwrap());
    done(store.swap(&key("eve"), Some(gone), None).await.unwrap());
    let beside = place.open().await.read(&key("ada")).await.unwrap();
    assert_eq!(beside.row, Some((revision, row(1, b"kept"))), "another opening does not see the write");
    let reopened = place.open().await;
    drop(store);
    assert_eq!(
        reopened.read(&key("ada")).await.unwrap().row,
        Some((revision, row(1, b"kept"))),
        "a write is lost"
    );
    assert!(reopened.read(&key("eve")).await.unwrap().row.is_none(), "a deletion is lost");
}

/// GRANT-8: readings, swaps and refused swaps tell one clock, also through two openings of the store.
pub async fn grant_8_the_clock_is_the_stores<P: Place>(place: &P)
where
    P::Store: GrantStore,
{
    let (one, other) = (place.open().await, place.open().await);
    let key = key("ada");
    let mut last = one.read(&key).await.unwrap().now;
    let begun = last;
    let mut expected = None;
    for round in 0..20 {
        let (store, late) = if round % 2 == 0 { (&one, &other) } else { (&other, &one) };
        let (revision, done_at) = done(store.swap(&key, expected, Some(row(round, b""))).await.unwrap());
        let Swap::Moved(refused) = late.swap(&key, expected, None).await.unwrap() else {
            panic!("a swap of an old revision was done")
        };
        let read = store.read(&key).await.unwrap().now;
        for next in [done_at, refused.now, read] {
            assert!(next >= last, "the store's clock went back from {last} to {next}");
            last = next;
        }
        expected = Some(revision);
    }
    assert!(
        last.saturating_since(begun) < Duration::from_secs(60),
        "the store's clock jumped from {begun} to {last}"
    );
}

/// GRANT-9: `due` finds the rows that are due by then, earliest first, no more than asked for, and no others.
pub async fn grant_9_due_finds_what_is_due_earliest_first<P: Place>(place: &P)
where
    P::Store: GrantStore,
{
    let store = place.open().await;
    let held = |until: i64| {
        let mut journal = Journal::issued(Lineage::new(1), None);
        journal.state = State::Refreshing;
        journal.attempt = Some(AttemptId::new([1; 16]));
        journal.lease_until = Some(Timestamp::from_unix_millis(until));
        journal
    };
    let mut revoking = Journal::issued(Lineage::new(1), None);
    revoking.state = State::Revoking;
    let mut suspect = held(1);
    suspect.state = State::Suspect;
    let rows = [
        ("third", held(3000)),
        ("second", held(2000)),
        ("first", revoking),
        ("never", Journal::issued(Lineage::new(1), None)),
        ("not any more", suspect),
        ("last", held(4000)),
    ];
    for (user, journal) in rows {
        done(store.swap(&key(user), None, Some(Row::new(journal, Sealed::from_stored(*b"")))).await.unwrap());
    }
    let at = Timestamp::from_unix_millis;
    let due = async |before, limit| store.due(at(before), limit).await.unwrap();
    assert_eq!(due(3000, 10).await, [key("first"), key("second"), key("third")], "what is due by 3000");
    assert_eq!(due(2999, 10).await, [key("first"), key("second")], "what is due by 2999");
    assert_eq!(due(9000, 2).await, [key("first"), key("second")], "the two earliest");
    assert_eq!(due(9000, 0).await, [], "none was asked for");
    assert_eq!(due(-1, 10).await, [], "before the first");
    let (revision, _) = store.read(&key("second")).await.unwrap().row.unwrap();
    done(store.swap(&key("second"), Some(revision), Some(row(2, b""))).await.unwrap());
    let (revision, _) = store.read(&key("first")).await.unwrap().row.unwrap();
    done(store.swap(&key("first"), Some(revision), None).await.unwrap());
    assert_eq!(due(3000, 10).await, [key("third")], "one was settled and one deleted");
}

/// GRANT-10: pages of any size walk over all rows in the order of their keys, each once, also while rows come and go.
pub async fn grant_10_scan_walks_all_rows_once_in_order<P: Place>(place: &P)
where
    P::Store: GrantStore,
{
    let store = place.open().await;
    assert_eq!(store.scan(None, 10).await.unwrap(), [], "a place did not start empty");
    let mut keys = distinct_keys();
    for (number, key) in keys.iter().enumerate() {
        done(store.swap(key, None, Some(row(number as u64, b"row"))).await.unwrap());
    }
    let numbers: std::collections::HashMap<_, _> =
        keys.iter().cloned().enumerate().map(|(number, key)| (key, number as u64)).collect();
    keys.sort();
    for page in [1, 7, 1000] {
        let mut walked = Vec::new();
        while let found @ [_, ..] = &*store.scan(walked.last(), page).await.unwrap() {
            assert!(found.len() <= page as usize, "a page of {page} has {} rows", found.len());
            for (key, revision, row) in found {
                assert_eq!(row.journal.generation, numbers[key], "{key:?} comes with another row");
                assert_eq!(
                    store.read(key).await.unwrap().row.unwrap().0,
                    *revision,
                    "{key:?} comes with another revision"
                );
            }
            walked.extend(found.iter().map(|(key, ..)| key.clone()));
            assert!(walked.len() <= keys.len(), "pages of {page} walk over more rows than there are");
        }
        assert_eq!(walked, keys, "pages of {page}");
    }
    let after = &keys[3];
    let (revision, _) = store.read(after).await.unwrap().row.unwrap();
    done(store.swap(after, Some(revision), None).await.unwrap());
    let rest: Vec<_> =
        store.scan(Some(after), 1000).await.unwrap().into_iter().map(|(key, ..)| key).collect();
    assert_eq!(rest, keys[4..], "a walk went wrong when the row that it had come to was deleted");
}
