/** A lane’s database that was put back from an older copy, or damaged: what of it counts goes on, and nothing counts twice. */
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { assert } from '@holdfast/base';
import { nodeHash, systemRandom } from '@holdfast/base/node';
import { signBegin, type ReplicaStore } from '@holdfast/sync';
import { createSqliteStore } from '@holdfast/sync/sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { createLaneMemory } from '../lane-memory.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { createWitnessKeeper, readWitness } from '../sync/witness.ts';
import { ASSORTMENT, createTestLane, HUB_SIGNER, IDENTITY, LANE_EPOCH, MILK, silentLogger, type TestLane } from '../testing/test-lane.ts';
import { DATABASE_FILE, type Connection } from './connection.ts';
import { openLane } from './open-lane.ts';
import { markDamaged, type LaneFiles } from './rebuild-lane.ts';

/** Linux answers whoever reads it from its start as a disk does that cannot: EIO. */
const UNREADABLE = '/proc/self/mem';
const HUB = 'http://hub.example:8080';
let folder: string;
let lane: TestLane | undefined;
let opened: Connection | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-open-lane-'));
});
afterEach(() => {
  opened?.close();
  lane?.db.close();
  rmSync(folder, { recursive: true, force: true });
});

const file = (): string => join(folder, DATABASE_FILE);
const logged: string[] = [];
const open = (files?: LaneFiles): ReplicaStore => {
  opened?.close();
  opened = undefined;
  logged.length = 0;
  opened = openLane(folder, {
    files,
    clock: { nowMs: () => 1_795_176_000_000, monotonicMs: () => 0 },
    random: systemRandom,
    logger: { ...silentLogger, warn: (message) => logged.push(message), error: (message) => logged.push(message) },
  });
  return createSqliteStore(opened, { schemas: LEDGER_SCHEMAS, hash: nodeHash });
};
let asked = 0;
const sell = (times: number): void => {
  assert(lane !== undefined, 'a lane is open');
  for (let sale = 0; sale < times; sale += 1) {
    for (const body of [
      { type: 'scan', code: MILK },
      { type: 'payCash', amountMinor: 119 },
    ] as const) {
      expect(lane.ask(body, `open-lane-${(asked += 1)}`).reply.type).toBe('reply');
    }
  }
};
const witness = (): void => {
  assert(lane !== undefined, 'a lane is open');
  createWitnessKeeper(folder, lane.store, () => HUB).keep();
};
const start = (): void => {
  lane = createTestLane(ASSORTMENT, folder);
  createLaneMemory(lane.db).remember({ hubUrl: HUB });
};
/** Linux tells which files this process has open. */
const OPEN_FILES = '/proc/self/fd';
const openIn = (of: string): readonly string[] =>
  readdirSync(OPEN_FILES).flatMap((name) => {
    const path = join(OPEN_FILES, name);
    // The one by which this is read is closed again.
    const held = existsSync(path) ? readlinkSync(path) : '';
    return held.startsWith(of) ? [held] : [];
  });
const SCALE = { kind: 'scale', model: 'virtual', address: 'virtual' } as const;
const remember = (flipped: string): void => {
  assert(lane !== undefined, 'a lane is open');
  const memory = createLaneMemory(lane.db);
  memory.rememberLan({ port: 4_711, neighbours: ['10.0.0.2:4711'] });
  memory.rememberDevices([SCALE]);
  lane.db.exec(flipped);
};
const remembered = () => {
  assert(opened !== undefined, 'a database is open');
  const memory = createLaneMemory(opened);
  return [memory.lan(), memory.devices()];
};
/** All of it is in the file itself. */
const end = (): void => {
  lane?.db.pragma('wal_checkpoint(TRUNCATE)');
  lane?.db.close();
  lane = undefined;
};
const shape = (store: ReplicaStore) => store.epochs().map(({ epoch, headSeq, parent }) => [epoch, headSeq, parent?.seq ?? null]);

