import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import Database from 'better-sqlite3';
import { afterAll, afterEach, describe, expect, test } from 'vitest';

import { createLaneFolder, MAIN, openWindow, startChildTill, type ChildTill } from './testing/child-till.ts';
import { destroy } from './testing/destroy-table.ts';
import { mountSmallDisk } from './testing/small-disk.ts';
import { ASSORTMENT, BEER, createTestLane, MILK } from './testing/test-lane.ts';

const KILLS = process.env['HOLDFAST_SOAK'] === '1' ? 1_000 : 20;

const folders: string[] = [];
const children: ChildTill[] = [];
const newFolder = (): string => {
  const folder = createLaneFolder();
  folders.push(folder);
  return folder;
};
const start = async (folder: string, before: readonly string[] = []): Promise<ChildTill> => {
  const till = await startChildTill(folder, before);
  children.push(till);
  return till;
};
afterEach(() => {
  for (const till of children.splice(0)) if (till.child.exitCode === null && till.child.signalCode === null) till.child.kill('SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const disk = mountSmallDisk(8);
afterAll(() => disk?.remove());

const runTill = (...args: string[]): { code: number | null; stderr: string } => {
  const { status, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
  return { code: status, stderr };
};

interface Verification {
  readonly epochs: readonly {
    readonly sales: number;
    readonly seq: number;
    readonly chainWhole: boolean;
    readonly totalsByCurrency: unknown;
  }[];
}

async function verify(folder: string): Promise<Verification> {
  const { url, secret } = JSON.parse(readFileSync(join(folder, 'till.json'), 'utf8')) as { url: string; secret: string };
  return (await (await fetch(`${url}/verify`, { headers: { authorization: `Bearer ${secret}` } })).json()) as Verification;
}

describe('starting', () => {
  test('who gives a lane another code is told that it is one already, and that nothing was done with the code', async () => {
    const folder = newFolder();
    const till = await startChildTill(folder, [], ['--enrol', 'ABCD-EFGH']);
    children.push(till);
    await till.stop();
    expect(till.stderr()).toContain(`till: ${folder} is lane 1 of store 1 already: the enrolment code was not used.`);
    expect(till.stderr()).not.toContain('ABCD-EFGH');
    const again = await start(folder);
    await again.stop();
    expect(again.stderr()).not.toContain('enrolment code');
  });

  test('wrong arguments are said in words, and end with 2', () => {
    const { code, stderr } = runTill('--data', '/nowhere', '--port', 'x');
    expect(code).toBe(2);
    expect(stderr).toContain('--port x is no port');
  });

  test('a second till on the folder says which process holds it, and ends with 1', async () => {
    const folder = newFolder();
    const first = await start(folder);
    const second = runTill('--data', folder);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`process ${first.pid}`);
    await first.kill();
    const third = await start(folder);
    expect(third.pid).not.toBe(first.pid);
    expect(await third.stop()).toBe(0);
  });

  test('a folder that cannot be had, or not be written to, is said in words, and ends with 1', () => {
    const folder = newFolder();
    const file = join(folder, 'file');
    writeFileSync(file, '');
    // Where its lock file goes, a folder is in the way.
    mkdirSync(join(folder, 'lane', 'till.lock'), { recursive: true });
    for (const data of [file, join(file, 'lane'), join(folder, 'lane')]) {
      const { code, stderr } = runTill('--data', data);
      expect(code, data).toBe(1);
      expect(stderr).toMatch(/^till: .* cannot be used \(.+\): .* Nothing was changed\.\n$/u);
    }
  });

  test('a database that another program keeps is left alone: the till says so, ends with 1, and starts when it is let go', async () => {
    const folder = newFolder();
    const stranger = new Database(join(folder, 'till.db'));
    stranger.pragma('locking_mode = EXCLUSIVE');
    stranger.exec('BEGIN EXCLUSIVE');
    const { code, stderr } = runTill('--data', folder);
    expect(code).toBe(1);
    expect(stderr).toContain('is in use by another program');
    expect(stderr).not.toContain('SqliteError');
    stranger.close();
    expect(await (await start(folder)).stop()).toBe(0);
  });

  test.runIf(disk !== undefined)(
    'on a full disk is said in words, ends with 1 and leaves nothing lying about; with room again it starts',
    async () => {
      const folder = join(disk?.folder ?? '', 'lane');
      mkdirSync(folder);
      createTestLane(ASSORTMENT, folder).db.close();
      disk?.fill();
      const before = readdirSync(folder);
      const { code, stderr } = runTill('--data', folder);
      expect(code).toBe(1);
      expect(stderr).toBe(`till: the disk of ${folder} is full: make room on it, and start the till again. Nothing was changed.\n`);
      expect(readdirSync(folder).filter((name) => !before.includes(name) && name.endsWith('.new'))).toEqual([]);
      disk?.makeRoom();
      expect(await (await start(folder)).stop()).toBe(0);
    },
  );

  test.each(['promotion_use_own', 'given_reply', 'sync_entity'])(
    'I-6: a database that is damaged where only the start reads it (%s) ends with 3, and the next start has rebuilt it',
    async (table) => {
      const folder = newFolder();
      destroy(folder, table);
      const { code, stderr } = runTill('--data', folder);
      expect({ code, said: stderr.includes('"message":"the database is damaged"') }).toEqual({ code: 3, said: true });
      const till = await start(folder);
      expect(till.stderr()).toContain('it is set aside and rebuilt');
      expect(await till.stop()).toBe(0);
      expect(readdirSync(folder).filter((name) => name.startsWith('damaged-'))).toHaveLength(1);
    },
  );

  test('what lies in the folder is its owner’s alone, and a window’s cookie outlives a crash', async () => {
    const folder = newFolder();
    const first = await start(folder);
    for (const name of ['till.json', 'device.key']) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    const { secret } = JSON.parse(readFileSync(join(folder, 'till.json'), 'utf8')) as { secret: string };
    await first.kill();
    await start(folder);
    expect((JSON.parse(readFileSync(join(folder, 'till.json'), 'utf8')) as { secret: string }).secret).toBe(secret);
  });
});

describe('killed in mid-basket', () => {
  test('the basket is there again, line by line; a replayed request changes nothing', async () => {
    const folder = newFolder();
    const first = await start(folder);
    const before = await openWindow(first.wsUrl);
    await before.take({ type: 'scan', code: MILK });
    await before.take({ type: 'scan', code: BEER });
    await before.take({ type: 'addPlu', plu: '4011', quantity: 750 });
    const last = await before.ask('the-last', { type: 'scan', code: MILK });
    const { state } = await before.take({ type: 'open', version: 1 });
    await first.kill();
    const second = await start(folder);
    const after = await openWindow(second.wsUrl);
    expect(await after.ask('the-last', { type: 'scan', code: MILK })).toEqual(last);
    const again = (await after.take({ type: 'open', version: 1 })).state;
    expect(again?.lines).toEqual(state?.lines);
    expect(again?.head).toEqual(state?.head);
    after.close();
    await second.stop();
  });
});

describe('killed while selling', () => {
  test(
    `${KILLS} kills: no acknowledged sale is lost, none is there twice`,
    async () => {
      const folder = newFolder();
      const acknowledged = new Set<string>();
      let sent = 0;
      let till = await start(folder);
      for (let kill = 0; kill < KILLS; kill++) {
        const window = await openWindow(till.wsUrl);
        // Whatever the last kill left half-done is finished under its old id first: a window does the same.
        if (sent > 0) {
          const replay = await window.ask(`pay-${sent}`, { type: 'payCash', amountMinor: 500 });
          if (replay.type === 'reply' && replay.value.completed !== undefined) acknowledged.add(replay.value.completed.receiptNumber);
        }
        const sales = 1 + (kill % 7);
        const selling = (async () => {
          for (let sale = 0; sale < sales + 1_000; sale++) {
            sent += 1;
            await window.ask(`scan-${sent}`, { type: 'scan', code: MILK });
            const paid = await window.ask(`pay-${sent}`, { type: 'payCash', amountMinor: 500 });
            if (paid.type === 'reply' && paid.value.completed !== undefined) acknowledged.add(paid.value.completed.receiptNumber);
            if (sale === sales) process.kill(till.pid, 'SIGKILL');
          }
        })();
        await expect(selling).rejects.toThrow('the till is gone');
        await till.kill().catch(() => undefined);
        till = await start(folder);
      }
      // None of these lanes lived until its worker moved the log, of which each start reads all.
      expect(statSync(join(folder, 'till.db-wal')).size).toBeLessThan(48_000_000);
      const { epochs } = await verify(folder);
      const [epoch] = epochs;
      expect(epoch?.chainWhole).toBe(true);
      // One sale at most stands without its answer having arrived: the one of the last kill.
      expect((epoch?.sales ?? 0) - acknowledged.size).toBeGreaterThanOrEqual(0);
      expect((epoch?.sales ?? 0) - acknowledged.size).toBeLessThanOrEqual(1);
      const window = await openWindow(till.wsUrl);
      for (const receiptNumber of acknowledged) {
        const { receipt } = await window.take({ type: 'receipt', receiptNumber });
        expect(receipt?.receiptNumber).toBe(receiptNumber);
      }
      expect(acknowledged.size).toBeGreaterThan(KILLS);
      window.close();
      await till.stop();
    },
    KILLS * 5_000 + 30_000,
  );
});

describe('durable before the answer', () => {
  const hasStrace = spawnSync('strace', ['-V']).status === 0;

  if (!hasStrace) process.stderr.write('not run: fsync before the reply (there is no strace here)\n');

  test.runIf(hasStrace)(
    'each sale was synced to the disk before its reply left',
    async () => {
      const folder = newFolder();
      const trace = join(folder, 'trace');
      const calls = 'trace=fsync,fdatasync,pwrite64,write,writev,sendto,sendmsg';
      const till = await start(folder, ['strace', '-f', '-y', '-qq', '-s', '65535', '-e', calls, '-o', trace]);
      const window = await openWindow(till.wsUrl);
      const SALES = 5;
      for (let sale = 1; sale <= SALES; sale++) {
        await window.ask(`scan-${sale}`, { type: 'scan', code: MILK });
        await window.ask(`pay-${sale}`, { type: 'payCash', amountMinor: 500 });
      }
      await till.stop();
      // Of the thread that sells alone: what another one syncs meanwhile is no proof.
      const main = readFileSync(trace, 'utf8')
        .split('\n')
        .filter((call) => Number(call.split(' ', 1)[0]) === till.pid);
      const replyAt = (id: string): number =>
        main.findIndex(
          (call) => /^\d+ +(write|writev|send\w+)\(\d+<socket/.test(call) && call.includes(`\\"reply\\",\\"id\\":\\"${id}\\"`),
        );
      const isWrite = (call: string): boolean => /pwrite64\(\d+<[^>]*-wal>/.test(call);
      const isSync = (call: string): boolean =>
        /\b(fsync|fdatasync)\(\d+<[^>]*-wal>\)\s+= 0/.test(call) || /(fsync|fdatasync) resumed>.*= 0/.test(call);
      for (let sale = 1; sale <= SALES; sale++) {
        const [from, to] = [replyAt(`scan-${sale}`), replyAt(`pay-${sale}`)];
        expect(from).toBeGreaterThan(0);
        const paying = main.slice(from, to);
        const lastWrite = paying.findLastIndex(isWrite);
        expect(lastWrite).toBeGreaterThan(0);
        expect(paying.slice(lastWrite).filter(isSync)).toHaveLength(1);
        if (sale === 1) continue;
        // And a scan waits for none.
        const scanning = main.slice(replyAt(`pay-${sale - 1}`), from);
        expect(scanning.filter(isWrite).length).toBeGreaterThan(0);
        expect(scanning.filter(isSync)).toEqual([]);
      }
    },
    60_000,
  );
});
