/**
 * What must be so, one word a row. A word with one value is compared with it; rows of a list (`line`, `tax`, `ledger` …) stand
 * together for the whole list, in its order. `EXPECTATIONS` is the vocabulary: each word says how its cells are read and what
 * the engine has there. Both sides are brought to one form first, so that 9.7 and 9.70 are no difference.
 */
import { ok, type Result } from '@holdfast/base';

import { POINTS } from '../account/account.ts';
import { tenderOffersOf } from '../basket/basket-payment.ts';
import { basketLines, basketTotals, openAgeCheckYears } from '../basket/basket.ts';
import { NATURES } from '../catalog/nature.ts';
import { giftsToAskFor } from '../promotions/repricing.ts';
import { RETURN_EXCEPTIONS } from '../returns/return-exceptions.ts';
import { returnableLines } from '../returns/return-line.ts';
import { tiersAt } from '../returns/return-points.ts';
import { PPM_PER_BPS } from '../tax/tax-rule.ts';
import { balanceRows, liabilityRows, sumsOf } from './accounts.ts';
import { priceText, quantityWords, rateText, spaced } from './cells.ts';
import { drawerMoney, headerOf, isFull, rolledFromOf, safeMinor, standOf, xRows, zRows } from './drawer.ts';
import {
  amount,
  amounts,
  type Cell,
  count,
  figure,
  type Got,
  kinds,
  lines,
  money,
  NONE,
  one,
  oneOf,
  price,
  quantity,
  rate,
  refusal,
  states,
  text,
} from './expected-cells.ts';
import { type Lane, termsOf } from './lane.ts';
import { discountDetails, lineDetails, rewardText, whyRows } from './line-rows.ts';
import { mistake, type Mistake, quoted, unknownWord } from './mistake.ts';
import { approvalWords } from './people.ts';
import { salesOf } from './return-acts.ts';
import type { Shop } from './shop.ts';
import {
  exceptionRows,
  goodsName,
  ledgerRow,
  movementsOf,
  receiptRows,
  refusalDetails,
  stockRows,
  tenderDetails,
  tenderRow,
} from './written-rows.ts';

interface Expectation {
  /** As in the manual. */
  readonly usage: string;
  /** One cell each; a word with one cell may head a column of `do`. `any`: as many texts as there are. */
  readonly cells: readonly Cell[] | 'any';
  /** Rows together are the whole list; `none` for an empty one. */
  readonly isList?: true;
  /** Words that may begin a further cell, as in `because dented`; `any` where the engine's own names stand there. */
  readonly details?: readonly string[] | 'any';
  readonly got: (lane: Lane) => readonly Got[];
}

/** A word with one amount. */
const sum = (usage: string, amountOf: (lane: Lane) => number | undefined): Expectation => ({
  usage,
  cells: [amount],
  got: (lane) => {
    const amountMinor = amountOf(lane);
    return one(amountMinor === undefined ? undefined : money(lane, amountMinor));
  },
});

const totalsOf = (lane: Lane): ReturnType<typeof basketTotals> => basketTotals(lane.shopper.basket);

