/** A shift for each drawer: the lane's own, and the inserts of those who have one each. */
export const sql = `
CREATE TABLE drawer (
  drawer TEXT PRIMARY KEY,
  shift INTEGER NOT NULL CHECK (shift >= 1),
  -- Of its opening or its first entry; NULL: nothing was written in it yet.
  business_date TEXT,
  -- The last entry before it; NULL: there was none.
  from_epoch TEXT,
  from_seq INTEGER NOT NULL CHECK (from_seq >= 0),
  -- Of its shifts that were closed before.
  perpetual_minor INTEGER NOT NULL,
  is_opened INTEGER NOT NULL DEFAULT 0 CHECK (is_opened IN (0, 1)),
  rolled_from TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO drawer (drawer, shift, business_date, from_epoch, from_seq, perpetual_minor, is_opened, rolled_from)
  SELECT '1', shift, business_date, from_epoch, from_seq, perpetual_minor, is_opened, rolled_from FROM shift;
DROP TABLE shift;
`;
