//! The contract suites over SQLite: a file, memory, and the blocking store.

use gatepass_sqlx::SqliteStore;

/// Opens a database and brings its tables up to date, as every process of a program does.
pub(crate) async fn ready(url: &str) -> SqliteStore {
    let store = SqliteStore::open(url).await.unwrap();
    store.migrate().await.unwrap();
    store
}

/// Suites over a file of its own for each case; every opening is another set of connections.
mod file {
    use gatepass_testkit::contract::Place;

    use super::ready;

    fn place() -> impl Place<Store = gatepass_sqlx::SqliteStore> {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/grants.db", folder.path().display());
        move || {
            // The place keeps the folder for as long as it is used.
            let (url, _folder) = (url.clone(), &folder);
            async move { ready(&url).await }
        }
    }

    gatepass_testkit::grant_store_contract!(place());
    gatepass_testkit::pending_store_contract!(place());
    gatepass_testkit::session_store_contract!(place());
}

/// Suites over memory, where a database is one store and its clones.
mod memory {
    use gatepass_testkit::contract::{Place, block_on};

    use super::ready;

    fn place() -> impl Place<Store = gatepass_sqlx::SqliteStore> {
        let store = block_on(ready("sqlite::memory:"));
        move || {
            let store = store.clone();
            async move { store }
        }
    }

    gatepass_testkit::grant_store_contract!(place());
    gatepass_testkit::pending_store_contract!(place());
    gatepass_testkit::session_store_contract!(place());
}

/// Suites over the blocking store.
mod blocking {
    use gatepass_sqlx::blocking::SqliteStore;
    use gatepass_testkit::contract::{Lifted, Place};

    fn place() -> impl Place<Store = Lifted<SqliteStore>> {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/grants.db", folder.path().display());
        move || {
            let (url, _folder) = (url.clone(), &folder);
            async move {
                let open = move || {
                    let store = SqliteStore::open(&url).unwrap();
                    store.migrate().unwrap();
                    store
                };
                Lifted::new(tokio::task::spawn_blocking(open).await.unwrap())
            }
        }
    }

    gatepass_testkit::grant_store_contract!(place());
    gatepass_testkit::pending_store_contract!(place());
    gatepass_testkit::session_store_contract!(place());
}
