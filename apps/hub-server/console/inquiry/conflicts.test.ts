import { expect, test } from 'vitest';

import { answerText, type Conflict, correctedValue, fieldsOf, ruleText } from './conflicts.ts';

const CONFLICT: Conflict = {
  conflictNo: 4,
  store: '7',
  entity: 'item',
  key: 'MILK',
  rule: 'changedSince',
  ours: { values: { name: 'Milk, local', ageLimit: 18 }, by: 'sam', device: 'd-1', atMs: 5, reason: '' },
  theirs: { values: { name: 'Milk 1 l', taxClass: 'reduced' }, scope: 'global', lsn: 9, source: 'catalog', atMs: 7 },
  raisedAtMs: 8,
  answer: null,
  answeredBy: null,
  answeredAtMs: null,
};

test('both values stand beside each other, also of a field that only one side names', () => {
  expect(fieldsOf(CONFLICT)).toEqual([
    { field: 'name', asked: 'Milk, local', stands: 'Milk 1 l' },
    { field: 'ageLimit', asked: '18', stands: 'nothing' },
    { field: 'taxClass', asked: 'nothing', stands: 'reduced' },
  ]);
  expect(fieldsOf({ ...CONFLICT, theirs: null })[0]).toEqual({ field: 'name', asked: 'Milk, local', stands: 'nothing' });
});

test('a correction is of the type of what was asked for, or none', () => {
  expect([correctedValue(18, '21'), correctedValue(18, 'x'), correctedValue(18, '1.5'), correctedValue(18, '')]).toEqual([
    21,
    undefined,
    undefined,
    undefined,
  ]);
  expect([correctedValue(true, 'false'), correctedValue(true, 'no')]).toEqual([false, undefined]);
  expect([correctedValue('a', 'b'), correctedValue('a', '')]).toEqual(['b', null]);
});

test('rules and answers are said in words; another build’s in its own', () => {
  expect(ruleText('notAllowed')).toBe('Nobody who asked may change this');
  expect(ruleText('another build’s')).toBe('another build’s');
  expect(answerText({ answer: 'correct', answeredBy: 'hq' })).toBe('corrected, hq');
  expect(answerText({ answer: null, answeredBy: null })).toBe('');
});
