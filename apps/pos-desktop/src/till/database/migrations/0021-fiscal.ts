/** What a fiscal signer is told of baskets and sales, and what it answered. */
export const sql = `
-- open: a basket that began. due: a sale to be signed. unsigned: its receipt is out without. givenUp: to be finished without a sale. refused: the signer will not have it. signed: done; what was given up and finished is no row any more.
CREATE TABLE fiscal_transaction (
  no INTEGER PRIMARY KEY,
  basket_id TEXT NOT NULL,
  receipt_number TEXT UNIQUE,
  regime TEXT NOT NULL CHECK (regime IN ('DE', 'plain')),
  state TEXT NOT NULL CHECK (state IN ('open', 'due', 'unsigned', 'signed', 'refused', 'givenUp')),
  -- As the signer counts; null until it answered.
  transaction_no INTEGER,
  type TEXT NOT NULL DEFAULT '',
  data TEXT NOT NULL DEFAULT '',
  -- JSON; of what is signed.
  signature TEXT
) STRICT;
CREATE INDEX fiscal_pending ON fiscal_transaction (no) WHERE state IN ('due', 'unsigned', 'givenUp');
CREATE UNIQUE INDEX fiscal_open ON fiscal_transaction (basket_id) WHERE state = 'open';
`;
