//! What is particular to SQLite: the file, its lock, its commits, and a database that only lives in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use gatepass_core::Timestamp;
use gatepass_core::ports::{
    GrantStore, Hash32, Parking, PendingKey, PendingStore, Room, Sealed, SessionStore, StoreErrorKind, Swap,
};
use gatepass_sqlx::SqliteStore;
use gatepass_testkit::contract::block_on;
use sqlx::{Connection, SqliteConnection};

use crate::support::{File, chain, key, row};

#[test]
#[cfg(unix)]
fn sto_05_a_file_that_is_made_is_its_owners_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let file = File::new();
    block_on(async {
        let store = file.ready().await;
        store.swap(&key("ada"), None, Some(row(b"x"))).await.unwrap();
        let mut files = 0;
        for entry in std::fs::read_dir(file.path().parent().unwrap()).unwrap() {
            let entry = entry.unwrap();
            assert_eq!(
                entry.metadata().unwrap().permissions().mode() & 0o777,
                0o600,
                "{:?}",
                entry.file_name()
            );
            files += 1;
        }
        assert_eq!(files, 3, "the database, its log and the log's index");
    });
}

#[test]
fn a_url_says_what_is_opened() {
    let file = File::new();
    block_on(async {
        let path = file.path().display().to_string();
        let missing = SqliteStore::open(&format!("sqlite:{path}?mode=rw")).await.unwrap_err();
        assert_eq!(missing.kind(), StoreErrorKind::Refused, "a mode that makes no file made one");
        assert!(!file.path().exists());
        for url in [format!("sqlite:{path}"), format!("sqlite://{path}"), format!("sqlite://{path}?mode=rwc")]
        {
            SqliteStore::open(&url).await.unwrap().migrate().await.unwrap();
        }
        assert!(file.path().exists());
        for memory in ["sqlite::memory:", "sqlite://:memory:", "sqlite:named?mode=memory", "sqlite:"] {
            let store = SqliteStore::open(memory).await.unwrap();
            store.migrate().await.unwrap();
            store.swap(&key("ada"), None, Some(row(b"x"))).await.unwrap();
            assert!(
                store.clone().read(&key("ada")).await.unwrap().row.is_some(),
                "{memory}: a clone sees another"
            );
        }
        for other in ["postgres://localhost/a", "gatepass.db", "", "sqlite:a?mode=odd", "sqlite:a?key=secret"]
        {
            let refusal = SqliteStore::open(other).await.unwrap_err();
            assert_eq!(refusal.kind(), StoreErrorKind::Refused, "{other}");
            assert!(!chain(&refusal).contains("secret"), "{}", chain(&refusal));
        }
    });
}

#[test]
fn a_file_that_is_no_database_is_called_that() {
    let file = File::new();
    std::fs::write(
        file.path(),
        "these are not the bytes of a database, and there are some of them".repeat(99),
    )
    .unwrap();
    block_on(async {
        let refusal = SqliteStore::open(&file.url()).await.unwrap_err();
        assert_eq!(refusal.kind(), StoreErrorKind::Damaged);
        let said = chain(&refusal);
        assert!(
            said.contains("is no database") && said.contains("file is not a database (code 26)"),
            "{said}"
        );
    });
}

