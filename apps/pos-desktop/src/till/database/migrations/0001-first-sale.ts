/** Baskets as events, replies that were given, receipts' numbers, stock, and the search index. */
export const sql = `
-- What this lane remembers about itself, one row. Identity and ledger stand in sync's tables.
CREATE TABLE lane (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  hub_url TEXT,
  -- One code at a time; gone once it was used.
  enrolment_code TEXT,
  receipts_epoch TEXT,
  receipts_counter INTEGER NOT NULL DEFAULT 0 CHECK (receipts_counter >= 0),
  -- Store time never goes back below this, once a hub has told the time.
  agreed_time_ms INTEGER NOT NULL DEFAULT 0,
  -- The sale that was completed last, as JSON, until the next scan: the change due outlives a power cut.
  last_completed TEXT
) STRICT;
INSERT INTO lane (id) VALUES (1);

-- Numbered as they come, so that a sale is written at the end of every table and not into the middle of one.
CREATE TABLE basket (
  number INTEGER PRIMARY KEY CHECK (number >= 1),
  basket_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'suspended', 'completed', 'voided')),
  opened_at_ms INTEGER NOT NULL,
  changed_at_ms INTEGER NOT NULL,
  -- What it took from the settings when it was opened, as JSON; null until its first event.
  opening TEXT,
  -- The cut that its first line pinned: sync's ordering number, and the position that the sale will name.
  cut_at INTEGER,
  cut_hub_epoch TEXT,
  cut_lsn INTEGER,
  receipt_number TEXT,
  entry_epoch TEXT,
  entry_seq INTEGER,
  -- What its receipt says beyond its lines, as JSON.
  closing TEXT,
  CHECK ((cut_at IS NULL) = (cut_hub_epoch IS NULL) AND (cut_at IS NULL) = (cut_lsn IS NULL)),
  CHECK ((state = 'completed') = (receipt_number IS NOT NULL) AND (state = 'completed') = (closing IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX basket_open ON basket (state) WHERE state = 'open';
CREATE UNIQUE INDEX basket_suspended ON basket (basket_id) WHERE state = 'suspended';
CREATE UNIQUE INDEX basket_receipt ON basket (receipt_number) WHERE receipt_number IS NOT NULL;

-- A basket is the fold of its events, in their order.
CREATE TABLE basket_event (
  -- The basket's number × 2^20 + the event's own, from 1.
  id INTEGER PRIMARY KEY CHECK (id & 1048575 >= 1),
  event TEXT NOT NULL
) STRICT;

-- The last replies to requests that may change something, a ring: a request that comes again gets its reply again.
CREATE TABLE given_reply (
  slot INTEGER PRIMARY KEY,
  number INTEGER NOT NULL,
  request_id TEXT NOT NULL,
  reply TEXT NOT NULL
) STRICT;

-- What this lane's own entries moved, up to those that stock_folded names. Goods on hand are the store's fold of all lanes.
CREATE TABLE stock (
  sku TEXT NOT NULL,
  unit TEXT NOT NULL,
  moved INTEGER NOT NULL,
  PRIMARY KEY (sku, unit)
) STRICT, WITHOUT ROWID;

-- The entries of an epoch up to seq are in stock. They are folded in the pauses: goods lie all over the table, and no sale waits for that.
CREATE TABLE stock_folded (
  epoch TEXT PRIMARY KEY,
  seq INTEGER NOT NULL CHECK (seq >= 0)
) STRICT, WITHOUT ROWID;

-- One row per item, kept in the transaction that applies its cells; the text itself stands in the cells.
CREATE TABLE search_item (
  docid INTEGER PRIMARY KEY,
  sku TEXT NOT NULL UNIQUE,
  -- Name and brand as they are compared (lower case, without diacritics): what search_text indexes, and what begins with what was typed.
  folded TEXT NOT NULL,
  category TEXT,
  -- 0: has a PLU, and comes first among the keys of its department.
  tile_rank INTEGER NOT NULL
) STRICT;
CREATE INDEX search_item_folded ON search_item (folded);
CREATE INDEX search_item_category ON search_item (category, tile_rank, folded) WHERE category IS NOT NULL;

-- How many rows search_item has: a status line costs no scan.
CREATE TABLE search_count (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  items INTEGER NOT NULL CHECK (items >= 0)
) STRICT;
INSERT INTO search_count (id, items) VALUES (1, 0);

CREATE VIRTUAL TABLE search_text USING fts5 (
  folded,
  content = '', contentless_delete = 1, detail = none, prefix = '2 3 4 5 6',
  tokenize = "unicode61 remove_diacritics 0"
);
`;
