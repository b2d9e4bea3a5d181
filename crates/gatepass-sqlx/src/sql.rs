//! Every statement of the stores, written once; the two databases differ in the few words given to `statements!`.

/// The statements of one database. All parameters are bound.
#[derive(Debug)]
pub(crate) struct Statements {
    pub(crate) now: &'static str,
    pub(crate) grant_read: &'static str,
    pub(crate) grant_insert: &'static str,
    pub(crate) grant_update: &'static str,
    pub(crate) grant_delete: &'static str,
    pub(crate) grant_due: &'static str,
    pub(crate) grant_scan: &'static str,
    pub(crate) pending_queue: Option<&'static str>,
    pub(crate) pending_park: &'static str,
    pub(crate) pending_evict: &'static str,
    pub(crate) pending_relieve: &'static str,
    pub(crate) pending_room: &'static str,
    pub(crate) pending_claim: &'static str,
    pub(crate) pending_look: &'static str,
    pub(crate) pending_land: &'static str,
    pub(crate) pending_purge: &'static str,
    pub(crate) session_create: &'static str,
    pub(crate) session_cookie: &'static str,
    pub(crate) session_find: &'static str,
    pub(crate) session_lock: &'static str,
    pub(crate) session_supersede: &'static str,
    pub(crate) session_forget: &'static str,
    pub(crate) session_touch: &'static str,
    pub(crate) session_end: &'static str,
    pub(crate) session_by_owner: &'static str,
    pub(crate) session_by_sid: &'static str,
    pub(crate) session_by_subject: &'static str,
    pub(crate) session_purge: &'static str,
    pub(crate) deed_remember: &'static str,
    pub(crate) deed_find: &'static str,
    pub(crate) deed_purge: &'static str,
}

