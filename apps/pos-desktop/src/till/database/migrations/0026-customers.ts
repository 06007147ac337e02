/** Customers whom this lane took up: what may be known of them here, and, until the hub has it, what they said, sealed to the company's key. Names of invoices are sealed by the lane. */
export const sql = `
CREATE TABLE own_customer (
  customer TEXT PRIMARY KEY,
  initials TEXT NOT NULL,
  language TEXT,
  key_number INTEGER NOT NULL,
  sealed BLOB,
  at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX own_customer_waiting ON own_customer (at_ms) WHERE sealed IS NOT NULL;
CREATE TABLE own_customer_code (
  code TEXT PRIMARY KEY,
  customer TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;
