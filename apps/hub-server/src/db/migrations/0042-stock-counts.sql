-- What the last count of some goods stated: what a store has of them is that, and what moved since.
CREATE TABLE stock_count (
  tenant_no integer NOT NULL,
  store text COLLATE "C" NOT NULL,
  sku text COLLATE "C" NOT NULL,
  unit text COLLATE "C" NOT NULL,
  -- The entry that states it, and its hash: of two counts of one moment the higher one holds.
  entry_no bigint NOT NULL,
  hash text COLLATE "C" NOT NULL,
  at_ms bigint NOT NULL,
  quantity bigint NOT NULL,
  -- Between which moments it was counted, by the hub's clock; null: nothing says since when.
  from_ms bigint,
  to_ms bigint NOT NULL,
  -- Where the ledger of the lane that counted stood; null where several counts make the line.
  counted_device text COLLATE "C",
  counted_epoch text COLLATE "C",
  counted_seq bigint,
  -- The sum of the movements that it has in it already.
  moved_before numeric NOT NULL,
  PRIMARY KEY (tenant_no, store, sku, unit)
);
CREATE INDEX stock_count_reach ON stock_count (tenant_no, store, to_ms);
CREATE INDEX stock_count_entry ON stock_count (tenant_no, entry_no);

-- Up to where a count's lane had each ledger when its sheet was begun, and the last place of those who counted: what comes later and stands before these may be in it.
CREATE TABLE stock_count_ledger (
  tenant_no integer NOT NULL,
  entry_no bigint NOT NULL,
  device text COLLATE "C" NOT NULL,
  epoch text COLLATE "C" NOT NULL,
  seen_seq bigint NOT NULL,
  counted_seq bigint NOT NULL,
  PRIMARY KEY (tenant_no, entry_no, device, epoch)
);
CREATE INDEX stock_count_ledger_reach ON stock_count_ledger (tenant_no, device, epoch);

-- Movements of which nothing says whether a count has them in it. They are taken for later ones until a person has said.
CREATE TABLE stock_unclear (
  tenant_no integer NOT NULL,
  -- The count's entry, and the movement's.
  count_no bigint NOT NULL,
  entry_no bigint NOT NULL,
  store text COLLATE "C" NOT NULL,
  sku text COLLATE "C" NOT NULL,
  unit text COLLATE "C" NOT NULL,
  -- Below 0: it left.
  moved numeric NOT NULL,
  decision text CHECK (decision IN ('before', 'after')),
  decided_by text,
  decided_at_ms bigint,
  PRIMARY KEY (tenant_no, count_no, entry_no, sku, unit)
);
CREATE INDEX stock_unclear_open ON stock_unclear (tenant_no, entry_no) WHERE decision IS NULL;

-- Counts of before state nothing.
CREATE TABLE stock_counts_begin (id integer PRIMARY KEY CHECK (id = 1), entry_no bigint NOT NULL);
INSERT INTO stock_counts_begin SELECT 1, coalesce(max(entry_no), 0) FROM ledger_entry;