/// A deferred constraint breaks when the commit is at hand, after the row has been returned.
#[test]
fn grant_7_a_commit_that_fails_is_not_done() {
    let file = File::new();
    block_on(async {
        let store = file.ready().await;
        file.run(
            "CREATE TABLE parent (id INTEGER PRIMARY KEY);
             CREATE TABLE child (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
             CREATE TRIGGER fails AFTER INSERT ON gatepass_grants BEGIN INSERT INTO child VALUES (1); END;",
        )
        .await;
        let swap = store.swap(&key("ada"), None, Some(row(b"x"))).await;
        assert_eq!(
            swap.unwrap_err().kind(),
            StoreErrorKind::Refused,
            "a commit failed and the swap was done"
        );
        assert!(store.read(&key("ada")).await.unwrap().row.is_none());
        file.run("DROP TRIGGER fails").await;
        assert!(matches!(store.swap(&key("ada"), None, Some(row(b"x"))).await.unwrap(), Swap::Done { .. }));
    });
}

#[test]
fn grant_5_a_revision_does_not_come_back_when_an_operator_deletes() {
    let file = File::new();
    block_on(async {
        let store = file.ready().await;
        let mut last = 0;
        for _ in 0..3 {
            let Swap::Done { revision, .. } = store.swap(&key("ada"), None, Some(row(b"x"))).await.unwrap()
            else {
                panic!("a row was there")
            };
            assert!(revision.number() > last, "{revision:?} after {last}");
            last = revision.number();
            file.run("DELETE FROM gatepass_grants").await;
        }
    });
}

#[test]
fn sess_8_deeds_whose_time_is_over_go_no_more_at_once_than_was_said() {
    let file = File::new();
    block_on(async {
        let store = file.ready().await;
        let deed = |name: &str| Hash32::digest("deed", name.as_bytes());
        for name in ["one", "two", "three"] {
            store.remember(deed(name), Timestamp::EPOCH).await.unwrap();
        }
        store.remember(deed("lasts"), Timestamp::MAX).await.unwrap();
        for (limit, left) in [(0, 4), (2, 2), (9, 1)] {
            SessionStore::purge(&store, limit).await.unwrap();
            let mut connection = SqliteConnection::connect(&file.url()).await.unwrap();
            let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM gatepass_deeds");
            assert_eq!(count.fetch_one(&mut connection).await.unwrap(), left, "after {limit}");
        }
        assert!(store.remembers(deed("lasts")).await.unwrap());
    });
}

#[test]
fn a_lock_that_somebody_holds_is_unavailable_in_seconds_and_then_passes() {
    let file = File::new();
    block_on(async {
        let store = file.ready().await;
        let mut holder = SqliteConnection::connect(&file.url()).await.unwrap();
        let held = holder.begin_with("BEGIN IMMEDIATE").await.unwrap();
        assert!(store.read(&key("ada")).await.unwrap().row.is_none(), "a reader waits for a writer");
        let begun = Instant::now();
        let refusal = store.swap(&key("ada"), None, Some(row(b"x"))).await.unwrap_err();
        assert_eq!(refusal.kind(), StoreErrorKind::Unavailable, "{}", chain(&refusal));
        assert!(begun.elapsed().as_secs() < 15, "it took {:?}", begun.elapsed());
        held.rollback().await.unwrap();
        assert!(matches!(store.swap(&key("ada"), None, Some(row(b"x"))).await.unwrap(), Swap::Done { .. }));
    });
}

/// A future that is dropped while its statement runs leaves neither a transaction nor a lock behind.
#[test]
fn a_caller_that_goes_away_leaves_the_store_in_order() {
    let file = File::new();
    block_on(async {
        let store = file.ready().await;
        for number in 0..200_u32 {
            let digest = Hash32::digest("state", &number.to_be_bytes());
            let pending = PendingKey::new(digest, digest, "provider");
            let login = Sealed::from_stored(*b"login");
            let room = Room::new(5, 1000);
            let park = store.park(&pending, login, Duration::from_secs(60), room);
            // Polled a few times only, so that it is dropped at each of its steps in turn.
            let polls = std::cell::Cell::new(number % 12);
            let mut park = std::pin::pin!(park);
            std::future::poll_fn(|context| match park.as_mut().poll(context) {
                std::task::Poll::Pending if polls.get() > 0 => {
                    polls.set(polls.get() - 1);
                    std::task::Poll::Pending
                }
                _ => std::task::Poll::Ready(()),
            })
            .await;
        }
        let other = file.ready().await;
        for store in [&store, &other] {
            let there = store.read(&key("ada")).await.unwrap().row.map(|(revision, _)| revision);
            let swap = store.swap(&key("ada"), there, Some(row(b"x"))).await.unwrap();
            assert!(matches!(swap, Swap::Done { .. }), "{swap:?}");
        }
    });
}

/// Whoever comes to a crowd waits for those who were there before, and not for those who come after.
#[test]
fn a_crowd_that_writes_lets_everybody_have_a_turn() {
    const CROWD: u32 = 8;
    let file = File::new();
    block_on(async {
        let store = file.ready().await;
        let written = Arc::new(AtomicU32::new(0));
        let begun = Arc::new(tokio::sync::Barrier::new(CROWD as usize + 1));
        let crowd: Vec<_> = (0..CROWD)
            .map(|member| {
                let (store, written, begun) = (store.clone(), written.clone(), begun.clone());
                tokio::spawn(async move {
                    begun.wait().await;
                    for number in 0..200_u32 {
                        let digest =
                            Hash32::digest("state", &[member.to_be_bytes(), number.to_be_bytes()].concat());
                        let login =
                            (PendingKey::new(digest, digest, "provider"), Sealed::from_stored(*b"login"));
                        let keep = Duration::from_secs(60);
                        let parking = store.park(&login.0, login.1, keep, Room::new(5, 10_000)).await;
                        assert_eq!(parking.unwrap(), Parking::Parked);
                        written.fetch_add(1, Ordering::SeqCst);
                    }
                })
            })
            .collect();
        begun.wait().await;
        for number in 0..10 {
            let before = written.load(Ordering::SeqCst);
            let swap = store.swap(&key(&number.to_string()), None, Some(row(b"x"))).await.unwrap();
            assert!(matches!(swap, Swap::Done { .. }));
            let passed = written.load(Ordering::SeqCst) - before;
            assert!(passed <= 3 * CROWD, "{passed} others were let through first");
        }
        for member in crowd {
            member.await.unwrap();
        }
    });
}

#[test]
fn grant_8_the_clock_counts_milliseconds_of_the_epoch() {
    block_on(async {
        let store = SqliteStore::open("sqlite::memory:").await.unwrap();
        let here = || std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as i64;
        let before = here();
        let now = store.now().await.unwrap().as_unix_millis();
        assert!((before - 1..=here() + 1).contains(&now), "{now} is not between {before} and {}", here());
    });
}
