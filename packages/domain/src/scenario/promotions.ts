/**
 * The tables `promotion` and `coupon` of a scenario: a rule in the words of the shop floor becomes the cells that a hub would send,
 * and goes through the engine's own reader. Every rule that the engine has can be said.
 */
import { type Hash, type Result } from '@holdfast/base';

import { readCoupon, type CouponType } from '../catalog/catalog.ts';
import { readPromotion } from '../promotions/read-promotion.ts';
import type {
  Coupon,
  Goods,
  GoodsLists,
  Limits,
  Minimum,
  Off,
  Offer,
  Promotion,
  PromotionSet,
  Reward,
  SetSlot,
  TimeWindow,
} from '../promotions/rule.ts';
import type { StoreSettings } from '../settings/settings.ts';
import { joined, readAmount, readNumber, readRateBps } from './cells.ts';
import { quoted, unknownWord, type Mistake } from './mistake.ts';
import { readMoment } from './moment.ts';

export const PROMOTION_COLUMNS = [
  'goods',
  'offer',
  'combine',
  'priority',
  'from',
  'to',
  'hours',
  'stores',
  'groups',
  'tenders',
  'minimum',
  'coupon',
  'limits',
  'currency',
  'name',
] as const;
export const COUPON_COLUMNS = ['name', 'from', 'to'] as const;

/** One row by the names of its columns. */
export interface NamedRow {
  readonly line: number;
  readonly key: string;
  readonly cell: (column: string) => string | undefined;
}

export interface PromotionShop {
  readonly minorDigits: number;
  readonly settings: StoreSettings;
  /** The SKU that a scenario's word for goods means. */
  readonly skuOf: (name: string) => Result<string, Mistake>;
  readonly faults: [entity: string, key: string, field: string][];
  readonly report: (line: number, message: string) => void;
  readonly hash: Hash;
}

/** Reads on with a stand-in after a mistake, which is reported at its row: the file is not run then. */
class Words {
  readonly #row: NamedRow;
  readonly #shop: PromotionShop;

  constructor(row: NamedRow, shop: PromotionShop) {
    this.#row = row;
    this.#shop = shop;
  }

  fail<T>(message: string, standIn: T): T {
    this.#shop.report(this.#row.line, message);
    return standIn;
  }

  value<T>(read: Result<T, Mistake>, standIn: T): T {
    return read.ok ? read.value : this.fail(read.error.message, standIn);
  }

