//! The process in threads.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use gatepass::blocking::{Keeper, drive, world};
use gatepass::ports::blocking::GrantStore;
use gatepass::ports::{GrantKey, Limits};
use gatepass_sqlx::blocking::SqliteStore;
use gatepass_ureq::Ureq;

use super::watch::Watched;
use super::{PROVIDER, Settings, answer, callback, orders, say, scopes, visit, word};

pub(super) fn run(settings: Settings) -> Result<(), String> {
    let keeper = keeper(&settings)?;
    say("ready");
    for order in orders() {
        let (keeper, user) = (keeper.clone(), settings.user.clone());
        thread::spawn(move || {
            let said = if order.login {
                log_in(&keeper, &order.grant).map_or_else(|why| why.replace(' ', "_"), |()| "ok".into())
            } else {
                word(keeper.api(&order.grant).get(&user))
            };
            answer(&order.id, &said);
        });
    }
    keeper.drain(Duration::from_secs(10));
    Ok(())
}

fn keeper(settings: &Settings) -> Result<Keeper, String> {
    let store = SqliteStore::open(&settings.store).map_err(|why| why.to_string())?;
    store.migrate().map_err(|why| why.to_string())?;
    let store: Arc<dyn GrantStore> = Arc::new(store);
    let store = Arc::new(Watched::new(store, settings));
    let http = Ureq::new().danger_allow_http_loopback();
    Keeper::builder(store, Settings::ring()?, world(Arc::new(http)))
        .client(PROVIDER, settings.client()?)
        .deadlines(Settings::deadlines())
        .build()
        .map_err(|why| why.to_string())
}

fn log_in(keeper: &Keeper, grant: &GrantKey) -> Result<(), String> {
    let (world, client) = (keeper.world(), keeper.client(PROVIDER).map_err(|why| why.to_string())?);
    let attempt = world.attempt().map_err(|why| why.to_string())?;
    let (url, pending) = client.authorize(&scopes()?).start(attempt).map_err(|why| why.to_string())?;
    let back = world.http.send(visit(url.as_str())?, &Limits::DEFAULT);
    let back = callback(&back.map_err(|why| why.to_string())?)?;
    let exchange = pending.receive(back, world.clock.now()).map_err(|why| why.to_string())?;
    let tokens = drive(exchange, world, &Limits::DEFAULT).map_err(|why| why.to_string())?;
    keeper.install(grant, tokens).map_err(|why| why.to_string())
}
