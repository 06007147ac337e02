/**
 * A completed sale as a neutral document: blocks without any layout, which windows and printers set as they can. The shape
 * is that of the till contract's `receiptSchema`.
 */
import { unreachable } from '@holdfast/base';

import { discountMinorOf } from '../basket/line-discount.ts';
import { OUTSIDE_TAX } from '../catalog/nature.ts';
import { packOf, type PricedPack } from '../catalog/pack.ts';
import { decimalText, minorDigitsOf, type UnitPrice } from '../money/money.ts';
import { pricedSymbol, quantityText, type Quantity } from '../money/quantity.ts';
import { isTaxed } from '../returns/return-line.ts';
import type { Sale, SaleLine, SaleReward, SaleTax } from '../sale/sale.ts';
import type { StoreSettings } from '../settings/settings.ts';
import { localTimeOf } from '../shift/business-day.ts';
import { shownRateBps } from '../tax/tax.ts';
import type { CardPayment } from '../tender/card-payment.ts';
import type { ReceiptSignature, SignatureStroke } from '../tender/signature.ts';
import type { Tender } from '../tender/tender.ts';
import { fiscalCodeOf, fiscalTimes, type ReceiptFiscal } from './fiscal.ts';
import type { ReceiptInvoice } from './invoice.ts';
import { textIn } from './receipt-texts.ts';

export type ReceiptBlock =
  | { readonly type: 'heading'; readonly text: string }
  | { readonly type: 'text'; readonly text: string; readonly align: 'start' | 'center' }
  | { readonly type: 'rule' }
  | {
      readonly type: 'line';
      readonly name: string;
      readonly quantity: Quantity;
      readonly unitPrice: UnitPrice;
      /** Priced by the pack: it is said in place of the price of one. */
      readonly pack?: PricedPack | undefined;
      readonly amountMinor: number;
      /** Refers to the tax block with the same mark. */
      readonly taxMark: string;
    }
  /** What was taken off the line above it: below 0, or above where the line comes back. */
  | { readonly type: 'reduction'; readonly name: string; readonly amountMinor: number }
  | { readonly type: 'amount'; readonly label: string; readonly amountMinor: number; readonly emphasis: boolean }
  | {
      readonly type: 'tax';
      readonly mark: string;
      readonly name: string;
      readonly rateBps: number;
      readonly netMinor: number;
      readonly taxMinor: number;
    }
  | { readonly type: 'facts'; readonly facts: [label: string, value: string][] }
  /** What somebody drew with a finger, on a grid of `SIGNATURE_MAX`. */
  | { readonly type: 'signature'; readonly strokes: readonly SignatureStroke[] }
  /** A square code, for machines: what stands in it. */
  | { readonly type: 'code'; readonly text: string };

export interface ReceiptDocument {
  readonly receiptNumber: string;
  readonly currency: string;
  readonly minorDigits: number;
  readonly blocks: ReceiptBlock[];
}

