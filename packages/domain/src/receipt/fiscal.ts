/**
 * What a fiscal signer is told of a sale, and what its receipt and the ledger say of the signature. Sums are the sale's own; nothing is priced or taxed again.
 *
 * Germany (`DE`): process type and data in the words of the tax administration's interface for cash registers (DSFinV-K, annex I), and its QR code. Everywhere else (`plain`):
 * the receipt's own figures, as JSON.
 */
import { ok, err, type Result } from '@holdfast/base';

import { readFields, type FieldFault } from '../fields.ts';
import { LEDGER_KINDS, type Fields, type LedgerEntry, type LedgerHeader } from '../ledger/ledger.ts';
import { addMinor, decimalText, minorDigitsOf } from '../money/money.ts';
import type { Sale } from '../sale/sale.ts';
import { localTimeOf } from '../shift/business-day.ts';
import { CASH } from '../tender/tender-type.ts';

/** How a store's sales are signed; a store that says neither signs none. */
export const FISCAL_REGIMES = ['off', 'DE', 'plain'] as const;
export type FiscalRegime = Exclude<(typeof FISCAL_REGIMES)[number], 'off'>;

/** What is signed. */
export interface FiscalData {
  readonly type: string;
  readonly data: string;
}

/** What a signer answered, and what it was about. */
export interface FiscalSignature extends FiscalData {
  readonly receiptNumber: string;
  readonly client: string;
  readonly transaction: number;
  readonly counter: number;
  readonly startedAtMs: number;
  readonly signedAtMs: number;
  /** Base64. */
  readonly signature: string;
  readonly algorithm: string;
  /** Of the signer's certificate. */
  readonly serial: string;
  readonly publicKey: string;
  /** The receipt was out already, marked. */
  readonly isLate?: true;
}

/** `missing`: the receipt goes out without one, and says so. */
export type ReceiptFiscal =
  | { readonly type: 'signed'; readonly regime: FiscalRegime; readonly signature: FiscalSignature }
  | { readonly type: 'missing' };

const GERMAN_TYPE = 'Kassenbeleg-V1';
/** In the order in which DSFinV-K names them; everything else, also what is taxed later, stands under 0 %. */
const GERMAN_RATES_BPS = [1_900, 700, 1_070, 550] as const;

/** Σ of them is the total. */
function germanGrossMinor({ taxes, totalMinor }: Sale): readonly number[] {
  const bands = GERMAN_RATES_BPS.map((rateBps) =>
    taxes
      .filter((tax) => tax.component === undefined && tax.rateBps === rateBps)
      .reduce((sum, { netMinor, taxMinor }) => addMinor(sum, addMinor(netMinor, taxMinor)), 0),
  );
  return [...bands, addMinor(totalMinor, 0 - bands.reduce((sum, minor) => addMinor(sum, minor), 0))];
}

function germanWord({ training, postVoidOf }: Sale): string {
  if (training) return 'AVTraining';
  return postVoidOf === undefined ? 'Beleg' : 'AVBelegstorno';
}

/** Σ of both is total and rounding. */
function paidMinor({ tenders, claims = [], changeMinor }: Sale): { readonly cash: number; readonly other: number } {
  const sumOf = (amounts: readonly { readonly amountMinor: number }[]): number =>
    amounts.reduce((sum, { amountMinor }) => addMinor(sum, amountMinor), 0);
  const isCash = ({ tenderType }: Sale['tenders'][number]): boolean => tenderType === CASH.tenderType;
  const cash = addMinor(sumOf(tenders.filter(isCash)), 0 - changeMinor);
  return { cash, other: addMinor(sumOf(tenders.filter((tender) => !isCash(tender))), sumOf(claims)) };
}

