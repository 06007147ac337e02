import { assert } from '@holdfast/base';
import { describe, expect, test } from 'vitest';

import { readTaxClass } from '../catalog/catalog.ts';
import { firstChangeOf, taxChangeFault } from './tax-change.ts';
import type { TaxRule } from './tax-rule.ts';

/** `19; 20 from 2027-01-01; 7 takeAway 2026-07-01..2027-01-01; 3 exempt; 4 CHF each`: the base rate, then its periods as they are listed. */
function ruleOf(text: string): TaxRule {
  const [base = '', ...periods] = text.split(';').map((part) => part.trim());
  const rules = periods.map((period) => {
    const [rate = '', ...words] = period.split(' ');
    const dates = words.find((word) => word.includes('..'))?.split('..');
    const from = words.includes('from') ? words[words.indexOf('from') + 1] : dates?.[0];
    const currency = words.includes('each') ? words[words.indexOf('each') - 1] : undefined;
    return {
      ...(from && { from }),
      ...(dates?.[1] && { to: dates[1] }),
      ...(words.includes('takeAway') && { service: 'takeAway' }),
      ...(words.includes('exempt') && { exempt: true }),
      taxes: [
        currency === undefined
          ? { component: 'vat', name: 'VAT', ratePpm: Number(rate) * 10_000 }
          : { component: 'fee', name: 'Fee', perUnitMinor: Number(rate), currency },
      ],
    };
  });
  const read = readTaxClass('standard', {
    name: 'VAT',
    rateBps: Number(base) * 100,
    ...(rules.length > 0 && { rules: JSON.stringify(rules) }),
  });
  assert(read.ok, text);
  return read.value;
}

const PLACE = { today: '2026-11-26', currency: 'EUR' };
const told = (before: string, after: string): string => {
  const fault = taxChangeFault(before === '' ? undefined : ruleOf(before), ruleOf(after), PLACE);
  return fault === undefined ? 'ok' : Object.values(fault).join(' ');
};

describe('a tax class that is written anew on 2026-11-26', () => {
  test.each`
    before                             | after                                                   | says
    ${'19'}                            | ${'19; 20 from 2027-01-01'}                             | ${'ok'}
    ${'19'}                            | ${'19; 20 from 2026-11-26'}                             | ${'ok'}
    ${'19'}                            | ${'19'}                                                 | ${'ok'}
    ${'19'}                            | ${'20'}                                                 | ${'changesThePast 0000-00-00'}
    ${'19'}                            | ${'19; 20 from 2026-11-25'}                             | ${'changesThePast 2026-11-25'}
    ${''}                              | ${'20'}                                                 | ${'ok'}
    ${''}                              | ${'19; 20 from 2020-01-01'}                             | ${'ok'}
    ${'19; 16 2026-07-01..2027-01-01'} | ${'19; 16 2026-07-01..2026-12-01'}                      | ${'ok'}
    ${'19; 16 2026-07-01..2027-01-01'} | ${'19; 16 2026-07-01..2026-10-01'}                      | ${'changesThePast 2026-10-01'}
    ${'19; 16 2026-07-01..2027-01-01'} | ${'19'}                                                 | ${'changesThePast 2026-07-01'}
    ${'19; 16 2026-07-01..2026-10-01'} | ${'19; 20 from 2027-01-01; 16 2026-07-01..2026-10-01'}  | ${'ok'}
    ${'19'}                            | ${'19; 20 from 2027-01-01; 21 from 2028-01-01'}         | ${'neverHolds 1 0'}
    ${'19'}                            | ${'19; 20 2027-01-01..2029-01-01; 21 from 2028-01-01'}  | ${'startsLate 1 0'}
    ${'19'}                            | ${'19; 21 from 2028-01-01; 20 from 2027-01-01'}         | ${'ok'}
    ${'19'}                            | ${'19; 5 2027-03-01..2027-03-08; 20 from 2027-01-01'}   | ${'ok'}
    ${'19'}                            | ${'19; 20 from 2027-01-01; 7 takeAway from 2027-01-01'} | ${'neverHolds 1 0'}
    ${'19'}                            | ${'19; 7 takeAway from 2027-01-01; 20 from 2027-01-01'} | ${'ok'}
    ${'19'}                            | ${'19; 3 exempt'}                                       | ${'changesThePast 0000-00-00'}
    ${'19'}                            | ${'19; 4 CHF each from 2027-01-01'}                     | ${'foreignCurrency CHF'}
    ${'19'}                            | ${'19; 4 EUR each from 2027-01-01'}                     | ${'ok'}
  `('$before → $after: $says', ({ before, after, says }: Readonly<Record<string, string>>) => {
    expect(told(before ?? '', after ?? '')).toBe(says);
  });

  test.each`
    before  | after                                    | from
    ${'19'} | ${'19; 20 from 2027-01-01'}              | ${'2027-01-01'}
    ${'19'} | ${'19; 19 from 2027-01-01'}              | ${undefined}
    ${''}   | ${'20'}                                  | ${'2026-11-26'}
    ${'19'} | ${'19; 7 takeAway from 2026-12-24'}      | ${'2026-12-24'}
    ${'19'} | ${'19; 3 exempt 2027-05-01..2028-01-01'} | ${'2027-05-01'}
  `('$before → $after charges something else from $from on', ({ before, after, from }: Readonly<Record<string, string>>) => {
    expect(firstChangeOf(before ? ruleOf(before) : undefined, ruleOf(after ?? ''), PLACE.today)).toBe(from);
  });
});
