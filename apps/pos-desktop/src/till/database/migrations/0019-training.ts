/** A lane in training: its baskets are marked, and its numbers are a series of their own. */
export const sql = `
ALTER TABLE lane ADD COLUMN is_training INTEGER NOT NULL DEFAULT 0 CHECK (is_training IN (0, 1));
ALTER TABLE lane ADD COLUMN training_epoch TEXT;
ALTER TABLE lane ADD COLUMN training_counter INTEGER NOT NULL DEFAULT 0 CHECK (training_counter >= 0);
ALTER TABLE basket ADD COLUMN is_training INTEGER NOT NULL DEFAULT 0 CHECK (is_training IN (0, 1));
`;
