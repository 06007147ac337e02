/**
 * What is done at the lane, one act a row: a verb, what it is done to, and details behind commas
 * (`scan 2 x milk, at 0.99, because dented`). `ACTS` is the vocabulary: each verb says how it is read and what the engine is asked.
 */
import { ok, type Result } from '@holdfast/base';

import { notGoodsKind, parseScan, printableCode, type ScannedCode } from '../barcode.ts';
import { labelFacts } from '../barcode/goods-label.ts';
import { findGoodsStop, recallKeys, type GoodsStop } from '../barcode/goods-stop.ts';
import { dateRangeOf } from '../barcode/gs1-date.ts';
import { basketLines, findLine, type BasketCommand, type PriceOverride } from '../basket.ts';
import { localTimeOf } from '../business-day.ts';
import { isCouponValid, type Item, type ScheduledPrice } from '../catalog.ts';
import { depositsOf, type DepositGoods } from '../deposit.ts';
import { readInStoreCode, saidByCode } from '../in-store-code.ts';
import { minorDigitsOf, type UnitPrice } from '../money.ts';
import { choosePrice, priceChoices, type PriceChoice, type PriceQuestion } from '../pricing.ts';
import type { Quantity } from '../quantity.ts';
import type { Refusal } from '../refusal.ts';
import type { RestrictionFacts, Vouched } from '../restrictions.ts';
import { DEFAULT_RETURN_POLICY, lowestPrice, type ReturnPolicy } from '../return-terms.ts';
import { stockAdjustmentEntry } from '../stock-movement.ts';
import { exemptTaxAt, SERVICES, taxAt, type Service } from '../tax-rule.ts';
import { refundTenders } from '../tender-refund.ts';
import { readAccount, readAccountMovement } from './account-cells.ts';
import { adjust, cashOut } from './accounts.ts';
import { readAmount, readNumber, readPrice, readQuantity, readRefusalType, spaced } from './cells.ts';
import { cutOf, does, headerOf, nextShopper, type Lane, hearOfUses } from './lane.ts';
import { mistake, quoted, unknownWord, type Mistake } from './mistake.ts';
import { readMoment } from './moment.ts';
import { readApproval, readDiscount } from './people.ts';
import { postVoid, readReceipt, refundToOf, returnOfReceipt, reverseTender, voidReturnLine, type ReturnText } from './return-acts.ts';
import type { Shop } from './shop.ts';

/** Does it; the answer is the refusal, or undefined where it was done. */
export type Act = (lane: Lane) => Refusal | undefined;

interface ActText {
  /** Behind the verb, up to the first detail; commas may stand in it where the verb takes a list. */
  readonly body: string;
  readonly detail: (word: Detail) => string | undefined;
  readonly shop: Shop;
}

interface ActWord {
  /** As in the manual. */
  readonly usage: string;
  readonly details: readonly Detail[];
  /** Several things may stand in its body, with commas between them. */
  readonly isList?: true;
  readonly read: (text: ActText) => Result<Act, Mistake>;
}

/** Details, and whether a value follows. */
const DETAILS = {
  at: true,
  because: true,
  serial: true,
  batch: true,
  note: true,
  text: true,
  reference: true,
  name: true,
  groups: true,
  tip: true,
  from: true,
  worth: true,
  on: true,
  'cash back': true,
  by: true,
  until: true,
  tare: true,
  'hours vouched': false,
  'cashier vouched': false,
  'use by vouched': false,
  'eat in': false,
  'take away': false,
  yes: false,
  defective: false,
  unverified: false,
  'from a copy': false,
  'approved by': true,
  'drawer counted': false,
  'terminal settled': false,
  off: true,
  for: true,
} as const;
type Detail = keyof typeof DETAILS;

const command =
  (basketCommand: BasketCommand): Act =>
  (lane) =>
    does(lane, basketCommand);

/** A verb that stands alone. */
const alone = (usage: string, act: Act): ActWord => ({
  usage,
  details: [],
  read: ({ body }) => (body === '' ? ok(act) : mistake(`Nothing stands behind "${usage}", not ${quoted(body)}.`)),
});

const VOUCHED_DETAILS = ['hours vouched', 'cashier vouched', 'use by vouched'] as const;
const SALE_DETAILS = [
  'at',
  'because',
  'serial',
  'batch',
  'text',
  'tare',
  'worth',
  'on',
  'eat in',
  'take away',
  ...VOUCHED_DETAILS,
  'yes',
] as const;

