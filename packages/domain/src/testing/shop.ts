/**
 * A small shop for tests: goods by short names, and acts in the words of the shop floor that become basket commands.
 */
import { assert, type Result } from '@holdfast/base';

import { applyBasketCommand } from '../basket/basket-command.ts';
import { applyBasketEvents, openBasket } from '../basket/basket-event.ts';
import { type Basket, type BasketCommand, type BasketEvent, type BasketOpening, type BasketRefusal, type Cut } from '../basket/basket.ts';
import type { Item, ScheduledPrice } from '../catalog/catalog.ts';
import type { Fields, LedgerHeader } from '../ledger/ledger.ts';
import { CASH_ROUNDING_MODES, CASH_ROUNDING_SCOPES, REFUND_ROUNDINGS, type CashRounding } from '../money/cash-rounding.ts';
import { minorDigitsOf, parseMinor, parseUnitPrice } from '../money/money.ts';
import { isUnit } from '../money/quantity.ts';
import type { TaxClass } from '../tax/tax-rule.ts';
import { CASH, readTenderType, type TenderType } from '../tender/tender-type.ts';
import { cell, readTable } from './table.ts';

export const CUT: Cut = { hubEpoch: '00112233445566aa', lsn: 7 };

export const HEADER: LedgerHeader = { businessDate: '2026-03-14', shift: 3, drawer: 'D1', operator: 'op-1', training: false };

export const OPENING: BasketOpening = {
  basketId: 'basket-1',
  currency: 'EUR',
  taxInclusive: true,
  taxRounding: 'half-up',
  quantityAskAbove: 999,
};

export interface Goods {
  readonly item: Item;
  readonly price: ScheduledPrice | undefined;
  readonly taxClass: TaxClass | undefined;
}

export type Shop = ReadonlyMap<string, Goods>;

/** Columns: `goods | price | unit | tax % | age`; an empty price is none, an empty tax is an unknown class. `currency` of all prices unless the price names one. */
export function readShop(text: string, currency = 'EUR'): Shop {
  return new Map(
    readTable(text).map((row) => {
      const name = cell(row, 'goods');
      const unit = cell(row, 'unit');
      assert(isUnit(unit), `${unit} is a unit`);
      const tax = cell(row, 'tax %');
      const age = cell(row, 'age');
      const [amount = '', priceCurrency = currency] = cell(row, 'price').split(' ');
      const rate = parseMinor(tax === '' ? '0' : tax, 2);
      assert(rate.ok, `${tax} is a percentage`);
      const item: Item = { sku: name, name, taxClass: `tax ${tax}`, unit, ...(age !== '' && { minimumAgeYears: Number(age) }) };
      const price = amount === '' ? undefined : scheduledPrice(name, amount, priceCurrency);
      return [
        name,
        { item, price, taxClass: tax === '' ? undefined : { taxClass: item.taxClass, name: `VAT ${tax} %`, rateBps: rate.value } },
      ];
    }),
  );
}

export function scheduledPrice(sku: string, amount: string, currency: string): ScheduledPrice {
  const price = parseUnitPrice(amount);
  assert(price.ok, `${amount} is a price`);
  return { sku, scope: 'global', type: 'regular', price: price.value, currency, priority: 0 };
}

/** `none`, or a step in minor units and words about it in any order: `5`, `10 half-down`, `1000 up total`, `5 toward-zero`. */
export function cashRoundingOf(text: string): CashRounding | undefined {
  if (text === 'none') return undefined;
  const [step = '', ...words] = text.split(' ');
  const wordOf = <T extends string>(known: readonly T[], otherwise: T): T => known.find((word) => words.includes(word)) ?? otherwise;
  return {
    stepMinor: Number(step),
    mode: wordOf(CASH_ROUNDING_MODES, 'half-up'),
    scope: wordOf(CASH_ROUNDING_SCOPES, 'cash'),
    refunds: wordOf(REFUND_ROUNDINGS, 'mirrored'),
  };
}

const tenderType = (key: string, fields: Fields): TenderType => {
  const type = readTenderType(key, fields);
  assert(type.ok, `${key} is a tender type`);
  return type.value;
};

/** What the shop takes besides cash. `meal` pays for what is taxed at 7 %. */
export const TENDER_TYPES: ReadonlyMap<string, TenderType> = new Map(
  [
    CASH,
    tenderType('card', { kind: 'card', takesTips: true, cashBackMaximumMinor: 10_000 }),
    tenderType('giftCard', { kind: 'giftCard' }),
    tenderType('voucher', { kind: 'voucher' }),
    tenderType('changeVoucher', { kind: 'voucher', overTender: 'change' }),
    tenderType('meal', { kind: 'voucher', maximumMinor: 5_000, eligibleTaxClasses: 'tax 7' }),
    tenderType('storeCredit', { kind: 'storeCredit' }),
    tenderType('onAccount', { kind: 'onAccount', maximumMinor: 100_000 }),
    tenderType('usd', { kind: 'foreignCash', currency: 'USD', rateAmount: 92, rateDecimals: 2 }),
    tenderType('yen', { kind: 'foreignCash', currency: 'JPY', rateAmount: 61, rateDecimals: 4 }),
  ].map((type) => [type.tenderType, type]),
);

export interface Lane {
  readonly basket: Basket;
  readonly events: readonly BasketEvent[];
}

