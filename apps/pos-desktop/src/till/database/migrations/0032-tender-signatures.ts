/** How tenders were signed for. What was drawn is sealed by the lane's own key; without a receipt: the basket is not paid yet, or the tender was given back. */
export const sql = `
CREATE TABLE tender_signature (
  basket_id TEXT NOT NULL,
  tender_no INTEGER NOT NULL CHECK (tender_no >= 1),
  receipt_number TEXT,
  tender INTEGER,
  how TEXT NOT NULL,
  strokes TEXT,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (basket_id, tender_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX tender_signature_by_receipt ON tender_signature (receipt_number);
CREATE INDEX tender_signature_by_age ON tender_signature (at_ms);
`;
