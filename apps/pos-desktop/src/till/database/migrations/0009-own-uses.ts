/**
 * What this lane used of promotions with a limit, sale by sale: what headquarters' sums hold is taken out of it again. What was summed up before
 * is of no known sale (an empty epoch), and stays.
 */
export const sql = `
CREATE TABLE promotion_use_own (
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL,
  promotion_id TEXT NOT NULL,
  -- Empty: of nobody in particular.
  customer_id TEXT NOT NULL,
  uses INTEGER NOT NULL,
  used_minor INTEGER NOT NULL,
  PRIMARY KEY (epoch, seq, promotion_id, customer_id)
) STRICT, WITHOUT ROWID;

INSERT INTO promotion_use_own SELECT '', 0, promotion_id, customer_id, uses, 0 FROM promotion_use;
INSERT INTO promotion_use_own SELECT '', 0, promotion_id, '', 0, used_minor FROM promotion_budget;

DROP TABLE promotion_use;
DROP TABLE promotion_budget;
`;
