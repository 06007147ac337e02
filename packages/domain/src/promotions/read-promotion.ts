/**
 * A promotion from its cells: `name`, and `body`, the rest of the rule as JSON text. Reading is strict, because a rule that a
 * lane only half understands would take off the wrong amount: an unknown key, a list that is too long or a number out of
 * range is a fault that names its place, and the rule does not count.
 *
 * What is read is a version: it is named by the hash of its name and body, so that whoever has a sale can tell whether they
 * have the very promotion that it used.
 */
import { err, ok, type Hash, type Result } from '@holdfast/base';

import type { CatalogueFault } from '../catalog/catalog.ts';
import { readFields } from '../fields.ts';
import type { Fields } from '../ledger/ledger.ts';
import { currencyOf, MAX_AMOUNT_MINOR } from '../money/money.ts';
import {
  COMBINE_MODES,
  type Conditions,
  type Coupon,
  type Goods,
  type GoodsLists,
  type Limits,
  type Minimum,
  type Off,
  type Offer,
  type Promotion,
  type PromotionSet,
  type Reward,
  type SetSlot,
  type TimeWindow,
} from './rule.ts';

/** Characters of a body, entries of a list of names, and of any other list. */
const MAX_BODY = 1_000_000;
const MAX_NAMES = 20_000;
const MAX_ROWS = 50;
const MAX_SET_PIECES = 1_000;
const MAX_COUNT = 1_000_000_000;
const MINUTES_OF_A_DAY = 1_440;

/** The first fault decides; reading goes on with stand-ins, as in `readFields`. */
interface Faults {
  /** Some amount above 0 was read. */
  namesMoney: boolean;
  first: { readonly field: string; readonly expected: string } | undefined;
}

type Json = unknown;

/** One object of the body: keys that nobody asked for are faults once it is closed. */
interface Part {
  has(key: string): boolean;
  value(key: string): Json;
  fail<T>(key: string, expected: string, standIn: T): T;
  text(key: string): string;
  int(key: string, min: number, max: number): number;
  optionalInt(key: string, min: number, max: number): number | undefined;
  /** Minor units. */
  money(key: string, min: number): number;
  optionalMoney(key: string, min: number): number | undefined;
  part<T>(key: string, read: (part: Part) => T): T;
  rows<T>(key: string, read: (part: Part) => T): readonly T[];
  texts(key: string): readonly string[];
  /** Only `true` may stand there. */
  flag(key: string): boolean;
}

function readPart<T>(value: Json, path: string, faults: Faults, read: (part: Part) => T): T {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const fail = <S>(key: string, expected: string, standIn: S): S => {
    faults.first ??= { field: `${path}${key}`, expected };
    return standIn;
  };
  if (!isObject) faults.first ??= { field: path.replace(/\.$/, ''), expected: 'an object' };
  const object = new Map<string, Json>(isObject ? Object.entries(value) : []);
  const asked = new Set<string>();
  const get = (key: string): Json => {
    asked.add(key);
    return object.get(key);
  };
  const list = (key: string, max: number): readonly Json[] => {
    const entries = get(key);
    if (!Array.isArray(entries) || entries.length === 0 || entries.length > max) return fail(key, `a list of 1 to ${max}`, []);
    return entries;
  };
  const int = (key: string, min: number, max: number): number => {
    const number = get(key);
    const isInRange = typeof number === 'number' && Number.isSafeInteger(number) && number >= min && number <= max;
    // JSON can say -0.
    return isInRange ? number + 0 : fail(key, `a whole number from ${min} to ${max}`, min);
  };
  const money = (key: string, min: number): number => {
    const amountMinor = int(key, min, MAX_AMOUNT_MINOR);
    faults.namesMoney ||= amountMinor > 0;
    return amountMinor;
  };
  const part: Part = {
    has: (key) => object.has(key),
    value: get,
    fail,
    text: (key) => {
      const text = get(key);
      return typeof text === 'string' && text !== '' ? text : fail(key, 'a text', '');
    },
    int,
    optionalInt: (key, min, max) => (object.has(key) ? int(key, min, max) : undefined),
    money,
    optionalMoney: (key, min) => (object.has(key) ? money(key, min) : undefined),
    part: (key, readInner) => readPart(get(key), `${path}${key}.`, faults, readInner),
    rows: (key, readRow) => list(key, MAX_ROWS).map((row, index) => readPart(row, `${path}${key}[${index}].`, faults, readRow)),
    texts: (key) =>
      list(key, MAX_NAMES).map((text, index) => (typeof text === 'string' && text !== '' ? text : fail(`${key}[${index}]`, 'a text', ''))),
    flag: (key) => object.has(key) && (get(key) === true || fail(key, 'true, or nothing', false)),
  };
  const result = read(part);
  for (const key of object.keys()) if (!asked.has(key)) fail(key, 'no such key', undefined);
  return result;
}

