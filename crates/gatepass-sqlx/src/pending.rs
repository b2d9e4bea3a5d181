//! The store of logins under way.

use std::time::Duration;

use gatepass_core::Timestamp;
use gatepass_core::ports::{Claim, Parking, PendingKey, Room, Sealed, StoreError};

use crate::engine::{Cells, Engine, LOOKS, Step, Value, millis};
use crate::error::{corrupt, refused, restless};

pub(crate) async fn park<E: Engine>(
    engine: &E,
    key: &PendingKey,
    login: Sealed,
    keep: Duration,
    room: Room,
) -> Result<Parking, StoreError> {
    let sql = engine.sql();
    let [state, browser, route] = key_values(key);
    let park = [state, browser, route, Value::Bytes(login.as_bytes()), Value::Int(millis(keep))];
    let evict = [browser, Value::Int(i64::from(room.per_browser.max(1)) - 1), state];
    let in_all = [Value::Int(room.in_all.into())];
    // Two logins that one browser starts at once must see each other, or both would find room.
    let number = [Value::Int(number_of(key))];
    let mut steps = Vec::with_capacity(5);
    steps.extend(sql.pending_queue.map(|queue| Step { sql: queue, values: &number, must_return: false }));
    steps.push(Step { sql: sql.pending_evict, values: &evict, must_return: false });
    steps.push(Step { sql: sql.pending_relieve, values: &in_all, must_return: false });
    steps.push(Step { sql: sql.pending_room, values: &in_all, must_return: true });
    steps.push(Step { sql: sql.pending_park, values: &park, must_return: true });
    match engine.atomically(&steps).await? {
        None => Ok(Parking::Parked),
        Some(step) if step + 1 < steps.len() => Ok(Parking::Full),
        Some(_) => Err(refused("a login with this state was parked before")),
    }
}

/// The browser as a number that is as good as its own.
fn number_of(key: &PendingKey) -> i64 {
    let digest = key.browser.as_bytes();
    digest.iter().take(8).fold(0, |number, byte| number << 8 | i64::from(*byte))
}

pub(crate) async fn claim<E: Engine>(engine: &E, key: &PendingKey) -> Result<Claim, StoreError> {
    let sql = engine.sql();
    for _ in 0..LOOKS {
        // A look first: a callback that was made up is told so without a write.
        let rows = engine.read(sql.pending_look, &[Value::Bytes(key.state.as_bytes())]).await?;
        let Some(row) = rows.first() else { return Ok(Claim::Unknown) };
        if row.bytes(0)? != key.browser.as_bytes() || row.text(1)? != *key.route {
            return Ok(Claim::OtherBrowser);
        }
        match row.int(2)? {
            0 => {
                if let Some(row) = engine.write(sql.pending_claim, &key_values(key)).await?.first() {
                    return Ok(Claim::Yours(Sealed::from_stored(row.bytes(0)?)));
                }
                // Somebody else claimed it between the two statements.
            }
            1 => return Ok(Claim::Busy(row.time(4)?.saturating_since(row.time(5)?))),
            2 => return Ok(Claim::Landed(Sealed::from_stored(row.bytes(3)?))),
            _ => return Err(corrupt()),
        }
    }
    Err(restless())
}

pub(crate) async fn land<E: Engine>(
    engine: &E,
    key: &PendingKey,
    outcome: Sealed,
    keep: Duration,
) -> Result<bool, StoreError> {
    let [state, browser, route] = key_values(key);
    let values = [state, browser, route, Value::Bytes(outcome.as_bytes()), Value::Int(millis(keep))];
    Ok(!engine.write(engine.sql().pending_land, &values).await?.is_empty())
}

pub(crate) async fn purge<E: Engine>(engine: &E, limit: u32) -> Result<u64, StoreError> {
    Ok(engine.write(engine.sql().pending_purge, &[Value::Int(limit.into())]).await?.len() as u64)
}

pub(crate) async fn now<E: Engine>(engine: &E) -> Result<Timestamp, StoreError> {
    engine.read(engine.sql().now, &[]).await?.first().ok_or_else(corrupt)?.time(0)
}

fn key_values(key: &PendingKey) -> [Value<'_>; 3] {
    [Value::Bytes(key.state.as_bytes()), Value::Bytes(key.browser.as_bytes()), Value::Text(&key.route)]
}