export const ACTS: Readonly<Record<string, ActWord>> = {
  scan: { usage: 'scan 2 x milk', details: SALE_DETAILS, read: (text) => readGoodsAct(text, 1) },
  return: {
    usage: 'return 2 x milk',
    details: [...SALE_DETAILS, 'defective', 'unverified', 'from a copy', 'approved by'],
    read: readReturnAct,
  },
  code: {
    usage: 'code 4006381333931',
    details: ['at', 'because', 'eat in', 'take away', ...VOUCHED_DETAILS, 'yes'],
    read: (text) => {
      const override = readOverride(text);
      if (!override.ok) return override;
      const scanned = withControlCharacters(text.body);
      return ok((lane) => scanCode(lane, scanned, { ...override.value, ...serviceOf(text), ...confirmedOf(text), ...vouchedOf(text) }));
    },
  },
  unlisted: {
    usage: 'unlisted 2 x 4003994155486 as sundries, at 2.50',
    details: ['at', ...VOUCHED_DETAILS, 'yes'],
    read: readUnlistedAct,
  },
  'red row': {
    usage: 'red row 12345, because unknown code',
    details: ['because', 'name'],
    read: ({ body, detail }) => {
      const type = readRefusalType(detail('because') ?? '');
      if (!type.ok) return type;
      const name = detail('name');
      const refusal = { type: type.value, detail: {} };
      return ok(command({ type: 'addRefused', code: body, ...(name !== undefined && { name }), refusal }));
    },
  },
  qty: {
    usage: 'qty line 1 to 3',
    details: [...VOUCHED_DETAILS, 'yes'],
    read: (text) => {
      const match = /^line (\S+) to (.+)$/.exec(text.body);
      if (match === null) return mistake('Write the line and its new quantity: qty line 1 to 3');
      const quantity = readQuantity(match[2] ?? '');
      if (!quantity.ok) return quantity;
      const lineId = match[1] ?? '';
      const { value, unit } = quantity.value;
      return ok((lane) => {
        const line = findLine(lane.shopper.basket, lineId);
        // The engine takes steps of the line's own unit: 3 pieces of a weighed line would be 3 grams.
        if (line !== undefined && line.quantity.unit !== unit) lane.broken.push(`line ${lineId} is not counted in ${unit}s`);
        return does(lane, { type: 'setQuantity', lineId, quantity: value, ...factsOf(lane), ...confirmedOf(text), ...vouchedOf(text) });
      });
    },
  },
  price: {
    usage: 'price line 1 to 0.99, because dented',
    details: ['because'],
    read: ({ body, detail }) => {
      const match = /^line (\S+) to (\S+)$/.exec(body);
      if (match === null) return mistake('Write the line and its new price: price line 1 to 0.99, because dented');
      const unitPrice = readPrice(match[2] ?? '');
      if (!unitPrice.ok) return unitPrice;
      const reason = detail('because');
      if (reason === undefined) return NO_REASON;
      return ok(command({ type: 'overridePrice', lineId: match[1] ?? '', override: { unitPrice: unitPrice.value, reason } }));
    },
  },
  discount: {
    usage: 'discount line 1 by 10 %, because dented',
    details: ['because'],
    read: (text) => {
      const discount = readDiscount({ ...text, minorDigits: text.shop.minorDigits });
      return discount.ok ? ok(command(discount.value)) : discount;
    },
  },
  'remove discount': {
    usage: 'remove discount 1',
    details: [],
    read: ({ body }) =>
      /^\d{1,6}$/.test(body)
        ? ok(command({ type: 'removeDiscount', discountId: body }))
        : mistake(`Write which one, counted from 1: remove discount 1, not ${quoted(body)}.`),
  },
  exempt: {
    usage: 'exempt WI-000123',
    details: [],
    read: ({ body }) =>
      body === '' ? mistake('By which certificate? Write: exempt WI-000123') : ok(command({ type: 'exempt', certificate: body })),
  },
  service: {
    usage: 'service eat in',
    details: [],
    read: ({ body }) => {
      const service = SERVICES.find((known) => spaced(known) === body);
      return service === undefined ? unknownWord('service', body, SERVICES.map(spaced)) : ok((lane) => serve(lane, service));
    },
  },
  describe: {
    usage: 'describe line 1, serial S1',
    details: ['serial', 'batch', 'note'],
    read: ({ body, detail }) => {
      const lineId = /^line (\S+)$/.exec(body)?.[1];
      if (lineId === undefined) return mistake('Write the line, and what is said of it: describe line 1, serial S1');
      // A dash takes it back.
      const said = (['serial', 'batch', 'note'] as const).flatMap((what) => {
        const text = detail(what);
        return text === undefined ? [] : [[what, text === '-' ? '' : text]];
      });
      return ok(command({ type: 'describeLine', lineId, ...Object.fromEntries(said) }));
    },
  },
  'not exempt': alone('not exempt', command({ type: 'clearExemption' })),
  approve: {
    usage: 'approve discount line on line 1 up to 20 %, by sam',
    details: ['by', 'until'],
    read: (text) => {
      const approval = readApproval(
        { ...text, minorDigits: text.shop.minorDigits, timeZone: text.shop.settings.timeZone },
        text.shop.people,
      );
      return approval.ok ? ok(command(approval.value)) : approval;
    },
  },
  operator: {
    usage: 'operator sam',
    details: [],
    read: ({ body }) =>
      body === ''
        ? mistake('Who works at the lane now? Write: operator sam')
        : ok((lane) => {
            lane.operator = body;
            return undefined;
          }),
  },
  void: {
    usage: 'void line 1',
    details: [],
    read: ({ body }) => {
      const lineId = /^line (\S+)$/.exec(body)?.[1];
      if (lineId !== undefined) {
        return ok((lane) => {
          const again = voidReturnLine(lane, lineId);
          return again === undefined ? does(lane, { type: 'voidLine', lineId }) : again.refusal;
        });
      }
      const tenderId = /^tender (\S+)$/.exec(body)?.[1];
      if (tenderId !== undefined) return ok(command({ type: 'voidTender', tenderId }));
      return body === 'sale'
        ? ok(command({ type: 'voidSale' }))
        : mistake(`Write "void line 1", "void tender 1" or "void sale", not ${quoted(body)}.`);
    },
  },
  clear: {
    usage: 'clear red rows',
    details: [],
    read: ({ body }) => {
      const lineId = /^line (\S+)$/.exec(body)?.[1];
      if (lineId !== undefined) return ok(command({ type: 'clearRefused', lineId }));
      return body === 'red rows'
        ? ok(command({ type: 'clearRefused' }))
        : mistake(`Write "clear line 2" or "clear red rows", not ${quoted(body)}.`);
    },
  },
  'confirm age': alone('confirm age', command({ type: 'confirmAge' })),
  'pay cash': {
    usage: 'pay cash 10.00',
    details: ['reference'],
    read: ({ body, detail, shop }) => {
      const amountMinor = readAmount(body, shop.minorDigits);
      if (!amountMinor.ok) return amountMinor;
      const reference = detail('reference');
      return ok((lane) => does(lane, { type: 'payCash', amountMinor: amountMinor.value }, reference));
    },
  },
  refund: alone('refund', command({ type: 'refund' })),
  'post-void': {
    usage: 'post-void receipt 1',
    details: ['drawer counted', 'terminal settled'],
    read: ({ body, detail }) => {
      const receipt = readReceipt(body);
      if (!receipt.ok) return receipt;
      const text = {
        receipt: receipt.value,
        isDrawerCounted: detail('drawer counted') !== undefined,
        isTerminalSettled: detail('terminal settled') !== undefined,
      };
      return ok((lane) => postVoid(lane, text));
    },
  },
  'reverse tender': {
    usage: 'reverse tender 1 of receipt 1',
    details: [],
    read: ({ body }) => {
      const match = /^(\d{1,2}) of (receipt \d{1,4})$/.exec(body);
      const receipt = readReceipt(match?.[2] ?? '');
      return match !== null && receipt.ok
        ? ok(reverseTender(Number(match[1]), receipt.value))
        : mistake('Write which tender of which receipt: reverse tender 1 of receipt 1');
    },
  },
  tender: { usage: 'tender card 20.00', details: ['tip', 'cash back', 'from', 'reference'], read: readTenderAct },
  'give back': {
    usage: 'give back 3.34',
    details: [],
    read: ({ body, shop }) => {
      const amountMinor = readAmount(body, shop.minorDigits);
      return amountMinor.ok ? ok((lane) => giveBack(lane, amountMinor.value)) : amountMinor;
    },
  },
  coupon: { usage: 'coupon SAVE5', details: [], read: ({ body }) => ok((lane) => handOver(lane, body)) },
  'remove coupon': {
    usage: 'remove coupon SAVE5',
    details: [],
    read: ({ body }) => ok(command({ type: 'removeCoupon', code: body })),
  },
  customer: {
    usage: 'customer 4711, groups gold and staff',
    details: ['groups'],
    read: ({ body, detail }) => {
      if (body === '') return mistake('Write who it is: customer 4711');
      const groups = detail('groups')?.split(' and ') ?? [];
      return ok(command({ type: 'setCustomer', customer: { customerId: body, groups } }));
    },
  },
  'no customer': alone('no customer', command({ type: 'clearCustomer' })),
  suspend: alone('suspend', command({ type: 'suspend' })),
  resume: {
    usage: 'resume shopper 1',
    details: [],
    read: ({ body }) => {
      if (body === '') return ok((lane) => does(lane, { type: 'resume', ...factsOf(lane) }));
      const number = /^shopper (\d{1,4})$/.exec(body)?.[1];
      if (number === undefined) return mistake(`Write "resume", or "resume shopper 1", not ${quoted(body)}.`);
      return ok((lane) => {
        const shopper = lane.shoppers[Number(number) - 1];
        if (shopper === undefined) return { type: 'noSuchBasket', detail: { basketId: `basket-${number}` } };
        lane.shopper = shopper;
        return does(lane, { type: 'resume', ...factsOf(lane) });
      });
    },
  },
  abort: {
    usage: 'abort, because the disk was full',
    details: ['because'],
    read: ({ body, detail }) => {
      const reason = detail('because');
      if (body !== '') return mistake(`Nothing stands behind "abort" but its reason, not ${quoted(body)}.`);
      return reason === undefined ? NO_REASON : ok(command({ type: 'abort', reason }));
    },
  },
  'next shopper': alone('next shopper', (lane) => {
    nextShopper(lane);
    return undefined;
  }),
  clock: {
    usage: 'clock 2026-03-14 16:30',
    details: [],
    read: ({ body, shop }) => {
      const atMs = readMoment(body, shop.settings.timeZone);
      if (!atMs.ok) return atMs;
      return ok((lane) => {
        lane.atMs = atMs.value;
        return undefined;
      });
    },
  },
  publication: {
    usage: 'publication 8',
    details: [],
    read: ({ body }) => {
      const lsn = readNumber(body);
      if (!lsn.ok) return lsn;
      return ok((lane) => {
        lane.publication = lsn.value;
        return undefined;
      });
    },
  },
  'hub away': alone('hub away', (lane) => setHub(lane, false)),
  'hub back': alone('hub back', (lane) => {
    const refusal = setHub(lane, true);
    hearOfUses(lane);
    return refusal;
  }),
  'second history': alone('second history', (lane) => {
    lane.accounts.isFrozen = true;
    return undefined;
  }),
  elsewhere: {
    usage: 'elsewhere gift card G1 by -20.00',
    details: [],
    read: ({ body, shop }) => {
      const movement = readAccountMovement(body, shop);
      if (!movement.ok) return movement;
      return ok((lane) => {
        lane.accounts.elsewhere.push(movement.value);
        return undefined;
      });
    },
  },
  'used elsewhere': {
    usage: 'used elsewhere 3 x opening week, off 25.00, for 4711',
    details: ['off', 'for'],
    read: ({ body, detail, shop }) => {
      const [, times = '', name = ''] = /^(\d{1,6}) x (.+)$/.exec(body) ?? [];
      const rule = shop.promotions.promotions.find((each) => each.rule.name === name || each.rule.promotionId === name)?.rule;
      if (rule === undefined) return mistake(`Write how often other lanes used which promotion: 3 x opening week, not ${quoted(body)}.`);
      const off = readAmount(detail('off') ?? '0', shop.minorDigits);
      if (!off.ok) return off;
      const use = { promotionId: rule.promotionId, uses: Number(times), discountMinor: off.value, customer: detail('for') };
      return ok((lane) => {
        lane.usesElsewhere.push(use);
        hearOfUses(lane);
        return undefined;
      });
    },
  },
  'cash out': {
    usage: 'cash out gift card G1',
    details: [],
    read: ({ body }) => {
      const account = readAccount(body);
      return account.ok ? ok((lane) => cashOut(lane, headerOf(lane), account.value)) : account;
    },
  },
  adjust: {
    usage: 'adjust gift card G1 by -5.00, because expired',
    details: ['because'],
    read: ({ body, detail, shop }) => {
      const movement = readAccountMovement(body, shop);
      if (!movement.ok) return movement;
      const reason = detail('because');
      if (reason === undefined) return NO_REASON;
      return ok((lane) => {
        adjust(lane, headerOf(lane), movement.value, reason);
        return undefined;
      });
    },
  },
  'stock out': {
    usage: 'stock out 2 x milk, 1 x wine, because damaged',
    details: ['because', 'reference'],
    isList: true,
    read: (text) => readStockAct(text, 1),
  },
  'stock in': {
    usage: 'stock in 2 x milk, because delivered',
    details: ['because', 'reference'],
    isList: true,
    read: (text) => readStockAct(text, -1),
  },
};

