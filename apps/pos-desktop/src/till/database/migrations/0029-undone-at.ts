/** When a sale was undone, for another copy of that paper; NULL: before this was kept. */
export const sql = 'ALTER TABLE sale_return ADD COLUMN at_ms INTEGER;';
