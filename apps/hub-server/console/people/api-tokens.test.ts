import { expect, test } from 'vitest';

import { tokenState, untilText } from './api-tokens.ts';

const NOW_MS = Date.UTC(2026, 10, 26, 12);
const DAY_MS = 24 * 60 * 60_000;

test.each([
  ['long open', null, NOW_MS + 90 * DAY_MS, 'open', true],
  ['about to end', null, NOW_MS + 14 * DAY_MS, 'runs out soon', true],
  ['at its end', null, NOW_MS, 'ran out', false],
  ['revoked', NOW_MS - DAY_MS, NOW_MS + 90 * DAY_MS, 'revoked', false],
])('a token that is %s says so', (_is, revokedAtMs, untilMs, text, isOpen) => {
  expect(tokenState({ revokedAtMs, untilMs }, NOW_MS)).toMatchObject({ text, isOpen });
});

test('until when it opens something; of one that was revoked, since when it does not', () => {
  expect(untilText({ revokedAtMs: null, untilMs: NOW_MS }, 'UTC')).toMatch(/^until .*12:00/);
  expect(untilText({ revokedAtMs: NOW_MS, untilMs: NOW_MS + DAY_MS }, 'UTC')).not.toContain('until');
});
