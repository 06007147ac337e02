/** Rights to spend that the hub granted this lane ahead, and in which entries it spent by them. */
export const sql = `
CREATE TABLE held_right (
  grant_id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  reference TEXT NOT NULL,
  currency TEXT NOT NULL,
  left_minor INTEGER NOT NULL CHECK (left_minor >= 0),
  expires_at_ms INTEGER NOT NULL,
  UNIQUE (account, reference, currency)
) STRICT, WITHOUT ROWID;

CREATE TABLE right_spending (
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL,
  account TEXT NOT NULL,
  reference TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  PRIMARY KEY (account, reference, currency, epoch, seq)
) STRICT, WITHOUT ROWID;
`;
