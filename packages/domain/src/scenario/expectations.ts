/**
 * What must be so, one word a row. A word with one value is compared with it; rows of a list (`line`, `tax`, `ledger` …) stand
 * together for the whole list, in its order. `EXPECTATIONS` is the vocabulary: each word says how its cells are read and what
 * the engine has there. Both sides are brought to one form first, so that 9.7 and 9.70 are no difference.
 */
import { ok, unreachable, type Result } from '@holdfast/base';

import { POINTS } from '../account.ts';
import { tenderOffersOf } from '../basket-payment.ts';
import { basketLines, basketTotals, openAgeCheckYears, type BasketLine } from '../basket.ts';
import { lineCostMinor } from '../cost.ts';
import { explainLine } from '../explain-line.ts';
import { LEDGER_KINDS, type Fields, type LedgerEntry } from '../ledger.ts';
import { promotionReference, type LineDiscount } from '../line-discount.ts';
import { decimalText, minorDigitsOf } from '../money.ts';
import { NATURES } from '../nature.ts';
import { giftsToAskFor } from '../promotions/repricing.ts';
import type { Reward } from '../promotions/rule.ts';
import { isUnit } from '../quantity.ts';
import { receiptOf, type ReceiptBlock } from '../receipt.ts';
import type { Refusal } from '../refusal.ts';
import { RETURN_EXCEPTIONS, returnExceptionsOf } from '../return-exceptions.ts';
import { returnableLines } from '../return-line.ts';
import { tiersAt } from '../return-points.ts';
import { foldStock, stockKey, stockMovementsOf, type StockMovement } from '../stock-movement.ts';
import { PPM_PER_BPS, type TaxRule } from '../tax-rule.ts';
import type { Tender } from '../tender.ts';
import { balanceRows, liabilityRows, sumsOf } from './accounts.ts';
import {
  priceText,
  quantityWords,
  rateText,
  readAmount,
  readCount,
  readPrice,
  readQuantity,
  readRatePpm,
  readRefusalType,
  spaced,
} from './cells.ts';
import { headerOf, termsOf, type Lane } from './lane.ts';
import { mistake, quoted, unknownWord, type Mistake } from './mistake.ts';
import { approvalWords } from './people.ts';
import { salesOf } from './return-acts.ts';
import type { Shop } from './shop.ts';

/** What the engine has for one row: cells in one form, and details behind them. */
export interface Got {
  readonly cells: readonly string[];
  readonly details?: readonly string[];
}

/** How a cell is read: into the form in which the engine's value is shown. */
type Cell = (text: string, shop: Shop) => Result<string, Mistake>;

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

export const NONE = 'none';

const text: Cell = (cell) => ok(cell);

const amount: Cell = (cell, { minorDigits }) => {
  const read = readAmount(cell, minorDigits);
  return read.ok ? ok(decimalText(read.value, minorDigits)) : read;
};

const price: Cell = (cell, { minorDigits }) => {
  const read = readPrice(cell);
  return read.ok ? ok(priceText(read.value, minorDigits)) : read;
};

const quantity: Cell = (cell) => {
  const read = readQuantity(cell);
  return read.ok ? ok(quantityWords(read.value)) : read;
};

const rate: Cell = (cell) => {
  const read = readRatePpm(cell);
  return read.ok ? ok(rateText(read.value)) : read;
};

const count: Cell = (cell) => {
  const read = readCount(cell);
  return read.ok ? ok(String(read.value)) : read;
};

const refusal: Cell = (cell) => {
  const read = readRefusalType(cell);
  return read.ok ? ok(cell) : read;
};

const oneOf =
  (what: string, words: readonly string[]): Cell =>
  (cell) =>
    words.includes(cell) ? ok(cell) : unknownWord(what, cell, words);

const states = oneOf('state', ['open', 'suspended', 'completed', 'voided', 'aborted']);
const kinds = oneOf('ledger entry', Object.keys(LEDGER_KINDS).map(spaced));

/** `10.00, 15.00` */
const amounts: Cell = (cell, shop) => eachOf(cell, (part) => amount(part, shop));

/** `2 milk, 0.842 kg bananas, !` */
const lines: Cell = (cell) =>
  eachOf(cell, (part) => {
    if (part === '!') return ok(part);
    const match = /^(-?\d\S*(?: (?:kg|g|l|ml|m|mm))?) (.+)$/.exec(part);
    const read =
      match === null ? mistake(`${quoted(part)} is no line: write "2 milk", or "!" for a red row`) : readQuantity(match[1] ?? '');
    return read.ok ? ok(`${quantityWords(read.value)} ${match?.[2]}`) : read;
  });

