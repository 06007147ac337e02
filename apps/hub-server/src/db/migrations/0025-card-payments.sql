-- Payments over terminals, by the entries that tell of them; and what headquarters noted.
CREATE TABLE card_payment (
  tenant_no integer NOT NULL,
  device text COLLATE "C" NOT NULL,
  payment_id text COLLATE "C" NOT NULL,
  store text NOT NULL,
  lane integer NOT NULL,
  -- By two entries: one charge stands in two sales.
  first_paid_no bigint,
  last_paid_no bigint,
  offline_no bigint,
  forwarded_no bigint,
  declined_no bigint,
  unknown_no bigint,
  ended_no bigint,
  stuck_no bigint,
  cleared_no bigint,
  note text,
  noted_by text,
  noted_at_ms bigint,
  -- Headquarters has looked, and is done with it; a lane's limits are freed at the lane alone.
  is_settled boolean NOT NULL DEFAULT false,
  PRIMARY KEY (tenant_no, device, payment_id)
);
-- Whatever was ever more than paid or declined.
CREATE INDEX card_payment_case ON card_payment (tenant_no, greatest(declined_no, unknown_no, stuck_no, offline_no, last_paid_no))
  WHERE declined_no IS NOT NULL OR unknown_no IS NOT NULL OR stuck_no IS NOT NULL OR offline_no IS NOT NULL OR first_paid_no <> last_paid_no;

-- Entries up to this one came before this table: verification does not look for them here.
CREATE TABLE card_payments_begin (
  id integer PRIMARY KEY CHECK (id = 1),
  entry_no bigint NOT NULL
);
INSERT INTO card_payments_begin SELECT 1, coalesce(max(entry_no), 0) FROM ledger_entry;
