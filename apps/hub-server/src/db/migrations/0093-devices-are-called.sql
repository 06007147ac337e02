-- Counts up whenever devices should ask at once for what no publication tells of: every replica reads it beside the LSN, and calls those whose lines end at it.
ALTER TABLE tenant ADD COLUMN device_calls bigint NOT NULL DEFAULT 0;