function eachOf(cell: string, read: (part: string) => Result<string, Mistake>): Result<string, Mistake> {
  const parts: string[] = [];
  for (const part of cell.split(/,\s*/)) {
    const result = read(part);
    if (!result.ok) return result;
    parts.push(result.value);
  }
  return ok(parts.join(', '));
}

const one = (cell: string | undefined): readonly Got[] => [{ cells: [cell ?? NONE] }];

const money = (lane: Lane, amountMinor: number): string => decimalText(amountMinor, lane.shop.minorDigits);

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

/** Each time; as the table `promotion` says it. */
function rewardText(lane: Lane, reward: Reward): string {
  switch (reward.type) {
    case 'points':
      return `${reward.points} points`;
    case 'gift':
      return `${reward.pieces} x ${goodsName(lane, reward.sku)}`;
    case 'nextCoupon':
      return `coupon ${reward.code}`;
    case 'rebate':
      return `rebate ${money(lane, reward.amountMinor)}`;
    default:
      return unreachable(reward, 'rewardText');
  }
}

const tenderRow = (lane: Lane, { tenderType, amountMinor }: Tender): Got => ({
  cells: [spaced(tenderType), money(lane, amountMinor)],
});

const tenderDetails = (
  lane: Lane,
  { tipMinor, cashBackMinor, forfeitedMinor, foreign, reference, points, paidFor }: Tender,
): readonly string[] => {
  const sumOrNone = (amountMinor: number | undefined): string => (amountMinor === undefined ? NONE : money(lane, amountMinor));
  return [
    `tip ${sumOrNone(tipMinor)}`,
    `cash back ${sumOrNone(cashBackMinor)}`,
    `forfeited ${sumOrNone(forfeitedMinor)}`,
    `foreign ${foreign === undefined ? NONE : `${decimalText(foreign.amountMinor, minorDigitsOf(foreign.currency))} ${foreign.currency}`}`,
    `from ${reference ?? NONE}`,
    `points ${points ?? NONE}`,
    `for ${paidFor === undefined ? NONE : paidFor.map(({ lineId, amountMinor: share }) => `line ${lineId} ${money(lane, share)}`).join(' and ')}`,
  ];
};

const taxNameOf = (rule: TaxRule | undefined, component: string | undefined): string | undefined =>
  component === undefined ? rule?.name : rule?.variants?.flatMap(({ taxes }) => taxes).find((part) => part.component === component)?.name;

const goodsName = (lane: Lane, sku: string): string => lane.shop.itemsBySku.get(sku)?.name ?? sku;

/** `due 9.73`, `minimum age years 18`: the engine's own names, amounts in the currency's decimals. */
const refusalDetails = ({ detail }: Refusal, minorDigits: number): readonly string[] =>
  Object.entries(detail).map(([name, value]) => shownDetail(name, value, minorDigits));

/** Each line's prices, what a person set, what was taken off it and what not, and its taxes. */
function whyRows(lane: Lane, { lineId, sku }: BasketLine): readonly Got[] {
  const { prices, scopes, settings, minorDigits, promotions } = lane.shop;
  const explained = explainLine(lane.shopper.basket, lineId, {
    prices: prices.filter((scheduled) => scheduled.sku === sku),
    question: { atMs: lane.atMs, scopes, currency: settings.currency },
    promotions: termsOf(lane),
  });
  if (explained === undefined) return [];
  const nameOf = (promotionId: string): string => promotions.rule(promotionId).name;
  return [
    ...explained.prices.map(({ price: scheduled, reason }) => ({
      cells: [
        lineId,
        'price',
        `${scheduled.type} ${priceText(scheduled.price, minorDigits)} ${scheduled.scope}`,
        reason === undefined ? 'holds' : spaced(reason),
      ],
    })),
    ...(explained.isChangedSince ? [{ cells: [lineId, 'changed since', priceText(explained.unitPrice, minorDigits), 'kept'] }] : []),
    ...(explained.setBecause === undefined
      ? []
      : [{ cells: [lineId, 'set', priceText(explained.unitPrice, minorDigits), explained.setBecause] }]),
    ...explained.discounts.map(({ name, reason, reference, amountMinor }) => ({
      cells: [lineId, 'taken', name ?? reason ?? reference, money(lane, amountMinor)],
    })),
    ...explained.notTaken.map(({ name, reason, by }) => ({
      cells: [lineId, 'not taken', name, spaced(reason)],
      details: [`by ${by === undefined ? NONE : nameOf(by)}`],
    })),
    ...explained.taxes.map(({ taxClass, taxMinor, component }) => ({
      cells: [lineId, 'tax', component?.component ?? taxClass, money(lane, taxMinor)],
    })),
  ];
}

