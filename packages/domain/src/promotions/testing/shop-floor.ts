/**
 * Promotions and baskets in the words of the shop floor, for tests. Every rule goes through `readPromotion`, so that what the
 * tables say is what headquarters could have sent.
 */
import { assert } from '@holdfast/base';
import { nodeHash } from '@holdfast/base/node';

import { decimalText, parseMinor } from '../../money/money.ts';
import { cell, readTable } from '../../testing/table.ts';
import type { PromotionContext, PromotionLine, PromotionOutcome } from '../promotion-terms.ts';
import { readPromotion } from '../read-promotion.ts';
import type { Goods, Limits, Off, Offer, Promotion, PromotionSet } from '../rule.ts';

export const CONTEXT: PromotionContext = {
  currency: 'EUR',
  atMs: 1_000_000,
  weekday: 3,
  minuteOfDay: 600,
  store: 'store-1',
  customerGroups: [],
  coupons: [],
  usesByCustomer: new Map(),
  budgetUsedMinor: new Map(),
};

export function minor(text: string): number {
  const parsed = parseMinor(text, 2);
  assert(parsed.ok, `${text} is an amount`);
  return parsed.value;
}

const LISTS = { sku: 'skus', category: 'categories', brand: 'brands', collection: 'collections' } as const;

/** `all`, `sku milk`, `category drinks or dairy`, `brand Alm and category dairy`, `all except sku milk`. */
function goodsOf(text: string): Goods {
  const [meant = '', except] = text.split(' except ');
  const lists = (phrase: string): Goods => {
    if (phrase === 'all') return {};
    return Object.fromEntries(
      phrase.split(' and ').map((part) => {
        const [kind = '', ...rest] = part.split(' ');
        assert(kind in LISTS, `"${part}" begins with sku, category, brand or collection`);
        return [LISTS[kind as keyof typeof LISTS], rest.join(' ').split(' or ')];
      }),
    );
  };
  return { ...lists(meant), ...(except !== undefined && { except: lists(except) }) };
}

/** `10 % off`, `free`, `1.00 off`, `for 5.00`. */
function offOf(text: string): Off {
  if (text === 'free') return { type: 'percent', bps: 10_000 };
  const percent = /^([\d.]+) % off$/.exec(text);
  if (percent !== null) return { type: 'percent', bps: minor(percent[1] ?? '') };
  const amount = /^([\d.]+) off$/.exec(text);
  if (amount !== null) return { type: 'amount', amountMinor: minor(amount[1] ?? '') };
  const price = /^for ([\d.]+)$/.exec(text);
  assert(price !== null, `"${text}" is no reward`);
  return { type: 'price', priceMinor: minor(price[1] ?? '') };
}

/** `2 20 % off`, `3 cheapest 1 free`, `3 for 5.00`, `2 sku bread get 1 sku milk free`, `1 sku a with 1 sku b 10 % off`. */
function setOf(text: string, goods: Goods): PromotionSet {
  const bonus = /^(\d+) (.+) get (\d+) (.+?) (free|[\d.]+ % off|[\d.]+ off|for [\d.]+)$/.exec(text);
  if (bonus !== null) {
    const [, buy, buyGoods = '', get, getGoods = '', off = ''] = bonus;
    const slots = [
      { goods: goodsOf(buyGoods), pieces: Number(buy) },
      { goods: goodsOf(getGoods), pieces: Number(get), get: true as const },
    ];
    return { slots, off: offOf(off), on: 'get' };
  }
  const mixed = /^(\d+) (.+) with (\d+) (.+?) (free|[\d.]+ % off|[\d.]+ off|for [\d.]+)$/.exec(text);
  if (mixed !== null) {
    const [, one, oneGoods = '', other, otherGoods = '', off = ''] = mixed;
    return {
      slots: [
        { goods: goodsOf(oneGoods), pieces: Number(one) },
        { goods: goodsOf(otherGoods), pieces: Number(other) },
      ],
      off: offOf(off),
      on: 'all',
    };
  }
  const plain = /^(\d+) (?:(cheapest|dearest) (\d+) )?(.+)$/.exec(text);
  assert(plain !== null, `"${text}" is no set`);
  const [, pieces, pick, count, off = ''] = plain;
  const on = pick === 'cheapest' ? { cheapest: Number(count) } : pick === 'dearest' ? { dearest: Number(count) } : ('all' as const);
  return { slots: [{ goods, pieces: Number(pieces) }], off: offOf(off), on };
}

