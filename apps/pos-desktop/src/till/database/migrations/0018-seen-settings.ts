/** The settings of the store as the journal last told them, as JSON; NULL: they were not looked at yet. */
export const sql = `
ALTER TABLE lane ADD COLUMN seen_settings TEXT;
`;