function setHub(lane: Lane, hubAnswers: boolean): undefined {
  lane.accounts.hubAnswers = hubAnswers;
}

const NO_REASON = mistake('A reason is needed: write ", because damaged" behind it.');

/** One cell as an act; the words of the cell are looked up here, before anything is done. */
export function readAct(cell: string, shop: Shop): Result<Act, Mistake> {
  const [head = '', ...parts] = cell.split(/,\s+/);
  const verb = Object.keys(ACTS)
    .sort((left, right) => right.length - left.length)
    .find((known) => head === known || head.startsWith(`${known} `));
  const word = verb === undefined ? undefined : ACTS[verb];
  if (verb === undefined || word === undefined) return unknownAct(head);
  const body = [head.slice(verb.length).trim()];
  const details = new Map<string, string>();
  for (const part of parts) {
    const name = word.details.find((known) => part === known || part.startsWith(`${known} `));
    const value = part.slice(name?.length ?? 0).trim();
    if (name === undefined) {
      if (!word.isList || details.size > 0) return unknownWord(`detail of "${verb}"`, part.split(' ')[0] ?? '', word.details);
      body.push(part);
    } else if (details.has(name)) return mistake(`${quoted(name)} stands there twice.`);
    else if (DETAILS[name] !== (value !== '')) {
      return mistake(DETAILS[name] ? `Something must stand behind ${quoted(name)}.` : `Nothing stands behind ${quoted(name)}.`);
    } else details.set(name, value);
  }
  return word.read({ body: body.join(', '), detail: (name) => details.get(name), shop });
}

