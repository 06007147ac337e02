/** Whether somebody opened the present shift, and which day rolled over before it without a count. */
export const sql = `
ALTER TABLE shift ADD COLUMN is_opened INTEGER NOT NULL DEFAULT 0 CHECK (is_opened IN (0, 1));
ALTER TABLE shift ADD COLUMN rolled_from TEXT;
UPDATE shift SET is_opened = 1 WHERE business_date IS NOT NULL;
`;
