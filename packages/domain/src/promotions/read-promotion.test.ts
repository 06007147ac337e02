import { nodeHash } from '@holdfast/base/node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { cell, readTable } from '../testing/table.ts';
import { readPromotion } from './read-promotion.ts';
import '../testing/property-runs.ts';

const EACH = { type: 'each', goods: {}, tiers: [{ fromPieces: 1, off: { type: 'percent', bps: 1_000 } }] };
const SET = {
  type: 'set',
  sets: [{ slots: [{ goods: { skus: ['milk'] }, pieces: 3 }], off: { type: 'percent', bps: 10_000 }, on: { cheapest: 1 } }],
};
/** Which one it is, is another test's. */
const VERSION: unknown = expect.stringMatching(/^[0-9a-f]{16}$/);
const BODY = { priority: 5, combine: 'best', offer: EACH };

const read = (body: unknown): ReturnType<typeof readPromotion> =>
  readPromotion('P1', { name: 'Ten off', body: JSON.stringify(body) }, nodeHash);

/** `body` with the value at a path replaced; a path's last step `-` takes the key out. */
function changed(body: unknown, path: string, value: unknown): unknown {
  const [head = '', ...rest] = path.split('.');
  if (Array.isArray(body))
    return body.map((entry, index) =>
      String(index) === head ? (rest.length === 0 ? value : changed(entry, rest.join('.'), value)) : entry,
    );
  const object = body as Record<string, unknown>;
  return { ...object, [head]: rest.length === 0 ? value : changed(object[head] ?? {}, rest.join('.'), value) };
}

