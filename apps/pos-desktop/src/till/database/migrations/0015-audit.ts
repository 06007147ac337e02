/** The newest checkpoint of its store that this lane was told, and when it was last compared with the hub. */
export const sql = `
CREATE TABLE audit (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  done_at_ms INTEGER,
  -- JSON; what it proves cannot be had again from anybody else.
  checkpoint TEXT
) STRICT;
INSERT INTO audit (id) VALUES (1);
`;
