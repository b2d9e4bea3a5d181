//! The register of grants.

use gatepass_core::Timestamp;
use gatepass_core::ports::{GrantKey, Owner, Reading, Revision, Row, Sealed, StoreError, Swap};
use gatepass_core::renewal::{AttemptId, DeadReason, Fingerprint, Journal, Lineage, State};

use crate::engine::{Cells, Engine, LOOKS, Value};
use crate::error::{corrupt, refused, restless};

pub(crate) async fn read<E: Engine>(engine: &E, key: &GrantKey) -> Result<Reading, StoreError> {
    let rows = engine.read(engine.sql().grant_read, &key_values(key)?).await?;
    let row = rows.first().ok_or_else(corrupt)?;
    let found = match row.maybe_int(1)? {
        None => None,
        Some(revision) => Some((Revision::new(revision), decode(row, 2)?)),
    };
    Ok(Reading::new(found, row.time(0)?))
}

pub(crate) async fn swap<E: Engine>(
    engine: &E,
    key: &GrantKey,
    expected: Option<Revision>,
    next: Option<Row>,
) -> Result<Swap, StoreError> {
    for _ in 0..LOOKS {
        let applied = apply(engine, key, expected, next.as_ref()).await?;
        if let Some(row) = applied.first() {
            return Ok(Swap::Done { revision: Revision::new(row.int(0)?), now: row.time(1)? });
        }
        let there = read(engine, key).await?;
        // The row may have come or gone between the two statements. What is returned must explain the refusal, and
        // if it does not, the swap can be had after all.
        if there.row.as_ref().map(|(revision, _)| *revision) != expected
            || (expected.is_none() && next.is_none())
        {
            return Ok(Swap::Moved(there));
        }
    }
    Err(restless())
}

async fn apply<E: Engine>(
    engine: &E,
    key: &GrantKey,
    expected: Option<Revision>,
    next: Option<&Row>,
) -> Result<Vec<E::Row>, StoreError> {
    let sql = engine.sql();
    let [provider, kind, owner] = key_values(key)?;
    match (expected, next) {
        (None, None) => Ok(Vec::new()),
        (Some(expected), None) => {
            engine.write(sql.grant_delete, &[provider, kind, owner, Value::Int(expected.number())]).await
        }
        (expected, Some(row)) => {
            let journal = &row.journal;
            let mut values = vec![
                provider,
                kind,
                owner,
                Value::Int(journal.lineage.number().cast_signed()),
                Value::Int(journal.generation.cast_signed()),
                Value::Int(state_number(journal.state)?),
                Value::MaybeBytes(journal.attempt.as_ref().map(|attempt| &attempt.as_bytes()[..])),
                Value::MaybeInt(journal.first_sent.map(Timestamp::as_unix_millis)),
                Value::MaybeInt(journal.lease_until.map(Timestamp::as_unix_millis)),
                Value::MaybeBytes(journal.current.as_ref().map(|print| &print.as_bytes()[..])),
                Value::MaybeBytes(journal.previous.as_ref().map(|print| &print.as_bytes()[..])),
                Value::MaybeInt(journal.due().map(Timestamp::as_unix_millis)),
                Value::Bytes(row.tokens.as_bytes()),
            ];
            match expected {
                None => engine.write(sql.grant_insert, &values).await,
                Some(expected) => {
                    values.push(Value::Int(expected.number()));
                    engine.write(sql.grant_update, &values).await
                }
            }
        }
    }
}

pub(crate) async fn due<E: Engine>(
    engine: &E,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<GrantKey>, StoreError> {
    let values = [Value::Int(before.as_unix_millis()), Value::Int(limit.into())];
    engine.read(engine.sql().grant_due, &values).await?.iter().map(decode_key).collect()
}

pub(crate) async fn scan<E: Engine>(
    engine: &E,
    after: Option<&GrantKey>,
    limit: u32,
) -> Result<Vec<(GrantKey, Revision, Row)>, StoreError> {
    let [provider, kind, owner] = match after {
        Some(key) => key_values(key)?,
        None => [Value::Text(""), Value::Int(-1), Value::Text("")],
    };
    let rows =
        engine.read(engine.sql().grant_scan, &[provider, kind, owner, Value::Int(limit.into())]).await?;
    rows.iter().map(|row| Ok((decode_key(row)?, Revision::new(row.int(3)?), decode(row, 4)?))).collect()
}

fn key_values(key: &GrantKey) -> Result<[Value<'_>; 3], StoreError> {
    let (kind, owner) = match key.owner() {
        Owner::Session(id) => (0, id),
        Owner::User(user) => (1, user),
        _ => return Err(refused("this version has no column value for the kind of owner")),
    };
    Ok([Value::Text(key.provider()), Value::Int(kind), Value::Text(owner)])
}

fn decode_key(row: &impl Cells) -> Result<GrantKey, StoreError> {
    let owner = row.text(2)?.into_boxed_str();
    let owner = match row.int(1)? {
        0 => Owner::Session(owner),
        1 => Owner::User(owner),
        _ => return Err(corrupt()),
    };
    Ok(GrantKey::new(row.text(0)?, owner))
}

/// Reads journal and tokens from the cells that begin at `at`. Nothing that is missing or unknown gets a default.
fn decode(row: &impl Cells, at: usize) -> Result<Row, StoreError> {
    let lineage = u64::try_from(row.int(at)?).map_err(|_| corrupt())?;
    let mut journal =
        Journal::issued(Lineage::new(lineage), half(row, at + 6)?.map(Fingerprint::from_stored));
    journal.generation = row.int(at + 1)?.cast_unsigned();
    journal.state = state(row.int(at + 2)?)?;
    journal.attempt = half(row, at + 3)?.map(AttemptId::new);
    journal.first_sent = row.maybe_time(at + 4)?;
    journal.lease_until = row.maybe_time(at + 5)?;
    journal.previous = half(row, at + 7)?.map(Fingerprint::from_stored);
    Ok(Row::new(journal, Sealed::from_stored(row.bytes(at + 8)?)))
}

fn half(row: &impl Cells, at: usize) -> Result<Option<[u8; 16]>, StoreError> {
    row.maybe_bytes(at)?.map(|bytes| bytes.try_into().map_err(|_| corrupt())).transpose()
}

fn state_number(state: State) -> Result<i64, StoreError> {
    Ok(match state {
        State::Active => 0,
        State::Refreshing => 1,
        State::Suspect => 2,
        State::Revoking => 3,
        State::Dead(DeadReason::Rejected) => 4,
        State::Dead(DeadReason::Revoked) => 5,
        _ => return Err(refused("this version has no column value for the grant's state")),
    })
}

fn state(number: i64) -> Result<State, StoreError> {
    Ok(match number {
        0 => State::Active,
        1 => State::Refreshing,
        2 => State::Suspect,
        3 => State::Revoking,
        4 => State::Dead(DeadReason::Rejected),
        5 => State::Dead(DeadReason::Revoked),
        _ => return Err(corrupt()),
    })
}