export function fiscalDataOf(sale: Sale, regime: FiscalRegime): FiscalData {
  const { currency, receiptNumber, totalMinor, taxes } = sale;
  if (regime === 'plain') {
    const rows = taxes.map(({ taxClass, rateBps, netMinor, taxMinor }) => [taxClass, rateBps, netMinor, taxMinor]);
    return { type: 'receipt', data: JSON.stringify({ receiptNumber, currency, totalMinor, taxes: rows }) };
  }
  const text = (minor: number): string => decimalText(minor, minorDigitsOf(currency));
  const { cash, other } = paidMinor(sale);
  const suffix = currency === 'EUR' ? '' : `:${currency}`;
  const paid = [
    ...(cash !== 0 || other === 0 ? [`${text(cash)}:Bar${suffix}`] : []),
    ...(other === 0 ? [] : [`${text(other)}:Unbar${suffix}`]),
  ];
  return { type: GERMAN_TYPE, data: [germanWord(sale), germanGrossMinor(sale).map(text).join('_'), paid.join('_')].join('^') };
}

/** Of a basket that ended without a sale: what was started is finished. */
export const abortedFiscalData = (regime: FiscalRegime): FiscalData =>
  regime === 'DE' ? { type: GERMAN_TYPE, data: 'AVBelegabbruch^0.00_0.00_0.00_0.00_0.00^' } : { type: 'aborted', data: '{}' };

/** ISO 8601, UTC. */
function isoOf(atMs: number): string {
  const { date, time } = localTimeOf(atMs, 'UTC');
  return `${date}T${time}.${String(((atMs % 1_000) + 1_000) % 1_000).padStart(3, '0')}Z`;
}

/** What the code on a German receipt says (DSFinV-K, annex I, version 0); other receipts have none. */
export function fiscalCodeOf({ regime, signature: signed }: ReceiptFiscal & { readonly type: 'signed' }): string | undefined {
  if (regime !== 'DE') return undefined;
  const { client, type, data, transaction, counter, startedAtMs, signedAtMs, algorithm, signature, publicKey } = signed;
  const times = [isoOf(startedAtMs), isoOf(signedAtMs)];
  return ['V0', client, type, data, transaction, counter, ...times, algorithm, 'unixTime', signature, publicKey].join(';');
}

export const fiscalTimes = ({ startedAtMs, signedAtMs }: FiscalSignature): readonly [start: string, end: string] => [
  isoOf(startedAtMs),
  isoOf(signedAtMs),
];

export const fiscalSignatureEntry = (header: LedgerHeader, signature: FiscalSignature): LedgerEntry => ({
  kind: LEDGER_KINDS.fiscalSignature.kind,
  fields: { ...header, ...signature },
});

export function readFiscalSignature(fields: Fields): Result<FiscalSignature, FieldFault> {
  const read = readFields(fields);
  const isLate = read.optionalBool('isLate') === true;
  const signature: FiscalSignature = {
    receiptNumber: read.text('receiptNumber'),
    client: read.text('client'),
    transaction: read.int('transaction', 1),
    counter: read.int('counter', 1),
    startedAtMs: read.int('startedAtMs'),
    signedAtMs: read.int('signedAtMs'),
    signature: read.text('signature'),
    algorithm: read.text('algorithm'),
    serial: read.text('serial'),
    publicKey: read.text('publicKey'),
    type: read.text('type'),
    data: read.text('data'),
    ...(isLate && { isLate }),
  };
  const fault = read.fault();
  return fault === undefined ? ok(signature) : err(fault);
}

/** As a gap begins, ends, and where the signer says no for good. */
export const FISCAL_GAP_ACTS = ['begin', 'end', 'refused'] as const;

/** From the first receipt that went out without a signature, to the last one's signature. */
export type FiscalGap =
  | { readonly act: 'begin'; readonly receiptNumber: string; readonly reason: string }
  /** The last of them has its signature. */
  | { readonly act: 'end'; readonly receiptNumber: string }
  /** One that the signer will not sign, ever. */
  | { readonly act: 'refused'; readonly receiptNumber: string; readonly reason: string };

export const fiscalGapEntry = (header: LedgerHeader, gap: FiscalGap): LedgerEntry => ({
  kind: LEDGER_KINDS.fiscalGap.kind,
  fields: { ...header, ...gap },
});
