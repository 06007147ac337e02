/** What this store wants otherwise than headquarters publishes, by the entry that asked for it. */
export const sql = `
CREATE TABLE store_wish (
  device TEXT NOT NULL,
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL,
  type INTEGER NOT NULL,
  key TEXT NOT NULL,
  -- Column number and value, as JSON.
  fields TEXT NOT NULL,
  reason TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  -- 1: answered at every cut that anybody reads at.
  is_over INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (device, epoch, seq)
) STRICT, WITHOUT ROWID;
`;
