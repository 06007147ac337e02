/** That a sibling gave a basket to this lane stands in its ledger, whether or not its answer came. */
export const sql = `
ALTER TABLE sibling_basket ADD COLUMN is_given INTEGER NOT NULL DEFAULT 0 CHECK (is_given IN (0, 1));
`;
