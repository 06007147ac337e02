/** What the sales came to whose entries this lane has forgotten. */
export const sql = `
CREATE TABLE carried_sales (
  epoch TEXT NOT NULL,
  currency TEXT NOT NULL,
  sales INTEGER NOT NULL CHECK (sales >= 1),
  total_minor INTEGER NOT NULL,
  PRIMARY KEY (epoch, currency)
) STRICT, WITHOUT ROWID;
`;
