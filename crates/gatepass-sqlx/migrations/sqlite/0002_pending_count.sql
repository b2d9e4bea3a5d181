-- How many logins are under way, counted along, so that a bound on them costs no walk over the rows.

CREATE TABLE gatepass_pending_count (
    shard INTEGER PRIMARY KEY CHECK (shard = 0),
    kept  INTEGER NOT NULL
) STRICT;
INSERT INTO gatepass_pending_count (shard, kept) SELECT 0, count(*) FROM gatepass_pending;
CREATE TRIGGER gatepass_pending_came AFTER INSERT ON gatepass_pending BEGIN
    UPDATE gatepass_pending_count SET kept = kept + 1 WHERE shard = 0;
END;
CREATE TRIGGER gatepass_pending_went AFTER DELETE ON gatepass_pending BEGIN
    UPDATE gatepass_pending_count SET kept = kept - 1 WHERE shard = 0;
END;
