/** Who told of a receipt, and whether the right to return of it is here; of rights given to siblings, whether the sibling has it. */
export const sql = `
ALTER TABLE told_return ADD COLUMN source TEXT NOT NULL DEFAULT 'hub' CHECK (source IN ('hub', 'seller', 'copies'));
-- NULL: this lane's own store.
ALTER TABLE told_return ADD COLUMN sold_by_store TEXT;
ALTER TABLE told_return ADD COLUMN is_accepted INTEGER NOT NULL DEFAULT 0 CHECK (is_accepted IN (0, 1));
ALTER TABLE given_return ADD COLUMN is_accepted INTEGER NOT NULL DEFAULT 0 CHECK (is_accepted IN (0, 1));
`;
