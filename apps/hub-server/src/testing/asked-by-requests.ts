/** Which statements a hub's answers ask of its database, by the request that they answer: those of work that nobody waits for are nobody's. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';

import type { Database, Queries } from '../db/database.ts';

export interface WatchedDatabase {
  readonly database: Database;
  /** What was asked since it was asked last, each request by itself and in its order. */
  takeAsked(): readonly (readonly string[])[];
}

export function watchRequests(held: Database): WatchedDatabase {
  const requests = new AsyncLocalStorage<string[]>();
  let asked: string[][] = [];
  // Before anything listens to it: all that is done for a request is done in its context.
  subscribe('http.server.request.start', () => {
    const statements: string[] = [];
    asked.push(statements);
    requests.enterWith(statements);
  });
  const watched = <T extends Queries>(queries: T): T => ({
    ...queries,
    rows: async (sql, params) => {
      requests.getStore()?.push(sql);
      return queries.rows(sql, params);
    },
    execute: async (sql, params) => {
      requests.getStore()?.push(sql);
      return queries.execute(sql, params);
    },
  });
  return {
    database: { ...watched(held), transaction: async (run, options) => held.transaction(async (tx) => run(watched(tx)), options) },
    takeAsked: () => {
      const taken = asked;
      asked = [];
      return taken;
    },
  };
}
