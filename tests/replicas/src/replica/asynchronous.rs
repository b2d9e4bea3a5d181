//! The process in tasks.

use std::sync::Arc;
use std::time::Duration;

use gatepass::ports::{GrantKey, GrantStore, Limits};
use gatepass::{Keeper, drive};
use gatepass_reqwest::Reqwest;
use gatepass_sqlx::{PostgresStore, SqliteStore};

use super::watch::Watched;
use super::{PROVIDER, Settings, answer, callback, orders, say, scopes, visit, word};

pub(super) fn run(settings: Settings) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|why| why.to_string())?;
    let keeper = runtime.block_on(keeper(&settings))?;
    say("ready");
    for order in orders() {
        let (keeper, user) = (keeper.clone(), settings.user.clone());
        runtime.spawn(async move {
            let said = if order.login {
                log_in(&keeper, &order.grant).await.map_or_else(|why| why.replace(' ', "_"), |()| "ok".into())
            } else {
                word(keeper.api(&order.grant).get(&user).await)
            };
            answer(&order.id, &said);
        });
    }
    runtime.block_on(keeper.drain(Duration::from_secs(10)));
    Ok(())
}

async fn keeper(settings: &Settings) -> Result<Keeper, String> {
    let store: Arc<dyn GrantStore> = if settings.store.starts_with("sqlite:") {
        let store = SqliteStore::open(&settings.store).await.map_err(|why| why.to_string())?;
        store.migrate().await.map_err(|why| why.to_string())?;
        Arc::new(store)
    } else {
        let store = PostgresStore::connect(&settings.store).await.map_err(|why| why.to_string())?;
        store.migrate().await.map_err(|why| why.to_string())?;
        Arc::new(store)
    };
    let http = Reqwest::new().map_err(|why| why.to_string())?.danger_allow_http_loopback();
    let store = Arc::new(Watched::new(store, settings));
    Keeper::builder(store, Settings::ring()?, gatepass::world(Arc::new(http)))
        .client(PROVIDER, settings.client()?)
        .deadlines(Settings::deadlines())
        .build()
        .map_err(|why| why.to_string())
}

async fn log_in(keeper: &Keeper, grant: &GrantKey) -> Result<(), String> {
    let (world, client) = (keeper.world(), keeper.client(PROVIDER).await.map_err(|why| why.to_string())?);
    let attempt = world.attempt().map_err(|why| why.to_string())?;
    let (url, pending) = client.authorize(&scopes()?).start(attempt).map_err(|why| why.to_string())?;
    let back = world.http.send(visit(url.as_str())?, &Limits::DEFAULT).await;
    let back = callback(&back.map_err(|why| why.to_string())?)?;
    let exchange = pending.receive(back, world.clock.now()).map_err(|why| why.to_string())?;
    let tokens = drive(exchange, world, &Limits::DEFAULT).await.map_err(|why| why.to_string())?;
    keeper.install(grant, tokens).await.map_err(|why| why.to_string())
}
