import { Readable } from 'node:stream';
import { deflateRawSync } from 'node:zlib';

import { ok } from '@holdfast/base';
import { describe, expect, test } from 'vitest';
import writeExcelFile from 'write-excel-file/universal';

import { readTable } from './table-file.ts';
import { checkZip, writeWorkbook } from './table-workbook.ts';

type SheetCells = NonNullable<Parameters<typeof writeExcelFile>[0]>;

const workbook = async (cells: unknown): Promise<Buffer> =>
  Buffer.from(await (await writeExcelFile(cells as SheetCells & readonly never[]).toBlob()).arrayBuffer());

interface Read {
  readonly header: readonly string[];
  readonly rows: readonly (readonly [row: number, ...cells: string[]])[];
  readonly fault: string | undefined;
}

async function readAll(bytes: Buffer): Promise<Read> {
  let header: readonly string[] = [];
  const rows: (readonly [number, ...string[]])[] = [];
  const read = await readTable<never>(Readable.from([bytes.subarray(0, 3), bytes.subarray(3)]), {
    onHeader: (names) => {
      header = names;
      return ok(undefined);
    },
    onRow: (row, cells) => rows.push([row, ...cells]),
    onMalformed: (row, what) => rows.push([row, 'malformed', what]),
  });
  return { header, rows, fault: read.ok ? undefined : read.error.reason };
}

/** A zip of parts, as its directory says they are. */
function zip(parts: readonly { readonly name: string; readonly content: Buffer; readonly says?: number }[]): Buffer {
  const [local, directory]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const { name, content, says = content.length } of parts) {
    const packed = deflateRawSync(content);
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(8, 8);
    head.writeUInt32LE(packed.length, 18);
    head.writeUInt32LE(says, 22);
    head.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(says, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    local.push(head, Buffer.from(name), packed);
    directory.push(entry, Buffer.from(name));
    at += 30 + name.length + packed.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...local, listed, end]);
}

describe('a workbook is a table', () => {
  test('codes keep their zeros, figures their digits, days and times stand as a wall shows them; rows are counted as a spreadsheet counts them', async () => {
    const bytes = await workbook([
      ['gtin', 'name', 'price', 'from', 'deposit'],
      ['0012345678905', 'Salt', 2.55, { value: new Date('2026-12-01T00:00:00Z'), format: 'yyyy-mm-dd' }, true],
      [],
      [{ value: 4_006_381_333_931 }, '=SUM(A1)', 0.1, { value: new Date('2026-12-01T07:30:00Z'), format: 'yyyy-mm-dd hh:mm' }, null],
    ]);
    expect(await readAll(bytes)).toEqual({
      header: ['gtin', 'name', 'price', 'from', 'deposit'],
      rows: [
        [2, '0012345678905', 'Salt', '2.55', '2026-12-01', 'true'],
        [4, '4006381333931', '=SUM(A1)', '0.1', '2026-12-01 07:30', ''],
      ],
      fault: undefined,
    });
  });

  test('what is written comes back as it was, and no cell of it is a formula or a number', async () => {
    const rows = [
      ['sku', 'name', 'price'],
      ['007', '=cmd|"/c calc"!A1', '1.20'],
      ['-1', '@SUM(1)', ' <b>&amp; 🧂'],
    ];
    const written = await writeWorkbook(
      (async function* batches() {
        for (const row of rows) yield [row];
      })(),
    );
    const bytes = Buffer.from(written ?? []);
    expect(await readAll(bytes)).toEqual({
      header: rows[0],
      rows: rows.slice(1).map((row, index) => [index + 2, ...row]),
      fault: undefined,
    });
  });
});

describe('what is no workbook is refused before anything is made of it', () => {
  const sheet = { name: 'xl/worksheets/sheet1.xml', content: Buffer.from('<worksheet/>') };
  const pointingNowhere = (): Buffer => {
    const bytes = zip([sheet]);
    bytes.writeUInt32LE(0xff_ff_ff_ff, bytes.length - 6);
    return bytes;
  };
  test.each([
    ['a bomb that says how large it is', zip([{ ...sheet, content: Buffer.alloc(4_000_000) }]), /larger than 1000000 bytes/],
    ['a bomb that says that it is small', zip([{ ...sheet, content: Buffer.alloc(4_000_000), says: 900 }]), /torn, or larger than it says/],
    [
      'many parts that are large together',
      zip(Array.from({ length: 5 }, (_, index) => ({ name: `p${index}.xml`, content: Buffer.alloc(300_000) }))),
      /larger than/,
    ],
    [
      'more parts than a workbook has',
      zip(Array.from({ length: 501 }, (_, index) => ({ name: `p${index}.xml`, content: Buffer.alloc(1) }))),
      /at most 500 parts/,
    ],
    ['a file that ends in its middle', zip([sheet]).subarray(0, 60), /torn/],
    ['a directory that points nowhere', pointingNowhere(), /torn/],
  ])('%s', async (_what, bytes, reason) => {
    await expect(checkZip(bytes, 1_000_000)).rejects.toThrow(reason);
  });

  test.each([
    ['a zip without a sheet', zip([{ name: 'readme.xml', content: Buffer.from('<a/>') }])],
    ['a sheet that is no XML', zip([{ ...sheet, content: Buffer.from('\u0000\u0001') }])],
    ['a zip that is torn', zip([sheet]).subarray(0, 50)],
  ])('%s is unreadable, and the hub goes on', async (_what, bytes) => {
    expect((await readAll(bytes)).fault).toMatch(/workbook/);
  });
});