/** The words that a receipt says in the shop's language. */
export interface ReceiptWords {
  readonly subtotal: string;
  readonly tax: string;
  readonly total: string;
  /** In place of `total` where the store pays out. */
  readonly refund: string;
  /** Between the total and what was paid, where coins are coarser than prices. */
  readonly rounding: string;
  /** By tender type; one that is not here is printed by its key. */
  readonly tenders: Readonly<Record<string, string>>;
  /** Before the name of the coupon of which a third party pays a part. */
  readonly claim: string;
  readonly tip: string;
  readonly change: string;
  readonly receipt: string;
  readonly date: string;
  readonly lane: string;
  readonly operator: string;
  /** Above a sale made in training: it is no sale. */
  readonly training: string;
  /** Before the number of the certificate by which nothing was taxed; and of the tax that was not paid. */
  readonly exemption: string;
  /** A reduction that names nothing. */
  readonly reduction: string;
  /** Of a total, what is untaxed because a benefit card paid it. */
  readonly untaxed: string;
  /** What was taken off all lines together. */
  readonly saved: string;
  readonly points: string;
  readonly gift: string;
  /** Before the code of a coupon for the next purchase. */
  readonly nextCoupon: string;
  /** A mail-in rebate: what can be claimed with this receipt. */
  readonly rebate: string;
  readonly authorisation: string;
  readonly acceptedOffline: string;
  readonly terminal: string;
  /** Above a receipt without prices. */
  readonly giftReceipt: string;
  readonly eatIn: string;
  readonly takeAway: string;
  readonly serial: string;
  readonly batch: string;
  /** Of the fiscal signer: its transaction, what it counted, when it began and ended, its certificate. */
  readonly signedTransaction: string;
  readonly signedCounter: string;
  readonly signedStart: string;
  readonly signedEnd: string;
  readonly signerSerial: string;
  readonly signature: string;
  /** It could not be asked. */
  readonly notSigned: string;
  readonly invoice: string;
  readonly creditNote: string;
  /** Before the numbers of the invoices that a credit note is of. */
  readonly creditOf: string;
  readonly taxNumber: string;
  /** Before the number of the receipt whose goods come back; and of one that is undone. */
  readonly returnOf: string;
  readonly undoes: string;
  /** Before the name of the card that was given its money back in cash. */
  readonly inPlaceOf: string;
  /** Before the store that had sold, where it is another one. */
  readonly store: string;
  /** Above what is no first copy. */
  readonly copy: string;
  /** Above the store's own copy, which says how its tenders were signed. */
  readonly merchantCopy: string;
  /** Money that stands outside every tax, where taxes are named. */
  readonly notTaxed: string;
  /** By a key on the shopper's screen; and not at all. */
  readonly signedByKey: string;
  readonly unsigned: string;
}

export const ENGLISH_RECEIPT_WORDS: ReceiptWords = {
  subtotal: 'Subtotal',
  tax: 'Tax',
  total: 'Total',
  refund: 'Refund',
  rounding: 'Rounding',
  tenders: {
    cash: 'Cash',
    foreignCash: 'Foreign cash',
    card: 'Card',
    giftCard: 'Gift card',
    voucher: 'Voucher',
    storeCredit: 'Store credit',
    onAccount: 'On account',
  },
  claim: 'Coupon',
  tip: 'Tip',
  change: 'Change',
  receipt: 'Receipt',
  date: 'Date',
  lane: 'Lane',
  operator: 'Operator',
  training: 'TRAINING: NOT A RECEIPT',
  exemption: 'Tax exempt',
  reduction: 'Reduction',
  untaxed: 'Paid by benefit card, not taxed',
  saved: 'You save',
  points: 'Points earned',
  gift: 'Gift',
  nextCoupon: 'Coupon for your next purchase',
  rebate: 'Claim by mail',
  authorisation: 'Authorisation',
  acceptedOffline: 'accepted offline',
  terminal: 'Terminal',
  giftReceipt: 'Gift receipt',
  eatIn: 'Eaten here',
  takeAway: 'To take away',
  serial: 'Serial number',
  batch: 'Batch',
  signedTransaction: 'Signed transaction',
  signedCounter: 'Signature counter',
  signedStart: 'Begun',
  signedEnd: 'Signed',
  signerSerial: 'Signer',
  signature: 'Signature',
  notSigned: 'FISCAL SIGNER OUT OF ORDER',
  invoice: 'Invoice',
  creditNote: 'Credit note',
  creditOf: 'For invoice',
  taxNumber: 'Tax number',
  returnOf: 'Return of receipt',
  undoes: 'Undoes receipt',
  inPlaceOf: 'In place of',
  store: 'Store',
  copy: 'COPY',
  merchantCopy: 'STORE COPY',
  notTaxed: OUTSIDE_TAX.name,
  signedByKey: 'confirmed on the screen',
  unsigned: 'not signed',
};