const readLists = (part: Part): GoodsLists => ({
  ...(part.has('skus') && { skus: part.texts('skus') }),
  ...(part.has('categories') && { categories: part.texts('categories') }),
  ...(part.has('brands') && { brands: part.texts('brands') }),
  ...(part.has('collections') && { collections: part.texts('collections') }),
});

const readGoods = (part: Part): Goods => ({
  ...readLists(part),
  ...(part.has('except') && { except: part.part('except', readLists) }),
});

function readOff(part: Part): Off {
  const type = part.text('type');
  switch (type) {
    case 'percent':
      return { type, bps: part.int('bps', 1, 10_000) };
    case 'amount':
      return { type, amountMinor: part.money('amountMinor', 1) };
    case 'price':
      return { type, priceMinor: part.money('priceMinor', 0) };
    default:
      return part.fail('type', 'percent, amount or price', { type: 'percent', bps: 1 });
  }
}

function readMinimum(part: Part): Minimum {
  const pieces = part.optionalInt('pieces', 1, MAX_COUNT);
  const amountMinor = part.optionalMoney('amountMinor', 1);
  if (pieces === undefined && amountMinor === undefined) part.fail('pieces', 'pieces, amountMinor or both', 0);
  return {
    goods: part.part('goods', readGoods),
    ...(pieces !== undefined && { pieces }),
    ...(amountMinor !== undefined && { amountMinor }),
  };
}

function readSet(part: Part): PromotionSet {
  const slots = part.rows('slots', (slot): SetSlot => ({
    goods: slot.part('goods', readGoods),
    pieces: slot.int('pieces', 1, MAX_SET_PIECES),
    ...(slot.flag('get') && { get: true }),
  }));
  const pieces = slots.reduce((sum, slot) => sum + slot.pieces, 0);
  const off = part.part('off', readOff);
  const on = part.value('on');
  if (on === 'all') return { slots, off, on };
  if (on === 'get')
    return slots.some((slot) => slot.get) ? { slots, off, on } : part.fail('on', 'get with a slot to get', { slots, off, on });
  return part.part('on', (choice): PromotionSet => {
    if (choice.has('dearest')) return { slots, off, on: { dearest: choice.int('dearest', 1, pieces) } };
    return { slots, off, on: { cheapest: choice.int('cheapest', 1, pieces) } };
  });
}

function readReward(part: Part): Reward {
  const type = part.text('type');
  switch (type) {
    case 'points':
      return { type, points: part.int('points', 1, MAX_COUNT) };
    case 'gift':
      return { type, sku: part.text('sku'), pieces: part.int('pieces', 1, MAX_SET_PIECES) };
    case 'nextCoupon':
      return { type, code: part.text('code') };
    case 'rebate':
      return { type, amountMinor: part.money('amountMinor', 1) };
    default:
      return part.fail('type', 'points, gift, nextCoupon or rebate', { type: 'points', points: 1 });
  }
}

const isAscending = (values: readonly number[]): boolean => values.every((value, index) => index === 0 || value > (values[index - 1] ?? 0));

function readOffer(part: Part): Offer {
  const type = part.text('type');
  switch (type) {
    case 'each': {
      const tiers = part.rows('tiers', (tier) => ({ fromPieces: tier.int('fromPieces', 1, MAX_COUNT), off: tier.part('off', readOff) }));
      if (!isAscending(tiers.map((tier) => tier.fromPieces))) part.fail('tiers', 'ascending by fromPieces', 0);
      return { type, goods: part.part('goods', readGoods), tiers };
    }
    case 'set':
      return { type, sets: part.rows('sets', readSet) };
    case 'total': {
      const repeats = part.flag('repeats');
      const tiers = part.rows('tiers', (tier) => {
        const off = tier.part('off', readOff);
        // Once for every 0.00 would be without end, and a percentage is the same however often it is said.
        if (repeats && off.type !== 'amount') tier.fail('off', 'an amount, where the offer repeats', off);
        return {
          fromMinor: tier.money('fromMinor', repeats ? 1 : 0),
          off: off.type === 'price' ? tier.fail('off', 'percent or amount', { type: 'percent' as const, bps: 1 }) : off,
        };
      });
      if (!isAscending(tiers.map((tier) => tier.fromMinor))) part.fail('tiers', 'ascending by fromMinor', 0);
      return { type, goods: part.part('goods', readGoods), tiers, ...(repeats && { repeats }) };
    }
    case 'reward': {
      const repeats = part.flag('repeats');
      return { type, minimum: part.part('minimum', readMinimum), ...(repeats && { repeats }), reward: part.part('reward', readReward) };
    }
    default:
      return part.fail('type', 'each, set, total or reward', { type: 'set', sets: [] });
  }
}

