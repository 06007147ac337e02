/** What the sales of each business day come to, for headquarters to be told before they are sent; what was sold before this is not in it. */
export const sql = `
CREATE TABLE day_sales (
  epoch TEXT NOT NULL,
  business_date TEXT NOT NULL,
  currency TEXT NOT NULL,
  from_seq INTEGER NOT NULL CHECK (from_seq >= 0),
  to_seq INTEGER NOT NULL,
  sales INTEGER NOT NULL CHECK (sales >= 1),
  total_minor INTEGER NOT NULL,
  PRIMARY KEY (epoch, business_date, currency)
) STRICT, WITHOUT ROWID;
`;
