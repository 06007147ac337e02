import Database from 'better-sqlite3';

import { createSqliteDocumentStore } from '../adapters/sqlite-documents.ts';
import { SYNC_MIGRATIONS } from '../adapters/sqlite.ts';
import { describeDocumentStore } from '../testing/document-store-contract.ts';
import { createMemoryDocumentStore } from './document-store.ts';

describeDocumentStore('memory', () => {
  const store = createMemoryDocumentStore();
  return { store: () => store, reopen: () => {} };
});

describeDocumentStore('SQLite', () => {
  let database = new Database(':memory:');
  for (const migration of SYNC_MIGRATIONS) database.exec(migration.sql);
  let store = createSqliteDocumentStore(database);
  return {
    store: () => store,
    reopen: () => {
      database = new Database(database.serialize());
      store = createSqliteDocumentStore(database);
    },
  };
});
