-- The newest publication of which a device has shown that both histories have it, when the epoch was minted: entries name cuts by epoch and number, and up to there either epoch's number means the same.
ALTER TABLE hub_epoch ADD COLUMN shared_lsn bigint NOT NULL DEFAULT 0;
