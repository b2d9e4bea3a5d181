//! Where the grants are kept, seen from outside: it can be read at any time, and it can be away for the processes.

use std::sync::Arc;

use gatepass::ports::{GrantStore, Row};
use gatepass_sqlx::{PostgresStore, SqliteStore};
use gatepass_testkit::postgres::Cluster;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Executor as _};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::Store;
use crate::proxy::Proxy;
use crate::replica::grant;

#[derive(Debug)]
pub(crate) struct Place {
    url: String,
    eyes: Arc<dyn GrantStore>,
    kept: Kept,
    runtime: Runtime,
}

#[derive(Debug)]
enum Kept {
    File { folder: TempDir, locked: Option<SqliteConnection> },
    Server(Proxy),
}

impl Place {
    /// `None`: there is no PostgreSQL on this machine.
    pub(crate) fn new(store: Store) -> Result<Option<Self>, String> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(text)?;
        if store == Store::Postgres {
            let Some(cluster) = Cluster::shared("replicas on PostgreSQL") else { return Ok(None) };
            let direct = cluster.database();
            let proxy = Proxy::start(([127, 0, 0, 1], cluster.port()).into()).map_err(text)?;
            let url = direct.replace(&format!(":{}/", cluster.port()), &format!(":{}/", proxy.port()));
            let eyes = runtime.block_on(async {
                let eyes = PostgresStore::connect(&direct).await.map_err(text)?;
                eyes.migrate().await.map_err(text)?;
                Ok::<_, String>(Arc::new(eyes))
            })?;
            return Ok(Some(Self { url, eyes, kept: Kept::Server(proxy), runtime }));
        }
        let folder = tempfile::tempdir().map_err(text)?;
        let url = format!("sqlite:{}", folder.path().join("grants.db").display());
        let eyes = runtime.block_on(async {
            let eyes = SqliteStore::open(&url).await.map_err(text)?;
            eyes.migrate().await.map_err(text)?;
            Ok::<_, String>(Arc::new(eyes))
        })?;
        Ok(Some(Self { url, eyes, kept: Kept::File { folder, locked: None }, runtime }))
    }

    /// The URL for the processes.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The row of somebody's grant.
    pub(crate) fn row(&self, name: &str) -> Result<Option<Row>, String> {
        let reading = self.runtime.block_on(self.eyes.read(&grant(name))).map_err(text)?;
        Ok(reading.row.map(|(_, row)| row))
    }

    /// Nobody can write to the file any more; nobody can reach the server, and no connection to it stands.
    pub(crate) fn go_away(&mut self) -> Result<(), String> {
        match &mut self.kept {
            Kept::Server(proxy) => proxy.cut(),
            Kept::File { folder, locked } => {
                let file = folder.path().join("grants.db");
                *locked = Some(self.runtime.block_on(async {
                    let options = SqliteConnectOptions::new().filename(file);
                    let mut connection = SqliteConnection::connect_with(&options).await.map_err(text)?;
                    connection.execute("BEGIN EXCLUSIVE").await.map_err(text)?;
                    Ok::<_, String>(connection)
                })?);
            }
        }
        Ok(())
    }

    pub(crate) fn come_back(&mut self) -> Result<(), String> {
        match &mut self.kept {
            Kept::Server(proxy) => proxy.mend(),
            Kept::File { locked, .. } => {
                if let Some(connection) = locked.take() {
                    self.runtime.block_on(connection.close()).map_err(text)?;
                }
            }
        }
        Ok(())
    }
}

fn text(why: impl std::fmt::Display) -> String {
    why.to_string()
}
