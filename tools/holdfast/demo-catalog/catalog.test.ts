/** The demo's data files are what their README says: whoever edits them learns here what they broke. */
import { readFileSync } from 'node:fs';

import { nodeHash } from '@holdfast/base/node';
import { isBadge, isPin, isWeakPin, NATURES, readPromotion, readSettings, TENDER_KINDS } from '@holdfast/domain';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

const price = z.string().regex(/^\d{1,4}\.\d{2}$/);

const itemSchema = z.strictObject({
  gtin: z.string().regex(/^(952\d{5}|952\d{10})?$/),
  sku: z.string().regex(/^[A-Z]{2}-\d{3,5}$/),
  name: z.string().min(3).max(60),
  brand: z.string().max(40),
  category: z.string(),
  price,
  currency: z.literal('EUR'),
  tax_class: z.string(),
  unit: z.enum(['piece', 'gram']),
  plu: z.string().regex(/^(3\d{3}|4\d{3}|94\d{3})?$/),
  minimum_age: z.enum(['', '16', '18']),
  symbol: z.string().min(1),
  price_type: z.literal('regular'),
  price_from: z.literal(''),
  price_to: z.literal(''),
});

const offset = z.string().regex(/^[+-]\d{1,2}d(T\d{2}:\d{2})?$/);

const priceSchema = z.strictObject({
  sku: z.string(),
  price_type: z.enum(['promotional', 'clearance']),
  price,
  currency: z.literal('EUR'),
  from: offset,
  to: z.union([offset, z.literal('')]),
});

const settingsSchema = z.strictObject({
  settings: z.record(z.string(), z.string()),
  taxClasses: z.array(z.strictObject({ taxClass: z.string(), name: z.string(), rateBps: z.int().min(0).max(10_000) })),
  tenderTypes: z.array(
    z.strictObject({
      tenderType: z.string(),
      kind: z.enum(TENDER_KINDS),
      name: z.string(),
      takesTips: z.boolean().optional(),
      isStandAlone: z.boolean().optional(),
      cashBackMaximumMinor: z.int().min(0).optional(),
      keepsBalance: z.boolean().optional(),
    }),
  ),
  departments: z.array(z.string()),
  services: z.strictObject({
    department: z.string(),
    items: z.array(
      z.strictObject({
        sku: z.string().regex(/^SV-\d{3}$/),
        gtin: z
          .string()
          .regex(/^952\d{10}$/)
          .optional(),
        name: z.string().min(3).max(60),
        nature: z.enum(NATURES),
        symbol: z.string().min(1),
        priceMinor: z.int().min(1).optional(),
      }),
    ),
  }),
  unlisted: z.array(
    z.strictObject({
      department: z.string(),
      sku: z.string().regex(/^SU-\d{3}$/),
      name: z.string().min(3).max(60),
      taxClass: z.string(),
      minimumAgeYears: z.int().min(16).max(18).optional(),
    }),
  ),
  customers: z.array(
    z.strictObject({
      customer: z.string().regex(/^[\w.:-]{1,64}$/),
      groups: z.array(z.string()),
      exemptionCertificate: z.string().optional(),
      onAccount: z.boolean().optional(),
    }),
  ),
});

const table = <T extends z.ZodType>(name: string, row: T): z.infer<T>[] =>
  z.array(row).parse(parse(read(name), { columns: true, relaxColumnCount: false }));

const items = table('catalog.csv', itemSchema);
const prices = table('prices.csv', priceSchema);
const settings = settingsSchema.parse(JSON.parse(read('settings.json')));

const isUnique = (values: readonly string[]): boolean => new Set(values).size === values.length;

/** GS1 General Specifications, 7.9: weights 3 and 1 from the right, the check digit itself has weight 1. */
const hasValidCheckDigit = (gtin: string): boolean =>
  Array.from(gtin)
    .toReversed()
    .reduce((sum, digit, index) => sum + Number(digit) * (index % 2 === 0 ? 1 : 3), 0) %
    10 ===
  0;

const cents = (text: string): number => Number(text.replace('.', ''));

/** Hours from the midnight that begins the seeding day. */
function offsetHours(text: string): number {
  const [days = '', time = '00:00'] = text.split('T');
  return Number(days.replace('d', '')) * 24 + Number(time.slice(0, 2)) + Number(time.slice(3)) / 60;
}