macro_rules! statements {
    (
        now: $now:literal,              // the database's clock in milliseconds
        first_revision: $first:literal, // the revision of a row that is made
        next_revision: $next:literal,   // the revision after the row's own
        lock_row: $lock:literal,        // keeps what a transaction has read from moving
        skip_locked: $skip:literal,     // leaves out what another transaction holds
        kept: $kept:literal,            // how many logins are under way
        queue: $queue:expr              // lets transactions of one number through one after another
    ) => {
        Statements {
            now: concat!("SELECT ", $now),
            grant_read: concat!(
                "SELECT ", $now, ", g.revision, g.lineage, g.generation, g.state, g.attempt, g.first_sent, ",
                "g.lease_until, g.current_fp, g.previous_fp, g.tokens FROM (SELECT 1) AS one ",
                "LEFT JOIN gatepass_grants AS g ON g.provider = $1 AND g.owner_kind = $2 AND g.owner = $3"
            ),
            grant_insert: concat!(
                "INSERT INTO gatepass_grants (provider, owner_kind, owner, lineage, generation, state, attempt, ",
                "first_sent, lease_until, current_fp, previous_fp, due, tokens, revision) ",
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, ", $first, ") ",
                "ON CONFLICT (provider, owner_kind, owner) DO NOTHING RETURNING revision, ", $now
            ),
            grant_update: concat!(
                "UPDATE gatepass_grants SET lineage = $4, generation = $5, state = $6, attempt = $7, first_sent = $8, ",
                "lease_until = $9, current_fp = $10, previous_fp = $11, due = $12, tokens = $13, revision = ", $next,
                " WHERE provider = $1 AND owner_kind = $2 AND owner = $3 AND revision = $14 RETURNING revision, ", $now
            ),
            grant_delete: concat!(
                "DELETE FROM gatepass_grants WHERE provider = $1 AND owner_kind = $2 AND owner = $3 ",
                "AND revision = $4 RETURNING ", $next, ", ", $now
            ),
            grant_due: "SELECT provider, owner_kind, owner FROM gatepass_grants WHERE due <= $1 ORDER BY due LIMIT $2",
            grant_scan: concat!(
                "SELECT provider, owner_kind, owner, revision, lineage, generation, state, attempt, first_sent, ",
                "lease_until, current_fp, previous_fp, tokens FROM gatepass_grants ",
                "WHERE (provider, owner_kind, owner) > ($1, $2, $3) ORDER BY provider, owner_kind, owner LIMIT $4"
            ),
            pending_queue: $queue,
            pending_park: concat!(
                "INSERT INTO gatepass_pending (state, browser, route, phase, sealed, parked_at, until) ",
                "VALUES ($1, $2, $3, 0, $4, ", $now, ", ", $now, " + $5) ON CONFLICT (state) DO NOTHING RETURNING id"
            ),
            pending_evict: concat!(
                "DELETE FROM gatepass_pending WHERE browser = $1 AND phase = 0 AND until > ", $now, " AND state <> $3 ",
                "AND id NOT IN (SELECT id FROM gatepass_pending WHERE browser = $1 AND phase = 0 AND until > ", $now,
                " ORDER BY id DESC LIMIT $2)"
            ),
            // Two at a time: no login makes more work than two, and expired ones go faster than new ones come.
            pending_relieve: concat!(
                "DELETE FROM gatepass_pending WHERE ", $kept, " >= $1 AND until <= ", $now, " AND id IN ",
                "(SELECT id FROM gatepass_pending WHERE until <= ", $now, " ORDER BY until LIMIT 2", $skip, ")"
            ),
            pending_room: concat!("SELECT 1 WHERE ", $kept, " < $1"),
            pending_claim: concat!(
                "UPDATE gatepass_pending SET phase = 1, claimed_at = ", $now, " WHERE state = $1 AND browser = $2 ",
                "AND route = $3 AND phase = 0 AND until > ", $now, " RETURNING sealed"
            ),
            pending_look: concat!(
                "SELECT browser, route, phase, sealed, ", $now, ", coalesce(claimed_at, parked_at) FROM gatepass_pending ",
                "WHERE state = $1 AND until > ", $now
            ),
            pending_land: concat!(
                "UPDATE gatepass_pending SET phase = 2, sealed = $4, landed_at = ", $now, ", until = ", $now, " + $5 ",
                "WHERE state = $1 AND browser = $2 AND route = $3 AND phase = 1 AND until > ", $now, " RETURNING id"
            ),
            pending_purge: concat!(
                "DELETE FROM gatepass_pending WHERE until <= ", $now, " AND id IN ",
                "(SELECT id FROM gatepass_pending WHERE until <= ", $now, " ORDER BY until LIMIT $1", $skip, ") RETURNING id"
            ),
            session_create: concat!(
                "INSERT INTO gatepass_sessions (id, provider, owner, iss, sub, sid, created, last_seen, expires, description) ",
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING RETURNING id"
            ),
            session_cookie: concat!(
                "INSERT INTO gatepass_session_cookies (cookie, session, until) VALUES ($1, $2, $3) ",
                "ON CONFLICT (cookie) DO NOTHING RETURNING session"
            ),
            session_find: concat!(
                "SELECT clock.now, s.id, s.provider, s.owner, s.iss, s.sub, s.sid, s.created, s.last_seen, s.expires, s.description ",
                "FROM (SELECT ", $now, " AS now) AS clock ",
                "LEFT JOIN gatepass_session_cookies AS c ON c.cookie = $1 AND c.until > clock.now ",
                "LEFT JOIN gatepass_sessions AS s ON s.id = c.session AND s.expires > clock.now"
            ),
            session_lock: concat!(
                "SELECT id FROM gatepass_sessions WHERE id = $1 AND expires > ", $now, $lock
            ),
            session_supersede: concat!(
                "UPDATE gatepass_session_cookies SET until = ", $now, " + $3 WHERE session = $1 AND cookie <> $2 AND until > ", $now,
                " + $3"
            ),
            session_forget: concat!(
                "DELETE FROM gatepass_session_cookies WHERE session = $1 AND until <= ", $now
            ),
            session_touch: concat!(
                "UPDATE gatepass_sessions SET last_seen = CASE WHEN last_seen < $2 THEN $2 ELSE last_seen END, ",
                "expires = CASE WHEN expires < $3 THEN $3 ELSE expires END ",
                "WHERE id = $1 AND expires > ", $now, " AND (last_seen < $2 OR expires < $3)"
            ),
            session_end: "DELETE FROM gatepass_sessions WHERE id = $1 RETURNING id",
            session_by_owner: concat!(
                "SELECT id, provider, owner, iss, sub, sid, created, last_seen, expires, description FROM gatepass_sessions ",
                "WHERE owner = $1 ORDER BY created"
            ),
            session_by_sid: concat!(
                "SELECT id, provider, owner, iss, sub, sid, created, last_seen, expires, description FROM gatepass_sessions ",
                "WHERE iss = $1 AND sid = $2 ORDER BY created"
            ),
            session_by_subject: concat!(
                "SELECT id, provider, owner, iss, sub, sid, created, last_seen, expires, description FROM gatepass_sessions ",
                "WHERE iss = $1 AND sub = $2 ORDER BY created"
            ),
            session_purge: concat!(
                "DELETE FROM gatepass_sessions WHERE expires <= ", $now, " AND id IN ",
                "(SELECT id FROM gatepass_sessions WHERE expires <= ", $now, " ORDER BY expires LIMIT $1) RETURNING id"
            ),
            deed_remember: concat!(
                "INSERT INTO gatepass_deeds (deed, until) VALUES ($1, $2) ON CONFLICT (deed) DO UPDATE ",
                "SET until = excluded.until WHERE gatepass_deeds.until < excluded.until"
            ),
            deed_find: concat!("SELECT 1 FROM gatepass_deeds WHERE deed = $1 AND until > ", $now),
            deed_purge: concat!(
                "DELETE FROM gatepass_deeds WHERE until <= ", $now, " AND deed IN ",
                "(SELECT deed FROM gatepass_deeds WHERE until <= ", $now, " ORDER BY until LIMIT $1", $skip, ")"
            ),
        }
    };
}

#[cfg(feature = "sqlite")]
pub(crate) static SQLITE: Statements = statements! {
    now: "CAST(round(unixepoch('subsec') * 1000) AS INTEGER)",
    first_revision: "(SELECT floor + 1 FROM gatepass_revision WHERE id = 1)",
    next_revision: "revision + 1",
    lock_row: "",
    skip_locked: "",
    kept: "(SELECT kept FROM gatepass_pending_count WHERE shard = 0)",
    queue: None
};

/// The clock stands in a subquery of its own, so that PostgreSQL reads it once and can look for it in an index.
#[cfg(feature = "postgres")]
pub(crate) static POSTGRES: Statements = statements! {
    now: "(SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint)",
    first_revision: "nextval('gatepass_revision')",
    next_revision: "nextval('gatepass_revision')",
    lock_row: " FOR UPDATE",
    skip_locked: " FOR UPDATE SKIP LOCKED",
    kept: "(SELECT sum(kept)::bigint FROM gatepass_pending_count)",
    queue: Some("SELECT pg_advisory_xact_lock($1)")
};

#[cfg(all(test, feature = "sqlite"))]
mod plans;
