/** By which correction of its clock a lane wrote the last moment that it agreed to. */
export const sql = `
ALTER TABLE lane ADD COLUMN agreed_offset_ms INTEGER;
`;
