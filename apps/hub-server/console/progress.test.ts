import { expect, test } from 'vitest';

import { reportSchema } from './goods/imports.ts';
import { readAnswer } from './progress.ts';

const report = {
  type: 'report',
  rows: 2,
  created: 1,
  changed: 0,
  unchanged: 0,
  duplicates: 0,
  refused: 1,
  lsn: 7,
  refusals: [{ row: 3, reason: 'badGtin', value: '12' }],
};

test('the last line of an answer says what came of the file', () => {
  const text = `${JSON.stringify({ type: 'progress', rows: 2, written: 0 })}\n${JSON.stringify(report)}\n`;
  expect(readAnswer(reportSchema, 200, text)).toEqual(report);
});

test.each([
  [
    'a fault that was found while it was read',
    200,
    `{"type":"progress"}\n{"type":"error","title":"the file has no header"}\n`,
    /422.*no header/,
  ],
  ['a refusal', 409, '{"title":"Another import is running."}', /409.*Another import/],
  ['an answer that broke off', 200, '{"type":"progress","rows":20000}\n', /does not answer/],
  ['nothing at all', 200, '', /does not answer/],
])('%s is told', (_what, status, text, told) => {
  expect(() => readAnswer(reportSchema, status, text)).toThrow(told);
});