/** `each 10 % off`, `each from 1: 5 % off; from 3: 10 % off`, `set …; …`, `total from 50.00: 5.00 off; …`, `every 10.00: 1.00 off`, `from 20.00: 50 points`. */
function offerOf(text: string, goods: Goods): Offer {
  const [verb = '', ...rest] = text.split(' ');
  const phrase = rest.join(' ');
  const tiers = (): readonly (readonly [from: string, off: string])[] =>
    phrase.split('; ').map((tier) => {
      const match = /^(?:from )?([\d.]+): (.+)$/.exec(tier);
      assert(match !== null, `"${tier}" is no tier`);
      return [match[1] ?? '', match[2] ?? ''];
    });
  switch (verb) {
    case 'each':
      if (!phrase.startsWith('from ')) return { type: 'each', goods, tiers: [{ fromPieces: 1, off: offOf(phrase) }] };
      return { type: 'each', goods, tiers: tiers().map(([from, off]) => ({ fromPieces: Number(from), off: offOf(off) })) };
    case 'set':
      return { type: 'set', sets: phrase.split('; ').map((each) => setOf(each, goods)) };
    case 'total':
    case 'every': {
      const read = tiers().map(([from, off]) => ({ fromMinor: minor(from), off: offOf(off) as Exclude<Off, { type: 'price' }> }));
      return { type: 'total', goods, tiers: read, ...(verb === 'every' && { repeats: true }) };
    }
    case 'from': {
      const match = /^([\d.]+)( again)?: (?:(\d+) points|gift (\d+) (.+)|coupon (.+)|rebate ([\d.]+))$/.exec(phrase);
      assert(match !== null, `"${phrase}" is no reward`);
      const [, from = '', again, points, pieces, sku = '', code = '', rebate = ''] = match;
      const reward =
        points !== undefined
          ? { type: 'points' as const, points: Number(points) }
          : pieces !== undefined
            ? { type: 'gift' as const, sku, pieces: Number(pieces) }
            : rebate !== ''
              ? { type: 'rebate' as const, amountMinor: minor(rebate) }
              : { type: 'nextCoupon' as const, code };
      return { type: 'reward', minimum: { goods, amountMinor: minor(from) }, ...(again !== undefined && { repeats: true }), reward };
    }
    default:
      throw new Error(`nobody offers "${text}" on this shop floor`);
  }
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

function minuteOf(text: string): number {
  const [hours, minutes] = text.split(':');
  return Number(hours) * 60 + Number(minutes);
}

/**
 * `coupon SAVE`, `third-party coupon SAVE`, `group gold`, `store store-2`, `tender cash`, `mon tue 17:00-19:00`, `minimum 20.00`,
 * `per basket 2`, `per customer 2`, `budget 5.00`, joined by commas.
 */
function termsOf(text: string): { readonly when: object; readonly limits: Limits; readonly coupon?: object } {
  let when = {};
  let limits: Limits = {};
  let coupon: object | undefined;
  for (const term of text === '' ? [] : text.split(', ')) {
    const words = term.split(' ');
    const last = words.at(-1) ?? '';
    const kind = words.slice(0, -1).join(' ');
    if (kind === 'coupon') coupon = { code: last, funding: 'store' };
    else if (kind === 'third-party coupon') coupon = { code: last, funding: 'thirdParty' };
    else if (kind === 'group') when = { ...when, customerGroups: [last] };
    else if (kind === 'store') when = { ...when, stores: [last] };
    else if (kind === 'tender') when = { ...when, tenderTypes: [last] };
    else if (kind === 'minimum') when = { ...when, minimum: { goods: {}, amountMinor: minor(last) } };
    else if (kind === 'per basket') limits = { ...limits, perBasket: Number(last) };
    else if (kind === 'per customer') limits = { ...limits, perCustomer: Number(last) };
    else if (kind === 'budget') limits = { ...limits, budgetMinor: minor(last) };
    else {
      const [from = '', to = ''] = last.split('-');
      const weekdays = words.slice(0, -1).map((day) => DAYS.indexOf(day) + 1);
      assert(weekdays.length > 0 && !weekdays.includes(0), `"${term}" is no term`);
      when = { ...when, windows: [{ weekdays, fromMinute: minuteOf(from), toMinute: minuteOf(to) }] };
    }
  }
  return { when, limits, ...(coupon !== undefined && { coupon }) };
}

/** A rule as it comes out of its cells. */
export function readRule(promotionId: string, body: object): Promotion {
  const rule = readPromotion(promotionId, { name: promotionId, body: JSON.stringify(body) }, nodeHash);
  assert(rule.ok, `${promotionId} is read: ${JSON.stringify(rule)}`);
  return rule.value;
}

/** Columns: `promotion | goods | offer | stands` and, where wanted, `terms`. `stands`: `best`, `best 5` (its priority), … */
export function readRules(text: string): readonly Promotion[] {
  return readTable(text).map((row) => {
    const [combine = '', priority = '0'] = cell(row, 'stands').split(' ');
    const offer = offerOf(cell(row, 'offer'), goodsOf(cell(row, 'goods')));
    return readRule(cell(row, 'promotion'), {
      currency: 'EUR',
      combine,
      priority: Number(priority),
      offer,
      ...termsOf(row['terms'] ?? ''),
    });
  });
}

export type Catalogue = ReadonlyMap<string, Omit<PromotionLine, 'lineId' | 'quantity' | 'amountMinor'>>;

/** Columns: `goods | category | brand | collections`. */
export const readCatalogue = (text: string): Catalogue =>
  new Map(
    readTable(text).map((row) => {
      const sku = cell(row, 'goods');
      const collections = cell(row, 'collections');
      return [
        sku,
        {
          sku,
          category: cell(row, 'category'),
          brand: cell(row, 'brand'),
          ...(collections !== '' && { collections: collections.split(' ') }),
        },
      ];
    }),
  );

/**
 * `15.00` (some goods), `4 x 15.00`, `2 x 1.19 milk`, `500 g 4.00 cheese` (4.00 for all of it), `-1 x 5.00 milk`, `! 3.00 milk`
 * (no promotion may touch it), joined by commas; each is a line.
 */
export function linesOf(text: string, catalogue: Catalogue = new Map()): readonly PromotionLine[] {
  return text.split(', ').map((words, index): PromotionLine => {
    const match = /^(! )?(?:(-?\d+) (x|g) )?([\d.]+)(?: (.+))?$/.exec(words);
    assert(match !== null, `"${words}" is no line`);
    const [, barred, count = '1', unit, amount = '', sku] = match;
    const quantity = { value: Number(count), unit: unit === 'g' ? ('gram' as const) : ('piece' as const) };
    return {
      ...(catalogue.get(sku ?? '') ?? { sku: sku ?? `goods at ${amount}` }),
      lineId: String(index + 1),
      quantity,
      amountMinor: unit === 'g' ? minor(amount) : minor(amount) * quantity.value,
      ...(barred !== undefined && { isDiscountable: false }),
    };
  });
}

export const amountText = (amountMinor: number): string => decimalText(amountMinor, 2);

/** What is left to pay. */
export const toPayMinor = (lines: readonly PromotionLine[], outcome: PromotionOutcome): number =>
  lines.reduce((sum, line) => sum + line.amountMinor, outcome.discountMinor);

/** `D1 10.00, D2 4.00`: by promotion's name; `-` for none. */
export const takenText = (outcome: PromotionOutcome): string =>
  outcome.applied
    .map(({ promotionId, discountMinor }) => `${promotionId} ${amountText(-discountMinor)}`)
    .sort()
    .join(', ') || '-';
