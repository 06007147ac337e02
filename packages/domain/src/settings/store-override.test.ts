import { assert } from '@holdfast/base';
import { describe, expect, test } from 'vitest';

import { priceKey } from '../catalog/catalog.ts';
import { cell, readTable } from '../testing/table.ts';
import { decideOverride, overrideEntry, overrideQuestion, readOverride, storePriceFields } from './store-override.ts';

const HEADER = { businessDate: '2026-11-25', shift: 1, drawer: '1', operator: 'mia', training: false };
const PRICE = { amount: 900, decimals: 2 };
const PROPOSAL = {
  entityType: 3,
  key: priceKey('MUG', 'regular'),
  values: storePriceFields(PRICE, 'EUR'),
  basedOn: { hubEpoch: '00000000000000aa', lsn: 7 },
  reason: 'the shop across the street',
};

test('a proposal reads back as it was written', () => {
  expect(readOverride(overrideEntry(HEADER, PROPOSAL).fields)).toEqual({ ok: true, value: { ...HEADER, ...PROPOSAL } });
});

test.each([
  ['no value', { values: [] }],
  ['two values in one row', { values: [{ column: 1, int: 1, text: 'x' }] }],
  ['a row without a value', { values: [{ column: 1 }] }],
  ['a cut below 0', { basedOnLsn: -1 }],
])('%s: not a proposal', (_what, more) => {
  const { fields } = overrideEntry(HEADER, PROPOSAL);
  expect(readOverride({ ...fields, ...more }).ok).toBe(false);
});

describe('what it asks leave for', () => {
  test('how far below the price that stands; without one there is no measure', () => {
    expect(overrideQuestion(PROPOSAL, { amount: 1_000, decimals: 2 })).toEqual({
      ok: true,
      value: { action: 'changeStorePrice', amount: 1_000 },
    });
    expect(overrideQuestion(PROPOSAL, undefined)).toMatchObject({ ok: true, value: { amount: Number.MAX_SAFE_INTEGER } });
  });

  test.each([
    ['grants', { ...PROPOSAL, entityType: 10 }],
    ['a scheduled price', { ...PROPOSAL, key: priceKey('MUG', 'regular', 5) }],
    ['no price key', { ...PROPOSAL, key: 'MUG' }],
    ['half a price', { ...PROPOSAL, values: new Map([[1, 900]]) }],
    ['a field that no price has', { ...PROPOSAL, values: new Map([...PROPOSAL.values, [99, 1]]) }],
    ['a price that is a text', { ...PROPOSAL, values: new Map([...PROPOSAL.values, [1, '900']]) }],
  ])('no store changes %s', (_what, proposal) => {
    const asked = overrideQuestion(proposal, undefined);
    assert(!asked.ok, 'nothing is asked');
    expect(asked.error).toBe('notOverridable');
  });
});

describe('O-4, O-5: what the hub makes of it', () => {
  const cases = readTable(`
    overridable | allowed | changed | basedOn | status   | rule
    ------------+---------+---------+---------+----------+---------------
    yes         | yes     | 0       | 7       | accepted | unchanged
    yes         | yes     | 7       | 7       | accepted | unchanged
    yes         | yes     | 8       | 7       | conflict | changedSince
    yes         | no      | 8       | 7       | refused  | notAllowed
    yes         | no      | 0       | 7       | refused  | notAllowed
    no          | yes     | 0       | 7       | refused  | notOverridable
  `);
  test.each(cases)('overridable $overridable, allowed $allowed, changed at $changed, based on $basedOn → $status', (row) => {
    expect(
      decideOverride({
        isOverridable: cell(row, 'overridable') === 'yes',
        isAllowed: cell(row, 'allowed') === 'yes',
        changedAtLsn: Number(cell(row, 'changed')),
        basedOnLsn: Number(cell(row, 'basedOn')),
      }),
    ).toEqual({ status: cell(row, 'status'), rule: cell(row, 'rule') });
  });
});