describe('I-3: a copy that was put back', () => {
  test('goes on in an epoch of its own, without asking anybody, and once', () => {
    start();
    sell(3);
    end();
    copyFileSync(file(), join(folder, 'backup'));
    start();
    sell(2);
    witness();
    end();
    copyFileSync(join(folder, 'backup'), file());
    const [old, next] = shape(open());
    expect(old).toEqual([LANE_EPOCH, 3, null]);
    expect(next).toMatchObject([expect.not.stringMatching(LANE_EPOCH.slice(0, 4)), 0, 3]);
    // What it lacks may have been spent by what it holds.
    expect(opened === undefined ? undefined : createSqliteStore(opened, { schemas: LEDGER_SCHEMAS, hash: nodeHash }).sharedUpTo()).toEqual({
      epoch: LANE_EPOCH,
      seq: 3,
    });
    expect(logged).toHaveLength(1);
    const again = open();
    expect(again.epochs()).toHaveLength(2);
    expect(logged).toEqual([]);
    opened?.close();
    opened = undefined;
    start();
    sell(1);
    expect(lane?.state().head.completed?.receiptNumber).not.toMatch(new RegExp(`-${LANE_EPOCH.slice(0, 4)}-`));
    end();
    expect(shape(open())[1]?.slice(1)).toEqual([1, 3]);
  });

  test('of the same length, with other sales in it, too', () => {
    start();
    end();
    copyFileSync(file(), join(folder, 'backup'));
    start();
    sell(2);
    witness();
    end();
    copyFileSync(join(folder, 'backup'), file());
    start();
    if (lane !== undefined) lane.clock.nowMs += 60_000;
    sell(2);
    end();
    expect(shape(open())).toMatchObject([
      [LANE_EPOCH, 2, null],
      [expect.anything(), 0, 2],
    ]);
  });

  test('U-23: a witness that is older than what was forgotten since is no reason: the lane is the one that it saw', () => {
    start();
    sell(1);
    witness();
    sell(4);
    lane?.store.confirm([{ epoch: LANE_EPOCH, confirmedSeq: 5, diverged: false }], { [LANE_EPOCH]: 5 });
    const hash = lane?.store.hashAt(LANE_EPOCH, 3) ?? null;
    assert(hash !== null, 'an entry that is held');
    lane?.store.forget(signBegin(HUB_SIGNER, { device: IDENTITY.device, epoch: LANE_EPOCH, seq: 3, hash }));
    end();
    const store = open();
    expect([store.epochs().length, store.sharedUpTo()]).toEqual([1, null]);
  });

  test('what the witness has not seen yet is no reason, nor is a witness of another enrolment, nor one that cannot be read', () => {
    start();
    sell(1);
    witness();
    sell(1);
    end();
    expect(open().epochs()).toHaveLength(1);
    const told = readWitness(folder);
    writeFileSync(join(folder, 'witness.json'), JSON.stringify({ ...told, device: 'lane-9', seq: 99 }));
    expect(open().epochs()).toHaveLength(1);
    writeFileSync(join(folder, 'witness.json'), '{"device":');
    expect(open().epochs()).toHaveLength(1);
    expect(statSync(join(folder, 'witness.json')).mode & 0o777).toBe(0o600);
  });
});

