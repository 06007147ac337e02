-- Who might do what, at each cut: entries are judged by the policy that they name, not by today's. What was there before this table is taken as always so.
CREATE TABLE policy_version (
  tenant_no integer NOT NULL,
  type integer NOT NULL,
  key text COLLATE "C" NOT NULL,
  scope text COLLATE "C" NOT NULL,
  lsn bigint NOT NULL,
  -- Of people their roles alone: what a person is called, or signs on with, is forgotten when it changes. Null: removed.
  fields jsonb,
  PRIMARY KEY (tenant_no, type, key, scope, lsn)
);
INSERT INTO policy_version (tenant_no, type, key, scope, lsn, fields)
SELECT tenant_no, type, key, scope, 0, CASE WHEN NOT alive THEN NULL WHEN type = 11 THEN jsonb_build_object('1', fields -> '1') ELSE fields END
FROM entity WHERE type IN (10, 11);

-- Facts that went beyond an authority: they count, and somebody looks at them.
CREATE TABLE ledger_exception (
  entry_no bigint NOT NULL,
  number integer NOT NULL,
  tenant_no integer NOT NULL,
  device text COLLATE "C" NOT NULL,
  epoch text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  store text COLLATE "C" NOT NULL,
  kind bigint NOT NULL,
  action text NOT NULL,
  because text NOT NULL,
  operator text NOT NULL,
  approver text,
  -- In the unit of the action's limit; null: without measure.
  amount bigint,
  -- Of the entry's lines, from 1; null: the whole.
  line integer,
  -- By the policy at its cut, and by the one of the day it came; one of them is false.
  was_allowed boolean NOT NULL,
  is_allowed_today boolean NOT NULL,
  CHECK (NOT (was_allowed AND is_allowed_today)),
  at_ms bigint NOT NULL,
  received_at_ms bigint NOT NULL,
  cleared_by text,
  cleared_at_ms bigint,
  note text,
  PRIMARY KEY (entry_no, number)
);
CREATE INDEX ledger_exception_open ON ledger_exception (tenant_no, entry_no) WHERE cleared_at_ms IS NULL;

-- What a store asked for: decided by this hub, in the order in which it came.
CREATE TABLE store_request (
  entry_no bigint PRIMARY KEY,
  tenant_no integer NOT NULL,
  device text COLLATE "C" NOT NULL,
  epoch text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  store text COLLATE "C" NOT NULL,
  operator text NOT NULL,
  type integer NOT NULL,
  key text COLLATE "C" NOT NULL,
  -- Column number → value.
  fields jsonb NOT NULL,
  reason text NOT NULL,
  based_on_epoch text NOT NULL,
  based_on_lsn bigint NOT NULL,
  at_ms bigint NOT NULL,
  received_at_ms bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'accepted', 'refused', 'conflict')),
  rule text,
  -- By today's policy the answer would have been the other one.
  differs_today boolean NOT NULL DEFAULT false,
  -- The publication that answered it.
  lsn bigint
);
CREATE INDEX store_request_waiting ON store_request (tenant_no, entry_no) WHERE state = 'waiting';
CREATE INDEX store_request_entity ON store_request (tenant_no, store, type, key);

-- Two values for one thing: both stay here, with who and when and the rule that decided, until somebody has looked.
CREATE TABLE conflict (
  conflict_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_no integer NOT NULL,
  -- The request that it is about; null where a publication was lost with the hub that made it.
  entry_no bigint,
  store text COLLATE "C" NOT NULL,
  type integer NOT NULL,
  key text COLLATE "C" NOT NULL,
  rule text NOT NULL,
  -- {values, by, device, atMs, reason}
  ours jsonb NOT NULL,
  -- {values, scope, lsn, source, atMs}; null where there is none.
  theirs jsonb,
  raised_at_ms bigint NOT NULL,
  answer text CHECK (answer IN ('accept', 'correct', 'retry')),
  answered_by text,
  answered_at_ms bigint
);
CREATE INDEX conflict_open ON conflict (tenant_no, conflict_no) WHERE answer IS NULL;