  amountMinor(text: string): number {
    return this.value(readAmount(text, this.#shop.minorDigits), 0);
  }

  count(text: string): number {
    return this.value(readNumber(text), 0);
  }

  atMs(text: string): number {
    return this.value(readMoment(text, this.#shop.settings.timeZone), 0);
  }

  /** `all`, `goods milk or bread`, `category dairy and brand Alm`, `all except goods milk`. */
  goods(text: string): Goods {
    const [meant = '', except, ...rest] = text.split(/(?:^| )except /);
    if (rest.length > 0) return this.fail(`${quoted(text)} says "except" twice.`, {});
    return { ...this.#lists(meant), ...(except !== undefined && { except: this.#lists(except) }) };
  }

  #lists(text: string): GoodsLists {
    const lists: { -readonly [list in keyof GoodsLists]: GoodsLists[list] } = {};
    for (const part of text === 'all' || text === '' ? [] : text.split(' and ')) {
      const [kind = '', ...words] = part.split(' ');
      const names = words.join(' ').split(' or ');
      if (kind === 'goods') lists.skus = names.map((name) => this.value(this.#shop.skuOf(name), name));
      else if (kind === 'category') lists.categories = names;
      else if (kind === 'brand') lists.brands = names;
      else if (kind === 'collection') lists.collections = names;
      else
        this.fail(
          `${quoted(part)} means no goods: write "all", or "goods milk or bread", "category …", "brand …", "collection …".`,
          undefined,
        );
    }
    return lists;
  }

  /** `10 % off`, `free`, `1.00 off`, `for 5.00`. */
  off(text: string): Off {
    if (text === 'free') return { type: 'percent', bps: 10_000 };
    const [, amount, percent] = /^(\S+)( %)? off$/.exec(text) ?? [];
    if (amount !== undefined && percent !== undefined) return { type: 'percent', bps: this.value(readRateBps(amount), 1) };
    if (amount !== undefined) return { type: 'amount', amountMinor: this.amountMinor(amount) };
    const price = /^for (\S+)$/.exec(text)?.[1];
    if (price !== undefined) return { type: 'price', priceMinor: this.amountMinor(price) };
    return this.fail(`${quoted(text)} takes nothing off: write "10 % off", "1.00 off", "for 5.00" or "free".`, { type: 'percent', bps: 1 });
  }

  /** `2 x goods bread + get 1 x goods milk: free`, `3: free on cheapest 1`; pieces without goods are those of the row. */
  set(text: string, goods: Goods): PromotionSet {
    const [, slotsText, offText = '', on, pick, pieces] = /^(.+): (.+?)(?: on (all|get|(cheapest|dearest) (\d{1,9})))?$/.exec(text) ?? [];
    const standIn: PromotionSet = { slots: [], off: { type: 'percent', bps: 1 }, on: 'all' };
    if (slotsText === undefined)
      return this.fail(`${quoted(text)} is no set: write "3: free on cheapest 1", or "2 x goods a + get 1 x goods b: free".`, standIn);
    const slots = slotsText.split(' + ').map((slot): SetSlot => {
      const [, get, count, of] = /^(get )?(\d{1,9})(?: x (.+))?$/.exec(slot) ?? [];
      if (count === undefined)
        return this.fail(`${quoted(slot)} is no part of a set: write "2", "2 x goods bread" or "get 1 x goods milk".`, {
          goods,
          pieces: 1,
        });
      return { goods: of === undefined ? goods : this.goods(of), pieces: Number(count), ...(get !== undefined && { get: true }) };
    });
    const chosen = pick === 'cheapest' ? { cheapest: Number(pieces) } : pick === 'dearest' ? { dearest: Number(pieces) } : undefined;
    const whole = on === 'all' || on === 'get' ? on : slots.some(({ get }) => get) ? 'get' : 'all';
    return { slots, off: this.off(offText), on: chosen ?? whole };
  }

  /** `20.00`, `3 pieces`, `3 pieces and 20.00`. */
  #threshold(text: string): Omit<Minimum, 'goods'> {
    const [, pieces, amount] = /^(?:(\d{1,9}) pieces?)?(?:(?:^| and )(\S+))?$/.exec(text) ?? [];
    if (pieces === undefined && amount === undefined)
      return this.fail(`${quoted(text)} is no minimum: write "20.00", "3 pieces" or "3 pieces and 20.00".`, {});
    return {
      ...(pieces !== undefined && { pieces: Number(pieces) }),
      ...(amount !== undefined && { amountMinor: this.amountMinor(amount) }),
    };
  }

  /** `20.00`, `3 pieces of category dairy`. */
  minimum(text: string): Minimum {
    const [threshold = '', ...of] = text.split(' of ');
    return { goods: this.goods(of.join(' of ')), ...this.#threshold(threshold) };
  }

  #reward(text: string): Reward {
    const [, points, code, rebate, pieces, gift] = /^(?:(\d{1,9}) points?|coupon (.+)|rebate (\S+)|(\d{1,9}) x (.+))$/.exec(text) ?? [];
    if (points !== undefined) return { type: 'points', points: Number(points) };
    if (code !== undefined) return { type: 'nextCoupon', code };
    if (rebate !== undefined) return { type: 'rebate', amountMinor: this.amountMinor(rebate) };
    if (gift !== undefined) return { type: 'gift', sku: this.value(this.#shop.skuOf(gift), gift), pieces: Number(pieces) };
    return this.fail(`${quoted(text)} is no reward: write "50 points", "1 x mug", "coupon NEXT5" or "rebate 5.00".`, {
      type: 'points',
      points: 1,
    });
  }

  /** `each …`, `set …`, `total …`, `every …`, `give …`; alternatives and tiers stand behind semicolons. */
  offer(text: string, goods: Goods): Offer {
    const [verb = '', ...rest] = text.split(' ');
    const parts = rest.join(' ').split('; ');
    const tiers = (): readonly (readonly [from: string, off: string])[] =>
      parts.map((part) => {
        const [, from = '', off = ''] =
          /^(?:from )?(\S+): (.+)$/.exec(part) ?? this.fail(`${quoted(part)} is no tier: write "from 3: 10 % off".`, []);
        return [from, off];
      });
    switch (verb) {
      case 'each': {
        const isTiered = parts.some((part) => part.includes(':'));
        const read = isTiered ? tiers() : ([['1', parts.join('; ')]] as const);
        return { type: 'each', goods, tiers: read.map(([from, off]) => ({ fromPieces: this.count(from), off: this.off(off) })) };
      }
      case 'set':
        return { type: 'set', sets: parts.map((part) => this.set(part, goods)) };
      case 'total':
      case 'every': {
        // A price of a total is for the engine's reader to refuse: the type that it names is the one that it takes.
        const read = tiers().map(([from, off]) => ({
          fromMinor: this.amountMinor(from),
          off: this.off(off) as Exclude<Off, { type: 'price' }>,
        }));
        return { type: 'total', goods, tiers: read, ...(verb === 'every' && { repeats: true }) };
      }
      case 'give': {
        const [, what = '', often, threshold = ''] = /^(.+) (from|every) (.+)$/.exec(parts.join('; ')) ?? [];
        if (often === undefined) break;
        const minimum = { goods, ...this.#threshold(threshold) };
        return { type: 'reward', minimum, ...(often === 'every' && { repeats: true }), reward: this.#reward(what) };
      }
      default:
        break;
    }
    const words =
      '"each 10 % off", "set 3: free on cheapest 1", "total from 50.00: 5.00 off", "every 10.00: 1.00 off" or "give 50 points from 20.00"';
    return this.fail(`${quoted(text)} is no offer: write ${words}.`, { type: 'set', sets: [] });
  }

  /** `mon tue 17:00-19:00`, `fri 22:00-02:00`. */
  hours(text: string): TimeWindow {
    const words = text.split(' ');
    const [, from = '', to = ''] =
      /^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(words.at(-1) ?? '') ?? this.fail(`${quoted(text)} are no hours: write "mon tue 17:00-19:00".`, []);
    const minuteOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
    return {
      weekdays: words
        .slice(0, -1)
        .map((day) => (DAYS.includes(day) ? DAYS.indexOf(day) + 1 : this.value(unknownWord('day', day, DAYS), 1))),
      fromMinute: minuteOf(from),
      toMinute: minuteOf(to),
    };
  }

  /** `SAVE5`, `SAVE5 third party`. */
  coupon(text: string): Coupon {
    const thirdParty = /^(.+) third party$/.exec(text)?.[1];
    return thirdParty === undefined ? { code: text, funding: 'store' } : { code: thirdParty, funding: 'thirdParty' };
  }

  /** `2 per basket, 1 per customer, budget 5.00`. */
  limits(text: string): Limits {
    const limits: { -readonly [limit in keyof Limits]: Limits[limit] } = {};
    for (const part of text.split(', ')) {
      const [, count, whose, budget] = /^(?:(\d{1,9}) per (basket|customer)|budget (\S+))$/.exec(part) ?? [];
      if (whose === 'basket') limits.perBasket = Number(count);
      else if (whose === 'customer') limits.perCustomer = Number(count);
      else if (budget === undefined)
        this.fail(`${quoted(part)} is no limit: write "2 per basket", "1 per customer" or "budget 5.00".`, undefined);
      else limits.budgetMinor = this.amountMinor(budget);
    }
    return limits;
  }
}

const DAYS: readonly string[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

const listOf = (text: string): readonly string[] => text.split(', ');

/** One cell read, or the key left out where it is empty. */
const given = (text: string | undefined, key: string, read: (text: string) => unknown): object =>
  text === undefined ? {} : { [key]: read(text) };

/** What a hub's cell would say. */
function bodyOf(row: NamedRow, shop: PromotionShop): object {
  const words = new Words(row, shop);
  const { cell } = row;
  const goods = words.goods(cell('goods') ?? 'all');
  const currency = cell('currency') ?? shop.settings.currency;
  return {
    combine: cell('combine') ?? 'best',
    priority: words.count(cell('priority') ?? '0'),
    ...(currency !== 'none' && { currency }),
    offer: words.offer(cell('offer') ?? '', goods),
    when: {
      ...given(cell('from'), 'fromMs', (text) => words.atMs(text)),
      ...given(cell('to'), 'toMs', (text) => words.atMs(text)),
      ...given(cell('hours'), 'windows', (text) => text.split('; ').map((hours) => words.hours(hours))),
      ...given(cell('stores'), 'stores', listOf),
      ...given(cell('groups'), 'customerGroups', listOf),
      ...given(cell('tenders'), 'tenderTypes', (text) => listOf(text).map(joined)),
      ...given(cell('minimum'), 'minimum', (text) => words.minimum(text)),
    },
    ...given(cell('coupon'), 'coupon', (text) => words.coupon(text)),
    ...given(cell('limits'), 'limits', (text) => words.limits(text)),
  };
}

/** What the engine cannot use is a fault; a word that nobody knows is a mistake. */
export function readPromotions(rows: readonly NamedRow[], shop: PromotionShop): readonly Promotion[] {
  const byKey = new Map<string, Promotion>();
  for (const row of rows) {
    const rule = readPromotion(row.key, { name: row.cell('name') ?? row.key, body: JSON.stringify(bodyOf(row, shop)) }, shop.hash);
    if (rule.ok) byKey.set(row.key, rule.value);
    else shop.faults.push(['promotion', row.key, rule.error.detail.field]);
  }
  return [...byKey.values()];
}

export function readCoupons(rows: readonly NamedRow[], shop: PromotionShop): ReadonlyMap<string, CouponType> {
  const coupons = new Map<string, CouponType>();
  for (const row of rows) {
    const words = new Words(row, shop);
    const coupon = readCoupon(row.key, {
      name: row.cell('name') ?? row.key,
      ...given(row.cell('from'), 'fromMs', (text) => words.atMs(text)),
      ...given(row.cell('to'), 'toMs', (text) => words.atMs(text)),
    });
    if (coupon.ok) coupons.set(row.key, coupon.value);
    else shop.faults.push(['coupon', row.key, coupon.error.detail.field]);
  }
  return coupons;
}
