/** As which device this lane holds a right to spend: enrolled as another one it spends nothing of it. */
export const sql = `
ALTER TABLE held_right ADD COLUMN device TEXT NOT NULL DEFAULT '';
UPDATE held_right SET device = coalesce((SELECT json_extract(answer, '$.device') FROM sync_identity), '');
`;
