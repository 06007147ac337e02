-- A device that headquarters has erase itself (SPEC: S-9): since when, and when it had handed over everything, up to which heads. It stays so: a copy of its disk obeys as well.
ALTER TABLE device ADD COLUMN wipe_ordered_at_ms bigint;
ALTER TABLE device ADD COLUMN wipe_handed_over_at_ms bigint;
ALTER TABLE device ADD COLUMN wipe_heads jsonb;
