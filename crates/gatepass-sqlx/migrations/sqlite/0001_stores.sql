-- Times are milliseconds since the Unix epoch. Text is compared byte by byte. Digests, fingerprints and sealed bytes
-- are BLOBs of any length.

CREATE TABLE gatepass_grants (
    provider    TEXT    NOT NULL COLLATE BINARY,
    owner_kind  INTEGER NOT NULL,                 -- 0 session, 1 user
    owner       TEXT    NOT NULL COLLATE BINARY,
    revision    INTEGER NOT NULL,
    lineage     INTEGER NOT NULL,
    generation  INTEGER NOT NULL,
    state       INTEGER NOT NULL,                 -- 0 active, 1 refreshing, 2 suspect, 3 revoking, 4 dead: rejected, 5 dead: revoked
    attempt     BLOB,
    first_sent  INTEGER,
    lease_until INTEGER,
    current_fp  BLOB,
    previous_fp BLOB,
    due         INTEGER,                          -- when a sweeper must look at it
    tokens      BLOB    NOT NULL,                 -- sealed: the refresh token and the access-token slots
    PRIMARY KEY (provider, owner_kind, owner)
) STRICT;
CREATE INDEX gatepass_grants_due ON gatepass_grants (due) WHERE due IS NOT NULL;

-- No revision comes twice for one key. An update counts on from the row; a row that is made counts on from the floor,
-- which every deletion raises, also one made by hand.
CREATE TABLE gatepass_revision (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    floor INTEGER NOT NULL
) STRICT;
INSERT INTO gatepass_revision (id, floor) VALUES (1, 0);
CREATE TRIGGER gatepass_grants_deleted AFTER DELETE ON gatepass_grants BEGIN
    UPDATE gatepass_revision SET floor = OLD.revision + 1 WHERE id = 1 AND floor <= OLD.revision;
END;

-- How a grant is used, apart from the grant, so that noting it never moves a revision.
CREATE TABLE gatepass_grant_usage (
    provider   TEXT    NOT NULL COLLATE BINARY,
    owner_kind INTEGER NOT NULL,
    owner      TEXT    NOT NULL COLLATE BINARY,
    last_used  INTEGER NOT NULL,
    PRIMARY KEY (provider, owner_kind, owner),
    FOREIGN KEY (provider, owner_kind, owner)
        REFERENCES gatepass_grants (provider, owner_kind, owner) ON DELETE CASCADE
) STRICT;

CREATE TABLE gatepass_pending (
    id         INTEGER PRIMARY KEY AUTOINCREMENT, -- the order in which logins were parked
    state      BLOB    NOT NULL UNIQUE,           -- a digest
    browser    BLOB    NOT NULL,                  -- a digest
    route      TEXT    NOT NULL COLLATE BINARY,
    phase      INTEGER NOT NULL,                  -- 0 parked, 1 claimed, 2 landed
    sealed     BLOB    NOT NULL,
    parked_at  INTEGER NOT NULL,
    claimed_at INTEGER,
    landed_at  INTEGER,
    until      INTEGER NOT NULL
) STRICT;
CREATE INDEX gatepass_pending_browser ON gatepass_pending (browser, id) WHERE phase = 0;
CREATE INDEX gatepass_pending_until ON gatepass_pending (until);

CREATE TABLE gatepass_sessions (
    id        TEXT    NOT NULL COLLATE BINARY PRIMARY KEY,
    provider  TEXT    NOT NULL COLLATE BINARY,
    owner     TEXT    COLLATE BINARY,
    iss       TEXT    COLLATE BINARY,
    sub       TEXT    COLLATE BINARY,
    sid       TEXT    COLLATE BINARY,
    created   INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    expires   INTEGER NOT NULL
) STRICT;
CREATE INDEX gatepass_sessions_owner ON gatepass_sessions (owner, created) WHERE owner IS NOT NULL;
CREATE INDEX gatepass_sessions_sid ON gatepass_sessions (iss, sid, created) WHERE sid IS NOT NULL;
CREATE INDEX gatepass_sessions_sub ON gatepass_sessions (iss, sub, created) WHERE sub IS NOT NULL;
CREATE INDEX gatepass_sessions_expires ON gatepass_sessions (expires);

CREATE TABLE gatepass_session_cookies (
    cookie  BLOB    NOT NULL PRIMARY KEY,         -- a digest
    session TEXT    NOT NULL COLLATE BINARY REFERENCES gatepass_sessions (id) ON DELETE CASCADE,
    until   INTEGER NOT NULL
) STRICT;
CREATE INDEX gatepass_session_cookies_session ON gatepass_session_cookies (session);
