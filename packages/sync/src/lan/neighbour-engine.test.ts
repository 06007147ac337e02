import { assert } from '@holdfast/base';
import { expect, test } from 'vitest';

import { signHead, type SignedHead } from '../replica/ledger.ts';
import { EPOCH, SIGNER, START } from '../testing/fixtures.ts';
import {
  carrierOf,
  isUngreeted,
  NEIGHBOUR_DEFAULTS,
  neighbourState,
  stepNeighbours,
  type CarriedLine,
  type NeighbourEffect,
  type NeighbourEvent,
  type NeighbourState,
} from './neighbour-engine.ts';

/** The engine by hand: each event at a moment, and what it asked for. */
function engine(device = 'lane-1') {
  let state: NeighbourState = neighbourState(device);
  return {
    at: (nowMs: number, event: NeighbourEvent): readonly NeighbourEffect[] => {
      const stepped = stepNeighbours(state, event, { nowMs, random: 0.5, options: NEIGHBOUR_DEFAULTS });
      ({ state } = stepped);
      return stepped.effects.filter(({ type }) => type !== 'setTimer');
    },
    state: () => state,
  };
}

const tick: NeighbourEvent = { type: 'tick', isConnected: false, lines: [] };
const head = (seq: number, device = 'lane-2'): SignedHead => signHead(SIGNER, { ...START, device, seq });
const heard = (address: string | null, device: string, more: Partial<Extract<NeighbourEvent, { type: 'heard' }>> = {}): NeighbourEvent => ({
  type: 'heard',
  address,
  answers: true,
  device,
  facts: { isConnected: false, confirmed: {}, own: {} },
  missing: [],
  isBeyond: false,
  ...more,
});
const lost = (address: string): NeighbourEvent => ({ type: 'failed', address, failure: { type: 'unreachable', reason: 'silence' } });

test('N-7: whoever is found is greeted, asked for what is missing piece by piece, and then left until the next tick', () => {
  const lane = engine();
  expect(lane.at(0, { type: 'found', addresses: ['a:1', 'b:1'] })).toEqual([
    { type: 'hello', address: 'a:1' },
    { type: 'hello', address: 'b:1' },
  ]);
  expect(lane.at(1, tick)).toEqual([]);
  const [first, second] = [head(4), head(9, 'lane-3')];
  expect(lane.at(5, heard('a:1', 'lane-2', { missing: [first, second] }))).toEqual([{ type: 'pull', address: 'a:1', head: first }]);
  const next = lane.at(6, { type: 'pulled', address: 'a:1', missing: [second], progressed: true });
  expect(next).toEqual([{ type: 'pull', address: 'a:1', head: second }]);
  expect(lane.at(7, { type: 'pulled', address: 'a:1', missing: [], progressed: true })).toEqual([]);
  expect(lane.at(5_000, tick)).toEqual([{ type: 'hello', address: 'a:1' }]);
});

test('N-11: who is found is greeted once it has answered or failed, or was this process itself; who told of itself is', () => {
  const lane = engine();
  const ungreeted = (): readonly string[] =>
    lane
      .state()
      .siblings.filter(isUngreeted)
      .map(({ address }) => address);
  lane.at(0, { type: 'found', addresses: ['a:1', 'b:1', 'c:1', 'd:1'] });
  expect(ungreeted()).toEqual(['a:1', 'b:1', 'c:1', 'd:1']);
  lane.at(1, heard('a:1', 'lane-2'));
  lane.at(2, lost('b:1'));
  expect(ungreeted()).toEqual(['c:1', 'd:1']);
  lane.at(3, { type: 'isSelf', address: 'c:1' });
  lane.at(4, heard('d:1', 'lane-3', { answers: false }));
  lane.at(5, heard('e:1', 'lane-4', { answers: false }));
  expect(ungreeted()).toEqual([]);
  lane.at(6, lost('d:1'));
  expect(ungreeted()).toEqual([]);
});

