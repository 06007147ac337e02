-- When the device last said how many entries wait there: what else is heard of it meanwhile says nothing of them.
ALTER TABLE device ADD COLUMN waiting_at_ms bigint;
-- How far its device's ledger reached when it asked: what ends a right there ended an earlier one.
ALTER TABLE return_hold ADD COLUMN asked_epoch text COLLATE "C";
ALTER TABLE return_hold ADD COLUMN asked_seq bigint;
