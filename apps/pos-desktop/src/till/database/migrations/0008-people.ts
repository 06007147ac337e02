/** Who is signed on, how often somebody was wrong, and when the hub was last heard. */
export const sql = `
CREATE TABLE session (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  -- NULL: somebody signed off.
  user TEXT,
  is_locked INTEGER NOT NULL CHECK (is_locked IN (0, 1))
) STRICT;

CREATE TABLE sign_on_failure (
  -- Empty: of nobody in particular.
  user TEXT PRIMARY KEY,
  failures INTEGER NOT NULL CHECK (failures >= 1),
  -- As it was sealed when the count began: a new one begins a new count.
  passcode TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Store-agreed time.
ALTER TABLE lane ADD COLUMN last_contact_ms INTEGER;
`;
