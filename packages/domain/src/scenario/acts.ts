/**
 * What is done at the lane, one act a row: a verb, what it is done to, and details behind commas
 * (`scan 2 x milk, at 0.99, because dented`). `ACTS` is the vocabulary: each verb says how it is read and what the engine is asked.
 */
import { ok, type Result } from '@holdfast/base';

import { findLine } from '../basket/basket.ts';
import { minorDigitsOf } from '../money/money.ts';
import type { Quantity } from '../money/quantity.ts';
import type { Refusal } from '../refusal.ts';
import { stockAdjustmentEntry } from '../stock/stock-movement.ts';
import { SERVICES } from '../tax/tax-rule.ts';
import { refundTenders } from '../tender/tender-refund.ts';
import { readAccount, readAccountMovement } from './account-cells.ts';
import { adjust, cashOut } from './accounts.ts';
import {
  type Act,
  type ActText,
  type ActWord,
  command,
  confirmedOf,
  DETAILS,
  factsOf,
  NO_REASON,
  readOverride,
  SALE_DETAILS,
  serviceOf,
  VOUCHED_DETAILS,
  vouchedOf,
} from './act-text.ts';
import { readAmount, readNumber, readPrice, readQuantity, readRefusalType, spaced } from './cells.ts';
import { DRAWER_ACTS } from './drawer-acts.ts';
import { headerOf } from './drawer.ts';
import { readGoods, readGoodsAct, readReturnAct, readUnlistedAct, scanCode, serve, withControlCharacters, handOver } from './goods-acts.ts';
import { does, hearOfUses, type Lane, nextShopper } from './lane.ts';
import { mistake, type Mistake, quoted, unknownWord } from './mistake.ts';
import { readMoment } from './moment.ts';
import { readApproval, readDiscount } from './people.ts';
import { postVoid, readReceipt, refundToOf, reverseTender, voidReturnLine } from './return-acts.ts';
import type { Shop } from './shop.ts';

/** A verb that stands alone. */
const alone = (usage: string, act: Act): ActWord => ({
  usage,
  details: [],
  read: ({ body }) => (body === '' ? ok(act) : mistake(`Nothing stands behind "${usage}", not ${quoted(body)}.`)),
});

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
  'confirm age': alone('confirm age', command({ type: 'confirmAge', method: 'document' })),
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
    details: ['drawer counted', 'terminal settled', 'in cash'],
    read: ({ body, detail }) => {
      const receipt = readReceipt(body);
      if (!receipt.ok) return receipt;
      const text = {
        receipt: receipt.value,
        isDrawerCounted: detail('drawer counted') !== undefined,
        isTerminalSettled: detail('terminal settled') !== undefined,
        inCash: new Set(
          (detail('in cash') ?? '')
            .split(' and ')
            .map(Number)
            .filter((place) => place > 0),
        ),
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
    usage: 'customer 4711, groups gold and staff, on account, limit 500.00',
    details: ['groups', 'on account', 'limit'],
    read: ({ body, detail, shop }) => {
      if (body === '') return mistake('Write who it is: customer 4711');
      const groups = detail('groups')?.split(' and ') ?? [];
      const said = detail('limit');
      const limit = said === undefined ? undefined : readAmount(said, shop.minorDigits);
      if (limit?.ok === false) return limit;
      const customer = {
        customerId: body,
        groups,
        ...(detail('on account') !== undefined && { onAccount: true as const }),
        ...(limit !== undefined && { accountLimitMinor: limit.value }),
      };
      return ok(command({ type: 'setCustomer', customer }));
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
  ...DRAWER_ACTS,
};

function setHub(lane: Lane, hubAnswers: boolean): undefined {
  lane.accounts.hubAnswers = hubAnswers;
}

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