export const EXPECTATIONS: Readonly<Record<string, Expectation>> = {
  error: {
    usage: 'error | tender too small | due 9.73',
    cells: [refusal],
    details: 'any',
    got: ({ refusal: refused, shop }) => [
      refused === undefined ? { cells: [NONE] } : { cells: [spaced(refused.type)], details: refusalDetails(refused, shop.minorDigits) },
    ],
  },
  lines: {
    usage: 'lines | 2 milk, 0.842 kg bananas, !',
    cells: [lines],
    got: ({ shopper: { basket } }) =>
      one(
        basket.rows.map((row) => (row.kind === 'item' ? `${quantityWords(row.quantity)} ${row.text ?? row.name}` : '!')).join(', ') || NONE,
      ),
  },
  line: {
    usage: 'line | 2 | milk | 1.19 | 2.38 | because dented',
    cells: [quantity, text, price, amount],
    isList: true,
    details: [
      'number',
      'type',
      'because',
      'source',
      'serial',
      'batch',
      'note',
      'code',
      'age',
      'tax',
      'goods',
      'nature',
      'on',
      'of receipt',
      'defective',
      'unlisted',
      'verified',
      'approved by',
      'asked',
      'tare',
      'deposit of',
      'untaxed',
      'cost',
    ],
    got: (lane) =>
      basketLines(lane.shopper.basket).map((line) => ({
        cells: [
          quantityWords(line.quantity),
          line.text ?? line.name,
          priceText(line.unitPrice, lane.shop.minorDigits),
          money(lane, line.amountMinor),
        ],
        details: lineDetails(line, lane.shop),
      })),
  },
  'red row': {
    usage: 'red row | 4006381333930 | bad check digit | expected 1',
    cells: [text, refusal],
    isList: true,
    details: 'any',
    got: ({ shopper: { basket }, shop }) =>
      basket.rows.flatMap((row) =>
        row.kind === 'refused'
          ? [
              {
                cells: [row.code, spaced(row.refusal.type)],
                details: [`name ${row.name || NONE}`, ...refusalDetails(row.refusal, shop.minorDigits)],
              },
            ]
          : [],
      ),
  },
  exemption: {
    usage: 'exemption | WI-000123',
    cells: [text],
    got: ({ shopper }) => one(shopper.basket.exemption ?? undefined),
  },
  approval: {
    usage: 'approval | discount line | sam | line 1 | up to 20 % | used yes',
    cells: [text, text],
    isList: true,
    details: ['line', 'up to', 'used'],
    got: (lane) =>
      lane.shopper.basket.approvals.map((approval) => ({
        cells: [spaced(approval.action), approval.approver],
        details: approvalWords(approval, (amountMinor) => money(lane, amountMinor)),
      })),
  },
  items: { usage: 'items | 3', cells: [count], got: (lane) => one(String(totalsOf(lane).itemCount)) },
  subtotal: sum('subtotal | 9.73', (lane) => totalsOf(lane).subtotalMinor),
  tax: {
    usage: 'tax | reduced | 7 % | 9.09 | 0.64',
    cells: [text, rate, amount, amount],
    isList: true,
    details: ['part', 'base'],
    got: (lane) =>
      totalsOf(lane).taxes.map(({ taxClass, rateBps, netMinor, taxMinor, component }) => ({
        cells: [
          taxClass,
          component === undefined ? rateText(rateBps * PPM_PER_BPS) : component.ratePpm === undefined ? NONE : rateText(component.ratePpm),
          money(lane, netMinor),
          money(lane, taxMinor),
        ],
        details: [
          `part ${component?.component ?? NONE}`,
          `base ${component?.baseMinor === undefined ? NONE : money(lane, component.baseMinor)}`,
        ],
      })),
  },
  discount: {
    usage: 'discount | 1 | two for one | -2.00',
    cells: [text, text, amount],
    isList: true,
    details: ['kind', 'coupon', 'funding', 'because', 'approved by'],
    got: (lane) =>
      basketLines(lane.shopper.basket).flatMap(({ lineId, discounts = [] }) =>
        discounts.map((discount) => ({
          cells: [lineId, discount.name ?? discount.reference, money(lane, discount.amountMinor)],
          details: discountDetails(discount),
        })),
      ),
  },
  why: {
    usage: 'why | 1 | not taken | ten percent | goes first | by two for one',
    cells: [text, text, text, text],
    isList: true,
    details: ['by'],
    got: (lane) => basketLines(lane.shopper.basket).flatMap((line) => whyRows(lane, line)),
  },
  saved: sum('saved | 2.00', (lane) => totalsOf(lane).savedMinor),
  claim: {
    usage: 'claim | MAKER2 | 2.00',
    cells: [text, amount],
    isList: true,
    got: (lane) => totalsOf(lane).claims.map(({ code, amountMinor }) => ({ cells: [code, money(lane, amountMinor)] })),
  },
  promotion: {
    usage: 'promotion | two for one | 2',
    cells: [text, count],
    isList: true,
    got: ({ shopper: { basket } }) => basket.promotions.map(({ name, uses }) => ({ cells: [name, String(uses)] })),
  },
  reward: {
    usage: 'reward | stamps | 2 | 10 points',
    cells: [text, count, text],
    isList: true,
    details: ['given'],
    got: (lane) =>
      lane.shopper.basket.rewards.map(({ name, times, reward, given }) => ({
        cells: [name, String(times), rewardText(lane, reward)],
        details: [`given ${given ?? NONE}`],
      })),
  },
  'ask for': {
    usage: 'ask for | 1 | mug',
    cells: [count, text],
    isList: true,
    got: (lane) => giftsToAskFor(lane.shopper.basket.rewards).map(({ pieces, sku }) => ({ cells: [String(pieces), goodsName(lane, sku)] })),
  },
  coupon: {
    usage: 'coupon | SAVE5',
    cells: [text],
    isList: true,
    got: ({ shopper: { basket } }) => basket.coupons.map(({ code }) => ({ cells: [code] })),
  },
  'customer in basket': {
    usage: 'customer in basket | 4711',
    cells: [text],
    got: ({ shopper: { basket } }) => one(basket.customer?.customerId),
  },
  'due with': {
    usage: 'due with | card | 90.00',
    cells: [text, amount],
    isList: true,
    got: (lane) =>
      tenderOffersOf(lane.shopper.basket, termsOf(lane)).map(({ tenderType, dueMinor }) => ({
        cells: [spaced(tenderType), money(lane, dueMinor)],
      })),
  },
  'tax total': sum('tax total | 0.64', (lane) => totalsOf(lane).taxes.reduce((total, { taxMinor }) => total + taxMinor, 0)),
  total: sum('total | 9.73', (lane) => totalsOf(lane).totalMinor),
  rounding: sum('rounding | 0.02', (lane) => totalsOf(lane).roundingMinor),
  due: sum('due | 9.73', (lane) => totalsOf(lane).dueMinor),
  'cash due': sum('cash due | 9.75', (lane) => totalsOf(lane).cashDueMinor),
  suggested: {
    usage: 'suggested | 10.00, 20.00, 50.00',
    cells: [amounts],
    got: (lane) =>
      one(
        totalsOf(lane)
          .suggestedCashMinor.map((amountMinor) => money(lane, amountMinor))
          .join(', ') || NONE,
      ),
  },
  tender: {
    usage: 'tender | card | 20.00 | tip 2.00',
    cells: [text, amount],
    isList: true,
    details: ['number', 'tip', 'cash back', 'forfeited', 'foreign', 'from', 'points', 'for'],
    got: (lane) => {
      const { payment, tenders } = lane.shopper.basket;
      return payment === null
        ? tenders.map((tender) => ({ ...tenderRow(lane, tender), details: [`number ${tender.tenderId}`, ...tenderDetails(lane, tender)] }))
        : payment.tenders.map((tender) => ({ ...tenderRow(lane, tender), details: tenderDetails(lane, tender) }));
    },
  },
  'given back': {
    usage: 'given back | cash | -3.35',
    cells: [text, amount],
    isList: true,
    details: ['paid by'],
    got: (lane) =>
      lane.givenBack.map((tender) => ({
        ...tenderRow(lane, tender),
        details: [`paid by ${tender.paidBy === undefined ? NONE : tender.paidBy + 1}`],
      })),
  },
  change: sum('change | 0.27', ({ shopper }) => shopper.basket.payment?.changeMinor),
  refund: sum('refund | 1.19', ({ shopper }) => {
    const paidMinor = shopper.basket.payment?.tenders.reduce((paid, { amountMinor }) => paid + amountMinor, 0) ?? 0;
    return paidMinor < 0 ? -paidMinor : undefined;
  }),
  'left to return': {
    usage: 'left to return | 1 | 2 | milk | 2.38',
    cells: [count, quantity, text, amount],
    isList: true,
    got: (lane) =>
      lane.sales.flatMap(({ sale }, index) =>
        returnableLines(sale, salesOf(lane)).flatMap(({ sold, leftQuantity, leftMinor }) =>
          leftQuantity === 0
            ? []
            : [
                {
                  cells: [
                    String(index + 1),
                    quantityWords({ value: leftQuantity, unit: sold.quantity.unit }),
                    goodsName(lane, sold.sku),
                    money(lane, leftMinor),
                  ],
                },
              ],
        ),
      ),
  },
  'return exception': {
    usage: 'return exception | returned twice | 1 | milk',
    cells: [oneOf('exception', RETURN_EXCEPTIONS.map(spaced)), count, text],
    isList: true,
    got: (lane) => exceptionRows(lane),
  },
  state: { usage: 'state | completed', cells: [states], got: ({ shopper }) => one(shopper.basket.state) },
  'age to check': {
    usage: 'age to check | 18',
    cells: [count],
    got: ({ shopper }) => {
      const years = openAgeCheckYears(shopper.basket);
      return one(years === 0 ? undefined : String(years));
    },
  },
  publication: {
    usage: 'publication | 7',
    cells: [count],
    got: ({ shopper: { basket } }) => one(basket.cut === null ? undefined : String(basket.cut.lsn)),
  },
  shift: {
    usage: 'shift | 2 | open',
    cells: [count, oneOf('state of a shift', ['open', 'not open'])],
    got: (lane) => {
      const { shift, isOpened } = standOf(lane);
      return [{ cells: [String(shift), isOpened ? 'open' : 'not open'] }];
    },
  },
  drawer: { usage: 'drawer | 107.64', cells: [amount], got: (lane) => one(drawerMoney(lane)) },
  'drop due': { usage: 'drop due | yes', cells: [oneOf('answer', ['yes', 'no'])], got: (lane) => one(isFull(lane) ? 'yes' : 'no') },
  'rolled from': { usage: 'rolled from | 2026-03-14', cells: [text], got: (lane) => one(rolledFromOf(lane)) },
  safe: sum('safe | 400.00', safeMinor),
  x: { usage: 'x | total | 9.73', cells: [text, figure], isList: true, got: xRows },
  z: { usage: 'z | over or short | -0.05', cells: [text, figure], isList: true, got: zRows },
  'business date': { usage: 'business date | 2026-03-14', cells: [text], got: (lane) => one(headerOf(lane).businessDate) },
  receipt: {
    usage: 'receipt | 2 | milk | 1.19 | 2.38 | A',
    cells: 'any',
    isList: true,
    got: (lane) => receiptRows(lane).map((cells) => ({ cells })),
  },
  ledger: {
    usage: 'ledger | sale | 9.73 | business date 2026-03-14',
    cells: [kinds, amount],
    isList: true,
    details: [
      'business date',
      'shift',
      'drawer',
      'operator',
      'training',
      'basket',
      'receipt number',
      'reference',
      'reason',
      'publication',
      'lines',
      'rounding',
      'paid',
      'customer',
      'promotions',
      'claims',
      'approved by',
      'exemption',
      'service',
    ],
    got: ({ entries }) => entries.map(ledgerRow),
  },
  movement: {
    usage: 'movement | milk | 2',
    cells: [text, quantity],
    isList: true,
    got: (lane) =>
      movementsOf(lane).map((movement) => ({
        cells: [goodsName(lane, movement.sku), quantityWords({ value: movement.quantity, unit: movement.unit })],
      })),
  },
  stock: {
    usage: 'stock | milk | -2',
    cells: [text, quantity],
    isList: true,
    got: (lane) => stockRows(lane),
  },
  balance: {
    usage: 'balance | gift card | G1 | 30.00',
    cells: [text, text, amount],
    isList: true,
    got: (lane) => balanceRows(lane).flatMap((row) => (row.account === POINTS ? [] : [balanceRow(lane, row)])),
  },
  points: {
    usage: 'points | 12',
    cells: [count],
    got: ({ lastSale }) => one(lastSale === undefined ? undefined : String(lastSale.sale.points ?? 0)),
  },
  tier: {
    usage: 'tier | 4711 | silver',
    cells: [text, text],
    isList: true,
    got: (lane) => {
      const { loyalty } = lane.shop.settings;
      const { businessDate } = headerOf(lane);
      const tiers = loyalty === undefined ? [] : tiersAt(salesOf(lane), loyalty, businessDate);
      return [...tiers].map(([customer, tier]) => ({ cells: [customer, tier?.tier ?? NONE] }));
    },
  },
  'points taken': {
    usage: 'points taken | 4711 | 12',
    cells: [text, count],
    isList: true,
    got: ({ lastSale }) => (lastSale?.sale.pointsTaken ?? []).map(({ customer, points }) => ({ cells: [customer, String(points)] })),
  },
  'points balance': {
    usage: 'points balance | 4711 | 120',
    cells: [text, count],
    isList: true,
    got: (lane) =>
      balanceRows(lane).flatMap(({ account, reference, amountMinor }) =>
        account === POINTS ? [{ cells: [reference, String(amountMinor)] }] : [],
      ),
  },
  overdrawn: {
    usage: 'overdrawn | gift card | G1 | -20.00',
    cells: [text, text, amount],
    isList: true,
    got: (lane) => balanceRows(lane, true).map((row) => balanceRow(lane, row)),
  },
  revenue: sum('revenue | 2.22', (lane) => sumsOf(lane).revenueMinor),
  liability: {
    usage: 'liability | gift card | 50.00',
    cells: [oneOf('nature', NATURES.map(spaced)), amount],
    isList: true,
    got: (lane) => liabilityRows(lane).map(([nature, amountMinor]) => ({ cells: [spaced(nature), money(lane, amountMinor)] })),
  },
  tips: sum('tips | 2.00', (lane) => sumsOf(lane).tipsMinor),
  'cost of sales': sum('cost of sales | 1.10', (lane) => sumsOf(lane).costMinor),
  fault: {
    usage: 'fault | price | milk | amount',
    cells: [text, text, text],
    isList: true,
    got: ({ shop }) => shop.faults.map((cells) => ({ cells })),
  },
};