const discountDetails = ({ kind, coupon, funding, reason, approvedBy }: LineDiscount): readonly string[] => [
  `kind ${kind}`,
  `coupon ${coupon ?? NONE}`,
  `funding ${funding === undefined ? 'store' : spaced(funding)}`,
  `because ${reason ?? NONE}`,
  `approved by ${approvedBy ?? NONE}`,
];

function shownDetail(name: string, value: string | number | boolean, minorDigits: number): string {
  if (name.endsWith('Minor') && typeof value === 'number')
    return `${spaced(name.slice(0, -'Minor'.length))} ${decimalText(value, minorDigits)}`;
  if (name.endsWith('Bps') && typeof value === 'number') return `${spaced(name.slice(0, -'Bps'.length))} ${rateText(value * PPM_PER_BPS)}`;
  if (name === 'action') return `action ${spaced(String(value))}`;
  return `${spaced(name)} ${String(value)}`.trimEnd();
}

const sumOrNone = (amountMinor: number | undefined, minorDigits: number): string =>
  amountMinor === undefined ? NONE : decimalText(amountMinor, minorDigits);

const lineDetails = (line: BasketLine, { minorDigits, settings }: Lane['shop']): readonly string[] => [
  `number ${line.lineId}`,
  `type ${spaced(line.priceType)}`,
  `because ${line.reason ?? NONE}`,
  `source ${line.priceSource ?? NONE}`,
  `serial ${line.serial ?? NONE}`,
  `batch ${line.batch ?? NONE}`,
  `note ${line.note ?? NONE}`,
  `code ${line.code ?? NONE}`,
  `age ${line.minimumAgeYears ?? NONE}`,
  `tax ${line.tax.taxClass}`,
  `goods ${line.name}`,
  `nature ${line.nature === undefined ? NONE : spaced(line.nature)}`,
  `on ${line.natureReference ?? NONE}`,
  `of receipt ${line.returnOf === undefined ? NONE : `${line.returnOf.receiptNumber}${line.returnOf.line === undefined ? '' : ` line ${line.returnOf.line}`}`}`,
  `defective ${line.isDefective === true ? 'yes' : 'no'}`,
  `unlisted ${line.isUnlisted === true ? 'yes' : 'no'}`,
  `verified ${line.isUnverified === true ? 'no' : 'yes'}`,
  `approved by ${line.approvedBy ?? line.returnApprovedBy ?? NONE}`,
  `asked ${line.cataloguePrice === undefined ? NONE : priceText(line.cataloguePrice, minorDigits)}`,
  `tare ${line.tare === undefined ? NONE : quantityWords({ value: line.tare, unit: line.quantity.unit })}`,
  `deposit of ${line.depositOf ?? NONE}`,
  `untaxed ${sumOrNone(line.untaxedMinor, minorDigits)}`,
  `cost ${sumOrNone(lineCostMinor(line, settings.currency), minorDigits)}`,
];

/** Of each receipt that something came back of, in the order in which that began. */
function exceptionRows(lane: Lane): readonly Got[] {
  const sales = salesOf(lane);
  const back = sales.flatMap(({ lines: own }) => own.filter(({ returnOf }) => returnOf !== undefined));
  return [...Map.groupBy(back, ({ returnOf }) => returnOf?.receiptNumber ?? '')].flatMap(([receiptNumber, own]) =>
    returnExceptionsOf(
      receiptNumber,
      sales.find((sale) => sale.receiptNumber === receiptNumber),
      own,
    ).map(({ type, sku, quantity: pieces }) => ({ cells: [spaced(type), String(pieces), goodsName(lane, sku)] })),
  );
}

