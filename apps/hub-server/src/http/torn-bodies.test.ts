import { expect, test } from 'vitest';

import { createTornBodies, MAX_BYTES } from './torn-bodies.ts';

const bytes = (...values: number[]): Buffer => Buffer.from(values);
const MINUTE_MS = 60_000;

function bodies() {
  let nowMs = 0;
  const torn = createTornBodies({ monotonicMs: () => nowMs });
  const tear = (device: string, behind: number, part: Buffer): void => {
    const body = torn.begin(device, behind);
    body?.came(part);
    body?.close();
  };
  return { torn, tear, pass: (ms: number) => void (nowMs += ms) };
}

test('U-24: what came of a torn body is held for its device, and joined with the rest; then nothing is', () => {
  const { torn, tear } = bodies();
  tear('a', 0, bytes(1, 2));
  tear('a', 2, bytes(3));
  expect([torn.held('a'), torn.held('b')]).toEqual([bytes(1, 2, 3), bytes()]);
  // It may know less than is there, and not more; nothing is another device's.
  expect([torn.begin('a', 4), torn.begin('b', 1)]).toEqual([undefined, undefined]);
  const body = torn.begin('a', 2);
  body?.came(bytes(9));
  expect(body?.whole()).toEqual(bytes(1, 2, 9));
  body?.close();
  expect(torn.held('a')).toEqual(bytes());
});

test('U-24: what is still coming on a connection that its sender gave up is there as well; the newest counts', () => {
  const { torn } = bodies();
  const first = torn.begin('a', 0);
  first?.came(bytes(1, 2));
  expect(torn.held('a')).toEqual(bytes(1, 2));
  const second = torn.begin('a', 2);
  second?.came(bytes(3));
  first?.came(bytes(7));
  first?.close();
  expect(torn.held('a')).toEqual(bytes(1, 2, 3));
  expect(first?.whole()).toEqual(bytes(1, 2, 7));
  expect(torn.held('a')).toEqual(bytes(1, 2, 3));
});

test('U-24: a body of which nothing came leaves nothing; what is torn goes after some minutes, or when it takes too much', () => {
  const { torn, tear, pass } = bodies();
  torn.begin('a', 0)?.close();
  expect(torn.held('a')).toEqual(bytes());
  tear('a', 0, bytes(1));
  pass(9 * MINUTE_MS);
  expect(torn.held('a')).toEqual(bytes(1));
  pass(MINUTE_MS);
  expect(torn.held('a')).toEqual(bytes());
  const third = Buffer.alloc(MAX_BYTES / 2);
  for (const device of ['b', 'c', 'd']) {
    pass(1);
    tear(device, 0, third);
  }
  expect(['b', 'c', 'd'].map((device) => torn.held(device).length)).toEqual([0, third.length, third.length]);
});
