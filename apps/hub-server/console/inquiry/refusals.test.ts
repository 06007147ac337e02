import { expect, test } from 'vitest';

import { answerText, refusalQuery } from './refusals.ts';

test.each([
  [403, 'approvalNeeded', 'Not allowed'],
  [403, 'foreignOrigin', 'A change from another page'],
  [404, 'noSuchPlace', 'A place that is not theirs'],
  [413, 'badRequest', 'Too large'],
  [400, 'badRequest', 'Malformed'],
  [0, 'more', 'More than are told apart'],
  [415, 'badRequest', '415 badRequest'],
])('%s %s: %s', (status, problem, text) => {
  expect(answerText({ status, problem })).toBe(text);
});

test('the filters of the page are the questions of the hub; what is not set is not asked', () => {
  expect(refusalQuery({})).toEqual({});
  expect(refusalQuery({ kind: 'device', by: '1-1', status: '400', address: '10.0.0.5', lsn: '7', to: '2026-11-27' })).toEqual({
    kind: 'device',
    who: '1-1',
    status: '400',
    address: '10.0.0.5',
    toMs: String(new Date(2026, 10, 28).getTime()),
  });
});