/** The receipt of the last sale, block by block; a rule between blocks is `---`. */
function receiptRows(lane: Lane): readonly (readonly string[])[] {
  if (lane.lastSale === undefined) return [];
  const { sale, atMs } = lane.lastSale;
  const { settings, itemsBySku, taxClasses, promotions } = lane.shop;
  const document = receiptOf(sale, {
    settings,
    lane: lane.shop.lane,
    atMs,
    itemName: (sku) => itemsBySku.get(sku)?.name,
    reductionName: (reference) => promotions.promotions.find(({ rule }) => promotionReference(rule) === reference)?.rule.name,
    taxName: (taxClass, component) => taxNameOf(taxClasses.get(taxClass), component),
  });
  return document.blocks.flatMap((block) => blockRows(block, document.minorDigits));
}

function blockRows(block: ReceiptBlock, minorDigits: number): readonly (readonly string[])[] {
  const shown = (amountMinor: number): string => decimalText(amountMinor, minorDigits);
  switch (block.type) {
    case 'heading':
    case 'text':
      return [[block.text]];
    case 'rule':
      return [['---']];
    case 'line':
      return [
        [quantityWords(block.quantity), block.name, priceText(block.unitPrice, minorDigits), shown(block.amountMinor), block.taxMark],
      ];
    case 'reduction':
      return [[block.name, shown(block.amountMinor)]];
    case 'amount':
      return [[block.label, shown(block.amountMinor)]];
    case 'tax':
      return [[block.mark, block.name, rateText(block.rateBps * PPM_PER_BPS), shown(block.netMinor), shown(block.taxMinor)]];
    case 'facts':
      return block.facts;
    default:
      return unreachable(block, 'blockRows');
  }
}

function ledgerRow({ kind, fields }: LedgerEntry): Got {
  const name = Object.values(LEDGER_KINDS).find((known) => known.kind === kind)?.name ?? String(kind);
  const { currency, lines: sold } = fields;
  const totalMinor = fields['totalMinor'] ?? fields['amountMinor'];
  const inCurrency = (amountMinor: unknown): string =>
    typeof amountMinor === 'number' && typeof currency === 'string' ? decimalText(amountMinor, minorDigitsOf(currency)) : NONE;
  const said = (value: unknown): string => {
    if (typeof value === 'boolean') return value ? 'yes' : 'no';
    return typeof value === 'string' || typeof value === 'number' ? String(value) : NONE;
  };
  const listed = (value: unknown, column: string): string | undefined =>
    Array.isArray(value) ? (value as readonly Fields[]).map((row) => said(row[column])).join(', ') : undefined;
  const detail = (word: string, value: unknown): string => `${word} ${said(value)}`;
  return {
    cells: [spaced(name), inCurrency(totalMinor)],
    details: [
      detail('business date', fields['businessDate']),
      detail('shift', fields['shift']),
      detail('drawer', fields['drawer']),
      detail('operator', fields['operator']),
      detail('training', fields['training']),
      detail('basket', fields['basketId']),
      detail('receipt number', fields['receiptNumber']),
      detail('reference', fields['externalReference']),
      detail('reason', fields['reason']),
      detail('publication', fields['cutLsn']),
      detail('lines', Array.isArray(sold) ? sold.length : undefined),
      detail('rounding', inCurrency(fields['roundingMinor'])),
      detail('paid', inCurrency(fields['paidMinor'])),
      detail('customer', fields['customer']),
      detail('promotions', listed(fields['promotions'], 'promotionId')),
      detail('claims', listed(fields['claims'], 'code')),
      detail('approved by', fields['approvedBy']),
      detail('exemption', fields['exemption']),
      detail('service', fields['service']),
    ],
  };
}

/** In the order of the ledger; positive: leaves the store. */
const movementsOf = (lane: Lane): readonly StockMovement[] =>
  lane.entries.flatMap((entry) => {
    const movements = stockMovementsOf(entry);
    return movements.ok ? movements.value : [];
  });

/** What the ledger did to the stock on hand since the scenario began, in the order in which goods first moved. */
function stockRows(lane: Lane): readonly Got[] {
  const movements = movementsOf(lane);
  const onHand = new Map<string, number>();
  foldStock(onHand, movements);
  return [...onHand].map(([key, value]) => {
    const moved = movements.find(({ sku, unit }) => stockKey(sku, unit) === key);
    const unit = moved !== undefined && isUnit(moved.unit) ? moved.unit : 'piece';
    return { cells: [moved === undefined ? key : goodsName(lane, moved.sku), quantityWords({ value, unit })] };
  });
}

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
