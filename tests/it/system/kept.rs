//! The rows that an application keeps, read from its database while it runs.

use std::path::Path;

use sqlx::{Connection as _, Row as _, SqliteConnection};

/// Logins under way: parked, claimed, landed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rows {
    pub(crate) parked: i64,
    pub(crate) claimed: i64,
    pub(crate) landed: i64,
}

impl Rows {
    pub(crate) fn of(folder: &Path) -> Self {
        let [parked, claimed, landed] = read(
            folder,
            "SELECT coalesce(sum(phase = 0), 0), coalesce(sum(phase = 1), 0), coalesce(sum(phase = 2), 0) \
             FROM gatepass_pending",
        );
        Self { parked, claimed, landed }
    }

    pub(crate) fn all(self) -> i64 {
        self.parked + self.claimed + self.landed
    }
}

/// How many sessions there are.
pub(crate) fn sessions(folder: &Path) -> i64 {
    let [sessions] = read(folder, "SELECT count(*) FROM gatepass_sessions");
    sessions
}

fn read<const N: usize>(folder: &Path, sql: &'static str) -> [i64; N] {
    let url = format!("sqlite:{}", folder.join("app.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        let row = sqlx::query(sql).fetch_one(&mut connection).await.unwrap();
        std::array::from_fn(|at| row.get(at))
    })
}
