/** Hub and till started alone, as in a shop, and the commands that work with a running hub. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createHubApi, type ImportReport } from '../src/hub-api.ts';
import { accessTill } from '../src/till-access.ts';
import { expectProven, holdfast, MAIN, nothingRuns, scratchFolder } from './processes.ts';

const SHARED = fileURLToPath(new URL('../../../../shared/data/catalog/', import.meta.url));
const present = existsSync(SHARED);
const isSoak = process.env['HOLDFAST_SOAK'] === '1';
/** A file of more rows is imported a second time by `pnpm soak` alone. */
const SECOND_TIME_ROWS = isSoak ? Infinity : 20_000;
/** Of the large catalogue, from its begin; `pnpm soak` takes all of it, and so does `pnpm bench import`. */
const LARGE_ROWS = isSoak ? 120_000 : 24_000;
if (!present) process.stderr.write(`not run: import of the real catalogues (${SHARED} is absent)\n`);

interface Started {
  readonly ready: Readonly<Record<string, string>> & { readonly pid: number };
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
}

async function start(...args: readonly string[]): Promise<Started> {
  const child = spawn(process.execPath, [MAIN, ...args, '--json'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const line = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) resolve(text);
    });
    void ended.then((code) => reject(new Error(`${args[0]} ended with ${code}`)));
  });
  return { ready: JSON.parse(line) as Started['ready'], child, ended };
}

const GOODS = [
  'Artikel,Bezeichnung,Preis,gtin',
  'A1,Apple juice,1.99,4006381333931',
  'A2,Wrong check digit,0.99,4006381333932',
  'A3,No number,free,',
  'a1,Another item than A1,2.49,',
  ',Nothing to call it by,1.00,',
].join('\n');

let folder: Awaited<ReturnType<typeof scratchFolder>>;
let hub: Started;
let reach: readonly string[];

beforeAll(async () => {
  folder = await scratchFolder('commands');
  hub = await start('hub', '--data', join(folder.path, 'hub'), '--port', '0');
  reach = ['--hub', hub.ready['url']!, '--token', hub.ready['consoleToken']!];
});

afterAll(async () => {
  hub?.child.kill('SIGTERM');
  await hub?.ended;
  await nothingRuns(folder.path);
  await folder.remove();
});

const importFile = async (file: string, ...flags: readonly string[]): Promise<ImportReport> => {
  const { code, stdout, stderr } = await holdfast('import', 'catalog', file, ...reach, '--json', ...flags);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as ImportReport;
};

describe('seed', () => {
  test('fills the shelves once', async () => {
    const first = await holdfast('seed', ...reach, '--json', '--day', '2026-07-01');
    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({ type: 'seeded', seedDay: '2026-07-01', departments: 15 });
    const second = await holdfast('seed', ...reach, '--json', '--day', '2026-07-01');
    expect(JSON.parse(second.stdout)).toMatchObject({ lsn: null });
  });
});

describe('import', () => {
  test('takes what is right, names each row that is not, and takes the same file again without a change, packed too', async () => {
    const plain = join(folder.path, 'goods.csv');
    const packed = join(folder.path, 'goods.csv.gz');
    await writeFile(plain, GOODS);
    await writeFile(packed, gzipSync(GOODS));
    const flags = ['--currency', 'EUR', '--tax-class', 'standard', '--columns', 'sku=Artikel,name=Bezeichnung,price=Preis'];
    const first = await importFile(plain, ...flags);
    expect(first).toMatchObject({ rows: 5, created: 2, refused: 3 });
    expect(first.lsn).toBeGreaterThan(0);
    // Rows as a spreadsheet counts them: the header is row 1.
    expect(first.refusals.map(({ row }) => row)).toEqual([3, 4, 6]);
    expect(await importFile(packed, ...flags)).toMatchObject({ rows: 5, created: 0, changed: 0, unchanged: 2, refused: 3, lsn: null });
    const words = await holdfast('import', 'catalog', plain, ...reach, ...flags);
    expect(words.code).toBe(0);
    expect(words.stdout).toContain('no publication was made');
    for (const row of [3, 4, 6]) expect(words.stdout).toContain(`row ${row}: `);
  });

  test('a wrong token is refused, and nothing is taken', async () => {
    const file = join(folder.path, 'goods.csv');
    const refused = await holdfast('import', 'catalog', file, '--hub', hub.ready['url']!, '--token', 'wrong');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('401');
  });
});

