-- When whoever holds a session last proved who they are, by password and code; absent: when it began.
ALTER TABLE console_session ADD COLUMN proven_at_ms bigint;
