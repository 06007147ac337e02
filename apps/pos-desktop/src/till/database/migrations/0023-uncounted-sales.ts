/** Entries of sales that are no sale for whoever counts: post-voids, as before, and what was practised in training. */
export const sql = `
ALTER TABLE post_void RENAME TO uncounted_sale;
`;
