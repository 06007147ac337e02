/** Invoices of siblings' sales, by receipt: what comes back of them here is a credit note of them. Places in sync_line_entry. */
export const sql = `
CREATE TABLE sibling_invoice (
  receipt_number TEXT NOT NULL,
  entry_id INTEGER NOT NULL,
  PRIMARY KEY (receipt_number, entry_id)
) STRICT, WITHOUT ROWID;
`;
