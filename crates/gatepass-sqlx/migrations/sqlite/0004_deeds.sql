-- What has been done and must not be done again, such as the logout of a token: known until it is too late for that.
CREATE TABLE gatepass_deeds (
    deed  BLOB    NOT NULL PRIMARY KEY,           -- a digest
    until INTEGER NOT NULL
) STRICT;
CREATE INDEX gatepass_deeds_until ON gatepass_deeds (until);
