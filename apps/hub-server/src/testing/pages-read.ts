/** How much Postgres reads for a query: counted in pages, which no load of the machine changes. */
import type { Database } from '../db/database.ts';

interface Read {
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
}

/** Pages of 8 kB, cached or not. */
export async function pagesRead(database: Pick<Database, 'rows'>, query: string, values: readonly unknown[]): Promise<number> {
  const [explained] = await database.rows<{ 'QUERY PLAN': readonly { readonly Plan: Read }[] }>(
    `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${query}`,
    values,
  );
  const read = explained?.['QUERY PLAN'][0]?.Plan;
  return (read?.['Shared Hit Blocks'] ?? Infinity) + (read?.['Shared Read Blocks'] ?? Infinity);
}
