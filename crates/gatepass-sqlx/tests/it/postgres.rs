//! PostgreSQL: the contract suites over replicas on one database, and what only a server can do wrong.

use std::sync::Arc;

use gatepass_sqlx::PostgresStore;
use gatepass_testkit::contract::{Outcome, Place, block_on, grant, pending, session};
use gatepass_testkit::postgres::Cluster;

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
    assert_eq!(outcomes.len(), 26);
    let mut broken = Vec::new();
    for Outcome { case, result, .. } in outcomes {
        println!("postgres {case}: {}", if result.is_ok() { "ok" } else { "BROKEN" });
        broken.extend(result.err().map(|why| format!("{case}: {why}")));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
