-- Where the entries of a shift stand in its lane's ledger, and what they come to as far as somebody has asked.
CREATE TABLE shift_span (
  tenant_no integer NOT NULL,
  store text NOT NULL,
  device text NOT NULL,
  lane integer NOT NULL,
  epoch text NOT NULL,
  -- Of a second history of the device: beside the main line.
  branch boolean NOT NULL,
  drawer text NOT NULL,
  shift bigint NOT NULL,
  business_date text NOT NULL,
  first_seq bigint NOT NULL,
  last_seq bigint NOT NULL,
  last_at_ms bigint NOT NULL,
  -- The entry that closed it.
  close_seq bigint,
  -- ShiftSums of the entries up to sums_seq.
  sums jsonb,
  sums_seq bigint,
  -- Figures in which its Z and its entries differ; null: not compared yet.
  differences integer,
  PRIMARY KEY (tenant_no, device, epoch, branch, drawer, shift, business_date)
);
CREATE INDEX shift_span_day ON shift_span (tenant_no, store, business_date);
CREATE INDEX shift_span_compare ON shift_span (tenant_no) WHERE close_seq IS NOT NULL AND differences IS NULL;

-- What drawers gave the safe and took from it, what went to the bank and came from there, and what was counted.
CREATE TABLE safe_movement (
  entry_no bigint PRIMARY KEY,
  tenant_no integer NOT NULL,
  store text NOT NULL,
  device text NOT NULL,
  lane integer NOT NULL,
  epoch text NOT NULL,
  seq bigint NOT NULL,
  act text NOT NULL,
  currency text NOT NULL,
  amount_minor bigint NOT NULL,
  counted_minor bigint,
  reference text,
  operator text NOT NULL,
  business_date text NOT NULL,
  at_ms bigint NOT NULL
);
CREATE INDEX safe_movement_store ON safe_movement (tenant_no, store, currency, at_ms);

-- A store's day as it stood when it was closed. What comes later is a supplement to it.
CREATE TABLE store_day (
  tenant_no integer NOT NULL,
  store text NOT NULL,
  business_date text NOT NULL,
  closed_at_ms bigint NOT NULL,
  closed_by text NOT NULL,
  content jsonb NOT NULL,
  PRIMARY KEY (tenant_no, store, business_date)
);

-- Entries up to this one came before these tables: verification does not look for them here.
CREATE TABLE store_days_begin (
  id integer PRIMARY KEY CHECK (id = 1),
  entry_no bigint NOT NULL
);
INSERT INTO store_days_begin SELECT 1, coalesce(max(entry_no), 0) FROM ledger_entry;
