-- Batches are received as they came, and folded afterwards, in an order of the hub's own.

-- What was received and not folded yet: a frame whose chain and signature were verified. Whoever folds it deletes it, in one transaction.
CREATE TABLE ledger_run (
  run_no bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  tenant_no integer NOT NULL,
  device text COLLATE "C" NOT NULL,
  -- As the device's were when it sent.
  store text COLLATE "C" NOT NULL,
  lane integer NOT NULL,
  epoch text COLLATE "C" NOT NULL,
  first_seq bigint NOT NULL CHECK (first_seq >= 1),
  count integer NOT NULL CHECK (count >= 1),
  -- The first entries of the frame that were held before.
  skip integer NOT NULL CHECK (skip >= 0 AND skip < count),
  -- Beside the main line.
  branch boolean NOT NULL,
  received_at_ms bigint NOT NULL,
  -- Why it could not be folded; until somebody asks for it to be tried again.
  failure text,
  frame bytea NOT NULL
);
CREATE INDEX ledger_run_store ON ledger_run (store, run_no);
CREATE INDEX ledger_run_device ON ledger_run (tenant_no, device, epoch, first_seq);

-- The sequencer: its lock is held until the commit, so the numbers of entries become visible in their order, without gaps.
CREATE TABLE ledger_sequence (
  id integer PRIMARY KEY CHECK (id = 1),
  entry_no bigint NOT NULL
);
INSERT INTO ledger_sequence SELECT 1, coalesce(max(entry_no), 0) FROM ledger_entry;
ALTER TABLE ledger_entry ALTER COLUMN entry_no DROP IDENTITY;
CREATE UNIQUE INDEX ledger_entry_no ON ledger_entry (entry_no);

-- Entries that are held and could not be applied.
CREATE TABLE set_aside (
  entry_no bigint PRIMARY KEY,
  tenant_no integer NOT NULL,
  device text COLLATE "C" NOT NULL,
  reason text NOT NULL,
  since_ms bigint NOT NULL,
  -- What of it was applied all the same: its goods and balances; null: all that it names.
  applied jsonb
);
CREATE INDEX set_aside_device ON set_aside (tenant_no, device);
INSERT INTO set_aside
  SELECT entry_no, tenant_no, device, set_aside, received_at_ms,
    CASE WHEN set_aside LIKE 'sums disagree%' OR (set_aside LIKE 'malformed: %' AND set_aside NOT LIKE '% is %' AND set_aside NOT LIKE '% holds %')
      THEN NULL ELSE '[]'::jsonb END
  FROM ledger_entry WHERE set_aside IS NOT NULL;

-- A ledger's entry is never written again; what it follows stands in its bytes.
ALTER TABLE ledger_entry DROP COLUMN set_aside;
ALTER TABLE ledger_entry DROP COLUMN previous_hash;

-- Up to where the epoch is also held elsewhere: on a synchronous standby, or in a verified backup.
ALTER TABLE ledger_epoch ADD COLUMN safe_seq bigint NOT NULL DEFAULT 0;
