-- A hint by which a person tells a session from their others.
ALTER TABLE gatepass_sessions ADD COLUMN description TEXT COLLATE "C";
