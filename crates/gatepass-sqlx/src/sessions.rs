//! The store of sessions and their cookies.

use std::time::Duration;

use gatepass_core::Timestamp;
use gatepass_core::ports::{Found, Hash32, SessionId, SessionRow, StoreError, Subject};

use crate::engine::{Cells, Engine, Step, Value, millis};
use crate::error::{corrupt, refused};

/// The end of a cookie that no other has replaced: it lasts as long as its session.
const WITH_THE_SESSION: i64 = i64::MAX;

pub(crate) async fn create<E: Engine>(
    engine: &E,
    session: &SessionRow,
    cookie: Hash32,
) -> Result<(), StoreError> {
    let sql = engine.sql();
    let subject = session.subject.as_ref();
    let row = [
        Value::Text(session.id.as_str()),
        Value::Text(&session.provider),
        Value::MaybeText(session.owner.as_deref()),
        Value::MaybeText(subject.map(|subject| &*subject.iss)),
        Value::MaybeText(subject.map(|subject| &*subject.sub)),
        Value::MaybeText(subject.and_then(|subject| subject.sid.as_deref())),
        Value::Int(session.created.as_unix_millis()),
        Value::Int(session.last_seen.as_unix_millis()),
        Value::Int(session.expires.as_unix_millis()),
        Value::MaybeText(session.description.as_deref()),
    ];
    let cookie =
        [Value::Bytes(cookie.as_bytes()), Value::Text(session.id.as_str()), Value::Int(WITH_THE_SESSION)];
    let steps = [
        Step { sql: sql.session_create, values: &row, must_return: true },
        Step { sql: sql.session_cookie, values: &cookie, must_return: true },
    ];
    match engine.atomically(&steps).await? {
        None => Ok(()),
        Some(0) => Err(refused("there is a session of this id")),
        Some(_) => Err(refused("there is a session with this cookie")),
    }
}

pub(crate) async fn find<E: Engine>(engine: &E, cookie: Hash32) -> Result<Found, StoreError> {
    let rows = engine.read(engine.sql().session_find, &[Value::Bytes(cookie.as_bytes())]).await?;
    let row = rows.first().ok_or_else(corrupt)?;
    let session = match row.maybe_text(1)? {
        None => None,
        Some(_) => Some(decode(row, 1)?),
    };
    Ok(Found::new(session, row.time(0)?))
}

pub(crate) async fn rotate<E: Engine>(
    engine: &E,
    id: &SessionId,
    cookie: Hash32,
    keep_old: Duration,
) -> Result<bool, StoreError> {
    let sql = engine.sql();
    let session = [Value::Text(id.as_str())];
    let new = [Value::Bytes(cookie.as_bytes()), Value::Text(id.as_str()), Value::Int(WITH_THE_SESSION)];
    let old = [Value::Text(id.as_str()), Value::Bytes(cookie.as_bytes()), Value::Int(millis(keep_old))];
    let steps = [
        Step { sql: sql.session_lock, values: &session, must_return: true },
        Step { sql: sql.session_cookie, values: &new, must_return: true },
        Step { sql: sql.session_supersede, values: &old, must_return: false },
        Step { sql: sql.session_forget, values: &session, must_return: false },
    ];
    match engine.atomically(&steps).await? {
        None => Ok(true),
        Some(0) => Ok(false),
        Some(_) => Err(refused("there is a session with this cookie")),
    }
}

pub(crate) async fn touch<E: Engine>(
    engine: &E,
    id: &SessionId,
    last_seen: Timestamp,
    expires: Timestamp,
) -> Result<(), StoreError> {
    let values = [
        Value::Text(id.as_str()),
        Value::Int(last_seen.as_unix_millis()),
        Value::Int(expires.as_unix_millis()),
    ];
    engine.write(engine.sql().session_touch, &values).await.map(drop)
}

pub(crate) async fn end<E: Engine>(engine: &E, id: &SessionId) -> Result<bool, StoreError> {
    Ok(!engine.write(engine.sql().session_end, &[Value::Text(id.as_str())]).await?.is_empty())
}

pub(crate) async fn by_owner<E: Engine>(engine: &E, owner: &str) -> Result<Vec<SessionRow>, StoreError> {
    all(engine, engine.sql().session_by_owner, &[Value::Text(owner)]).await
}

pub(crate) async fn by_sid<E: Engine>(
    engine: &E,
    iss: &str,
    sid: &str,
) -> Result<Vec<SessionRow>, StoreError> {
    all(engine, engine.sql().session_by_sid, &[Value::Text(iss), Value::Text(sid)]).await
}

pub(crate) async fn by_subject<E: Engine>(
    engine: &E,
    iss: &str,
    sub: &str,
) -> Result<Vec<SessionRow>, StoreError> {
    all(engine, engine.sql().session_by_subject, &[Value::Text(iss), Value::Text(sub)]).await
}

pub(crate) async fn purge<E: Engine>(engine: &E, limit: u32) -> Result<Vec<SessionId>, StoreError> {
    let rows = engine.write(engine.sql().session_purge, &[Value::Int(limit.into())]).await?;
    let purged = rows.iter().map(|row| row.text(0).map(SessionId::new)).collect::<Result<_, _>>()?;
    // Whoever asked must learn which sessions are gone, whatever becomes of the rest: it is there for the next purge.
    let _ = engine.write(engine.sql().deed_purge, &[Value::Int(limit.into())]).await;
    Ok(purged)
}

pub(crate) async fn remember<E: Engine>(
    engine: &E,
    deed: Hash32,
    until: Timestamp,
) -> Result<(), StoreError> {
    let values = [Value::Bytes(deed.as_bytes()), Value::Int(until.as_unix_millis())];
    engine.write(engine.sql().deed_remember, &values).await.map(drop)
}

pub(crate) async fn remembers<E: Engine>(engine: &E, deed: Hash32) -> Result<bool, StoreError> {
    Ok(!engine.read(engine.sql().deed_find, &[Value::Bytes(deed.as_bytes())]).await?.is_empty())
}

async fn all<E: Engine>(
    engine: &E,
    sql: &'static str,
    values: &[Value<'_>],
) -> Result<Vec<SessionRow>, StoreError> {
    engine.read(sql, values).await?.iter().map(|row| decode(row, 0)).collect()
}

fn decode(row: &impl Cells, at: usize) -> Result<SessionRow, StoreError> {
    let mut session = SessionRow::new(
        SessionId::new(row.text(at)?),
        row.text(at + 1)?,
        row.time(at + 6)?,
        row.time(at + 8)?,
    );
    session.owner = row.maybe_text(at + 2)?.map(Into::into);
    session.subject = match (row.maybe_text(at + 3)?, row.maybe_text(at + 4)?, row.maybe_text(at + 5)?) {
        (Some(iss), Some(sub), sid) => Some(Subject::new(iss, sub, sid.map(Into::into))),
        (None, None, None) => None,
        _ => return Err(corrupt()),
    };
    session.last_seen = row.time(at + 7)?;
    session.description = row.maybe_text(at + 9)?.map(Into::into);
    Ok(session)
}