test('N-7: what does not come holds up nothing else, and is asked for again when it is told again', () => {
  const lane = engine();
  lane.at(0, { type: 'found', addresses: ['a:1'] });
  const [first, second] = [head(4), head(9, 'lane-3')];
  lane.at(1, heard('a:1', 'lane-2', { missing: [first, second] }));
  const next = lane.at(2, { type: 'pulled', address: 'a:1', missing: [first, second], progressed: false });
  expect(next).toEqual([{ type: 'pull', address: 'a:1', head: second }]);
  expect(lane.at(3, { type: 'pulled', address: 'a:1', missing: [], progressed: true })).toEqual([]);
  lane.at(5_000, tick);
  expect(lane.at(5_001, heard('a:1', 'lane-2', { missing: [first] }))).toEqual([{ type: 'pull', address: 'a:1', head: first }]);
});

test('N-7: an entry is told to all who are there at once; to one that is talked with, when that is done', () => {
  const lane = engine();
  lane.at(0, { type: 'found', addresses: ['a:1', 'b:1'] });
  lane.at(1, heard('a:1', 'lane-2'));
  lane.at(1, heard('b:1', 'lane-3', { missing: [head(4)] }));
  expect(lane.at(2, { type: 'appended' })).toEqual([{ type: 'hello', address: 'a:1' }]);
  expect(lane.at(3, { type: 'pulled', address: 'b:1', missing: [], progressed: true })).toEqual([{ type: 'hello', address: 'b:1' }]);
});

test('N-7: a sibling that greets is asked at once, from where it says it is; a talk that is under way goes on', () => {
  const lane = engine();
  expect(lane.at(0, heard('c:9', 'lane-3', { answers: false, missing: [head(2)] }))).toEqual([
    { type: 'pull', address: 'c:9', head: head(2) },
  ]);
  lane.at(1, { type: 'found', addresses: ['c:9'] });
  expect(lane.at(2, heard('c:9', 'lane-3', { answers: false, missing: [head(3)] }))).toEqual([]);
  expect(lane.at(3, { type: 'pulled', address: 'c:9', missing: [head(3)], progressed: true })).toEqual([
    { type: 'pull', address: 'c:9', head: head(3) },
  ]);
  expect(lane.at(4, heard(null, 'lane-4', { answers: false, missing: [head(2)] }))).toEqual([]);
});

test('N-14: silence is waited out longer and longer; one that only told where it is is given up, one that is listed never', () => {
  const lane = engine();
  lane.at(0, { type: 'found', addresses: ['listed:1'] });
  lane.at(0, heard('told:1', 'lane-3', { answers: false }));
  let nowMs = 0;
  const askedAtMs = new Map<string, number[]>();
  const note = (effects: readonly NeighbourEffect[]): void => {
    for (const effect of effects) {
      if (effect.type !== 'hello') continue;
      askedAtMs.set(effect.address, [...(askedAtMs.get(effect.address) ?? []), nowMs]);
      lane.at(nowMs, lost(effect.address));
    }
  };
  lane.at(0, lost('listed:1'));
  for (nowMs = 1; nowMs < 600_000; nowMs += 1_000) note(lane.at(nowMs, tick));
  const gaps = (askedAtMs.get('listed:1') ?? []).map((at, index, all) => at - (all[index - 1] ?? 0));
  expect(gaps.slice(0, 4).every((gap, index, all) => index === 0 || gap >= (all[index - 1] ?? 0))).toBe(true);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(NEIGHBOUR_DEFAULTS.backoffMostMs + 1_000);
  expect(gaps.length).toBeGreaterThan(15);
  expect(askedAtMs.get('told:1')).toHaveLength(NEIGHBOUR_DEFAULTS.giveUpAfter);
  expect(lane.state().siblings.map(({ address }) => address)).toEqual(['listed:1']);
});

