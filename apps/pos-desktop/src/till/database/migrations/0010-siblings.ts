/** The other lanes of the store: what this lane was told of them, and what their ledgers say that a shopper may ask it about. */
export const sql = `
-- Where siblings ask (null: nowhere) and where they are, as the command line said: HOST:PORT, a JSON array.
ALTER TABLE lane ADD COLUMN lan_port INTEGER CHECK (lan_port BETWEEN 0 AND 65535);
ALTER TABLE lane ADD COLUMN neighbours TEXT NOT NULL DEFAULT '[]';

-- Of siblings' ledgers: sales by receipt, and what came back of any sale; places in sync_line_entry.
CREATE TABLE sibling_sale (
  receipt_number TEXT NOT NULL,
  device TEXT NOT NULL,
  entry_id INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (receipt_number, device, entry_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE sibling_return (
  receipt_number TEXT NOT NULL,
  entry_id INTEGER NOT NULL,
  PRIMARY KEY (receipt_number, entry_id)
) STRICT, WITHOUT ROWID;

-- Baskets that siblings have set aside, until they end; by the entry that set each aside.
CREATE TABLE sibling_basket (
  device TEXT NOT NULL,
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL,
  basket_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  business_date TEXT NOT NULL,
  -- What it is, as JSON: its opening and its events.
  content TEXT NOT NULL,
  -- The cut that it has pinned here, in sync's order; null where this lane is not there, or not any more.
  cut_at INTEGER,
  PRIMARY KEY (device, epoch, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX sibling_basket_cut ON sibling_basket (cut_at);
-- Those that ended, also before this lane heard of them: a ledger may come after another one that speaks of it.
CREATE TABLE ended_suspension (
  device TEXT NOT NULL,
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (device, epoch, seq)
) STRICT, WITHOUT ROWID;
-- Of this lane's own: what became of each basket that it set aside.
CREATE TABLE own_suspension (
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL,
  basket_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('suspended', 'resumed', 'handedOver', 'takenOver', 'twice')),
  -- The sibling that has it now.
  device TEXT,
  PRIMARY KEY (epoch, seq)
) STRICT, WITHOUT ROWID;
-- A sibling that goes on with a basket of this lane's, to be looked at by the thread that holds baskets.
CREATE TABLE taken_over (
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL,
  device TEXT NOT NULL,
  PRIMARY KEY (epoch, seq, device)
) STRICT, WITHOUT ROWID;

-- Rights to return of this lane's own sales that it gave to siblings.
CREATE TABLE given_return (
  receipt_number TEXT PRIMARY KEY,
  device TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
