//! The tables and their versions: made once however many begin, never taken back, and rows of old versions.

use gatepass_core::Timestamp;
use gatepass_core::ports::{
    Claim, GrantKey, GrantStore, Hash32, Owner, Parking, PendingKey, PendingStore, Revision, Room, Sealed,
    SessionId, SessionStore, StoreErrorKind,
};
use gatepass_core::renewal::{AttemptId, DeadReason, Fingerprint, State};
use gatepass_sqlx::{MigrateError, PostgresStore, SqliteStore};
use gatepass_testkit::contract::block_on;
use gatepass_testkit::postgres::Cluster;
use sqlx::{Connection, Row as _, SqliteConnection};

use crate::support::{File, chain};

const VERSION_1: &str = include_str!("fixtures/version_1.sql");

#[test]
fn migrate_is_done_once_by_all_that_begin_together() {
    let file = File::new();
    block_on(async {
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let url = file.url();
                tokio::spawn(async move { SqliteStore::open(&url).await.unwrap().migrate().await })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        let store = SqliteStore::open(&file.url()).await.unwrap();
        store.migrate().await.unwrap();
        assert!(store.scan(None, 10).await.unwrap().is_empty());
    });
}

#[test]
fn migrate_leaves_tables_of_a_later_version_alone() {
    let file = File::new();
    block_on(async {
        file.ready().await;
        file.run("UPDATE gatepass_schema SET version = 99").await;
        let before = schema(&file).await;
        let refusal = SqliteStore::open(&file.url()).await.unwrap().migrate().await.unwrap_err();
        assert!(matches!(refusal, MigrateError::Newer { found: 99, known: 4, .. }), "{refusal:?}");
        assert_eq!(
            refusal.to_string(),
            "the store's tables are of version 99 and this program knows up to 4: run a later program"
        );
        assert_eq!(schema(&file).await, before);
    });
}

#[test]
fn a_store_that_was_not_migrated_says_so() {
    let file = File::new();
    block_on(async {
        let store = SqliteStore::open(&file.url()).await.unwrap();
        let refusal = store.read(&GrantKey::new("p", Owner::User("u".into()))).await.unwrap_err();
        assert_eq!(refusal.kind(), StoreErrorKind::Refused);
        let said = chain(&refusal);
        assert!(
            said.contains("was it migrated?") && said.contains("no such table: gatepass_grants"),
            "{said}"
        );
    });
}

/// What `migrate` makes of nothing is what it makes of the first version: a migration that was shipped is not edited.
#[test]
fn sto_06_every_way_leads_to_the_same_tables() {
    let (new, old) = (File::new(), File::new());
    block_on(async {
        new.ready().await;
        old.run(VERSION_1).await;
        old.ready().await;
        assert_eq!(schema(&old).await, schema(&new).await);
    });
}

#[test]
fn sto_06_rows_of_the_first_version_are_read_as_they_were_written() {
    let file = File::new();
    block_on(async {
        file.run(VERSION_1).await;
        let store = file.ready().await;
        let first: [u8; 16] = std::array::from_fn(|at| at as u8);
        let second = first.map(|byte| byte + 16);

        let key = |user: &str| GrantKey::new("provider", Owner::User(user.into()));
        let (revision, row) = store.read(&key("ada")).await.unwrap().row.unwrap();
        assert_eq!(revision, Revision::new(9));
        assert_eq!((row.journal.lineage.number(), row.journal.generation), (8, 5));
        assert_eq!(row.journal.state, State::Refreshing);
        assert_eq!(row.journal.attempt, Some(AttemptId::new([0xff; 16])));
        assert_eq!(row.journal.first_sent, Some(Timestamp::from_unix_seconds(2_208_988_800)));
        assert_eq!(row.journal.lease_until, Some(Timestamp::from_unix_seconds(2_208_988_830)));
        assert_eq!(row.journal.current, Some(Fingerprint::from_stored(second)));
        assert_eq!(row.journal.previous, Some(Fingerprint::from_stored(first)));
        assert_eq!(row.tokens.as_bytes(), [0xc0, 0xff, 0xee]);
        assert_eq!(store.due(Timestamp::from_unix_seconds(2_208_988_830), 9).await.unwrap(), [key("ada")]);
        let (_, dead) = store.read(&key("eve")).await.unwrap().row.unwrap();
        assert_eq!(dead.journal.state, State::Dead(DeadReason::Revoked));
        assert_eq!(store.scan(None, 9).await.unwrap().len(), 3);

        let pending = |state| PendingKey::new(digest(state), digest(0xb0), "provider");
        assert!(
            matches!(store.claim(&pending(1)).await.unwrap(), Claim::Yours(login) if login.as_bytes() == [0xc0, 0xff, 0xee])
        );
        assert!(
            matches!(store.claim(&pending(2)).await.unwrap(), Claim::Landed(end) if end.as_bytes() == [0xde, 0xca, 0xde])
        );

        let session = store.find(digest(0xc0)).await.unwrap().session.unwrap();
        assert_eq!(session.id, SessionId::new("session"));
        assert_eq!(store.by_sid("https://issuer.example", "sid").await.unwrap(), [session]);
    });
}