describe('hub and till alone', () => {
  test('a code lets one lane in; both end with the command that started them', async () => {
    const data = join(folder.path, 'lane');
    const { stdout } = await holdfast('enrol', ...reach, '--lane', '7', '--json');
    const { code } = JSON.parse(stdout) as { code: string };
    const till = await start('till', '--data', data, '--hub', hub.ready['url']!, '--enrol', code, '--port', '0');
    await expect.poll(async () => (await (await accessTill(data)).verify()).device).not.toBeNull();
    await expect.poll(async () => (await (await accessTill(data)).verify()).items).toBeGreaterThan(300);

    const second = await holdfast('till', '--data', data, '--no-build');
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(String(till.ready.pid));

    await expectProven('verify', ...reach, '--till', data);
    till.child.kill('SIGTERM');
    expect(await till.ended).toBe(0);
    await nothingRuns(data);

    const again = await start('till', '--data', data, '--port', '0');
    again.child.kill('SIGKILL');
    await nothingRuns(data);
    const away = await holdfast('verify', ...reach, '--till', data);
    expect(away).toMatchObject({ code: 1, stdout: '' });
    expect(away.stderr).toMatch(/till/);
  });

  test('S-9: a lane that is ordered to erase itself hands over what it has, leaves nothing, and starts again as a new one', async () => {
    const data = join(folder.path, 'lane');
    const till = await start('till', '--data', data, '--port', '0', '--no-build');
    const { device } = await (await accessTill(data)).verify();
    const ordered = await holdfast('wipe', String(device), ...reach);
    expect(ordered).toMatchObject({ code: 0, stderr: '' });
    expect(await till.ended).toBe(4);
    expect((await readdir(data)).filter((name) => name !== 'till.lock' && name !== 'till.pid')).toEqual([]);
    const { stdout } = await holdfast('wipe', ...reach, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ wipes: [{ device, handedOverAtMs: expect.any(Number) }] });
    const fresh = await start('till', '--data', data, '--port', '0', '--no-build');
    expect((await (await accessTill(data)).verify()).device).toBeNull();
    fresh.child.kill('SIGTERM');
    expect(await fresh.ended).toBe(0);
  });

  test('a second hub on the folder names the first', async () => {
    const second = await holdfast('hub', '--data', join(folder.path, 'hub'), '--no-build');
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(String(hub.ready.pid));
  });
});

test('seed: a chain of any size is sold by lanes that enrolled, and is proven', async () => {
  const size = ['--items', '60', '--stores', '3', '--sales', '500'];
  // Behind the first time goods and stores are there, and sell again.
  for (const _ of [1, 2]) {
    const { code, stdout, stderr } = await holdfast('seed', ...reach, '--json', '--day', '2026-07-01', ...size);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ type: 'seeded', chain: { items: 60, stores: 3, lanes: 12, sales: 500 } });
  }
  const api = createHubApi(hub.ready['url']!, hub.ready['consoleToken']!);
  const proof = await api.verify();
  const chain = proof.devices.filter(({ store }) => store.startsWith('chain-'));
  expect(chain.flatMap(({ epochs }) => epochs).reduce((sum, { sales }) => sum + sales, 0)).toBe(1_000);
  expect(chain.every(({ setAside }) => setAside === 0)).toBe(true);
  expect(proof).toMatchObject({ projectionsEqualLedger: true, problems: [] });
});

/** The head of a packed file and so many of its rows, packed again. Its names hold no line breaks. */
async function beginOf(file: string, rows: number): Promise<string> {
  const lines = gunzipSync(await readFile(file))
    .toString('utf8')
    .split('\n');
  const begin = join(folder.path, basename(file));
  await writeFile(begin, gzipSync(`${lines.slice(0, 1 + rows).join('\n')}\n`));
  return begin;
}

// Behind the lane, which does not wait for all these goods to show that it joins.
test.runIf(present)(
  'takes the real catalogues; a price that was made up is the same one again',
  async () => {
    const flags = ['--currency', 'EUR', '--tax-class', 'standard', '--synthetic-prices'];
    const large = join(SHARED, 'large.csv.gz');
    for (const [file, rows] of [
      [join(SHARED, 'everyday.csv'), 16_862],
      [isSoak ? large : await beginOf(large, LARGE_ROWS), LARGE_ROWS],
    ] as const) {
      const first = await importFile(file, ...flags);
      expect(first.rows, file).toBe(rows);
      expect(first.created + first.changed + first.unchanged + first.duplicates + first.refused, file).toBe(rows);
      expect(first.refused, file).toBe(0);
      process.stderr.write(`imported ${basename(file)}: ${rows} rows in ${first.durationMs} ms\n`);
      // What a second time changes does not depend on how many goods there are: all of them with `pnpm soak`.
      if (rows > SECOND_TIME_ROWS) continue;
      expect(await importFile(file, ...flags), file).toMatchObject({ created: 0, changed: 0, lsn: null });
    }
  },
  600_000,
);
