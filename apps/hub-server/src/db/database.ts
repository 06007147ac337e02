/**
 * The hub's database as a port: PGlite in a folder where nothing is set up, Postgres by `DATABASE_URL`. One contract suite
 * (`database-contract.ts`) holds for both.
 *
 * Values: int8 comes back as a number (a safe integer, asserted), numeric as text, bytea as Uint8Array, jsonb parsed.
 * Plain questions go through drizzle (`orm`), set-based ones through SQL. Inside `transaction` only the handed `Queries` may be used:
 * PGlite has one connection, and a question beside the transaction would wait for its end.
 */
import { assert } from '@holdfast/base';
import type { PgRemoteDatabase } from 'drizzle-orm/pg-proxy';

import { drizzle } from './drizzle.ts';

export type Orm = PgRemoteDatabase;

/** One that owns nothing: what it sees is for the database to say. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

export interface StatementOptions {
  /** The server reads and plans it once for each connection: for what is asked hundreds of times a second. Only where the text is one of a few, and its best plan does not depend on what is asked with it. */
  readonly keepsPlan?: true;
}

export interface Queries {
  /** Objects by column name. */
  rows<Row>(sql: string, params?: readonly unknown[], options?: StatementOptions): Promise<readonly Row[]>;
  /** The number of rows inserted, updated or deleted. */
  execute(sql: string, params?: readonly unknown[], options?: StatementOptions): Promise<number>;
  /** Several statements without parameters. */
  script(sql: string): Promise<void>;
  readonly orm: Orm;
}

export interface TransactionOptions {
  /** All of its questions see one moment, and nothing can be written. */
  readonly readSnapshot?: true;
  /** Its owner sees rows, of whichever tenant: row security is forced on it otherwise. */
  readonly seesAll?: true;
}

export interface Connections {
  readonly used: number;
  readonly idle: number;
  /** Questions that wait for one. */
  readonly waiting: number;
}

export interface Database extends Queries {
  readonly engine: 'pglite' | 'postgres';
  /** The same database by another login, closed by its caller; `storesNow`: what each transaction of it sees of stores. Absent where connections have no logins. */
  readonly as?: (login: Login, storesNow?: () => readonly string[]) => Database;
  /** Of its pool. Absent where there is none. */
  readonly connections?: () => Connections;
  /** Commits when `run` resolves, rolls back when it rejects. */
  transaction<T>(run: (tx: Queries) => Promise<T>, options?: TransactionOptions): Promise<T>;
  close(): Promise<void>;
}

/** Drizzle over any adapter: it writes the SQL and names the columns, the adapter carries both. */
export function createOrm(arrays: (sql: string, params: readonly unknown[]) => Promise<unknown[][]>): Orm {
  return drizzle(async (sql, params) => ({ rows: await arrays(sql, params) }));
}

/** int8 as a number: everything that the hub counts stays below 2^53. */
export function int8ToNumber(text: string): number {
  const value = Number(text);
  assert(Number.isSafeInteger(value), `int8 ${text} is no safe integer`);
  return value;
}

export const SNAPSHOT_SQL = 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY';