/** A slip in the first word is told from one in the second: `scam milk`, `stock ut 2 x milk`. */
function unknownAct(head: string): Result<never, Mistake> {
  const [first = '', second = ''] = head.split(' ');
  const pairs = Object.keys(ACTS).filter((verb) => verb.includes(' '));
  return pairs.some((verb) => verb.startsWith(`${first} `))
    ? unknownWord('act', `${first} ${second}`.trim(), Object.keys(ACTS))
    : unknownWord('act', first, Object.keys(ACTS));
}

const confirmedOf = ({ detail }: ActText): { readonly confirmed?: true } => (detail('yes') === undefined ? {} : { confirmed: true });

/** What a person has vouched for in place of the till. */
function vouchedOf({ detail }: ActText): RestrictionFacts {
  const vouched: Vouched[] = [];
  if (detail('hours vouched') !== undefined) vouched.push('saleHours');
  if (detail('cashier vouched') !== undefined) vouched.push('cashierAge');
  if (detail('use by vouched') !== undefined) vouched.push('useBy');
  return vouched.length > 0 ? { vouched } : {};
}

/** What the lane knows of the moment and the cashier. */
const factsOf = ({ atMs, shop: { settings, clockUncertaintyMs, operatorAgeYears } }: Lane): RestrictionFacts => ({
  clock: { atMs, timeZone: settings.timeZone, uncertaintyMs: clockUncertaintyMs },
  ...(operatorAgeYears !== undefined && { operatorAgeYears }),
});

