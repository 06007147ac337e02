import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';

import { ok } from '@holdfast/base';
import { expect, test } from 'vitest';

import { readTable } from './table-file.ts';

async function rowsOf(body: string | Uint8Array): Promise<unknown> {
  const rows: unknown[] = [];
  const read = await readTable(Readable.from([Buffer.from(body)]), {
    onHeader: (header) => {
      rows.push(header);
      return ok(undefined);
    },
    onRow: (rowNumber, row) => rows.push([rowNumber, ...row]),
    onMalformed: (rowNumber, what) => rows.push([rowNumber, `malformed: ${what}`]),
  });
  return read.ok ? rows : read.error;
}

test('CSV, in whichever delimiter its header uses', async () => {
  const expected = [
    ['a', 'b'],
    [2, '1', '2'],
  ];
  for (const delimiter of [',', ';', '\t', '|']) expect(await rowsOf(`\uFEFFa${delimiter}b\r\n1${delimiter}2\r\n`)).toEqual(expected);
});

test('JSON: an array or one object a line, packed or not; columns in the order in which they come up; lists as their text', async () => {
  const expected = [
    ['sku', 'price', 'tags'],
    [2, 'A', '1.50', ''],
    [3, 'B', '2', '["x",1]'],
  ];
  const objects = [
    { sku: 'A', price: '1.50' },
    { sku: 'B', price: 2, tags: ['x', 1] },
  ];
  expect(await rowsOf(JSON.stringify(objects))).toEqual(expected);
  expect(await rowsOf(`\uFEFF ${objects.map((object) => JSON.stringify(object)).join('\n')}\n`)).toEqual(expected);
  expect(await rowsOf(gzipSync(JSON.stringify(objects)))).toEqual(expected);
});

test('what is no object is a malformed row, and names that every object has are columns like others', async () => {
  expect(await rowsOf('[{"sku":"A","price":null}, 7, {"constructor":"C"}]')).toEqual([
    ['sku', 'price', 'constructor'],
    [2, 'A', '', ''],
    [3, 'malformed: not an object'],
    [4, '', '', 'C'],
  ]);
});

test.each([
  ['nothing', ''],
  ['half an array', '[{"sku":"A"}'],
  ['half a line', '{"sku":"A"}\n{"sku":'],
  ['half a gz', gzipSync('sku,name\nA,B\n'.repeat(1_000)).subarray(0, 60)],
])('%s is unreadable, whole', async (_what, body) => {
  expect(await rowsOf(body)).toMatchObject({ type: 'unreadableFile' });
});
