/** A Postgres server, by a pool of connections. */
import { Pool, types, type CustomTypesConfig, type PoolClient } from 'pg';

import { createOrm, int8ToNumber, SNAPSHOT_SQL, type Database, type Queries, type SessionOptions } from './database.ts';

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

function queriesOf(connection: Pool | PoolClient): Queries {
  return {
    rows: async <Row>(sql: string, params: readonly unknown[] = []) => {
      const answer = await connection.query<Row & Record<string, unknown>>({ text: sql, values: params.map(toDriver) });
      return answer.rows;
    },
    execute: async (sql, params = []) => (await connection.query({ text: sql, values: params.map(toDriver) })).rowCount ?? 0,
    script: async (sql) => {
      await connection.query(sql);
    },
    orm: createOrm(async (sql, params) => {
      const answer = await connection.query<unknown[]>({ text: sql, values: params.map(toDriver), rowMode: 'array' });
      return answer.rows;
    }),
  };
}

/** `onLost` hears of connections that broke while idle; the pool replaces them. Without a `session` the URL's own user: the owner, who migrates. */
export function openPostgres(url: string, onLost: (error: Error) => void, session?: SessionOptions): Database {
  const settings = session === undefined ? {} : { options: `-c role=${session.role} -c holdfast.tenant_no=${session.tenantNo}` };
  const pool = new Pool({ connectionString: url, types: typeParsers, max: 10, ...settings });
  // The pool still speaks for connections that it is closing: that the server closes them first is no loss.
  let isClosing = false;
  pool.on('error', (error) => {
    if (!isClosing) onLost(error);
  });
  // The pool speaks for idle connections and a question for the one it runs on; this is for a connection that is being closed.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    ...queriesOf(pool),
    engine: 'postgres',
    as: (narrower) => openPostgres(url, onLost, narrower),
    connections: () => ({ used: pool.totalCount - pool.idleCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    transaction: async (run, options = {}) => {
      const client = await pool.connect();
      let broken: Error | undefined;
      try {
        await client.query('BEGIN');
        if (options.readSnapshot === true) await client.query(SNAPSHOT_SQL);
        const value = await run(queriesOf(client));
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
    },
    close: async () => {
      isClosing = true;
      await pool.end();
    },
  };
}