test('N-14: a device that is found at two addresses is talked with at one; itself it meets once, and looks again when addresses may have passed on', () => {
  const lane = engine();
  lane.at(0, { type: 'found', addresses: ['a:1', 'b:1', 'me:1'] });
  lane.at(1, heard('a:1', 'lane-2'));
  lane.at(2, heard('b:1', 'lane-2'));
  lane.at(2, { type: 'isSelf', address: 'me:1' });
  expect(lane.at(5_000, tick)).toEqual([{ type: 'hello', address: 'b:1' }]);
  expect(lane.at(5_001, { type: 'found', addresses: ['a:1', 'b:1', 'me:1'] })).toEqual([]);
  lane.at(5_002, lost('b:1'));
  expect(lane.at(5_003, tick)).toEqual([{ type: 'hello', address: 'a:1' }]);
  const [lastMs, dueMs] = [NEIGHBOUR_DEFAULTS.selfMs, NEIGHBOUR_DEFAULTS.selfMs + 2];
  expect(lane.at(lastMs, tick)).not.toContainEqual({ type: 'hello', address: 'me:1' });
  expect(lane.at(dueMs, tick)).toContainEqual({ type: 'hello', address: 'me:1' });
  lane.at(dueMs + 1, heard('me:1', 'lane-3'));
  expect(lane.at(dueMs + 2, { type: 'appended' })).toContainEqual({ type: 'hello', address: 'me:1' });
});

test('N-19: copies of this device are no siblings: each is greeted, asked for what is missing, and carries nothing', () => {
  const lane = engine();
  lane.at(0, { type: 'found', addresses: ['a:1', 'b:1'] });
  const facts = { isConnected: true, confirmed: { [EPOCH]: 9 }, own: { [EPOCH]: 9 } };
  expect(lane.at(1, heard('a:1', 'lane-1', { copy: 'one', facts, missing: [head(4, 'lane-1')] }))).toMatchObject([
    { type: 'pull', address: 'a:1' },
  ]);
  lane.at(2, { type: 'pulled', address: 'a:1', missing: [], progressed: true });
  lane.at(3, heard('b:1', 'lane-1', { copy: 'other', facts }));
  // Found at a second address it is the same one.
  lane.at(3, heard('c:1', 'lane-1', { copy: 'other', facts }));
  expect(lane.at(4, { type: 'appended' })).toEqual([
    { type: 'hello', address: 'a:1' },
    { type: 'hello', address: 'b:1' },
  ]);
  // They are none of those of whom one carries: their names are the same.
  lane.at(5, heard('d:1', 'lane-2'));
  expect(carried(lane.at(6, online([line('lane-2')])))).toHaveLength(1);
});

test('N-10: where a sibling has more of this device than it has itself, a new epoch is opened, also where nobody can be asked', () => {
  const lane = engine();
  expect(lane.at(0, heard(null, 'lane-2', { answers: false, isBeyond: true }))).toEqual([{ type: 'mintEpoch' }]);
});

const line = (device: string, more: Partial<CarriedLine> = {}): CarriedLine => ({
  line: Number(device.slice(5)),
  device,
  epoch: EPOCH,
  headSeq: 9,
  confirmedSeq: 4,
  isFork: false,
  ...more,
});
const online = (lines: readonly CarriedLine[]): NeighbourEvent => ({ type: 'tick', isConnected: true, lines });
const carried = (effects: readonly NeighbourEffect[]): readonly NeighbourEffect[] => effects.filter(({ type }) => type === 'carry');

test('N-12: one that reaches the hub carries the ledger of a sibling that does not, one run at a time, and rests where the hub asks for it', () => {
  const lane = engine();
  lane.at(0, heard('a:1', 'lane-2'));
  expect(lane.at(1, { type: 'tick', isConnected: false, lines: [line('lane-2')] }).filter(({ type }) => type === 'carry')).toEqual([]);
  expect(carried(lane.at(1, online([line('lane-2')])))).toEqual([{ type: 'carry', line: 2, afterSeq: 4 }]);
  expect(carried(lane.at(2, online([line('lane-2')])))).toEqual([]);
  lane.at(3, { type: 'carried', line: 2, failure: { type: 'busy', reason: '429', retryAfterMs: 9_000 } });
  expect(carried(lane.at(9_000, online([line('lane-2')])))).toEqual([]);
  expect(carried(lane.at(9_004, online([line('lane-2')])))).toHaveLength(1);
  lane.at(9_005, { type: 'carried', line: 2, failure: null });
  expect(carried(lane.at(9_006, online([line('lane-2', { confirmedSeq: 9 })])))).toEqual([]);
});