/// What a row lacks, or says in a way that this version does not know, is an error and never something weaker.
#[test]
fn sto_06_nothing_that_is_unknown_gets_a_default() {
    let grant = [
        "UPDATE gatepass_grants SET state = 6",
        "UPDATE gatepass_grants SET state = -1",
        "UPDATE gatepass_grants SET attempt = x'00'",
        "UPDATE gatepass_grants SET current_fp = x''",
        "UPDATE gatepass_grants SET previous_fp = zeroblob(17)",
        "UPDATE gatepass_grants SET lineage = -1",
    ];
    block_on(async {
        for damage in grant {
            let file = File::new();
            file.run(VERSION_1).await;
            file.run(damage).await;
            let store = file.ready().await;
            let read = store.read(&GrantKey::new("provider", Owner::User("ada".into()))).await;
            assert_eq!(read.unwrap_err().kind(), StoreErrorKind::Corrupt, "{damage}");
            assert_eq!(store.scan(None, 9).await.unwrap_err().kind(), StoreErrorKind::Corrupt, "{damage}");
        }
        let file = File::new();
        file.run(VERSION_1).await;
        file.run("DELETE FROM gatepass_grant_usage; UPDATE gatepass_grants SET owner_kind = 2").await;
        file.run("UPDATE gatepass_pending SET phase = 3").await;
        file.run("UPDATE gatepass_sessions SET sub = NULL").await;
        let store = file.ready().await;
        assert_eq!(store.due(Timestamp::MAX, 9).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
        let claim = store.claim(&PendingKey::new(digest(1), digest(0xb0), "provider")).await;
        assert_eq!(claim.unwrap_err().kind(), StoreErrorKind::Corrupt);
        assert_eq!(store.find(digest(0xc0)).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
    });
}

#[test]
fn on_postgres_migrate_is_done_once_refuses_the_future_and_needs_no_rights_when_done() {
    let name = "on_postgres_migrate_is_done_once_refuses_the_future_and_needs_no_rights_when_done";
    let Some(cluster) = Cluster::shared(name) else { return };
    let url = cluster.database();
    block_on(async {
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let url = url.clone();
                tokio::spawn(async move { PostgresStore::connect(&url).await.unwrap().migrate().await })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }

        let mut admin = sqlx::PgConnection::connect(&url).await.unwrap();
        sqlx::raw_sql(
            "CREATE ROLE app LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app; \
             GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO app",
        )
        .execute(&mut admin)
        .await
        .unwrap();
        let app = PostgresStore::connect(&url.replace("test@", "app@")).await.unwrap();
        app.migrate().await.unwrap();
        let key = PendingKey::new(digest(1), digest(2), "provider");
        let login = Sealed::from_stored(*b"login");
        let parking = app.park(&key, login, std::time::Duration::from_secs(9), Room::new(1, 1)).await;
        assert_eq!(parking.unwrap(), Parking::Parked);

        sqlx::raw_sql("UPDATE gatepass_schema SET version = 99").execute(&mut admin).await.unwrap();
        let refusal = app.migrate().await.unwrap_err();
        assert!(matches!(refusal, MigrateError::Newer { found: 99, known: 4, .. }), "{refusal:?}");
    });
}

fn digest(last: u8) -> Hash32 {
    let mut bytes = [0; 32];
    bytes[31] = last;
    Hash32::from_stored(bytes)
}

/// The tables, indices and triggers as they are written.
async fn schema(file: &File) -> Vec<String> {
    let mut connection = SqliteConnection::connect(&file.url()).await.unwrap();
    let rows = sqlx::query("SELECT name || ': ' || coalesce(sql, '') FROM sqlite_master ORDER BY name")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    rows.iter().map(|row| row.get::<String, _>(0).split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}