export interface ReceiptContext {
  readonly settings: Pick<
    StoreSettings,
    'storeName' | 'storeAddress' | 'storeTaxNumber' | 'receiptHeader' | 'receiptFooter' | 'receiptLegal' | 'timeZone'
  >;
  /** BCP 47: in which of their languages the company's own texts are said. Absent: in the one that is for all. */
  readonly language?: string;
  readonly lane: string;
  /** When the sale was completed, by the clock that its entry carries. */
  readonly atMs: number;
  /** The item's name at the sale's cut; a line's own text goes before it. Undefined: the SKU stands in. */
  readonly itemName: (sku: string) => string | undefined;
  /** The name of a tax class, or of one of its components, at the sale's cut. Undefined: the class or component stands in. */
  readonly taxName: (taxClass: string, component?: string) => string | undefined;
  /** What the store calls a tender type. Absent or undefined: `words.tenders`. */
  readonly tenderName?: (tenderType: string) => string | undefined;
  /** The name of what a reduction refers to. Undefined: its reason, or the word for any. */
  readonly reductionName?: (reference: string) => string | undefined;
  readonly words?: ReceiptWords;
  /** When the sale was made whose goods come back. Absent or undefined: nobody here knows. */
  readonly soldOn?: (receiptNumber: string) => string | undefined;
  /** It is an invoice, or a credit note. */
  readonly invoice?: ReceiptInvoice;
  /** What the fiscal signer said; absent where none is asked. */
  readonly fiscal?: ReceiptFiscal;
  /** The store's own copy: how its tenders were signed. */
  readonly merchant?: { readonly signatures: readonly ReceiptSignature[] };
  /** For whom the goods are given to: nothing on it says what they cost. */
  readonly isGift?: boolean;
}

const MARKS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** A to Z, then 27, 28 …: short enough for a narrow column. */
const markOf = (index: number): string => MARKS[index] ?? String(index + 1);

const taxKey = (taxClass: string, rateBps: number): string => `${rateBps} ${taxClass}`;

/** The receipt of a sale, always the same for the same sale and context. */
export function receiptOf(sale: Sale, context: ReceiptContext): ReceiptDocument {
  const words = context.words ?? ENGLISH_RECEIPT_WORDS;
  const { storeName, storeAddress, storeTaxNumber, receiptHeader = '', receiptFooter, receiptLegal = '', timeZone } = context.settings;
  const said = (text: string): ReceiptBlock[] => textBlocks(textIn(text, context.language));
  const keys = new Set(sale.taxes.map((tax) => taxKey(tax.taxClass, tax.rateBps)));
  const marks = new Map([...keys].map((key, index) => [key, markOf(index)]));
  const local = localTimeOf(context.atMs, timeZone);
  return {
    receiptNumber: sale.receiptNumber,
    currency: sale.currency,
    minorDigits: minorDigitsOf(sale.currency),
    blocks: [
      ...(storeName === '' ? [] : [{ type: 'heading', text: storeName } as const]),
      ...textBlocks(storeAddress),
      ...(storeTaxNumber === undefined ? [] : textBlocks(`${words.taxNumber} ${storeTaxNumber}`)),
      ...said(receiptHeader),
      ...(sale.training ? textBlocks(words.training) : []),
      ...(context.merchant === undefined ? [] : textBlocks(words.merchantCopy)),
      ...(context.invoice === undefined || context.isGift === true ? [] : invoiceBlocks(context.invoice, words)),
      ...(sale.service === undefined ? [] : textBlocks(words[sale.service])),
      { type: 'rule' },
      ...(context.isGift === true ? giftBlocks(sale, context) : paidBlocks(sale, context, marks)),
      { type: 'rule' },
      {
        type: 'facts',
        facts: [
          ...(sale.exemption === undefined ? [] : [[words.exemption, sale.exemption] satisfies [string, string]]),
          [words.receipt, sale.receiptNumber],
          [words.date, `${local.date} ${local.time}`],
          [words.lane, context.lane],
          [words.operator, sale.operator],
        ],
      },
      ...(context.isGift === true ? [] : originBlocks(sale, context)),
      ...(context.merchant === undefined ? [] : signatureBlocks(sale, context.merchant.signatures, context)),
      ...(context.isGift === true || context.fiscal === undefined ? [] : fiscalBlocks(context.fiscal, words)),
      ...said(receiptFooter),
      ...said(receiptLegal),
    ],
  };
}