export const openLane = (opening: Partial<BasketOpening> = {}): Lane => ({ basket: openBasket({ ...OPENING, ...opening }), events: [] });

/** Does one command: the lane after it, or its refusal. */
export function act(lane: Lane, command: BasketCommand): Result<Lane, BasketRefusal> {
  const answer = applyBasketCommand(lane.basket, command);
  if (!answer.ok) return answer;
  return { ok: true, value: { basket: applyBasketEvents(lane.basket, answer.value), events: [...lane.events, ...answer.value] } };
}

/** Does what must not be refused. */
export function must(lane: Lane, command: BasketCommand): Lane {
  const done = act(lane, command);
  assert(done.ok, `${command.type} is done, not refused: ${JSON.stringify(done)}`);
  return done.value;
}

function addCommand(
  shop: Shop,
  words: { readonly count?: string; readonly goods: string; readonly price?: string; readonly confirmed?: boolean },
): BasketCommand {
  const goods = shop.get(words.goods);
  assert(goods !== undefined, `the shop has ${words.goods}`);
  const unitPrice = words.price === undefined ? undefined : scheduledPrice(words.goods, words.price, 'EUR').price;
  return {
    type: 'addItem',
    cut: CUT,
    item: goods.item,
    price: goods.price,
    taxClass: goods.taxClass,
    ...(words.count !== undefined && { quantity: Number(words.count) }),
    ...(unitPrice !== undefined && { override: { unitPrice, reason: 'agreed' } }),
    ...(words.confirmed === true && { confirmed: true }),
  };
}

/**
 * `scan milk`, `3 x milk`, `yes 10000 x milk`, `-1 x milk`, `842 x bananas` (grams), `1 x milk at 0.50`, `scan junk CODE`, `quantity 1 5`,
 * `price 1 0.50`, `void 1`, `age`, `clear`, `clear 2`, `cash 5.00` (all that is due), `pay card 30.00` (one tender of several), `pay card 30.00 tip 2.00`,
 * `pay card 72.54 back 20.00`, `give back 1` (a tender), `buyer on account` (somebody who may buy so), `void sale`, `suspend`, `resume`, `abort`.
 */
export function commandOf(shop: Shop, words: string, currency = 'EUR'): BasketCommand {
  const add = /^(yes )?(?:scan|(-?\d+) x) ([a-z ]+?)(?: at (-?[\d.]+))?$/.exec(words);
  if (add !== null && !words.startsWith('scan junk')) {
    const [, yes, count, goods = '', price] = add;
    return addCommand(shop, {
      goods,
      ...(count !== undefined && { count }),
      ...(price !== undefined && { price }),
      confirmed: yes !== undefined,
    });
  }
  const [verb = '', first = '', second = ''] = words.split(' ');
  switch (verb) {
    case 'scan':
      return { type: 'addRefused', code: second, refusal: { type: 'unknownCode', detail: { code: second } } };
    case 'quantity':
      return { type: 'setQuantity', lineId: first, quantity: Number(second) };
    case 'price': {
      const price = parseUnitPrice(second);
      assert(price.ok, `${second} is a price`);
      return { type: 'overridePrice', lineId: first, override: { unitPrice: price.value, reason: 'agreed' } };
    }
    case 'void':
      return first === 'sale' ? { type: 'voidSale' } : { type: 'voidLine', lineId: first };
    case 'age':
      return { type: 'confirmAge', method: 'document' };
    case 'clear':
      return first === '' ? { type: 'clearRefused' } : { type: 'clearRefused', lineId: first };
    case 'cash': {
      const amount = parseMinor(first, minorDigitsOf(currency));
      assert(amount.ok, `${first} is an amount`);
      return { type: 'payCash', amountMinor: amount.value };
    }
    case 'buyer':
      return { type: 'setCustomer', customer: { customerId: 'C1', groups: [], onAccount: true } };
    case 'pay':
      return tenderCommand(words.split(' ').slice(1), currency);
    case 'give':
      return { type: 'voidTender', tenderId: second };
    case 'suspend':
    case 'resume':
      return { type: verb };
    case 'abort':
      return { type: 'abort', reason: 'the till could not go on' };
    default:
      throw new Error(`nobody says "${words}" on this shop floor`);
  }
}

function tenderCommand([key = '', ...words]: readonly string[], currency: string): BasketCommand {
  const type = TENDER_TYPES.get(key);
  assert(type !== undefined, `the shop takes ${key}`);
  const amountOf = (text: string | undefined, of: string): number => {
    const amount = parseMinor(text ?? '', minorDigitsOf(of));
    assert(amount.ok, `${text} is an amount`);
    return amount.value;
  };
  const [amount, more, moreAmount] = words;
  return {
    type: 'tender',
    tenderType: type,
    amountMinor: amountOf(amount, type.foreign?.currency ?? currency),
    ...(more === 'tip' && { tipMinor: amountOf(moreAmount, currency) }),
    ...(more === 'back' && { cashBackMinor: amountOf(moreAmount, currency) }),
  };
}

/** `2 milk, -1 wine, !` : the lines in order, a refused row as `!`. */
export const linesText = (basket: Basket): string =>
  basket.rows.map((row) => (row.kind === 'item' ? `${row.quantity.value} ${row.text ?? row.name}` : '!')).join(', ');
