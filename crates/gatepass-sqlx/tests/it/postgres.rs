//! PostgreSQL: the contract suites over replicas on one database, and what only a server can do wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use gatepass_core::ports::{GrantStore, StoreErrorKind, Swap};
use gatepass_sqlx::PostgresStore;
use gatepass_testkit::contract::{Outcome, Place, block_on, grant, pending, session};
use gatepass_testkit::postgres::Cluster;
use sqlx::Connection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{chain, key, row};

/// Opens a database and brings its tables up to date, as every replica does.
async fn ready(url: &str) -> PostgresStore {
    let store = PostgresStore::connect(url).await.unwrap();
    store.migrate().await.unwrap();
    store
}

/// A database of its own; every opening is another replica with a pool of its own.
fn place(cluster: &Cluster) -> impl Place<Store = PostgresStore> + use<> {
    let url: Arc<str> = cluster.database().into();
    move || {
        let url = Arc::clone(&url);
        async move { ready(&url).await }
    }
}

/// All cases in one test, since every process of tests would start a cluster of its own.
#[test]
fn every_contract_holds_on_postgres() {
    let Some(cluster) = Cluster::shared("every_contract_holds_on_postgres") else { return };
    let outcomes = block_on(async {
        let mut outcomes = grant::all(|| place(cluster)).await;
        outcomes.extend(pending::all(|| place(cluster)).await);
        outcomes.extend(session::all(|| place(cluster)).await);
        outcomes
    });
    assert_eq!(outcomes.len(), 28);
    let mut broken = Vec::new();
    for Outcome { case, result, .. } in outcomes {
        println!("postgres {case}: {}", if result.is_ok() { "ok" } else { "BROKEN" });
        broken.extend(result.err().map(|why| format!("{case}: {why}")));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// A deferred constraint breaks when the commit is at hand, after the row has been returned.
#[test]
fn grant_7_a_commit_that_fails_on_postgres_is_not_done() {
    let Some(cluster) = Cluster::shared("grant_7_a_commit_that_fails_on_postgres_is_not_done") else {
        return;
    };
    let url = cluster.database();
    block_on(async {
        let store = ready(&url).await;
        let mut admin = sqlx::PgConnection::connect(&url).await.unwrap();
        sqlx::raw_sql(
            "CREATE TABLE parent (id INT PRIMARY KEY);
             CREATE TABLE child (id INT REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
             CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN INSERT INTO child VALUES (1); RETURN NEW; END $$;
             CREATE TRIGGER fails AFTER INSERT ON gatepass_grants FOR EACH ROW EXECUTE FUNCTION fail();",
        )
        .execute(&mut admin)
        .await
        .unwrap();
        let swap = store.swap(&key("ada"), None, Some(row(b"x"))).await;
        assert_eq!(
            swap.unwrap_err().kind(),
            StoreErrorKind::Refused,
            "a commit failed and the swap was done"
        );
        assert!(store.read(&key("ada")).await.unwrap().row.is_none());
        sqlx::raw_sql("DROP TRIGGER fails ON gatepass_grants").execute(&mut admin).await.unwrap();
        assert!(matches!(store.swap(&key("ada"), None, Some(row(b"x"))).await.unwrap(), Swap::Done { .. }));
    });
}

/// Whatever the database's defaults: a serialization failure is tried again, and a commit waits for the disk.
#[test]
fn grant_1_a_stricter_isolation_and_a_looser_commit_change_nothing() {
    let Some(cluster) = Cluster::shared("grant_1_a_stricter_isolation_and_a_looser_commit_change_nothing")
    else {
        return;
    };
    let url: Arc<str> = cluster.database().into();
    block_on(async {
        let mut admin = sqlx::PgConnection::connect(&url).await.unwrap();
        let name = url.rsplit_once('/').unwrap().1;
        let settings = format!(
            "ALTER DATABASE {name} SET default_transaction_isolation = 'serializable';
             ALTER DATABASE {name} SET synchronous_commit = off"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(settings)).execute(&mut admin).await.unwrap();
        let strict = {
            let url = Arc::clone(&url);
            move || {
                let url = Arc::clone(&url);
                async move { ready(&url).await }
            }
        };
        grant::grant_1_of_several_swaps_one_is_done(&strict).await;
        pending::pend_5_parked_rows_of_a_browser_are_bounded(&strict).await;
    });
}

/// A backend that the operator ends, and a database that stops answering: unavailable within seconds, then well again.
#[test]
fn a_database_that_goes_away_is_unavailable_in_seconds_and_then_passes() {
    let name = "a_database_that_goes_away_is_unavailable_in_seconds_and_then_passes";
    let Some(cluster) = Cluster::shared(name) else { return };
    let url = cluster.database();
    block_on(async {
        let wire = Wire::to(cluster.port()).await;
        let store = ready(&url.replace(&cluster.port().to_string(), &wire.port.to_string())).await;
        let mut admin = sqlx::PgConnection::connect(&url).await.unwrap();

        sqlx::raw_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()")
            .execute(&mut admin)
            .await
            .unwrap();
        if let Err(why) = store.read(&key("ada")).await {
            assert_eq!(why.kind(), StoreErrorKind::Unavailable, "{}", chain(&why));
        }
        assert!(store.read(&key("ada")).await.is_ok(), "a connection that was ended is used again");
        let reads: Vec<_> = (0..10)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { store.scan(None, 1).await.map(drop) })
            })
            .collect();
        for read in reads {
            read.await.unwrap().unwrap();
        }

        wire.cut.store(true, Ordering::SeqCst);
        let begun = Instant::now();
        // As many as the pool has connections, so that one that is not given up is missed afterwards.
        let swaps: Vec<_> = (0..10)
            .map(|user| {
                let store = store.clone();
                tokio::spawn(async move { store.swap(&key(&user.to_string()), None, Some(row(b"x"))).await })
            })
            .collect();
        for swap in swaps {
            let why = swap.await.unwrap().unwrap_err();
            assert_eq!(why.kind(), StoreErrorKind::Unavailable, "{}", chain(&why));
        }
        assert!(begun.elapsed().as_secs() < 15, "it took {:?}", begun.elapsed());
        wire.cut.store(false, Ordering::SeqCst);
        let begun = Instant::now();
        while let Err(why) = store.read(&key("ada")).await {
            assert_eq!(why.kind(), StoreErrorKind::Unavailable, "{}", chain(&why));
            assert!(begun.elapsed().as_secs() < 20, "connections whose answer is out were never given up");
        }
    });
}

/// Passes bytes on to the database until it is cut, and from then on swallows them.
struct Wire {
    port: u16,
    cut: Arc<AtomicBool>,
}

impl Wire {
    async fn to(database: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let cut = Arc::new(AtomicBool::new(false));
        let swallow = Arc::clone(&cut);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (mut from, mut to) = client.into_split();
                let server = TcpStream::connect(("127.0.0.1", database)).await.unwrap();
                let (mut answers, mut questions) = server.into_split();
                tokio::spawn(async move { tokio::io::copy(&mut answers, &mut to).await });
                let swallow = Arc::clone(&swallow);
                tokio::spawn(async move {
                    let mut buffer = [0; 4096];
                    // A connection that lost bytes never speaks again.
                    let mut lost = false;
                    while let Ok(count @ 1..) = from.read(&mut buffer).await {
                        lost |= swallow.load(Ordering::SeqCst);
                        if !lost {
                            questions.write_all(&buffer[..count]).await.unwrap();
                        }
                    }
                });
            }
        });
        Self { port, cut }
    }
}
