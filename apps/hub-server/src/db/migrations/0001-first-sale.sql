-- The first sale: tenants, stores and devices; the ledger and its folds; cells under one LSN per tenant; segments.
-- Moments are milliseconds since 1970 by the hub's clock, unless a column says otherwise. Keys compare bytewise (COLLATE "C").

CREATE TABLE hub (
  id integer PRIMARY KEY CHECK (id = 1),
  -- 16 hex digits; a new one is minted after a restore.
  hub_epoch text NOT NULL,
  -- Ed25519, PKCS#8 DER.
  signing_key bytea NOT NULL,
  created_at_ms bigint NOT NULL
);

CREATE TABLE tenant (
  tenant_no integer PRIMARY KEY,
  tenant text NOT NULL UNIQUE,
  -- The sequencer: whoever publishes holds this row's lock until the commit, so that LSNs become visible in their order.
  lsn bigint NOT NULL CHECK (lsn >= 0),
  history_hash text NOT NULL
);

CREATE TABLE store (
  tenant_no integer NOT NULL REFERENCES tenant (tenant_no),
  store text COLLATE "C" NOT NULL,
  name text NOT NULL,
  zone text NOT NULL,
  currency text NOT NULL,
  time_zone text NOT NULL,
  tax_inclusive boolean NOT NULL,
  address text NOT NULL,
  created_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_no, store)
);

CREATE TABLE device (
  device text COLLATE "C" PRIMARY KEY,
  tenant_no integer NOT NULL,
  store text COLLATE "C" NOT NULL,
  lane integer NOT NULL CHECK (lane >= 1),
  name text NOT NULL,
  -- Ed25519, 32 bytes: what its chain heads are signed with.
  public_key bytea NOT NULL,
  -- SHA-256 of the bearer token.
  token_hash bytea NOT NULL UNIQUE,
  enrolled_at_ms bigint NOT NULL,
  last_seen_ms bigint,
  waiting_entries bigint NOT NULL DEFAULT 0,
  waiting_sales bigint NOT NULL DEFAULT 0,
  -- hub clock - device clock, at the last contact.
  clock_offset_ms bigint,
  received_entries bigint NOT NULL DEFAULT 0,
  set_aside integer NOT NULL DEFAULT 0,
  branches integer NOT NULL DEFAULT 0,
  FOREIGN KEY (tenant_no, store) REFERENCES store (tenant_no, store)
);
CREATE INDEX device_store ON device (tenant_no, store);

CREATE TABLE enrolment_code (
  -- SHA-256 of the code.
  code_hash bytea PRIMARY KEY,
  tenant_no integer NOT NULL,
  store text COLLATE "C" NOT NULL,
  -- Null: the store's next lane.
  lane integer CHECK (lane >= 1),
  name text,
  expires_at_ms bigint NOT NULL,
  -- Whom it made, once used.
  device text COLLATE "C" REFERENCES device (device),
  FOREIGN KEY (tenant_no, store) REFERENCES store (tenant_no, store)
);

CREATE TABLE ledger_epoch (
  tenant_no integer NOT NULL,
  device text COLLATE "C" NOT NULL REFERENCES device (device),
  epoch text COLLATE "C" NOT NULL,
  parent_epoch text COLLATE "C",
  parent_seq bigint,
  parent_hash bytea,
  head_seq bigint NOT NULL,
  head_hash bytea NOT NULL,
  -- The last signed head that reached the hub; it stands at or below the head.
  signed_seq bigint NOT NULL,
  signature bytea NOT NULL,
  first_received_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_no, device, epoch)
);

-- Append-only. What an entry says stands in its canonical bytes; the other columns are read out of them.
CREATE TABLE ledger_entry (
  tenant_no integer NOT NULL,
  device text COLLATE "C" NOT NULL,
  epoch text COLLATE "C" NOT NULL,
  seq bigint NOT NULL CHECK (seq >= 1),
  -- Empty on the main line; on a branch the entry's own hash in hex, so that any number of histories stand beside each other.
  branch text COLLATE "C" NOT NULL,
  store text COLLATE "C" NOT NULL,
  kind bigint NOT NULL,
  hash bytea NOT NULL,
  previous_hash bytea NOT NULL,
  received_at_ms bigint NOT NULL,
  -- Why this build could not apply it; it is kept, and stands in nobody's way.
  set_aside text,
  canonical bytea NOT NULL,
  -- What its folds are kept under: short, so that their indexes are. It orders nothing.
  entry_no bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (tenant_no, device, epoch, seq, branch)
);
CREATE INDEX ledger_entry_hash ON ledger_entry (tenant_no, device, hash) WHERE branch <> '';
CREATE INDEX ledger_entry_set_aside ON ledger_entry (tenant_no, device) WHERE set_aside IS NOT NULL;

