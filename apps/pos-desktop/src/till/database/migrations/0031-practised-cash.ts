/** Where the training that is on began: what its drawer comes to is folded from there. */
export const sql = `
ALTER TABLE lane ADD COLUMN practised_from_epoch TEXT;
ALTER TABLE lane ADD COLUMN practised_from_seq INTEGER NOT NULL DEFAULT 0;
`;
