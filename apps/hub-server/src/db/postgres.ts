/** A Postgres server, by a pool of connections. */
import { Pool, types, type CustomTypesConfig, type PoolClient, type QueryConfig } from 'pg';

import {
  createOrm,
  int8ToNumber,
  type Login,
  SNAPSHOT_SQL,
  type Database,
  type Queries,
  type StatementOptions,
  type TransactionOptions,
} from './database.ts';

const { BYTEA, INT8 } = types.builtins;
const parseBytea = types.getTypeParser(BYTEA, 'text') as (text: string) => Buffer;

const typeParsers: CustomTypesConfig = {
  getTypeParser: (oid, format) => {
    if (oid === INT8) return int8ToNumber;
    // A plain array of bytes, as the other adapter gives: a Buffer's slices share memory.
    if (oid === BYTEA) return (text: string) => new Uint8Array(parseBytea(text));
    return types.getTypeParser(oid, format) as unknown;
  },
};

/** The driver takes bytes as Buffers only. */
const toDriver = (value: unknown): unknown =>
  value instanceof Uint8Array && !Buffer.isBuffer(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;

/** By its text, of all connections: the driver says a name again instead of the text where this connection has it. */
const names = new Map<string, string>();

function nameOf(sql: string): string {
  const name = names.get(sql) ?? `s${names.size + 1}`;
  names.set(sql, name);
  return name;
}

const statementOf = (text: string, params: readonly unknown[], { keepsPlan }: StatementOptions = {}): QueryConfig => ({
  text,
  values: params.map(toDriver),
  ...(keepsPlan === true && { name: nameOf(text) }),
});

function queriesOf(connection: Pool | PoolClient): Queries {
  return {
    rows: async <Row>(sql: string, params: readonly unknown[] = [], options?: StatementOptions) => {
      const answer = await connection.query<Row & Record<string, unknown>>(statementOf(sql, params, options));
      return answer.rows;
    },
    execute: async (sql, params = [], options) => (await connection.query(statementOf(sql, params, options))).rowCount ?? 0,
    script: async (sql) => {
      await connection.query(sql);
    },
    orm: createOrm(async (sql, params) => arraysOf(connection, sql, params)),
  };
}

async function arraysOf(connection: Pool | PoolClient, sql: string, params: readonly unknown[]): Promise<unknown[][]> {
  const answer = await connection.query<unknown[]>({ text: sql, values: params.map(toDriver), rowMode: 'array' });
  return answer.rows;
}

/** Names of stores hold no quote (`enrolment/stores.ts`); what does is none. */
const storesText = (stores: readonly string[]): string => `'${stores.filter((store) => /^[\w.-]+$/.test(store)).join('\n')}'`;

interface OpenAs {
  readonly login: Login;
  readonly storesNow: (() => readonly string[]) | undefined;
}

function addressFor(url: string, as: OpenAs | undefined): string {
  if (as === undefined) return url;
  const own = new URL(url);
  own.username = as.login.user;
  own.password = as.login.password;
  return own.href;
}

/** `onLost` hears of connections that broke while idle; the pool replaces them. Without `as` the URL's own user: the owner, who migrates. */
export function openPostgres(url: string, onLost: (error: Error) => void, as?: OpenAs): Database {
  const pool = new Pool({ connectionString: addressFor(url, as), types: typeParsers, max: 10 });
  // The pool still speaks for connections that it is closing: that the server closes them first is no loss.
  let isClosing = false;
  pool.on('error', (error) => {
    if (!isClosing) onLost(error);
  });
  // The pool speaks for idle connections and a question for the one it runs on; this is for a connection that is being closed.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const transaction = async <T>(run: (client: PoolClient) => Promise<T>, options: TransactionOptions = {}): Promise<T> => {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      const sees = [
        ...(as?.storesNow === undefined ? [] : [`SET LOCAL holdfast.stores = ${storesText(as.storesNow())}`]),
        ...(options.seesAll === true ? ["SET LOCAL holdfast.owner_sees = 'all'"] : []),
      ];
      await client.query(['BEGIN', ...sees].join('; '));
      if (options.readSnapshot === true) await client.query(SNAPSHOT_SQL);
      const value = await run(client);
      await client.query('COMMIT');
      return value;
    } catch (error) {
      await client.query('ROLLBACK').catch((cause: unknown) => {
        broken = cause instanceof Error ? cause : new Error(String(cause));
      });
      throw error;
    } finally {
      client.release(broken);
    }
  };
  const inTransactions: Queries = {
    rows: async <Row>(sql: string, params?: readonly unknown[], options?: StatementOptions) =>
      transaction(async (client) => queriesOf(client).rows<Row>(sql, params, options)),
    execute: async (sql, params, options) => transaction(async (client) => queriesOf(client).execute(sql, params, options)),
    script: async (sql) => transaction(async (client) => queriesOf(client).script(sql)),
    orm: createOrm(async (sql, params) => transaction(async (client) => arraysOf(client, sql, params))),
  };
  return {
    // What holds for a transaction alone is said in one for each question.
    ...(as?.storesNow === undefined ? queriesOf(pool) : inTransactions),
    engine: 'postgres',
    as: (login, storesNow) => openPostgres(url, onLost, { login, storesNow }),
    connections: () => ({ used: pool.totalCount - pool.idleCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    transaction: async (run, options) => transaction(async (client) => run(queriesOf(client)), options),
    close: async () => {
      isClosing = true;
      await pool.end();
    },
  };
}