CREATE TABLE sale (
  entry_no bigint PRIMARY KEY,
  tenant_no integer NOT NULL,
  device text COLLATE "C" NOT NULL,
  epoch text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  branch text COLLATE "C" NOT NULL,
  store text COLLATE "C" NOT NULL,
  lane integer NOT NULL,
  receipt_number text NOT NULL,
  -- The device's wall clock, corrected by the offset that it knew.
  at_ms bigint NOT NULL,
  business_date text COLLATE "C" NOT NULL,
  currency text NOT NULL,
  total_minor bigint NOT NULL,
  line_count integer NOT NULL,
  kind text NOT NULL CHECK (kind IN ('sale', 'return')),
  training boolean NOT NULL,
  external_reference text,
  received_at_ms bigint NOT NULL
);
CREATE INDEX sale_day ON sale (tenant_no, business_date, store);
CREATE INDEX sale_time ON sale (tenant_no, at_ms, entry_no);

CREATE TABLE sale_line (
  entry_no bigint NOT NULL,
  line integer NOT NULL,
  sku text COLLATE "C" NOT NULL,
  unit text NOT NULL,
  quantity bigint NOT NULL,
  amount_minor bigint NOT NULL,
  PRIMARY KEY (entry_no, line)
);

-- The sum of all movements; what leaves a store is negative. No bound: a sum may pass what a single entry may not.
CREATE TABLE stock (
  tenant_no integer NOT NULL,
  store text COLLATE "C" NOT NULL,
  sku text COLLATE "C" NOT NULL,
  unit text COLLATE "C" NOT NULL,
  on_hand numeric NOT NULL,
  PRIMARY KEY (tenant_no, store, sku, unit)
);

CREATE TABLE publication (
  tenant_no integer NOT NULL REFERENCES tenant (tenant_no),
  lsn bigint NOT NULL,
  history_hash text NOT NULL,
  published_at_ms bigint NOT NULL,
  source text NOT NULL,
  PRIMARY KEY (tenant_no, lsn)
);

-- Conflated: one row per (type, key, scope), whatever its history. A field's stamp is `stamps[field]`, or `base_lsn` where it has none there.
CREATE TABLE entity (
  tenant_no integer NOT NULL,
  type integer NOT NULL,
  generation integer NOT NULL CHECK (generation >= 1),
  alive boolean NOT NULL,
  -- The LSN of its last change.
  lsn bigint NOT NULL,
  existence_lsn bigint NOT NULL,
  base_lsn bigint NOT NULL,
  key text COLLATE "C" NOT NULL,
  scope text COLLATE "C" NOT NULL,
  -- Column number -> value; null for a field that was cleared.
  fields jsonb NOT NULL,
  stamps jsonb NOT NULL,
  -- The key stands first: it tells most rows apart at the first comparison.
  PRIMARY KEY (tenant_no, key, type, scope)
);
CREATE INDEX entity_lsn ON entity (tenant_no, lsn, scope);

-- The segments that hold what changed in (from_lsn, to_lsn] of one scope: a list of references, empty where nothing did.
CREATE TABLE segment_run (
  tenant_no integer NOT NULL,
  scope text COLLATE "C" NOT NULL,
  from_lsn bigint NOT NULL,
  to_lsn bigint NOT NULL,
  refs jsonb NOT NULL,
  built_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_no, scope, from_lsn, to_lsn)
);

CREATE TABLE segment (
  hash text COLLATE "C" NOT NULL,
  tenant_no integer NOT NULL,
  scope text COLLATE "C" NOT NULL,
  frame bytea NOT NULL,
  built_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_no, hash)
);
