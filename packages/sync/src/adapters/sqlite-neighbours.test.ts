import Database from 'better-sqlite3';

import { describeNeighbourStore } from '../testing/neighbour-store-contract.ts';
import { createSqliteNeighbourStore } from './sqlite-neighbours.ts';
import { SYNC_MIGRATIONS } from './sqlite.ts';

describeNeighbourStore('SQLite', (folds) => {
  let database = new Database(':memory:');
  for (const migration of SYNC_MIGRATIONS) database.exec(migration.sql);
  let store = createSqliteNeighbourStore(database, folds);
  return {
    store: () => store,
    reopen: () => {
      database = new Database(database.serialize());
      store = createSqliteNeighbourStore(database, folds);
    },
  };
});