describe('the demo catalogue', () => {
  test('has 300 goods or more, and every department has some', () => {
    expect(items.length).toBeGreaterThanOrEqual(300);
    expect(isUnique(settings.departments)).toBe(true);
    expect([...new Set(items.map((item) => item.category))].sort()).toEqual(settings.departments.toSorted());
    for (const department of settings.departments) {
      expect(items.filter((item) => item.category === department).length, department).toBeGreaterThanOrEqual(10);
    }
  });

  test('identifies each item once', () => {
    expect(isUnique(items.map((item) => item.sku))).toBe(true);
    expect(isUnique(items.map((item) => item.name))).toBe(true);
    expect(isUnique(items.map((item) => item.gtin).filter(Boolean))).toBe(true);
    expect(isUnique(items.map((item) => item.plu).filter(Boolean))).toBe(true);
    for (const item of items) expect(item.gtin !== '' || item.plu !== '', `${item.sku} can be rung up`).toBe(true);
  });

  test('carries GTINs with right check digits, of both lengths', () => {
    const gtins = items.map((item) => item.gtin).filter(Boolean);
    expect(gtins.filter((gtin) => !hasValidCheckDigit(gtin))).toEqual([]);
    expect(gtins.filter((gtin) => gtin.length === 8).length).toBeGreaterThanOrEqual(3);
    expect(gtins.filter((gtin) => gtin.length === 13).length).toBeGreaterThanOrEqual(250);
  });

  test('prices every item above zero', () => {
    expect(items.filter((item) => cents(item.price) <= 0)).toEqual([]);
  });

  test('uses two tax classes, and only ones that the settings know', () => {
    expect(settings.taxClasses.map((tax) => [tax.taxClass, tax.rateBps])).toEqual([
      ['reduced', 700],
      ['standard', 1900],
    ]);
    expect([...new Set(items.map((item) => item.tax_class))].sort()).toEqual(['reduced', 'standard']);
  });

  test('asks for an age exactly where the law does', () => {
    const ages = (minimum: string) => items.filter((item) => item.minimum_age === minimum);
    expect(ages('16').length).toBeGreaterThanOrEqual(10);
    expect(ages('18').length).toBeGreaterThanOrEqual(8);
    expect(new Set([...ages('16'), ...ages('18')].map((item) => item.category))).toEqual(new Set(['Beer, Wine & Spirits', 'Checkout']));
    expect(items.find((item) => item.name.startsWith('Alcohol-free'))?.minimum_age).toBe('');
  });

  test('sells produce by weight and by the piece, with known PLUs', () => {
    const byPlu = new Map(items.map((item) => [item.plu, item]));
    expect(byPlu.get('4011')).toMatchObject({ name: 'Bananas', unit: 'gram' });
    expect(byPlu.get('4664')).toMatchObject({ name: 'Tomatoes on the vine', unit: 'gram' });
    expect(byPlu.get('4053')).toMatchObject({ unit: 'piece' });
    expect(byPlu.get('4225')).toMatchObject({ unit: 'piece' });
    expect(items.filter((item) => item.unit === 'gram' && item.plu === '')).toEqual([]);
  });
});

describe('the demo prices', () => {
  const regularBySku = new Map(items.map((item) => [item.sku, item.price]));

  test('name goods of the catalogue, cost less than usual, and end after they begin', () => {
    for (const row of prices) {
      const regular = regularBySku.get(row.sku);
      const toHours = row.to === '' ? Infinity : offsetHours(row.to);
      expect(regular, row.sku).toBeDefined();
      expect(cents(row.price), row.sku).toBeLessThan(cents(regular ?? '0'));
      expect(toHours, row.sku).toBeGreaterThan(offsetHours(row.from));
    }
    expect(isUnique(prices.map((row) => `${row.sku} ${row.price_type} ${row.from}`))).toBe(true);
  });

  test('hold at least one promotion that runs on the first day and one that begins later', () => {
    const promotions = prices.filter((row) => row.price_type === 'promotional');
    expect(promotions.some((row) => offsetHours(row.from) <= 0 && offsetHours(row.to) > 24)).toBe(true);
    expect(promotions.some((row) => offsetHours(row.from) === 24)).toBe(true);
    expect(prices.some((row) => row.to === '')).toBe(true);
  });
});

test('the store takes a card and something to redeem besides cash', () => {
  expect(isUnique(settings.tenderTypes.map(({ tenderType }) => tenderType))).toBe(true);
  const kinds = settings.tenderTypes.map(({ kind }) => kind);
  expect(kinds).toEqual(expect.arrayContaining(['card', 'giftCard', 'voucher']));
});

