//! How SQLite carries out the statements: through an index, every one.

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection, Row as _};

use super::{SQLITE, Statements};

#[test]
fn no_statement_walks_over_a_whole_table() {
    // All fields, so that a new statement cannot be forgotten.
    let Statements {
        now,
        grant_read,
        grant_insert,
        grant_update,
        grant_delete,
        grant_due,
        grant_scan,
        pending_queue: _,
        pending_park,
        pending_evict,
        pending_relieve,
        pending_room,
        pending_claim,
        pending_look,
        pending_land,
        pending_purge,
        session_create,
        session_cookie,
        session_find,
        session_lock,
        session_supersede,
        session_forget,
        session_touch,
        session_end,
        session_by_owner,
        session_by_sid,
        session_by_subject,
        session_purge,
        deed_remember,
        deed_find,
        deed_purge,
    } = SQLITE;
    let statements = [
        now,
        grant_read,
        grant_insert,
        grant_update,
        grant_delete,
        grant_due,
        grant_scan,
        pending_park,
        pending_evict,
        pending_relieve,
        pending_room,
        pending_claim,
        pending_look,
        pending_land,
        pending_purge,
        session_create,
        session_cookie,
        session_find,
        session_lock,
        session_supersede,
        session_forget,
        session_touch,
        session_end,
        session_by_owner,
        session_by_sid,
        session_by_subject,
        session_purge,
        deed_remember,
        deed_find,
        deed_purge,
    ];
    crate::blocking::wait(async {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        for migration in crate::migrate::SQLITE {
            sqlx::raw_sql(*migration).execute(&mut connection).await.unwrap();
        }
        for statement in statements {
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
            let plan: Vec<String> = sqlx::query(explain)
                .fetch_all(&mut connection)
                .await
                .unwrap()
                .iter()
                .map(|step| step.try_get("detail").unwrap())
                .collect();
            for step in &plan {
                // One row of no table.
                let constant = ["SCAN CONSTANT ROW", "SCAN one", "SCAN clock"].contains(&step.as_str());
                assert!(constant || !step.starts_with("SCAN"), "{statement}\n{}", plan.join("\n"));
                assert!(!step.contains("TEMP B-TREE"), "sorted by hand: {statement}\n{}", plan.join("\n"));
            }
        }
    });
}
