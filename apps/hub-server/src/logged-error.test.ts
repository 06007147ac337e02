import { DrizzleQueryError } from 'drizzle-orm';
import { pino } from 'pino';
import { expect, test } from 'vitest';

import { loggedError } from './logged-error.ts';

/** As `pg` says it. */
const refusedRow = (): Error =>
  Object.assign(new Error('duplicate key value violates unique constraint "hub_pkey"'), {
    code: '23505',
    constraint: 'hub_pkey',
    detail: 'Key (signing_key)=(s3cret) already exists.',
    where: 'COPY hub, line 1: "s3cret"',
  });

test('a failed statement is told with its text and its place, and with nothing of what it was about', () => {
  const lines: string[] = [];
  const logger = pino({ serializers: { err: loggedError } }, { write: (line: string) => void lines.push(line) });
  const error = new DrizzleQueryError('INSERT INTO hub VALUES ($1)', ['s3cret', 's3cret\n    at s3cret'], refusedRow());
  expect([error.message, error.stack].every((text) => text?.includes('s3cret'))).toBe(true);
  logger.error({ err: error }, 'not written');
  expect(lines[0]).not.toContain('s3cret');
  expect((JSON.parse(lines[0] ?? '') as { readonly err: unknown }).err).toMatchObject({
    type: 'DrizzleQueryError',
    message: 'Failed query: INSERT INTO hub VALUES ($1)',
    stack: expect.stringContaining('logged-error.test.ts'),
    cause: { message: 'duplicate key value violates unique constraint "hub_pkey"', code: '23505', constraint: 'hub_pkey' },
  });
});

test('what is thrown and is no error is told as it is; a chain of causes to its end', () => {
  expect(loggedError('torn')).toBe('torn');
  expect(loggedError(new TypeError('outer', { cause: new RangeError('inner', { cause: 7 }) }))).toMatchObject({
    type: 'TypeError',
    cause: { type: 'RangeError', message: 'inner', cause: 7 },
  });
});
