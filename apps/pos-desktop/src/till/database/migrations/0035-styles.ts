/** Of each item of the newest cells the style that it is a variant of, so that a search shows a style once and all its variants are found; read anew as items change. */
export const sql = `
ALTER TABLE search_item ADD COLUMN style TEXT;
CREATE INDEX search_item_style ON search_item (style, sku) WHERE style IS NOT NULL;
`;