test('what no catalogue lists is sold under items of departments that there are, with taxes that there are', () => {
  const { unlisted } = settings;
  expect(isUnique(unlisted.map(({ sku }) => sku)) && isUnique(unlisted.map(({ department }) => department))).toBe(true);
  expect(settings.departments).toEqual(expect.arrayContaining(unlisted.map(({ department }) => department)));
  expect(settings.taxClasses.map(({ taxClass }) => taxClass)).toEqual(expect.arrayContaining(unlisted.map(({ taxClass }) => taxClass)));
  expect(items.some((item) => unlisted.some(({ sku }) => sku === item.sku))).toBe(false);
});

test('what is sold that is no goods stands under its own tab, with codes that can be scanned', () => {
  const { department, items: services } = settings.services;
  expect(settings.departments).not.toContain(department);
  expect(services.map(({ nature }) => nature)).toEqual(expect.arrayContaining(['giftCard', 'layawayDeposit', 'donation']));
  expect(isUnique(services.map(({ sku }) => sku))).toBe(true);
  for (const { gtin } of services) expect(gtin === undefined || hasValidCheckDigit(gtin), gtin).toBe(true);
  expect(items.some(({ gtin }) => services.some((service) => service.gtin === gtin))).toBe(false);
});

test('customers are numbers, in tiers that the settings know', () => {
  const store = readSettings(new Map(Object.entries(settings.settings)));
  expect(store).toMatchObject({ ok: true, value: { faults: [] } });
  const tiers = new Set(store.ok ? store.value.settings.loyalty?.tiers.map(({ tier }) => tier) : []);
  expect(tiers.size).toBe(2);
  expect(settings.customers.some(({ groups }) => groups.some((group) => tiers.has(group)))).toBe(true);
  expect(settings.customers.some(({ exemptionCertificate }) => exemptionCertificate !== undefined)).toBe(true);
  expect(settings.customers.some(({ onAccount }) => onAccount === true)).toBe(true);
});

describe('the demo promotions', () => {
  const rows = z
    .array(z.looseObject({ id: z.string(), name: z.string(), coupon: z.looseObject({ code: z.string() }).optional() }))
    .parse(JSON.parse(read('promotions.json')));
  const coupons = z.array(z.strictObject({ code: z.string(), name: z.string() })).parse(JSON.parse(read('coupons.json')));

  test('are rules that a lane understands, about goods that there are', () => {
    const skus = new Set(items.map(({ sku }) => sku));
    expect(isUnique(rows.map(({ id }) => id))).toBe(true);
    for (const { id, name, ...body } of rows) {
      const rule = readPromotion(id, { name, body: JSON.stringify({ priority: 0, combine: 'best', ...body }) }, nodeHash);
      expect(rule, id).toMatchObject({ ok: true });
      for (const sku of JSON.stringify(body).match(/[A-Z]{2}-\d{3,5}/g) ?? []) expect(skus.has(sku), sku).toBe(true);
    }
  });

  test('ask for coupons that can be scanned', () => {
    expect(rows.flatMap(({ coupon }) => coupon?.code ?? []).sort()).toEqual(coupons.map(({ code }) => code).sort());
    for (const { code } of coupons) expect(hasValidCheckDigit(code) && code.startsWith('99'), code).toBe(true);
  });
});

test('the demo staff can sign on, the person whom lanes start as among them, and somebody may approve', () => {
  const staff = parse(read('staff.csv'), { columns: true }) as readonly Readonly<Record<'id' | 'roles' | 'pin' | 'badge', string>>[];
  expect(isUnique(staff.map(({ id }) => id)) && isUnique(staff.map(({ badge }) => badge))).toBe(true);
  for (const { id, pin, badge } of staff) expect((pin === '' || (isPin(pin) && !isWeakPin(pin))) && isBadge(badge), id).toBe(true);
  expect(staff.map(({ id }) => id)).toContain(settings.settings['signOnStartsAs']);
  expect(staff.map(({ roles }) => roles)).toEqual(expect.arrayContaining(['cashier', 'supervisor', 'manager']));
});

test('the demo settings name a store, its money and its time zone', () => {
  expect(settings.settings).toMatchObject({ currency: 'EUR', taxInclusive: 'true', timeZone: 'Europe/Berlin', quantityAskAbove: '999' });
  expect(Intl.getCanonicalLocales(settings.settings['locale'] ?? '')).toHaveLength(1);
});
