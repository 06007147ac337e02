import { afterEach, beforeEach, expect, test } from 'vitest';

import type { TillMessage } from '../shared/till-contract.ts';
import { createGivenReplies } from './given-replies.ts';
import { createTestLane, type TestLane } from './testing/test-lane.ts';

const CAPACITY = 10;
let lane: TestLane;
beforeEach(() => {
  lane = createTestLane();
});
afterEach(() => lane.close());

const reply = (id: string): TillMessage => ({ type: 'reply', id, ok: true, value: {} });

test('the newest are remembered, over restarts, and the table does not grow', () => {
  let replies = createGivenReplies(lane.db, CAPACITY);
  for (let i = 0; i < 35; i++) {
    replies.remember(`r${i}`, reply(`r${i}`));
    if (i % 8 === 0) replies = createGivenReplies(lane.db, CAPACITY);
  }
  const known = Array.from({ length: 35 }, (_, i) => replies.find(`r${i}`) !== undefined);
  expect(known).toEqual(Array.from({ length: 35 }, (_, i) => i >= 25));
  expect(lane.db.prepare('SELECT count(*) FROM given_reply').pluck().get()).toBe(CAPACITY);
});

test('what was rolled back was never given', () => {
  const replies = createGivenReplies(lane.db, CAPACITY);
  replies.remember('kept', reply('kept'));
  lane.db.exec('BEGIN');
  replies.remember('lost', reply('lost'));
  lane.db.exec('ROLLBACK');
  expect(replies.find('lost')).toBeUndefined();
  expect(replies.find('kept')).toEqual(reply('kept'));
  for (let i = 0; i < CAPACITY - 1; i++) replies.remember(`r${i}`, reply(`r${i}`));
  expect(replies.find('r0')).toEqual(reply('r0'));
});