describe('I-6: a damaged database', () => {
  const damage = (change: (bytes: Buffer) => void): void => {
    const bytes = readFileSync(file());
    change(bytes);
    writeFileSync(file(), bytes);
  };
  const aside = (): readonly string[] => readdirSync(folder).filter((name) => name.startsWith('damaged-'));

  test('is set aside and rebuilt: what the hub lacks still goes up, in its order, under who the lane was', () => {
    start();
    sell(40);
    witness();
    lane?.store.confirm([{ epoch: LANE_EPOCH, confirmedSeq: 25, diverged: false }], {});
    const written = lane?.store.entriesAfter(LANE_EPOCH, 25, 100, 1e9);
    end();
    // The table of contents of the catalogue: every scan needs it.
    damage((bytes) => {
      const at = bytes.indexOf('CREATE TABLE basket');
      bytes.fill(0xa5, at, at + 40);
    });
    const store = open();
    expect(logged).toEqual([expect.stringContaining('set aside and rebuilt')]);
    expect(shape(store)).toMatchObject([
      [LANE_EPOCH, 40, null],
      [expect.anything(), 0, 40],
    ]);
    expect(store.identity()).toEqual(IDENTITY);
    expect(store.entriesAfter(LANE_EPOCH, 25, 100, 1e9)).toEqual(written);
    expect(store.waiting().entries).toBe(15);
    expect(opened && createLaneMemory(opened).hubUrl()).toBe(HUB);
    expect(aside().map((name) => existsSync(join(folder, name, DATABASE_FILE)))).toEqual([true]);
    // Rebuilt once; then it is a database like any other, with nothing in the catalogue yet.
    expect(open().cut().at).toBe(0);
    expect(logged).toEqual([]);
  });

  test('of which nothing is left is known again by its witness', () => {
    start();
    sell(3);
    witness();
    end();
    damage((bytes) => void bytes.fill(0xa5));
    const store = open();
    expect(store.identity()).toEqual(IDENTITY);
    expect(opened && createLaneMemory(opened).hubUrl()).toBe(HUB);
    expect(shape(store)).toMatchObject([[expect.not.stringMatching(LANE_EPOCH), 0, null]]);
    open();
    expect(logged).toEqual([]);
  });

  test.each([
    ['who it is', 'UPDATE sync_identity SET answer = replace(answer, \'"device"\', \'"devicf"\')'],
    ['who it is, and is no JSON', 'UPDATE sync_identity SET answer = substr(answer, 2)'],
  ])(
    'whose words are others, of %s, is set aside as well, and keeps what it remembers of its network and its devices',
    (_what, flipped) => {
      start();
      sell(1);
      witness();
      remember(flipped);
      end();
      const store = open();
      expect([store.identity(), aside().length]).toEqual([IDENTITY, 1]);
      expect(remembered()).toEqual([{ port: 4_711, neighbours: ['10.0.0.2:4711'] }, [SCALE]]);
      open();
      expect(logged).toEqual([]);
    },
  );

  test.each([
    ['its neighbours', 'UPDATE lane SET neighbours = substr(neighbours, 2)', [{ port: 4_711, neighbours: [] }, [SCALE]]],
    ['its neighbours, and are no list', `UPDATE lane SET neighbours = '1'`, [{ port: 4_711, neighbours: [] }, [SCALE]]],
    ['its devices', 'UPDATE lane SET devices = substr(devices, 2)', [{ port: 4_711, neighbours: ['10.0.0.2:4711'] }, []]],
  ])('whose words are others, of %s, goes on without these, and says so: nothing is set aside', (what, flipped, left) => {
    start();
    sell(1);
    witness();
    remember(flipped);
    end();
    expect(shape(open())).toEqual([[LANE_EPOCH, 1, null]]);
    expect([aside(), remembered()]).toEqual([[], left]);
    expect(logged).toEqual([expect.stringContaining(`lane's ${what.split(/[ ,]/)[1] ?? ''} `)]);
    // Damaged elsewhere it carries over what can be read.
    opened?.close();
    opened = undefined;
    markDamaged(folder);
    open();
    expect([aside().length, remembered()]).toEqual([1, left]);
    open();
    expect(logged).toEqual([]);
  });

  test.runIf(existsSync(OPEN_FILES))('of which nothing can be opened is closed again', () => {
    start();
    end();
    damage((bytes) => void bytes.fill(0xa5));
    open();
    const [name = ''] = aside();
    expect([aside().length, openIn(join(folder, name))]).toEqual([1, []]);
  });

  test.runIf(existsSync(UNREADABLE))('of which the disk gives no page any more is set aside like any other', () => {
    start();
    sell(3);
    witness();
    end();
    rmSync(file());
    symlinkSync(UNREADABLE, file());
    const store = open();
    expect(store.identity()).toEqual(IDENTITY);
    expect(shape(store)).toMatchObject([[expect.not.stringMatching(LANE_EPOCH), 0, null]]);
    expect(aside()).toHaveLength(1);
    open();
    expect(logged).toEqual([]);
  });

  test('that was found while selling is rebuilt at the next start', () => {
    start();
    sell(2);
    end();
    markDamaged(folder);
    expect(shape(open())).toMatchObject([
      [LANE_EPOCH, 2, null],
      [expect.anything(), 0, 2],
    ]);
    expect(aside()).toHaveLength(1);
    open();
    expect(aside()).toHaveLength(1);
  });

  test('that is killed at any step of it is rebuilt all the same: every entry, one damaged file set aside, nothing left lying about', () => {
    start();
    sell(6);
    witness();
    lane?.store.confirm([{ epoch: LANE_EPOCH, confirmedSeq: 2, diverged: false }], {});
    const written = lane?.store.entriesAfter(LANE_EPOCH, 2, 100, 1e9);
    end();
    damage((bytes) => {
      const at = bytes.indexOf('CREATE TABLE basket');
      bytes.fill(0xa5, at, at + 40);
    });
    const damaged = readFileSync(file());
    /** The power fails right after the `last`th step; it comes back to what then lies in the folder. */
    const killedAfter = (last: number): LaneFiles => {
      let step = 0;
      const stepped = (run: () => void): void => {
        run();
        step += 1;
        if (step === last) throw new Error('killed');
      };
      return {
        write: (path, text) => stepped(() => writeFileSync(path, text)),
        rename: (from, to) => stepped(() => renameSync(from, to)),
        remove: (path) => stepped(() => rmSync(path, { recursive: true, force: true })),
      };
    };
    let steps = 0;
    for (let isOver = false; !isOver;) {
      for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
      writeFileSync(file(), damaged);
      try {
        open(killedAfter(steps + 1));
        isOver = true;
      } catch (error) {
        if (!String(error).includes('killed')) throw error;
        steps += 1;
      }
      const store = open();
      expect(shape(store)).toMatchObject([
        [LANE_EPOCH, 6, null],
        [expect.anything(), 0, 6],
      ]);
      expect(store.identity()).toEqual(IDENTITY);
      expect(store.entriesAfter(LANE_EPOCH, 2, 100, 1e9)).toEqual(written);
      expect(aside()).toHaveLength(1);
      expect(readdirSync(folder).filter((name) => /mark|rebuilding|witness/.test(name))).toEqual([]);
      expect(readFileSync(join(folder, aside()[0] ?? '', DATABASE_FILE)).includes('CREATE TABLE sync_entry')).toBe(true);
    }
    expect(steps).toBeGreaterThan(6);
  });

  test('a folder without one is a new lane, not a damaged one', () => {
    expect(open().identity()).toBeNull();
    expect(logged).toEqual([]);
    expect(aside()).toEqual([]);
  });
});
