/** What the lane's own pictures wait for: what it sells, sends and applies. The order among pictures is `picture-carrier.test.ts`'s. */
import { nodeHash } from '@holdfast/base/node';
import { bytesToHex, type PictureCarrier } from '@holdfast/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { PAUSE_MS } from '../selling/selling.ts';
import { ASSORTMENT, createTestLane, type PublishedEntity, type TestLane } from '../testing/test-lane.ts';
import { bringPictures } from './bring-pictures.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const nameOf = (text: string): string => bytesToHex(nodeHash.sha256(bytesOf(text)));
const [APPLE, MILK] = [nameOf('apple'), nameOf('milk')];
const HELD: Readonly<Record<string, Uint8Array>> = { [APPLE]: bytesOf('apple'), [MILK]: bytesOf('milk') };
const pictured = (key: string, picture: string): PublishedEntity => ({ type: 'item', key, fields: { picture } });

let lane: TestLane;
let carrier: PictureCarrier;
let state: { isConnected: boolean; isApplying: boolean; quietMs: number; waiting: number; hub: 'here' | 'away' | 'without it' };
let sibling: ((name: string) => Uint8Array | 'later' | undefined) | null;
let asked: string[];
let kept: Set<string>;
let due: (() => void)[];

beforeEach(() => {
  lane = createTestLane([...ASSORTMENT, pictured('MILK', MILK), pictured('APPLE', APPLE)]);
  state = { isConnected: true, isApplying: false, quietMs: Infinity, waiting: 0, hub: 'here' };
  [sibling, asked, kept, due] = [null, [], new Set(), []];
});
afterEach(async () => {
  await carrier.stop();
  lane.close();
});

const begin = (): void => {
  carrier = bringPictures({
    db: lane.db,
    store: { identity: () => lane.store.identity(), waiting: () => ({ entries: state.waiting, byKind: new Map() }) },
    hub: {
      fetchPicture: async (token, name) => {
        asked.push(`hub ${name === MILK ? 'milk' : 'apple'}`);
        expect(token).toBe(lane.store.identity()?.token);
        if (state.hub === 'away') return { ok: false, error: { type: 'unreachable', reason: 'cut' } };
        const bytes = HELD[name];
        return state.hub === 'here' && bytes !== undefined
          ? { ok: true, value: bytes }
          : { ok: false, error: { type: 'refused', reason: '404' } };
      },
    },
    lan:
      sibling === null
        ? null
        : {
            picture: async (name) => {
              asked.push(`sibling ${name === MILK ? 'milk' : 'apple'}`);
              return sibling?.(name);
            },
          },
    shelf: { held: () => kept, keep: (name) => void kept.add(name), drop: (name) => void kept.delete(name) },
    hash: nodeHash,
    timers: {
      after: (ms, task) => {
        // Minutes do not pass here.
        if (ms < 60_000) due.push(task);
        return () => void (due = due.filter((each) => each !== task));
      },
    },
    logger: { info: () => {}, warn: () => {}, error: () => {} },
    selling: { quietMs: () => state.quietMs },
    isConnected: () => state.isConnected,
    isApplying: () => state.isApplying,
  });
};
/** So many looks, whatever time lies between them. */
const look = async (times: number): Promise<void> => {
  for (let time = 0; time < times; time += 1) {
    const [next] = due.splice(0, 1);
    next?.();
    await new Promise(setImmediate);
  }
};

test('D-18: pictures of goods with a PLU, which stand on keys, come first', async () => {
  begin();
  await look(4);
  expect(asked).toEqual(['hub apple', 'hub milk']);
  expect(kept).toEqual(new Set([APPLE, MILK]));
});

test.each([
  ['a cut is on its way', { isApplying: true }],
  ['a sale waits to be sent', { waiting: 1 }],
  ['somebody has just scanned', { quietMs: PAUSE_MS - 1 }],
  ['nobody can be asked', { isConnected: false }],
])('D-18: none is asked for while %s', async (_what, busy) => {
  Object.assign(state, busy);
  begin();
  await look(20);
  expect(asked).toEqual([]);
  state = { isConnected: true, isApplying: false, quietMs: PAUSE_MS, waiting: 0, hub: 'here' };
  await look(4);
  expect(asked).toHaveLength(2);
});

test('D-18, N-11: a sibling that has it gives it, also without the hub; one that has not yet is not waited for for ever', async () => {
  sibling = (name) => (name === APPLE ? HELD[APPLE] : 'later');
  begin();
  await look(20);
  expect(asked).toEqual(['sibling apple', ...Array.from({ length: 5 }, () => 'sibling milk'), 'hub milk']);
  expect(kept).toEqual(new Set([APPLE, MILK]));
  await carrier.stop();

  [state.isConnected, asked, kept] = [false, [], new Set()];
  begin();
  await look(20);
  expect(kept).toEqual(new Set([APPLE]));
  expect(asked.filter((each) => each.startsWith('hub'))).toEqual([]);
});

test('what the hub has not got is asked for once, what it could not say is asked again', async () => {
  state.hub = 'without it';
  begin();
  await look(10);
  expect(asked).toEqual(['hub apple', 'hub milk']);
  await carrier.stop();
  [state.hub, asked] = ['away', []];
  begin();
  await look(3);
  state.hub = 'here';
  await look(6);
  expect(kept).toEqual(new Set([APPLE, MILK]));
});
