/** Whether the basket that was open when this database was rebuilt is lost with the one before, and nothing was sold since. */
export const sql = `
ALTER TABLE lane ADD COLUMN lost_basket INTEGER NOT NULL DEFAULT 0 CHECK (lost_basket IN (0, 1));
`;
