//! What every connection is set to.

use sqlx::Row as _;

use super::Sqlite;
use crate::blocking::wait;

#[test]
fn grant_7_every_connection_waits_for_the_disk_and_for_others() {
    let folder = tempfile::tempdir().unwrap();
    wait(async {
        let database =
            Sqlite::open(&format!("sqlite:{}", folder.path().join("a.db").display()), 3).await.unwrap();
        for mut lane in [database.lanes.writer().await.unwrap(), database.lanes.reader().await.unwrap()] {
            for (pragma, expected) in
                [("PRAGMA synchronous", 2), ("PRAGMA foreign_keys", 1), ("PRAGMA busy_timeout", 5000)]
            {
                let row = sqlx::query(pragma).fetch_one(lane.connection().unwrap()).await.unwrap();
                assert_eq!(row.get::<i64, _>(0), expected, "{pragma}");
            }
            let row = sqlx::query("PRAGMA journal_mode").fetch_one(lane.connection().unwrap()).await.unwrap();
            assert_eq!(row.get::<String, _>(0), "wal");
        }
    });
}
