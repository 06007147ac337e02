/** Receipts that nobody has wanted on paper yet: the first print of one is no copy. */
export const sql = `
CREATE TABLE unprinted_receipt (
  receipt_number TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
`;
