-- Of a device that two histories are known of: when it had last said that nothing waits, before that was known; null: one history. What it held ends by that alone.
ALTER TABLE device ADD COLUMN spoke_until_ms bigint;
UPDATE device SET forked = true, spoke_until_ms = CASE WHEN waiting_entries = 0 THEN coalesce(waiting_at_ms, 0) ELSE 0 END WHERE forked OR branches > 0;