/** The goods, what they came to, and how it was paid. */
function paidBlocks(sale: Sale, context: ReceiptContext, marks: ReadonlyMap<string, string>): ReceiptBlock[] {
  const words = context.words ?? ENGLISH_RECEIPT_WORDS;
  return [
    ...sale.lines.flatMap((line) => [
      lineBlock(line, sale.currency, context, marks),
      ...saidBlocks(line, words),
      ...reductionBlocks(line, context),
    ]),
    { type: 'rule' },
    ...sumBlocks(sale, words, context.tenderName),
    ...rewardBlocks(sale, context),
    { type: 'rule' },
    ...sale.taxes.map((tax) => taxBlock(tax, context, marks)),
  ];
}

/** The goods that were bought, and nothing of what they cost: what came back is nobody's gift. */
function giftBlocks(sale: Sale, context: ReceiptContext): ReceiptBlock[] {
  const words = context.words ?? ENGLISH_RECEIPT_WORDS;
  const given = sale.lines.filter(({ quantity, nature }) => quantity.value > 0 && nature === undefined);
  return [
    ...textBlocks(words.giftReceipt),
    { type: 'rule' },
    ...given.flatMap((line): ReceiptBlock[] => [
      {
        type: 'text',
        text: `${quantityText(line.quantity)} ${pricedSymbol(line.quantity.unit)}`.trimEnd().concat(` × ${nameOf(line, context)}`),
        align: 'start',
      },
      ...saidBlocks(line, words),
    ]),
  ];
}

/** Which invoice it is, and whose. */
function invoiceBlocks({ invoiceNumber, creditOf, buyer }: ReceiptInvoice, words: ReceiptWords): ReceiptBlock[] {
  const said = (text: string): ReceiptBlock => ({ type: 'text', text, align: 'start' });
  const address = (buyer?.address ?? '').split('\n').filter((line) => line.trim() !== '');
  return [
    { type: 'rule' },
    { type: 'heading', text: `${creditOf === undefined ? words.invoice : words.creditNote} ${invoiceNumber}` },
    ...(creditOf === undefined ? [] : [said(`${words.creditOf} ${creditOf}`)]),
    ...(buyer === undefined ? [] : [said(buyer.name), ...address.map(said)]),
    ...(buyer?.taxNumber === undefined ? [] : [said(`${words.taxNumber}: ${buyer.taxNumber}`)]),
  ];
}

/** The sales that it gives back of, each with its day, and its store where that is another one: whoever holds both papers can put them together. */
function originBlocks({ lines, postVoidOf }: Sale, { soldOn, words = ENGLISH_RECEIPT_WORDS }: ReceiptContext): ReceiptBlock[] {
  const origins = new Map(
    lines.flatMap(({ returnOf }) => (returnOf === undefined ? [] : [[`${returnOf.store ?? ''} ${returnOf.receiptNumber}`, returnOf]])),
  );
  const said = (label: string, receiptNumber: string, store?: string): ReceiptBlock[] => {
    const day = soldOn?.(receiptNumber);
    return [
      { type: 'text', text: label, align: 'start' },
      {
        type: 'facts',
        facts: [
          [words.receipt, receiptNumber],
          ...(day === undefined ? [] : [[words.date, day] satisfies [string, string]]),
          ...(store === undefined ? [] : [[words.store, store] satisfies [string, string]]),
        ],
      },
    ];
  };
  // Its lines name the sale that is undone; what had come back in that one goes with it.
  if (postVoidOf !== undefined) return said(words.undoes, postVoidOf);
  return [...origins.values()].flatMap(({ receiptNumber, store }) => said(words.returnOf, receiptNumber, store));
}

/** Whoever signs on paper has room for it. */
const SIGN_HERE = '\n\n________________________';

function signatureBlocks(
  { tenders }: Sale,
  signatures: readonly ReceiptSignature[],
  { tenderName, words = ENGLISH_RECEIPT_WORDS }: ReceiptContext,
): ReceiptBlock[] {
  return signatures.flatMap(({ tender, how, strokes }): ReceiptBlock[] => {
    const paid = tenders[tender - 1];
    if (paid === undefined) return [];
    const name = tenderName?.(paid.tenderType) ?? words.tenders[paid.tenderType] ?? paid.tenderType;
    const said = (text: string): ReceiptBlock => ({ type: 'facts', facts: [[words.signature, text]] });
    const signed: Record<typeof how, readonly ReceiptBlock[]> = {
      drawn: strokes === undefined ? [said('\u2713')] : [{ type: 'signature', strokes }, ...textBlocks(words.signature)],
      confirmed: [said(words.signedByKey)],
      onPaper: [{ type: 'text', text: `${SIGN_HERE}\n${words.signature}`, align: 'center' }],
      declined: [said(words.unsigned)],
    };
    return [{ type: 'rule' }, { type: 'amount', label: name, amountMinor: paid.amountMinor, emphasis: false }, ...signed[how]];
  });
}