describe('a promotion from its cells', () => {
  test('is what headquarters wrote', () => {
    expect(read(BODY)).toEqual({
      ok: true,
      value: { promotionId: 'P1', version: VERSION, name: 'Ten off', ...BODY, when: {}, limits: {} },
    });
    const full = {
      priority: 0,
      currency: 'EUR',
      combine: 'compounding',
      when: {
        fromMs: 0,
        toMs: 1,
        windows: [{ weekdays: [1, 7], fromMinute: 1_320, toMinute: 120 }],
        stores: ['s1'],
        customerGroups: ['gold'],
        tenderTypes: ['cash'],
        minimum: { goods: { brands: ['Alm'], except: { collections: ['sale'] } }, pieces: 2, amountMinor: 5_000 },
      },
      coupon: { code: 'SAVE', funding: 'thirdParty' },
      limits: { perBasket: 1, perCustomer: 2, budgetMinor: 3 },
      offer: SET,
    };
    expect(read(full)).toEqual({ ok: true, value: { promotionId: 'P1', version: VERSION, name: 'Ten off', ...full } });
    const reward = {
      ...BODY,
      offer: { type: 'reward', minimum: { goods: {}, pieces: 1 }, repeats: true, reward: { type: 'points', points: 5 } },
    };
    expect(read(reward)).toMatchObject({ ok: true, value: { offer: reward.offer } });
  });

  test.each(
    readTable(`
      path                           | value                                   | field
      priority                       | -1                                      | body.priority
      priority                       | 1.5                                     | body.priority
      currency                       | "XXX"                                   | body.currency
      limits                         | {"budgetMinor":5}                       | body.currency
      combine                        | "all"                                   | body.combine
      unknown                        | 1                                       | body.unknown
      __proto                        | 1                                       | body.__proto
      offer                          | "free"                                  | body.offer
      offer.type                     | "gift"                                  | body.offer.type
      offer.goods.skus               | []                                      | body.offer.goods.skus
      offer.goods.skus               | [7]                                     | body.offer.goods.skus[0]
      offer.goods.color              | ["red"]                                 | body.offer.goods.color
      offer.tiers                    | []                                      | body.offer.tiers
      offer.tiers.0.off.bps          | 10001                                   | body.offer.tiers[0].off.bps
      offer.tiers.0.off.bps          | -1000                                   | body.offer.tiers[0].off.bps
      offer.tiers.0.off              | {"type":"amount","amountMinor":-5}      | body.offer.tiers[0].off.amountMinor
      offer.tiers.0.off              | {"type":"amount","amountMinor":1000000000000000} | body.offer.tiers[0].off.amountMinor
      offer.tiers.0.fromPieces       | 0                                       | body.offer.tiers[0].fromPieces
      when.windows                   | [{"weekdays":[0],"fromMinute":0,"toMinute":60}]  | body.when.windows[0].weekdays
      when.windows                   | [{"weekdays":[1],"fromMinute":60,"toMinute":60}] | body.when.windows[0].toMinute
      when                           | {"fromMs":5,"toMs":5}                   | body.when.toMs
      when.minimum                   | {"goods":{}}                            | body.when.minimum.pieces
      coupon                         | {"code":"A","funding":"nobody"}         | body.coupon.funding
      limits.perBasket               | 0                                       | body.limits.perBasket
    `),
  )('names the place of a fault: $path = $value', (row) => {
    const answer = read(changed(BODY, cell(row, 'path'), JSON.parse(cell(row, 'value'))));
    expect(answer).toMatchObject({
      ok: false,
      error: { type: 'malformedEntity', detail: { entity: 'promotion', key: 'P1', field: row['field'] } },
    });
  });

  test.each([
    ['a set that rewards what nobody gets', { ...SET, sets: [{ ...SET.sets[0], on: 'get' }] }, 'body.offer.sets[0].on'],
    [
      'more rewarded pieces than the set has',
      { ...SET, sets: [{ ...SET.sets[0], on: { cheapest: 4 } }] },
      'body.offer.sets[0].on.cheapest',
    ],
    ['tiers in disorder', { ...EACH, tiers: [...EACH.tiers, ...EACH.tiers] }, 'body.offer.tiers'],
    [
      'a percentage for every ten',
      { type: 'total', goods: {}, repeats: true, tiers: [{ fromMinor: 1_000, off: { type: 'percent', bps: 1 } }] },
      'body.offer.tiers[0].off',
    ],
    [
      'an amount for every nothing',
      { type: 'total', goods: {}, repeats: true, tiers: [{ fromMinor: 0, off: { type: 'amount', amountMinor: 1 } }] },
      'body.offer.tiers[0].fromMinor',
    ],
  ])('refuses %s', (_, offer, field) => {
    expect(read({ ...BODY, offer })).toMatchObject({ ok: false, error: { detail: { field } } });
  });

  test('answers to fields that are missing, and to text that is no JSON', () => {
    expect(readPromotion('P1', { name: 'x' }, nodeHash)).toMatchObject({ ok: false, error: { detail: { field: 'body' } } });
    expect(readPromotion('P1', { name: 'x', body: '{' }, nodeHash)).toMatchObject({
      ok: false,
      error: { detail: { field: 'body', expected: 'JSON' } },
    });
    expect(readPromotion('P1', { name: 'x', body: '['.repeat(900_000) }, nodeHash)).toMatchObject({ ok: false });
    expect(readPromotion('P1', { name: 'x', body: ' '.repeat(2_000_000) }, nodeHash)).toMatchObject({ ok: false });
  });

  test('never throws, whatever the body says', () => {
    const offers = fc.oneof(fc.jsonValue(), fc.constantFrom(EACH, SET));
    fc.assert(
      fc.property(
        fc.record({ priority: fc.jsonValue(), combine: fc.jsonValue(), when: fc.jsonValue(), offer: offers }, { requiredKeys: [] }),
        (body) => {
          expect(typeof read(body).ok).toBe('boolean');
        },
      ),
    );
  });
});

test('each change of what it says is another version, and the order of time is none', () => {
  const versionOf = (name: string, body: object): string => {
    const rule = readPromotion('P1', { name, body: JSON.stringify(body) }, nodeHash);
    return rule.ok ? rule.value.version : '';
  };
  expect(versionOf('Ten off', BODY)).toMatch(/^[0-9a-f]{16}$/);
  expect(versionOf('Ten off', BODY)).toBe(versionOf('Ten off', BODY));
  expect(versionOf('10 % off', BODY)).not.toBe(versionOf('Ten off', BODY));
  expect(versionOf('Ten off', { ...BODY, priority: 6 })).not.toBe(versionOf('Ten off', BODY));
});
