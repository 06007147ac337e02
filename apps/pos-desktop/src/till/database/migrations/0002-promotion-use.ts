/** What limits of promotions ask for: how often a customer used one, and what of its budget is gone, by this lane's own sales. */
export const sql = `
CREATE TABLE promotion_use (
  customer_id TEXT NOT NULL,
  promotion_id TEXT NOT NULL,
  uses INTEGER NOT NULL,
  PRIMARY KEY (customer_id, promotion_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE promotion_budget (
  promotion_id TEXT PRIMARY KEY,
  used_minor INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
