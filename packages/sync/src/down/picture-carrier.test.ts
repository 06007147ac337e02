/** Pictures come behind everything else, are believed for their hash alone, and nothing waits for one. */
import { createHash } from 'node:crypto';

import { nodeHash } from '@holdfast/base/node';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { MAX_PICTURE_BYTES } from '../wire/protocol.ts';
import { type AskedPicture, createPictureCarrier, type PictureCarrier, SIBLING_TRIES } from './picture-carrier.ts';

const pictureOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const nameOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const [MILK, BREAD, EGGS] = [nameOf('milk'), nameOf('bread'), nameOf('eggs')];

let wanted: readonly string[];
let isIdle: boolean;
let given: Map<string, AskedPicture | ((tries: number) => AskedPicture)>;
let shelf: Map<string, Uint8Array>;
let dropped: string[];
let asked: string[];
let tasks: { readonly task: () => void; readonly atMs: number }[];
let nowMs: number;
let carrier: PictureCarrier;
let failures: number;
let isListUnreadable: boolean;

beforeEach(() => {
  [wanted, isIdle, dropped, asked, tasks, nowMs, failures, isListUnreadable] = [[], true, [], [], [], 0, 0, false];
  given = new Map([MILK, BREAD, EGGS].map((name, index) => [name, pictureOf(['milk', 'bread', 'eggs'][index] ?? '')]));
  shelf = new Map();
});
afterEach(async () => carrier.stop());

const start = (mostPictures?: number): void => {
  carrier = createPictureCarrier({
    wanted: () => {
      if (isListUnreadable) throw new Error('SQLITE_BUSY');
      return wanted;
    },
    shelf: {
      held: () => new Set(shelf.keys()),
      keep: (name, bytes) => {
        if (failures > 0) {
          failures -= 1;
          throw new Error('ENOSPC');
        }
        shelf.set(name, bytes);
      },
      drop: (name) => {
        dropped.push(name);
        shelf.delete(name);
      },
    },
    ask: async (name, tries) => {
      asked.push(name);
      const answer = given.get(name) ?? 'gone';
      return typeof answer === 'function' ? answer(tries) : answer;
    },
    isIdle: () => isIdle,
    hash: nodeHash,
    timers: {
      after: (ms, task) => {
        const entry = { task, atMs: nowMs + ms };
        tasks.push(entry);
        return () => void (tasks = tasks.filter((each) => each !== entry));
      },
    },
    logger: { info: () => {}, warn: () => {}, error: () => {} },
    ...(mostPictures !== undefined && { mostPictures }),
  });
};
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
};
/** Everything that is due within `ms`, in its order. */
const pass = async (ms: number): Promise<void> => {
  const untilMs = nowMs + ms;
  for (;;) {
    const next = tasks.toSorted((left, right) => left.atMs - right.atMs)[0];
    if (next === undefined || next.atMs > untilMs) break;
    tasks = tasks.filter((each) => each !== next);
    nowMs = Math.max(nowMs, next.atMs);
    next.task();
    await settled();
  }
  nowMs = untilMs;
};

test('D-18: what is wanted is brought once, the most wanted first', async () => {
  wanted = [BREAD, MILK];
  start();
  await pass(5_000);
  expect(asked).toEqual([BREAD, MILK]);
  expect(new TextDecoder().decode(shelf.get(MILK))).toBe('milk');
  carrier.changed();
  await pass(5_000);
  expect(asked).toHaveLength(2);
});

test('D-18: a price that comes between two pictures goes before the second: none is asked for before everything else is at rest', async () => {
  const order: string[] = [];
  wanted = [MILK, BREAD];
  for (const name of wanted)
    given.set(name, () => {
      order.push(name === MILK ? 'milk' : 'bread');
      if (name === MILK) isIdle = false;
      return pictureOf(name === MILK ? 'milk' : 'bread');
    });
  start();
  await pass(60_000);
  expect(order).toEqual(['milk']);
  order.push('price');
  isIdle = true;
  await pass(1_000);
  expect(order).toEqual(['milk', 'price', 'bread']);
});

test.each([
  ['other bytes than its name says', pictureOf('goat')],
  ['more bytes than a picture has', new Uint8Array(MAX_PICTURE_BYTES + 1)],
  ['nothing at all', new Uint8Array()],
])('D-18: %s are not kept, and the next one comes', async (_what, lie) => {
  wanted = [MILK, BREAD];
  given.set(MILK, lie);
  start();
  await pass(30_000);
  expect([...shelf.keys()]).toEqual([BREAD]);
  expect(asked.filter((name) => name === MILK)).toHaveLength(2);
});

test('D-18: what a sibling lied about is asked of the hub', async () => {
  wanted = [MILK];
  given.set(MILK, (tries) => pictureOf(tries < SIBLING_TRIES ? 'goat' : 'milk'));
  start();
  await pass(5_000);
  expect([...shelf.keys()]).toEqual([MILK]);
});

test('D-18: what comes later holds nothing up, and what nobody has is looked for again only after a while, or where something changed', async () => {
  wanted = [MILK, BREAD, EGGS];
  given.set(MILK, (tries) => (tries < 3 ? 'later' : pictureOf('milk')));
  given.delete(EGGS);
  start();
  await pass(10_000);
  expect([...shelf.keys()]).toEqual([BREAD, MILK]);
  expect(asked.filter((name) => name === EGGS)).toHaveLength(1);
  given.set(EGGS, pictureOf('eggs'));
  await pass(10 * 60_000);
  expect(shelf.has(EGGS)).toBe(true);
});

test('D-18: no more are kept than so many: what no cell names goes first, what is named stays', async () => {
  shelf.set('old', pictureOf('old')).set('older', pictureOf('older'));
  wanted = [MILK, BREAD, EGGS];
  start(2);
  await pass(5_000);
  expect([...shelf.keys()].toSorted()).toEqual([BREAD, MILK].toSorted());
  expect(dropped).toEqual(['old', 'older']);
});

test('a list that cannot be read is read a minute later', async () => {
  [wanted, isListUnreadable] = [[MILK], true];
  start();
  await pass(30_000);
  isListUnreadable = false;
  await pass(60_000);
  expect(shelf.size).toBe(1);
});

test('a disk that is full is tried again a minute later', async () => {
  wanted = [MILK];
  failures = 1;
  start();
  await pass(30_000);
  expect(shelf.size).toBe(0);
  await pass(60_000);
  expect(shelf.size).toBe(1);
});
