import { expect, test } from 'vitest';

import type { LineView, TillMessage } from '../shared/till-contract.ts';
import { createPeerTill } from './testing/peer-till.ts';
import { applyMessage, EMPTY_VIEW, type TillView } from './till-view.ts';

const line = (lineId: string, position: number, name = lineId): LineView => ({ lineId, position, kind: 'item', name });

const opened = (): TillView => {
  const [message] = createPeerTill([]).handle({ id: '1', atMs: 0, body: { type: 'open', version: 1 } });
  if (message === undefined) throw new Error('the peer answers');
  return applyMessage(EMPTY_VIEW, message).view;
};

const delta = (view: TillView, change: Partial<Extract<TillMessage, { type: 'basket' }>>): TillMessage => {
  if (view.head === undefined) throw new Error('the view is open');
  return { type: 'basket', revision: view.revision + 1, reset: false, head: view.head, upserted: [], removedLineIds: [], ...change };
};

const apply = (view: TillView, change: Partial<Extract<TillMessage, { type: 'basket' }>>): TillView =>
  applyMessage(view, delta(view, change)).view;

test('rows come in by position, change in place, and keep their identity while they do not change', () => {
  const two = apply(opened(), { upserted: [line('b', 2), line('a', 1)] });
  expect(two.lines.map(({ lineId }) => lineId)).toEqual(['a', 'b']);
  const changed = apply(two, { upserted: [line('a', 1, 'other')] });
  expect(changed.lines.map(({ name }) => name)).toEqual(['other', 'b']);
  expect(changed.lines[1]).toBe(two.lines[1]);
});

test('rows go, and a reset forgets them all', () => {
  const two = apply(opened(), { upserted: [line('a', 1), line('b', 2)] });
  expect(apply(two, { removedLineIds: ['a'] }).lines.map(({ lineId }) => lineId)).toEqual(['b']);
  expect(apply(two, { reset: true, upserted: [line('c', 3)] }).lines.map(({ lineId }) => lineId)).toEqual(['c']);
});

test('a gap in the revisions changes nothing and asks for everything; an old delta is passed over', () => {
  const view = opened();
  const gap = applyMessage(view, delta(view, { revision: view.revision + 2, upserted: [line('a', 1)] }));
  expect(gap).toEqual({ view, outOfStep: true });
  const old = applyMessage(view, delta(view, { revision: view.revision, upserted: [line('a', 1)] }));
  expect(old).toEqual({ view, outOfStep: false });
});