/** Who says both eats in. */
function serviceOf({ detail }: ActText): { readonly service?: Service } {
  if (detail('eat in') !== undefined) return { service: 'eatIn' };
  return detail('take away') === undefined ? {} : { service: 'takeAway' };
}

function readOverride({ detail }: ActText): Result<{ readonly override?: PriceOverride }, Mistake> {
  const [at, reason] = [detail('at'), detail('because')];
  if (at === undefined) return reason === undefined ? ok({}) : mistake('"because" is the reason for a price: write ", at 0.99" before it.');
  if (reason === undefined) return NO_REASON;
  const unitPrice = readPrice(at);
  return unitPrice.ok ? ok({ override: { unitPrice: unitPrice.value, reason } }) : unitPrice;
}

/** `milk`, `2 x milk`, `0.842 kg x bananas`. */
function readGoods(
  text: string,
  { itemsByName, unusable }: Shop,
): Result<{ readonly name: string; readonly item?: Item; readonly quantity?: Quantity }, Mistake> {
  const match = /^(-?\d\S*(?: [a-z]{1,2})?) x (.+)$/.exec(text);
  const name = match?.[2] ?? text;
  const item = itemsByName.get(name);
  if (item === undefined && !unusable.has(name)) return unknownWord('goods', name, itemsByName.keys());
  const goods = { name, ...(item !== undefined && { item }) };
  if (match === null) return ok(goods);
  const quantity = readQuantity(match[1] ?? '');
  if (!quantity.ok) return quantity;
  return quantity.value.value < 0
    ? mistake('A quantity is not negative here: goods that come back are "return 2 x milk", or "stock in 2 x milk".')
    : ok({ ...goods, quantity: quantity.value });
}

const unknownCode = (code: string): Refusal => ({ type: 'unknownCode', detail: { code: printableCode(code) } });

interface Sold extends RestrictionFacts {
  readonly tare?: number;
  readonly label?: UnitPrice;
  /** Where it is eaten: what its tax may depend on. */
  readonly service?: Service;
  readonly quantity?: number;
  readonly unit?: Quantity['unit'];
  readonly override?: PriceOverride;
  readonly unlistedPrice?: UnitPrice;
  readonly confirmed?: true;
  readonly code?: string;
  readonly serial?: string;
  readonly batch?: string;
  readonly text?: string;
  readonly faceMinor?: number;
  readonly natureReference?: string;
  readonly unverifiedReturnOf?: { readonly receiptNumber: string };
  readonly returnApprovedBy?: string;
}

