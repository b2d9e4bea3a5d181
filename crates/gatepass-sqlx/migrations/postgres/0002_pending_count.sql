-- How many logins are under way, counted along, so that a bound on them costs no walk over the rows. The count is the sum
-- of the shards; a transaction adds to that of its own connection, so that logins of several do not wait for each other.

CREATE TABLE gatepass_pending_count (
    shard BIGINT PRIMARY KEY,
    kept  BIGINT NOT NULL
) WITH (fillfactor = 10);
INSERT INTO gatepass_pending_count (shard, kept)
    SELECT shard, CASE WHEN shard = 0 THEN (SELECT count(*) FROM gatepass_pending) ELSE 0 END
    FROM generate_series(0, 15) AS shard;

CREATE FUNCTION gatepass_pending_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change BIGINT;
BEGIN
    SELECT count(*) INTO change FROM changed;
    IF change <> 0 THEN
        UPDATE gatepass_pending_count SET kept = kept + CASE WHEN TG_OP = 'INSERT' THEN change ELSE -change END
            WHERE shard = pg_backend_pid() % 16;
    END IF;
    RETURN NULL;
END;
$$;
CREATE FUNCTION gatepass_pending_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE gatepass_pending_count SET kept = 0;
    RETURN NULL;
END;
$$;
CREATE TRIGGER gatepass_pending_came AFTER INSERT ON gatepass_pending
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION gatepass_pending_counted();
CREATE TRIGGER gatepass_pending_went AFTER DELETE ON gatepass_pending
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION gatepass_pending_counted();
CREATE TRIGGER gatepass_pending_emptied AFTER TRUNCATE ON gatepass_pending
    FOR EACH STATEMENT EXECUTE FUNCTION gatepass_pending_emptied();