test('U-14, N-12: whoever carries for a sibling is patient as long as its own ledger would be, however long the hub, or a proxy, asks for', () => {
  const lane = engine();
  lane.at(0, heard('a:1', 'lane-2'));
  expect(carried(lane.at(1, online([line('lane-2')])))).toHaveLength(1);
  lane.at(2, { type: 'carried', line: 2, failure: { type: 'busy', reason: '503', retryAfterMs: 999_999_000 } });
  const dueMs = 2 + NEIGHBOUR_DEFAULTS.retryAfterMostMs;
  lane.at(dueMs - 2, heard('a:1', 'lane-2'));
  expect(carried(lane.at(dueMs - 1, online([line('lane-2')])))).toEqual([]);
  expect(carried(lane.at(dueMs, online([line('lane-2')])))).toHaveLength(1);
});

test.each([
  ['reaches the hub itself', { isConnected: true, confirmed: {}, own: { [EPOCH]: 9 } }, {}, false],
  ['reaches it, but has lost these entries', { isConnected: true, confirmed: {}, own: { [EPOCH]: 6 } }, {}, true],
  ['reaches it, but another history of it is held', { isConnected: true, confirmed: {}, own: { [EPOCH]: 9 } }, { isFork: true }, true],
  ['knows that they are there', { isConnected: false, confirmed: { [EPOCH]: 9 }, own: { [EPOCH]: 9 } }, {}, false],
  ['reaches nobody', { isConnected: false, confirmed: {}, own: { [EPOCH]: 9 } }, {}, true],
] as const)('N-12: the ledger of a sibling that %s', (_, facts, more, isCarried) => {
  const lane = engine();
  lane.at(0, heard('a:1', 'lane-2', { facts }));
  expect(carried(lane.at(1, online([line('lane-2', more)]))).length > 0).toBe(isCarried);
});

test('N-12: what a device has lost is carried by a sibling, also where the names would choose the device itself', () => {
  const names = Array.from({ length: 10 }, (_, index) => `lane-${index + 1}`).filter((device) => device !== 'lane-1');
  const itself = names.filter((device) => carrierOf(device, ['lane-1', device]) === device);
  expect(itself.length).toBeGreaterThan(0);
  for (const device of itself) {
    const lane = engine();
    lane.at(0, heard('a:1', device, { facts: { isConnected: true, confirmed: {}, own: { [EPOCH]: 6 } } }));
    expect(carried(lane.at(1, online([line(device)])))).toHaveLength(1);
  }
});

test('N-12: a ledger whose device is not there is carried once this one has looked around', () => {
  const lane = engine();
  expect(carried(lane.at(5_000, online([line('lane-2')])))).toEqual([]);
  expect(carried(lane.at(5_000 + NEIGHBOUR_DEFAULTS.carryAfterMs, online([line('lane-2')])))).toMatchObject([{ line: 2 }]);
});

test('N-12: what a device has lost itself, and has back as a copy, it carries where there is nobody else to', () => {
  const lane = engine();
  lane.at(0, heard('a:1', 'lane-2', { facts: { isConnected: true, confirmed: {}, own: {} } }));
  expect(carried(lane.at(1, online([line('lane-1')])))).toEqual([]);
  const aloneMs = NEIGHBOUR_DEFAULTS.silentMs + 1;
  expect(carried(lane.at(aloneMs, online([line('lane-1')])))).toEqual([]);
  expect(carried(lane.at(aloneMs + NEIGHBOUR_DEFAULTS.carryAfterMs, online([line('lane-1')])))).toMatchObject([{ line: 1, afterSeq: 4 }]);
});