function readWindow(part: Part): TimeWindow {
  const weekdays = part.value('weekdays');
  const isWeekdays = Array.isArray(weekdays) && weekdays.length > 0 && weekdays.length <= 7 && weekdays.every((day) => isWeekday(day));
  const fromMinute = part.int('fromMinute', 0, MINUTES_OF_A_DAY - 1);
  const toMinute = part.int('toMinute', 0, MINUTES_OF_A_DAY);
  if (fromMinute === toMinute) part.fail('toMinute', 'another minute than fromMinute', 0);
  return {
    weekdays: isWeekdays ? (weekdays as readonly number[]) : part.fail('weekdays', 'a list of 1 (Monday) to 7', []),
    fromMinute,
    toMinute,
  };
}

const isWeekday = (day: unknown): boolean => typeof day === 'number' && Number.isInteger(day) && day >= 1 && day <= 7;

function readConditions(part: Part): Conditions {
  const fromMs = part.optionalInt('fromMs', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const toMs = part.optionalInt('toMs', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  if (fromMs !== undefined && toMs !== undefined && toMs <= fromMs) part.fail('toMs', 'later than fromMs', 0);
  return {
    ...(fromMs !== undefined && { fromMs }),
    ...(toMs !== undefined && { toMs }),
    ...(part.has('windows') && { windows: part.rows('windows', readWindow) }),
    ...(part.has('stores') && { stores: part.texts('stores') }),
    ...(part.has('customerGroups') && { customerGroups: part.texts('customerGroups') }),
    ...(part.has('tenderTypes') && { tenderTypes: part.texts('tenderTypes') }),
    ...(part.has('minimum') && { minimum: part.part('minimum', readMinimum) }),
  };
}

function readCoupon(part: Part): Coupon {
  const funding = part.text('funding');
  const isKnown = funding === 'store' || funding === 'thirdParty';
  return { code: part.text('code'), funding: isKnown ? funding : part.fail('funding', 'store or thirdParty', 'store' as const) };
}

function readLimits(part: Part): Limits {
  const perBasket = part.optionalInt('perBasket', 1, MAX_COUNT);
  const perCustomer = part.optionalInt('perCustomer', 1, MAX_COUNT);
  const budgetMinor = part.optionalMoney('budgetMinor', 1);
  return {
    ...(perBasket !== undefined && { perBasket }),
    ...(perCustomer !== undefined && { perCustomer }),
    ...(budgetMinor !== undefined && { budgetMinor }),
  };
}

function readCurrency(part: Part): string {
  const code = part.text('currency');
  return currencyOf(code) === undefined ? part.fail('currency', 'a currency that this build knows', '') : code;
}

type Identified = Pick<Promotion, 'promotionId' | 'version' | 'name'>;

function readBody(identity: Identified, part: Part, faults: Faults): Promotion {
  const combine = COMBINE_MODES.find((mode) => mode === part.value('combine'));
  const rule: Promotion = {
    ...identity,
    priority: part.int('priority', 0, MAX_COUNT),
    ...(part.has('currency') && { currency: readCurrency(part) }),
    combine: combine ?? part.fail('combine', 'exclusive, best or compounding', 'best' as const),
    when: part.has('when') ? part.part('when', readConditions) : {},
    ...(part.has('coupon') && { coupon: part.part('coupon', readCoupon) }),
    limits: part.has('limits') ? part.part('limits', readLimits) : {},
    offer: part.part('offer', readOffer),
  };
  if (faults.namesMoney && rule.currency === undefined) part.fail('currency', 'the currency of its amounts', '');
  const { offer } = rule;
  if (offer.type === 'reward' && offer.reward.type === 'nextCoupon' && offer.reward.code === rule.coupon?.code) {
    part.fail('offer.reward.code', 'another coupon than the one it asks for', '');
  }
  if (rule.offer.type === 'reward' && rule.limits.budgetMinor !== undefined) part.fail('limits.budgetMinor', 'no budget for a reward', 0);
  return rule;
}

/** Of the hash's hexadecimal digits, enough to tell the versions of one promotion apart for ever. */
const VERSION_BYTES = 8;

function versionOf(name: string, body: string, hash: Hash): string {
  const digest = hash.sha256(new TextEncoder().encode(JSON.stringify([name, body])));
  return Array.from(digest.subarray(0, VERSION_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A promotion from its merged fields. */
export function readPromotion(key: string, fields: Fields, hash: Hash): Result<Promotion, CatalogueFault> {
  const read = readFields(fields);
  const name = read.text('name');
  const text = read.text('body');
  const fault = (field: string, expected: string): Result<never, CatalogueFault> =>
    err({ type: 'malformedEntity', detail: { entity: 'promotion', key, field, expected } });
  const missing = read.fault();
  if (missing !== undefined) return fault(missing.field, missing.expected);
  if (text.length > MAX_BODY) return fault('body', `at most ${MAX_BODY} characters`);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return fault('body', 'JSON');
  }
  const faults: Faults = { namesMoney: false, first: undefined };
  const rule = readPart(body, 'body.', faults, (part) =>
    readBody({ promotionId: key, version: versionOf(name, text, hash), name }, part, faults),
  );
  return faults.first === undefined ? ok(rule) : fault(faults.first.field, faults.first.expected);
}
