/** Invoices that this lane made: their series, and whose name stands on them, as long as a copy may be wanted here. */
export const sql = `
ALTER TABLE lane ADD COLUMN invoices_epoch TEXT;
ALTER TABLE lane ADD COLUMN invoices_counter INTEGER NOT NULL DEFAULT 0 CHECK (invoices_counter >= 0);
CREATE TABLE invoice (
  invoice_number TEXT PRIMARY KEY,
  receipt_number TEXT NOT NULL UNIQUE,
  credit_of TEXT,
  -- JSON; null once the return window is over: then only the company can open what the ledger holds.
  buyer TEXT,
  at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX invoice_named ON invoice (at_ms) WHERE buyer IS NOT NULL;
`;