/** What the catalogue says of an item now. */
function goodsOf(
  lane: Lane,
  item: Item,
  { service, isReturn = false }: { readonly service?: Service; readonly isReturn?: boolean } = {},
): DepositGoods & { readonly choices: readonly PriceChoice[] } {
  const { prices, scopes, settings, taxClasses } = lane.shop;
  const offered = prices.filter((price) => price.sku === item.sku);
  const taxRule = taxClasses.get(item.taxClass);
  const { date } = localTimeOf(lane.atMs, settings.timeZone);
  const question = { atMs: lane.atMs, scopes, currency: settings.currency };
  const situation = { date, ...(service !== undefined && { service }) };
  const exemptTax = taxRule === undefined ? undefined : exemptTaxAt(taxRule, situation);
  return {
    item,
    // What nobody can sell in the basket's currency still says which one it was offered in.
    price:
      (isReturn ? priceOfReturn(lane, offered, question) : choosePrice(offered, question)) ??
      offered.find((price) => price.currency !== settings.currency),
    choices: isReturn && returnPolicyOf(lane).withoutReceipt === 'lowestPrice' ? [] : priceChoices(offered, question),
    taxClass: taxRule === undefined ? undefined : taxAt(taxRule, situation),
    ...(exemptTax !== undefined && { exemptTax }),
  };
}

/** Lines that stand are taxed as the catalogue says there. */
function serve(lane: Lane, service: Service): Refusal | undefined {
  const { basket } = lane.shopper;
  const taxes = basketLines(basket).flatMap(({ lineId, sku, returnTaxes }) => {
    const item = returnTaxes === undefined ? lane.shop.itemsBySku.get(sku) : undefined;
    const { taxClass, exemptTax } = item === undefined ? {} : goodsOf(lane, item, { service });
    return taxClass === undefined ? [] : [{ lineId, taxClass, ...(exemptTax !== undefined && { exemptTax }) }];
  });
  return does(lane, { type: 'setService', service, taxes });
}

function sell(lane: Lane, item: Item, { service = lane.shopper.basket.service, ...sold }: Sold): Refusal | undefined {
  const deposits = depositsOf(item, (sku) => lane.shop.itemsBySku.get(sku));
  if (!deposits.ok) return deposits.error;
  return does(lane, {
    type: 'addItem',
    cut: cutOf(lane),
    ...goodsOf(lane, item, { ...(service !== undefined && { service }), isReturn: isBack(sold) }),
    deposits: deposits.value.map((deposit) => goodsOf(lane, deposit, { ...(service !== undefined && { service }) })),
    ...factsOf(lane),
    ...sold,
  });
}

const isBack = ({ quantity = 1, unverifiedReturnOf }: Omit<Sold, 'service'>): boolean => quantity < 0 && unverifiedReturnOf === undefined;

const returnPolicyOf = (lane: Lane): ReturnPolicy => lane.shop.settings.returns ?? DEFAULT_RETURN_POLICY;

/** What the store's policy pays for goods without a receipt. */
function priceOfReturn(lane: Lane, offered: readonly ScheduledPrice[], question: PriceQuestion): ScheduledPrice | undefined {
  const { withoutReceipt, lowestPriceDays } = returnPolicyOf(lane);
  return withoutReceipt === 'lowestPrice' ? lowestPrice(offered, question, lowestPriceDays) : choosePrice(offered, question);
}

/** `2 x milk` without a receipt; `2 x milk of receipt 1`, `line 2 of receipt 1`, `all of receipt 1` with one. */
function readReturnAct(text: ActText): Result<Act, Mistake> {
  const match = /^(.+) of (receipt \d{1,4})$/.exec(text.body);
  const receipt = match === null ? undefined : readReceipt(match[2] ?? '');
  if (match === null || receipt?.ok !== true) return readGoodsAct(text, -1);
  const [, what = ''] = match;
  const [isDefective, isUnverified] = [text.detail('defective') !== undefined, text.detail('from a copy') !== undefined];
  if (text.detail('unverified') !== undefined) {
    const act = (lane: Lane): string => lane.sales[receipt.value - 1]?.sale.receiptNumber ?? `elsewhere-${receipt.value}`;
    return readGoodsAct({ ...text, body: what }, -1, (lane) => ({ unverifiedReturnOf: { receiptNumber: act(lane) } }));
  }
  const whole = /^(?:all|line (\d{1,4}))$/.exec(what);
  if (whole !== null) {
    const line = whole[1] === undefined ? {} : { line: Number(whole[1]) };
    return ok((lane) => returnOfReceipt(lane, { receipt: receipt.value, ...line, isDefective, isUnverified }));
  }
  const goods = readGoods(what, text.shop);
  if (!goods.ok) return goods;
  const { name, item, quantity } = goods.value;
  const wanted: ReturnText = { receipt: receipt.value, goods: { name, sku: item?.sku ?? name, quantity }, isDefective, isUnverified };
  return ok((lane) => returnOfReceipt(lane, wanted));
}

