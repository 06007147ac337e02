import { afterAll, beforeAll, expect, test } from 'vitest';

import { openMemoryDatabase } from '../testing/memory-database.ts';
import { arrayText } from './array-text.ts';
import type { Database } from './database.ts';

let database: Database;
beforeAll(async () => {
  database = await openMemoryDatabase('empty');
});
afterAll(async () => database.close());

const readBack = async (type: string, values: readonly (string | number | boolean | null)[]): Promise<unknown> =>
  (await database.rows<{ read: unknown }>(`SELECT to_jsonb($1::${type}[]) AS read`, [arrayText(values)]))[0]?.read;

test('the database reads the very values, of which type and spelling ever', async () => {
  const texts = ['', ' ', 'NULL', 'null', 'a,b', '{c}', '"', String.raw`\\n`, 'a\nb\tc', "it's", 'Käse 🧀', String.raw`\"`, null];
  expect(await readBack('text', texts)).toEqual(texts);
  expect(await readBack('text', ['plain', null, 'x'])).toEqual(['plain', null, 'x']);
  expect(await readBack('bigint', [0, -1, Number.MAX_SAFE_INTEGER, null])).toEqual([0, -1, Number.MAX_SAFE_INTEGER, null]);
  expect(await readBack('boolean', [true, false, null])).toEqual([true, false, null]);
  expect(await readBack('text', [])).toEqual([]);
});
