/** The drawer's present shift: where its entries begin. What they come to is folded out of the ledger. */
export const sql = `
CREATE TABLE shift (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  shift INTEGER NOT NULL CHECK (shift >= 1),
  -- NULL: nobody opened it, and its date is the clock's.
  business_date TEXT,
  -- The last entry before it; NULL: there was none.
  from_epoch TEXT,
  from_seq INTEGER NOT NULL CHECK (from_seq >= 0),
  -- Of all shifts that were closed before.
  perpetual_minor INTEGER NOT NULL
) STRICT;
`;