/** `sign` −1 brings goods back; without a quantity it is one piece. */
function readGoodsAct(
  text: ActText,
  sign: 1 | -1,
  besides: (lane: Lane) => Pick<Sold, 'unverifiedReturnOf'> = () => ({}),
): Result<Act, Mistake> {
  const goods = readGoods(text.body, text.shop);
  if (!goods.ok) return goods;
  const override = readOverride(text);
  if (!override.ok) return override;
  const { name, item, quantity } = goods.value;
  const [serial, batch, lineText] = [text.detail('serial'), text.detail('batch'), text.detail('text')];
  const worth = text.detail('worth');
  const face = worth === undefined ? undefined : readAmount(worth, text.shop.minorDigits);
  if (face?.ok === false) return face;
  const on = text.detail('on');
  const isOneBack = sign === -1 && item?.unit === 'piece';
  const tareText = text.detail('tare');
  const tare = tareText === undefined ? undefined : readQuantity(tareText);
  if (tare?.ok === false) return tare;
  const sold: Sold = {
    ...(tare !== undefined && { tare: tare.value.value }),
    ...vouchedOf(text),
    ...(quantity === undefined ? isOneBack && { quantity: -1 } : { quantity: sign * quantity.value + 0, unit: quantity.unit }),
    ...override.value,
    ...serviceOf(text),
    ...confirmedOf(text),
    ...(serial !== undefined && { serial }),
    ...(batch !== undefined && { batch }),
    ...(lineText !== undefined && { text: lineText }),
    ...(face !== undefined && { faceMinor: face.value }),
    ...(on !== undefined && { natureReference: on }),
    ...(text.detail('approved by') !== undefined && { returnApprovedBy: text.detail('approved by') ?? '' }),
  };
  return ok((lane) => (item === undefined ? unknownCode(name) : sell(lane, item, { ...sold, ...besides(lane) })));
}

/** `2 x 4003994155486 as sundries, at 2.50`; without a code it is `sundries, at 2.50`. */
function readUnlistedAct(text: ActText): Result<Act, Mistake> {
  const match = /^(?:(\d{1,9}) x )?(?:(\S+) as )?(.+)$/.exec(text.body);
  const [, pieces, code, name = ''] = match ?? [];
  const item = text.shop.itemsByName.get(name);
  if (item === undefined) return unknownWord('goods', name, text.shop.itemsByName.keys());
  const unlistedPrice = readPrice(text.detail('at') ?? '');
  if (!unlistedPrice.ok) return unlistedPrice;
  const said = { ...vouchedOf(text), ...confirmedOf(text), ...(pieces !== undefined && { quantity: Number(pieces) }) };
  return ok((lane) => {
    const read = code === undefined ? undefined : parseScan(code, {});
    const isListed = read?.ok === true && findItem(lane, read.value.keys, read.value.text) !== undefined;
    // What is listed has its own price, whatever was typed.
    if (code !== undefined && (isListed || read?.ok === false)) return scanCode(lane, code, said);
    return sell(lane, item, { ...said, unlistedPrice: unlistedPrice.value, ...(code !== undefined && { code }) });
  });
}

/** `<GS>` is the separator of element strings, `<U+0007>` any other character that no keyboard has. */
const withControlCharacters = (text: string): string =>
  text
    .replaceAll('<GS>', '\u001D')
    .replaceAll(/<U\+([0-9A-F]{4})>/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));

/** A coupon by its code, as the catalogue knows it. */
function handOver(lane: Lane, code: string): Refusal | undefined {
  const coupon = lane.shop.coupons.get(code);
  if (coupon === undefined) return { type: 'unknownCoupon', detail: { code } };
  if (!isCouponValid(coupon, lane.atMs)) return { type: 'couponNotValid', detail: { code } };
  return does(lane, { type: 'addCoupon', coupon: { code, name: coupon.name } });
}

/** A code that cannot be read, or that nobody knows, stays as a red row. */
function scanCode(lane: Lane, scanned: string, sold: Sold): Refusal | undefined {
  const keepRed = (refusal: Refusal): Refusal => does(lane, { type: 'addRefused', code: printableCode(scanned), refusal }) ?? refusal;
  const { settings } = lane.shop;
  const read = parseScan(scanned, { ownCodes: settings.ownCodes ?? [] });
  if (!read.ok) return keepRed(read.error);
  const { text, label } = read.value;
  const kind = notGoodsKind(read.value);
  if (kind !== undefined && !lane.shop.coupons.has(text)) return keepRed({ type: 'notGoods', detail: { code: text, kind } });
  const listed = findItem(lane, read.value.keys, text);
  const inStore = listed === undefined ? readInStoreCode(text, settings.inStoreCodes ?? []) : ok(undefined);
  if (!inStore.ok) return keepRed(inStore.error);
  const item = inStore.value === undefined ? listed : findItem(lane, inStore.value.keys, inStore.value.itemNumber);
  if (item === undefined) return lane.shop.coupons.has(text) ? handOver(lane, text) : keepRed(unknownCode(text));
  const stop = findStop(lane, read.value, sold.vouched?.includes('useBy') === true);
  if (stop !== undefined) return keepRed(stop);
  const said = inStore.value === undefined ? ok({}) : saidByCode(inStore.value, item);
  return said.ok ? sell(lane, item, { ...labelFacts(label, item.unit), ...sold, code: text, ...said.value }) : keepRed(said.error);
}

