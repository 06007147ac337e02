import { expect, test } from 'vitest';

import { openMemoryDatabase } from '../testing/memory-database.ts';
import { getTableConfig, PgTable } from './drizzle.ts';
import { migrate } from './migrate.ts';
import * as schema from './schema.ts';

interface ColumnShape {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly required: boolean;
}

const byName = (left: string, right: string): number => (left < right ? -1 : 1);
const sorted = (columns: readonly ColumnShape[]): readonly ColumnShape[] =>
  columns.toSorted((left, right) => byName(`${left.table}.${left.column}`, `${right.table}.${right.column}`));

test('the migrations make the tables that drizzle is told of: every table, column, type, null and primary key', async () => {
  const database = await openMemoryDatabase('empty');
  await migrate(database);
  const made = await database.rows<ColumnShape>(
    `SELECT table_name AS "table", column_name AS "column",
       CASE WHEN data_type = 'ARRAY' THEN (CASE udt_name WHEN '_int8' THEN 'bigint' WHEN '_int4' THEN 'integer' WHEN '_text' THEN 'text' END) || '[]' ELSE data_type END AS "type", is_nullable = 'NO' AS required
     FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'schema_migration'
       AND table_name NOT IN (SELECT table_name FROM information_schema.views WHERE table_schema = 'public')`,
  );
  const tables = Object.values(schema).filter((value) => value instanceof PgTable);
  const told = tables.flatMap((table) => {
    const config = getTableConfig(table);
    return config.columns.map((column) => ({
      table: config.name,
      column: column.name,
      type: column.getSQLType(),
      required: column.notNull,
    }));
  });
  expect(sorted(made)).toEqual(sorted(told));

  const madeKeys = await database.rows<{ table: string; columns: string }>(
    `SELECT conrelid::regclass::text AS "table", string_agg(attname, ',' ORDER BY array_position(conkey, attnum)) AS columns
     FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)
     WHERE contype = 'p' AND connamespace = 'public'::regnamespace AND conrelid <> 'schema_migration'::regclass GROUP BY conrelid`,
  );
  const toldKeys = tables.map((table) => {
    const config = getTableConfig(table);
    const [composite] = config.primaryKeys;
    const columns = composite?.columns ?? config.columns.filter((column) => column.primary);
    return { table: config.name, columns: columns.map((column) => column.name).join(',') };
  });
  const byTable = (left: { table: string }, right: { table: string }): number => byName(left.table, right.table);
  expect(madeKeys.toSorted(byTable)).toEqual(toldKeys.toSorted(byTable));
  await database.close();
});
