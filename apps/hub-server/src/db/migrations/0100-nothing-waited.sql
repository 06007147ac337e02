-- When a device last said that nothing waits there, as long as it speaks for each disk that it is on: before two histories of it were known. What it held ends by that.
ALTER TABLE device ADD COLUMN nothing_waited_at_ms bigint;
UPDATE device SET forked = forked OR branches > 0, nothing_waited_at_ms = CASE WHEN waiting_entries = 0 THEN waiting_at_ms END;