function findStop(lane: Lane, { keys, label = {} }: ScannedCode, isVouched: boolean): GoodsStop | undefined {
  const { recalls, settings, clockUncertaintyMs: uncertaintyMs } = lane.shop;
  const key = keys.flatMap((gtin) => recallKeys(gtin, label)).find((candidate) => recalls.has(candidate));
  const today = () => dateRangeOf({ atMs: lane.atMs, uncertaintyMs }, settings.timeZone);
  return findGoodsStop({ label, today, isVouched, ...(key !== undefined && { recall: { reason: recalls.get(key) ?? '' } }) });
}

function findItem({ shop: { skusByCode, itemsBySku } }: Lane, keys: readonly string[], text: string): Item | undefined {
  const key = keys.find((candidate) => skusByCode.has(candidate));
  return itemsBySku.get(key === undefined ? text : (skusByCode.get(key) ?? text));
}

/** `card 20.00`, `gift card 20.00, tip 2.00`; of foreign cash the amount is in its own currency. */
function readTenderAct({ body, detail, shop }: ActText): Result<Act, Mistake> {
  const match = /^(.+) (\S+)$/.exec(body);
  const [, name = '', text = ''] = match ?? [];
  const tenderType = shop.tenderTypes.get(name);
  if (match === null) return mistake('Write the tender and its amount: tender card 20.00');
  if (tenderType === undefined) return unknownWord('tender', name, shop.tenderTypes.keys());
  const { foreign } = tenderType;
  const digits = tenderType.pointValue === undefined ? shop.minorDigits : 0;
  const amount = readAmount(text, foreign === undefined ? digits : minorDigitsOf(foreign.currency));
  if (!amount.ok) return amount;
  const tip = readAmount(detail('tip') ?? '0', shop.minorDigits);
  if (!tip.ok) return tip;
  const cashBack = readAmount(detail('cash back') ?? '0', shop.minorDigits);
  if (!cashBack.ok) return cashBack;
  const reference = detail('reference');
  const from = detail('from');
  return ok((lane) =>
    does(
      lane,
      {
        type: 'tender',
        tenderType,
        amountMinor: amount.value,
        ...(from !== undefined && { reference: from }),
        ...(detail('tip') !== undefined && { tipMinor: tip.value }),
        ...(detail('cash back') !== undefined && { cashBackMinor: cashBack.value }),
      },
      reference,
    ),
  );
}

/** Asks what a further part of the last sale, at its exact amount, comes to in each of the tenders that paid. */
function giveBack(lane: Lane, amountMinor: number): Refusal | undefined {
  if (lane.lastSale === undefined) return { type: 'noSuchReceipt', detail: {} };
  const terms = { cashRounding: lane.shop.settings.cashRounding, refundToOf: refundToOf(lane) };
  const tenders = refundTenders(lane.lastSale.sale, lane.givenBackMinor, amountMinor, terms);
  if (!tenders.ok) return tenders.error;
  lane.givenBack = tenders.value;
  lane.givenBackMinor += amountMinor;
  return undefined;
}

/** Goods that come or go without a sale; `sign` −1: they come in. */
function readStockAct({ body, detail, shop }: ActText, sign: 1 | -1): Result<Act, Mistake> {
  const movements: { readonly sku: string; readonly quantity: number; readonly unit: Quantity['unit'] }[] = [];
  for (const part of body.split(', ')) {
    const goods = readGoods(part, shop);
    if (!goods.ok) return goods;
    const { name, item, quantity } = goods.value;
    if (quantity === undefined) return mistake(`How much of ${quoted(name)}? Write "2 x ${name}".`);
    movements.push({ sku: item?.sku ?? name, quantity: sign * quantity.value + 0, unit: quantity.unit });
  }
  const reason = detail('because');
  if (reason === undefined) return NO_REASON;
  const reference = detail('reference');
  return ok((lane) => {
    const facts = { reason, movements, ...(reference !== undefined && { externalReference: reference }) };
    const entry = stockAdjustmentEntry(headerOf(lane), facts);
    if (!entry.ok) return entry.error;
    lane.entries.push(entry.value);
    return undefined;
  });
}