const balanceRow = (lane: Lane, { account, reference, amountMinor }: ReturnType<typeof balanceRows>[number]): Got => ({
  cells: [account, reference, money(lane, amountMinor)],
});

/** What a row expects, in the form in which the engine's values are shown; an empty cell is not looked at. */
export interface Expected {
  readonly cells: readonly string[];
  readonly details: readonly string[];
}

/** The cells behind an expectation's word. `none` alone: an empty list, no value, no refusal. */
export function readExpected(word: string, cells: readonly string[], shop: Shop): Result<Expected, Mistake> {
  const expectation = Object.hasOwn(EXPECTATIONS, word) ? EXPECTATIONS[word] : undefined;
  if (expectation === undefined) return unknownWord('expectation', word, Object.keys(EXPECTATIONS));
  if (cells.every((cell) => cell === '')) return mistake(`What is expected of ${quoted(word)}? Write: ${expectation.usage}`);
  if (cells.length === 1 && cells[0] === NONE) return ok({ cells: [NONE], details: [] });
  if (expectation.cells === 'any') return ok({ cells, details: [] });
  const fixed: string[] = [];
  for (const [index, read] of expectation.cells.entries()) {
    const cell = cells[index] ?? '';
    const result = cell === '' || cell === NONE ? ok(cell) : read(cell, shop);
    if (!result.ok) return result;
    fixed.push(result.value);
  }
  const further = cells.slice(expectation.cells.length);
  for (const detail of further) {
    if (expectation.details === undefined) return mistake(`This row has too many cells. Write: ${expectation.usage}`);
    if (expectation.details === 'any') continue;
    if (!expectation.details.some((known) => detail.startsWith(`${known} `))) {
      return unknownWord(`detail of "${word}"`, detail.split(' ')[0] ?? '', expectation.details);
    }
  }
  return ok({ cells: fixed, details: further });
}

/** Whether the engine's rows are as expected, in number, order and every cell that was written. */
export const isAsExpected = (expected: readonly Expected[], got: readonly Got[]): boolean =>
  expected.length === 1 && expected[0]?.cells[0] === NONE && expected[0].cells.length === 1
    ? got.length === 0 || (got.length === 1 && got[0]?.cells[0] === NONE)
    : expected.length === got.length && expected.every((row, index) => isRowAsExpected(row, got[index]));

const isRowAsExpected = (expected: Expected, got: Got | undefined): boolean =>
  got !== undefined &&
  expected.cells.length === got.cells.length &&
  expected.cells.every((cell, index) => cell === '' || cell === got.cells[index]) &&
  expected.details.every((detail) => got.details?.includes(detail) ?? false);
