/** What the hub said of the sales that goods of the open baskets came from. */
export const sql = `
CREATE TABLE told_return (
  receipt_number TEXT PRIMARY KEY,
  -- The answer as it came, as JSON.
  answer TEXT NOT NULL,
  told_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
