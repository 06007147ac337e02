/** What of this lane's sales came back, and which of their tenders its terminal gave back. */
export const sql = `
-- The columns of each entry that returned something of a sale, or undid it, as JSON; by the receipt that it names.
CREATE TABLE sale_return (
  id INTEGER PRIMARY KEY,
  receipt_number TEXT NOT NULL,
  fields TEXT NOT NULL
) STRICT;
CREATE INDEX sale_return_receipt ON sale_return (receipt_number);

CREATE TABLE tender_reversal (
  receipt_number TEXT NOT NULL,
  -- Its place in the sale, counted from 1.
  tender INTEGER NOT NULL CHECK (tender >= 1),
  PRIMARY KEY (receipt_number, tender)
) STRICT, WITHOUT ROWID;
`;
