/**
 * What is read for somebody who sees some stores is read by a login that the database shows no others: a question that forgets to ask for the store gets nothing of anybody else's. Which stores these
 * are goes with the request (`AsyncLocalStorage`), so that no path of the API has to hand it on.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

import type { Database } from './database.ts';

export interface NarrowedDatabase {
  /** As it stands within the request that asks. */
  readonly database: Database;
  /** Within any request: what is no store's, as the company's keys are, is read by it. */
  readonly whole: Database;
  /** What `run` asks sees these stores alone. */
  readonly within: <T>(stores: ReadonlySet<string>, run: () => Promise<T>) => Promise<T>;
}

/** `openNarrow`: with what says which stores its next transaction sees; absent where connections have no logins: there paths alone leave out what somebody does not see. */
export function createNarrowed(whole: Database, openNarrow?: (storesNow: () => readonly string[]) => Database): NarrowedDatabase {
  const held = new AsyncLocalStorage<readonly string[]>();
  const narrow = openNarrow?.(() => held.getStore() ?? []);
  if (narrow === undefined) return { database: whole, whole, within: async (_stores, run) => run() };
  const now = (): Database => (held.getStore() === undefined ? whole : narrow);
  return {
    database: {
      engine: whole.engine,
      rows: async (sql, params, options) => now().rows(sql, params, options),
      execute: async (sql, params, options) => now().execute(sql, params, options),
      script: async (sql) => now().script(sql),
      get orm() {
        return now().orm;
      },
      transaction: async (run, options) => now().transaction(run, options),
      ...(whole.connections !== undefined && { connections: whole.connections }),
      close: async () => {
        await narrow.close();
        await whole.close();
      },
    },
    whole,
    within: async (stores, run) => held.run([...stores], run),
  };
}
