/** What stands on the lane, and what it still has to print. */
export const sql = `
-- A list of devices as JSON, as the setup screen or the command line left it.
ALTER TABLE lane ADD COLUMN devices TEXT NOT NULL DEFAULT '[]';

CREATE TABLE print_job (
  job_no INTEGER PRIMARY KEY,
  -- What is printed, as JSON; the paper itself is made anew out of the sale.
  print_order TEXT NOT NULL,
  -- Some of it may be on paper: it is printed as a copy from now on.
  has_begun INTEGER NOT NULL DEFAULT 0
) STRICT;
`;
