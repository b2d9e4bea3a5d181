-- Times are milliseconds since the Unix epoch. Text is compared byte by byte. Digests, fingerprints and sealed bytes
-- are BYTEA of any length.

CREATE TABLE gatepass_grants (
    provider    TEXT   COLLATE "C" NOT NULL,
    owner_kind  BIGINT NOT NULL,                  -- 0 session, 1 user
    owner       TEXT   COLLATE "C" NOT NULL,
    revision    BIGINT NOT NULL,
    lineage     BIGINT NOT NULL,
    generation  BIGINT NOT NULL,
    state       BIGINT NOT NULL,                  -- 0 active, 1 refreshing, 2 suspect, 3 revoking, 4 dead: rejected, 5 dead: revoked
    attempt     BYTEA,
    first_sent  BIGINT,
    lease_until BIGINT,
    current_fp  BYTEA,
    previous_fp BYTEA,
    due         BIGINT,                           -- when a sweeper must look at it
    tokens      BYTEA  NOT NULL,                  -- sealed: the refresh token and the access-token slots
    PRIMARY KEY (provider, owner_kind, owner)
);
CREATE INDEX gatepass_grants_due ON gatepass_grants (due) WHERE due IS NOT NULL;

-- No revision comes twice for one key: every write of a grant takes the next of this sequence.
CREATE SEQUENCE gatepass_revision;

-- How a grant is used, apart from the grant, so that noting it never moves a revision.
CREATE TABLE gatepass_grant_usage (
    provider   TEXT   COLLATE "C" NOT NULL,
    owner_kind BIGINT NOT NULL,
    owner      TEXT   COLLATE "C" NOT NULL,
    last_used  BIGINT NOT NULL,
    PRIMARY KEY (provider, owner_kind, owner),
    FOREIGN KEY (provider, owner_kind, owner)
        REFERENCES gatepass_grants (provider, owner_kind, owner) ON DELETE CASCADE
);

CREATE TABLE gatepass_pending (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the order in which logins were parked
    state      BYTEA  NOT NULL UNIQUE,            -- a digest
    browser    BYTEA  NOT NULL,                   -- a digest
    route      TEXT   COLLATE "C" NOT NULL,
    phase      BIGINT NOT NULL,                   -- 0 parked, 1 claimed, 2 landed
    sealed     BYTEA  NOT NULL,
    parked_at  BIGINT NOT NULL,
    claimed_at BIGINT,
    landed_at  BIGINT,
    until      BIGINT NOT NULL
);
CREATE INDEX gatepass_pending_browser ON gatepass_pending (browser, id) WHERE phase = 0;
CREATE INDEX gatepass_pending_until ON gatepass_pending (until);

CREATE TABLE gatepass_sessions (
    id        TEXT   COLLATE "C" PRIMARY KEY,
    provider  TEXT   COLLATE "C" NOT NULL,
    owner     TEXT   COLLATE "C",
    iss       TEXT   COLLATE "C",
    sub       TEXT   COLLATE "C",
    sid       TEXT   COLLATE "C",
    created   BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    expires   BIGINT NOT NULL
);
CREATE INDEX gatepass_sessions_owner ON gatepass_sessions (owner, created) WHERE owner IS NOT NULL;
CREATE INDEX gatepass_sessions_sid ON gatepass_sessions (iss, sid, created) WHERE sid IS NOT NULL;
CREATE INDEX gatepass_sessions_sub ON gatepass_sessions (iss, sub, created) WHERE sub IS NOT NULL;
CREATE INDEX gatepass_sessions_expires ON gatepass_sessions (expires);

CREATE TABLE gatepass_session_cookies (
    cookie  BYTEA  PRIMARY KEY,                   -- a digest
    session TEXT   COLLATE "C" NOT NULL REFERENCES gatepass_sessions (id) ON DELETE CASCADE,
    until   BIGINT NOT NULL
);
CREATE INDEX gatepass_session_cookies_session ON gatepass_session_cookies (session);
