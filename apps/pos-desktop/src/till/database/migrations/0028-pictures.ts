/** Of each item of the newest cells the name of its picture, so that those that are not here yet are found without reading the catalogue. */
export const sql = `
ALTER TABLE search_item ADD COLUMN picture TEXT;
CREATE INDEX search_item_picture ON search_item (picture) WHERE picture IS NOT NULL;
`;