const refused = { type: 'refused', reason: 'the hub lacks what a ledger continues' } as const;

test('N-12: a line that the hub refuses for good rests by itself, longer each time, and holds up no other', () => {
  const lane = engine();
  const lines = [line('lane-2', { isFork: true }), line('lane-2', { line: 22, isFork: true }), line('lane-3')];
  for (const [address, device] of ['lane-2', 'lane-3'].entries()) lane.at(0, heard(`${address}:1`, device));
  const takes = (nowMs: number, due: readonly CarriedLine[]): number | undefined =>
    carried(lane.at(nowMs, online(due))).flatMap((each) => (each.type === 'carry' ? each.line : []))[0];
  const chosen: (number | undefined)[] = [];
  for (let nowMs = 1; nowMs < 10_000; nowMs += 100) {
    // What follows the refused line is there after a while.
    const taken = takes(nowMs, nowMs < 400 ? lines : lines.filter((each) => each.line !== 22));
    chosen.push(taken);
    if (taken !== undefined) lane.at(nowMs + 1, { type: 'carried', line: taken, failure: taken === 2 ? refused : null });
  }
  expect(chosen.slice(0, 4)).toEqual([2, 3, 22, 3]);
  expect(chosen).not.toContain(undefined);
  // It is tried again 750, 1,500, 3,000 ms after each refusal.
  expect(chosen.flatMap((each, at) => (each === 2 ? at * 100 : []))).toEqual([0, 800, 2_400, 5_500]);
});

test('N-12: where the hub fails over one line of several, the others have their turn before it', () => {
  const lane = engine();
  const lines = [line('lane-2', { isFork: true }), line('lane-2', { line: 22, isFork: true })];
  lane.at(0, heard('a:1', 'lane-2'));
  expect(carried(lane.at(1, online(lines)))).toMatchObject([{ line: 2 }]);
  lane.at(2, { type: 'carried', line: 2, failure: { type: 'failed', reason: '500' } });
  expect(carried(lane.at(3, online(lines)))).toEqual([]);
  expect(carried(lane.at(2_000, online(lines)))).toMatchObject([{ line: 22 }]);
  lane.at(2_001, { type: 'carried', line: 22, failure: { type: 'failed', reason: '500' } });
  expect(carried(lane.at(4_000, online(lines)))).toMatchObject([{ line: 2 }]);
});

test('N-12: of a long ledger and a short one neither waits for the other', () => {
  const lane = engine();
  for (const [address, device] of ['lane-2', 'lane-3'].entries()) lane.at(0, heard(`${address}:1`, device));
  const lines = [line('lane-2', { headSeq: 100_000 }), line('lane-3')];
  expect(carried(lane.at(1, online(lines)))).toMatchObject([{ line: 2 }]);
  lane.at(2, { type: 'carried', line: 2, failure: null });
  expect(carried(lane.at(3, online(lines)))).toMatchObject([{ line: 3 }]);
});

test('N-12: of several that could carry, all who know each other choose the same one, and each is chosen for some', () => {
  const lanes = Array.from({ length: 10 }, (_, index) => `lane-${index + 1}`);
  const chosen = lanes.map((device) =>
    carrierOf(
      device,
      lanes.filter((other) => other !== device),
    ),
  );
  expect(chosen.every((carrier, index) => carrier !== lanes[index])).toBe(true);
  expect(
    lanes.map((device) =>
      carrierOf(
        device,
        lanes.toReversed().filter((other) => other !== device),
      ),
    ),
  ).toEqual(chosen);
  const segments = Array.from({ length: 2_000 }, (_, index) => carrierOf(`segment ${index}`, lanes));
  for (const lane of lanes) {
    const share = segments.filter((each) => each === lane).length;
    assert(share > 120 && share < 280, `${lane} is chosen ${share} times of 2,000`);
  }
});
