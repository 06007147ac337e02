/**
 * Goods in memory before anybody searches. A search reads some two thousand of them wherever in the table they lie, each a page of its own: right behind a start of Postgres none is in memory, and the
 * first searches waited for them one by one. Read from one end to the other they are there within a second (1,000,000 goods).
 */
import { findGoods } from './find-goods.ts';
import type { ReadPlace } from './merged-entities.ts';

/** What takes longer is left: the hub starts, and its first searches read the rest. */
const MOST_READ = '3s';

/** Of no index, so that the table itself is read. */
export const EVERY_PAGE = 'SELECT max(existence_lsn) FROM entity WHERE tenant_no = $1';

/** Then a search like any other: its code and its plan are there, too. Rejects where the time is over, or the database cannot be asked. */
export async function warmGoods({ database, tenantNo }: Pick<ReadPlace, 'database' | 'tenantNo'>, most = MOST_READ): Promise<void> {
  if (database.engine === 'postgres')
    await database.transaction(async (tx) => {
      await tx.execute(`SET LOCAL statement_timeout = '${most}'`);
      await tx.rows(EVERY_PAGE, [tenantNo]);
    });
  await findGoods({ database, tenantNo, scopes: ['global'] }, { text: 'word', limit: 1 });
}
