//! STO-03: no bound value in a log, in an error or, beyond what the journal says in the clear, in the file.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gatepass_core::Timestamp;
use gatepass_core::ports::{
    GrantKey, GrantStore, Hash32, Owner, Parking, PendingKey, PendingStore, Room, Row, Sealed, SessionId,
    SessionRow, SessionStore, StoreError, Subject,
};
use gatepass_core::renewal::{Fingerprint, Journal, Lineage};
use gatepass_sqlx::{PostgresStore, SqliteStore};
use gatepass_testkit::contract::block_on;
use gatepass_testkit::postgres::Cluster;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{File, chain};

const ROOM: Room = Room::new(5, 1000);

/// What every bound value contains.
const CANARY: &str = "canary~!7Qz";
/// What the sealing layer above the store would turn into something else.
const REFRESH_TOKEN: &str = "canary~!7Qz-refresh-token";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    /// Gathers what every crate says at every level, on all threads of the process.
    fn begin() -> Self {
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(log.clone());
        tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
        log
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn shows_canary(text: &str) -> bool {
    let hex: String = CANARY.bytes().map(|byte| format!("{byte:02x}")).collect();
    let decimal = CANARY.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(", ");
    let percent = "canary~%217Qz";
    let lower = text.to_lowercase();
    text.contains(CANARY) || text.contains(percent) || lower.contains(&hex) || text.contains(&decimal)
}

fn grant(user: &str) -> GrantKey {
    GrantKey::new(CANARY, Owner::User(format!("{CANARY}{user}").into()))
}

fn row() -> Row {
    let journal = Journal::issued(Lineage::new(1), Some(Fingerprint::of(REFRESH_TOKEN)));
    Row::new(journal, Sealed::from_stored(CANARY.as_bytes()))
}

/// A digest whose bytes are the canary's, so that it would be seen.
fn digest(number: u8) -> Hash32 {
    let mut bytes = [number; 32];
    bytes[..CANARY.len()].copy_from_slice(CANARY.as_bytes());
    Hash32::from_stored(bytes)
}

/// Uses all of a store, and returns the refusals.
async fn use_all<S: GrantStore + PendingStore + SessionStore>(store: &S) -> Vec<StoreError> {
    let mut refusals = Vec::new();
    let swap = store.swap(&grant(""), None, Some(row())).await;
    refusals.extend(swap.err());
    refusals.extend(store.read(&grant("")).await.err());
    refusals.extend(store.scan(Some(&grant("")), 9).await.err());
    let pending = PendingKey::new(digest(1), digest(2), CANARY);
    let login = || Sealed::from_stored(CANARY.as_bytes());
    for _ in 0..2 {
        refusals.extend(store.park(&pending, login(), Duration::from_secs(60), ROOM).await.err());
    }
    refusals.extend(store.claim(&pending).await.err());
    refusals.extend(store.land(&pending, login(), Duration::from_secs(60)).await.err());
    let mut session = SessionRow::new(SessionId::new(CANARY), CANARY, Timestamp::EPOCH, Timestamp::MAX);
    session.owner = Some(CANARY.into());
    session.subject = Some(Subject::new(CANARY, CANARY, Some(CANARY.into())));
    for _ in 0..2 {
        refusals.extend(store.create(&session, digest(3)).await.err());
    }
    refusals.extend(store.find(digest(3)).await.err());
    refusals.extend(store.rotate(&session.id, digest(3), Duration::ZERO).await.err());
    refusals.extend(store.by_owner(CANARY).await.err());
    refusals.extend(store.by_sid(CANARY, CANARY).await.err());
    // PostgreSQL takes no zero in a text and quotes what it refuses; SQLite takes it.
    refusals.extend(store.read(&grant("\0")).await.err());
    refusals.extend(store.swap(&grant("\0"), None, Some(row())).await.err());
    refusals
}

/// One test, since a process has one log.
#[test]
fn sto_03_no_bound_value_is_shown_by_a_log_or_an_error() {
    let log = Log::begin();
    tracing::info!("the log is read");
    let cluster = Cluster::shared("sto_03_no_bound_value_is_shown_by_a_log_or_an_error on PostgreSQL");
    let file = File::new();
    block_on(async {
        let mut refusals = Vec::new();
        let sqlite = SqliteStore::open(&file.url()).await.unwrap();
        refusals.extend(use_all(&sqlite).await);
        assert_eq!(refusals.len(), 15, "without tables everything is refused");
        sqlite.migrate().await.unwrap();
        refusals.extend(use_all(&sqlite).await);
        assert_eq!(refusals.len(), 15 + 3, "a second login, a second session and a cookie that is taken");
        file.run("UPDATE gatepass_grants SET state = 9; UPDATE gatepass_sessions SET sub = NULL").await;
        refusals.extend(use_all(&sqlite).await);

        if let Some(cluster) = cluster {
            let url = cluster.database();
            let postgres = PostgresStore::connect(&url).await.unwrap();
            refusals.extend(use_all(&postgres).await);
            postgres.migrate().await.unwrap();
            refusals.extend(use_all(&postgres).await);
        }
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let with_password =
            format!("postgres://test:canary~%217Qz@127.0.0.1:{nobody}/{CANARY}?sslmode=disable");
        refusals.push(PostgresStore::connect(&with_password).await.unwrap_err());
        let no_url = format!("postgres://test:{CANARY}@[::1/a?sslmode={CANARY}");
        refusals.push(PostgresStore::connect(&no_url).await.unwrap_err());

        for refusal in &refusals {
            assert!(!shows_canary(&chain(refusal)), "{}", chain(refusal));
        }
    });
    let said = log.text();
    assert!(said.contains("the log is read"), "the log is empty");
    assert!(!shows_canary(&said), "{said}");
}

/// The refresh token is known to the store by its fingerprint, and a login by digests.
#[test]
fn sto_03_the_file_holds_what_is_sealed_and_the_journal() {
    let file = File::new();
    block_on(async {
        let store = file.ready().await;
        let seal =
            |plain: &str| Sealed::from_stored(plain.bytes().map(|byte| byte ^ 0xa5).collect::<Vec<_>>());
        let journal = Journal::issued(Lineage::new(1), Some(Fingerprint::of(REFRESH_TOKEN)));
        store.swap(&grant(""), None, Some(Row::new(journal, seal(REFRESH_TOKEN)))).await.unwrap();
        let hash = |value: &str| Hash32::digest("test", value.as_bytes());
        let pending = PendingKey::new(hash("canary-state"), hash("canary-browser"), "route");
        let parking = store.park(&pending, seal("canary-verifier"), Duration::from_secs(60), ROOM).await;
        assert_eq!(parking.unwrap(), Parking::Parked);
        let session = SessionRow::new(SessionId::new("id"), "provider", Timestamp::EPOCH, Timestamp::MAX);
        store.create(&session, hash("canary-cookie")).await.unwrap();

        let mut bytes = Vec::new();
        for entry in std::fs::read_dir(file.path().parent().unwrap()).unwrap() {
            bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
        }
        let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        for kept in
            [CANARY.as_bytes(), Fingerprint::of(REFRESH_TOKEN).as_bytes(), hash("canary-state").as_bytes()]
        {
            assert!(has(kept), "the search finds nothing");
        }
        for secret in [REFRESH_TOKEN, "canary-state", "canary-browser", "canary-verifier", "canary-cookie"] {
            assert!(!has(secret.as_bytes()), "the file holds {secret}");
        }
    });
}
