import { expect, test } from 'vitest';

import { EXIT } from '../command.ts';
import { runCommandLine } from '../main.ts';

async function run(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const said = { out: '', err: '' };
  const code = await runCommandLine(['decode', ...args], {
    out: (words) => void (said.out += words),
    err: (words) => void (said.err += words),
    interactive: false,
  });
  return { code, ...said };
}

test('a GS1 symbol: each element with its title, and what follows for the sale', async () => {
  const { code, out } = await run('--aim', ']C1', '010400638133393110LOT7<GS>11261200310300084221S9');
  expect(code).toBe(EXIT.done);
  expect(out.split('\n')).toEqual([
    'gtin  04006381333931',
    'key     04006381333931',
    '(01)    04006381333931  GTIN',
    '(10)    LOT7  BATCH/LOT',
    '(11)    261200  PROD DATE  2026-12-31',
    '(3103)  000842  NET WEIGHT (kg)',
    '(21)    S9  SERIAL',
    'measure 842 gram',
    '',
  ]);
});

test('for machines: one line of JSON, refused or not', async () => {
  const read = await run('https://id.gs1.org/01/04006381333931/10/LOT7', '--json');
  expect(read.code).toBe(EXIT.done);
  expect(JSON.parse(read.out)).toMatchObject({ type: 'gtin', keys: ['04006381333931'], label: { batch: 'LOT7' }, missing: [] });
  const refused = await run('4006381333932', '--json');
  expect(refused.code).toBe(EXIT.failed);
  expect(JSON.parse(refused.out)).toEqual({
    type: 'refused',
    refusal: { type: 'badCheckDigit', detail: { code: '4006381333932', expected: '1' } },
  });
});

test('a reason for a person, and the retailer’s own codes', async () => {
  expect(await run('--aim', ']C1', '10LOT')).toEqual({
    code: EXIT.failed,
    out: '',
    err: 'Refused: type malformedCode, code 10LOT, reason noGoods, ai 10\n',
  });
  expect((await run('R-1-abcd-000001', '--own', 'receipt R-')).out).toContain('own     receipt 1-abcd-000001');
  expect((await run('X', '--own', 'thing R-')).code).toBe(EXIT.usage);
  expect((await run('X', '--aim', 'C1')).code).toBe(EXIT.usage);
});