/** With a code that says all of it, the receipt says the least in words. */
function fiscalBlocks(fiscal: ReceiptFiscal, words: ReceiptWords): ReceiptBlock[] {
  if (fiscal.type === 'missing') return [{ type: 'rule' }, ...textBlocks(words.notSigned)];
  const { signature } = fiscal;
  const code = fiscalCodeOf(fiscal);
  const [start, end] = fiscalTimes(signature);
  const facts: [string, string][] = [
    [words.signedTransaction, String(signature.transaction)],
    [words.signedCounter, String(signature.counter)],
    [words.signedStart, start],
    [words.signedEnd, end],
  ];
  const said = (label: string, text: string): ReceiptBlock => ({ type: 'text', text: `${label}: ${text}`, align: 'start' });
  return [
    { type: 'rule' },
    { type: 'facts', facts },
    said(words.signerSerial, signature.serial),
    ...(code === undefined ? [said(words.signature, signature.signature)] : [{ type: 'code', text: code } as const]),
  ];
}

/** What is said of a line: with it a piece is told from others. */
const saidBlocks = ({ serial, batch, note }: SaleLine, words: ReceiptWords): ReceiptBlock[] =>
  [serial === undefined ? '' : `${words.serial} ${serial}`, batch === undefined ? '' : `${words.batch} ${batch}`, note ?? '']
    .filter((text) => text !== '')
    .map((text) => ({ type: 'text', text, align: 'start' }));

const nameOf = (line: SaleLine, context: ReceiptContext): string => line.text ?? context.itemName(line.sku) ?? line.sku;

const textBlocks = (text: string): ReceiptBlock[] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => ({ type: 'text', text: line, align: 'center' }));

/** One of several taxes of a class stands under the mark of its class with its own rate; a fixed amount has none. */
function taxBlock(tax: SaleTax, context: ReceiptContext, marks: ReadonlyMap<string, string>): ReceiptBlock {
  const { taxClass, rateBps, netMinor, taxMinor, component } = tax;
  return {
    type: 'tax',
    mark: marks.get(taxKey(taxClass, rateBps)) ?? '',
    name:
      taxClass === OUTSIDE_TAX.taxClass
        ? (context.words ?? ENGLISH_RECEIPT_WORDS).notTaxed
        : (context.taxName(taxClass, component?.component) ?? component?.component ?? taxClass),
    rateBps: shownRateBps(tax),
    netMinor: component?.baseMinor ?? netMinor,
    taxMinor,
  };
}

function lineBlock(line: SaleLine, currency: string, context: ReceiptContext, marks: ReadonlyMap<string, string>): ReceiptBlock {
  const pack = packOf(line, minorDigitsOf(currency));
  return {
    type: 'line',
    name: nameOf(line, context),
    quantity: line.quantity,
    unitPrice: line.unitPrice,
    ...(pack !== undefined && { pack }),
    amountMinor: line.amountMinor,
    taxMark: marks.get(taxKey(line.taxClass, isTaxed(line) ? line.taxRateBps : 0)) ?? '',
  };
}

const reductionBlocks = ({ discounts = [] }: SaleLine, { reductionName, words = ENGLISH_RECEIPT_WORDS }: ReceiptContext): ReceiptBlock[] =>
  discounts
    .filter(({ amountMinor }) => amountMinor !== 0)
    .map(({ kind, reference, reason, amountMinor }) => ({
      type: 'reduction',
      name: kind === 'exemption' ? words.exemption : (reductionName?.(reference) ?? reason ?? words.reduction),
      amountMinor,
    }));

