/** Which of this lane's entries undo a sale: they are of the sale's kind, and none. */
export const sql = `
CREATE TABLE post_void (
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL CHECK (seq >= 1),
  PRIMARY KEY (epoch, seq)
) STRICT, WITHOUT ROWID;
`;