/** What the shopper takes home beside the goods, or can claim: none of it changes the sale. */
function rewardBlocks({ rewards = [], currency }: Sale, context: ReceiptContext): ReceiptBlock[] {
  if (rewards.length === 0) return [];
  const words = context.words ?? ENGLISH_RECEIPT_WORDS;
  const textOf = ({ reward, times }: SaleReward): string => {
    switch (reward.type) {
      case 'points':
        return `${words.points}: ${reward.points * times}`;
      case 'gift':
        return `${words.gift}: ${reward.pieces * times} × ${context.itemName(reward.sku) ?? reward.sku}`;
      case 'nextCoupon':
        return `${words.nextCoupon}: ${times > 1 ? `${times} × ` : ''}${reward.code}`;
      case 'rebate':
        return `${words.rebate}: ${decimalText(reward.amountMinor * times, minorDigitsOf(currency))} ${currency}`;
      default:
        return unreachable(reward, 'rewardBlocks');
    }
  };
  return [{ type: 'rule' }, ...rewards.map((reward): ReceiptBlock => ({ type: 'text', text: textOf(reward), align: 'center' }))];
}

/** `Cash`, `Foreign cash USD 60.00`. */
function tenderLabel({ tenderType, foreign }: Tender, words: ReceiptWords, tenderName: ReceiptContext['tenderName']): string {
  const word = Object.hasOwn(words.tenders, tenderType) ? words.tenders[tenderType] : undefined;
  const name = tenderName?.(tenderType) ?? word ?? tenderType;
  return foreign === undefined ? name : `${name} ${foreign.currency} ${decimalText(foreign.amountMinor, minorDigitsOf(foreign.currency))}`;
}

/** What a card slip says, as far as the terminal said it. */
function cardFacts(card: CardPayment, words: ReceiptWords): [string, string][] {
  const { brand, lastFour, authorisation, applicationId, terminalId, isOffline } = card;
  const number = lastFour === undefined ? undefined : `**** ${lastFour}`;
  const facts: readonly (readonly [string, string | undefined])[] = [
    [brand ?? words.tenders['card'] ?? '', number],
    [words.authorisation, isOffline === true ? words.acceptedOffline : authorisation],
    ['AID', applicationId],
    [words.terminal, terminalId],
  ];
  return facts.flatMap(([label, text]): [string, string][] => (text === undefined ? [] : [[label, text]]));
}

function sumBlocks(sale: Sale, words: ReceiptWords, tenderName: ReceiptContext['tenderName']): ReceiptBlock[] {
  const blocks: ReceiptBlock[] = [];
  const add = (label: string, amountMinor: number, emphasis = false): void => {
    blocks.push({ type: 'amount', label, amountMinor, emphasis });
  };
  if (!sale.taxInclusive) {
    const taxMinor = sale.taxes.reduce((sum, tax) => sum + tax.taxMinor, 0);
    add(words.subtotal, sale.totalMinor - taxMinor);
    add(words.tax, taxMinor);
  }
  add(sale.totalMinor < 0 ? words.refund : words.total, sale.totalMinor, true);
  if (sale.roundingMinor !== undefined) add(words.rounding, sale.roundingMinor);
  for (const { code, amountMinor } of sale.claims ?? []) add(`${words.claim} ${code}`, amountMinor);
  for (const tender of sale.tenders) {
    add(tenderLabel(tender, words, tenderName), tender.amountMinor);
    if (tender.tipMinor !== undefined) add(words.tip, tender.tipMinor);
    if (tender.card !== undefined) blocks.push({ type: 'facts', facts: cardFacts(tender.card, words) });
    const { inPlaceOf } = tender;
    if (inPlaceOf !== undefined)
      blocks.push({ type: 'facts', facts: [[words.inPlaceOf, tenderLabel({ ...tender, tenderType: inPlaceOf }, words, tenderName)]] });
  }
  if (sale.changeMinor !== 0) add(words.change, sale.changeMinor);
  const untaxedMinor = sale.lines.reduce((sum, line) => sum + (line.untaxedMinor ?? 0), 0);
  if (untaxedMinor !== 0) add(words.untaxed, untaxedMinor);
  const savedMinor = 0 - sale.lines.reduce((sum, line) => sum + discountMinorOf(line), 0);
  if (savedMinor > 0) add(words.saved, savedMinor);
  return blocks;
}
