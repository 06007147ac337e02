/** What a lane says to a terminal that speaks ZVT (13.11), and what it reads of its answers; numbers of cards are looked at for their mask and their last four digits, and dropped. */
import { lastFourOf, toCardFacts } from '../card-facts.ts';
import type { CardEntry, CardFacts, DeclineReason, TerminalOrder, TerminalTotals } from '../terminal.ts';
import { CONTROL, encodeApdu } from './apdu.ts';
import { bcd, bcdNumber, bcdOf, BMP, hexOf, readBitmaps, readTlv, textOf } from './bitmaps.ts';

/** ISO 4217 by number: those of countries where terminals speak ZVT, and their neighbours. */
const CURRENCY_NUMBERS: Readonly<Record<string, string>> = {
  EUR: '0978',
  CHF: '0756',
  GBP: '0826',
  USD: '0840',
  CZK: '0203',
  DKK: '0208',
  HUF: '0348',
  NOK: '0578',
  PLN: '0985',
  SEK: '0752',
};

export const currencyNumberOf = (currency: string): string | undefined => CURRENCY_NUMBERS[currency];

/**
 * The lane prints what is printed (bits 1 to 3), because a terminal that prints itself would hold the shopper up; payments are started by the lane
 * only (bit 4).
 */
const CONFIG = 0b0000_1110;
/** TLV is understood: then the terminal says whether it asked its host. */
const SERVICE = 0x00;
const TLV_UNDERSTOOD = [0x06, 0x06, 0x26, 0x04, 0x0a, 0x02, 0x06, 0xd3] as const;

export const registration = (password: string, currencyNumber: string): Uint8Array =>
  encodeApdu(CONTROL.registration, [...bcd(password), CONFIG, ...bcd(currencyNumber), BMP.serviceByte, SERVICE, ...TLV_UNDERSTOOD]);

/** Undefined where the currency has no number here, or the payment no receipt. */
export function orderMessage(order: TerminalOrder, password: string): Uint8Array | undefined {
  const { act, amountMinor, tipMinor = 0, currency, original } = order;
  const number = currencyNumberOf(currency);
  if (number === undefined) return undefined;
  const amount = [BMP.amount, ...bcdNumber(amountMinor + tipMinor, 6)];
  const currencyField = [BMP.currency, ...bcd(number)];
  if (act === 'payment') return encodeApdu(CONTROL.authorisation, [...amount, ...currencyField]);
  if (act === 'refund') return encodeApdu(CONTROL.refund, [...bcd(password), ...amount, ...currencyField]);
  const receipt = original === undefined ? undefined : receiptNumberOf(original.transactionId);
  if (receipt === undefined) return undefined;
  return encodeApdu(CONTROL.reversal, [...bcd(password), BMP.receiptNumber, ...bcd(receipt), ...amount, ...currencyField]);
}

export const repeatReceipt = (password: string): Uint8Array => encodeApdu(CONTROL.repeatReceipt, bcd(password));
export const endOfDay = (password: string): Uint8Array => encodeApdu(CONTROL.endOfDay, bcd(password));

/** A transaction's name here: its receipt number, then its trace number. */
export const receiptNumberOf = (transactionId: string): string | undefined => /^(\d{4})-\d{6}$/.exec(transactionId)?.[1];

export interface StatusInformation {
  /** 0: approved. Undefined where the terminal does not say. */
  readonly resultCode: number | undefined;
  /** Four digits. */
  readonly receiptNumber: string | undefined;
  readonly amountMinor: number | undefined;
  /** Undefined where the terminal does not say. */
  readonly isOnline: boolean | undefined;
  readonly card: CardFacts;
}

const ENTRIES: readonly (CardEntry | undefined)[] = ['swipe', 'chip', 'contactless', 'mobile'];

export function readStatusInformation(data: Uint8Array): StatusInformation {
  const fields = readBitmaps(data);
  const tlv = readTlv(fields.get(BMP.tlv) ?? new Uint8Array());
  const receipt = fields.get(BMP.receiptNumber);
  const receiptNumber = receipt === undefined ? undefined : hexOf(receipt);
  const trace = fields.get(BMP.traceNumber);
  const pan = fields.get(BMP.pan);
  const [online] = tlv.get(0x1f11) ?? [];
  const [technology] = tlv.get(0x1f12) ?? [];
  const applicationId = tlv.get(0x43);
  return {
    resultCode: fields.get(BMP.resultCode)?.[0],
    receiptNumber: receiptNumber === undefined || !/^\d{4}$/.test(receiptNumber) ? undefined : receiptNumber,
    amountMinor: bcdOf(fields.get(BMP.amount)),
    isOnline: online === undefined ? undefined : online === 1,
    card: toCardFacts({
      terminalId: optionalHex(fields.get(BMP.terminalId)),
      transactionId: receiptNumber === undefined ? undefined : `${receiptNumber}-${trace === undefined ? '000000' : hexOf(trace)}`,
      authorisation: textOf(fields.get(BMP.authorisation)),
      brand: textOf(fields.get(BMP.cardName)),
      // A masked digit is an E.
      lastFour: pan === undefined ? undefined : lastFourOf(hexOf(pan)),
      applicationId: optionalHex(applicationId)?.toUpperCase(),
      entry: technology === undefined ? undefined : ENTRIES[technology],
    }),
  };
}

const optionalHex = (bytes: Uint8Array | undefined): string | undefined => (bytes === undefined ? undefined : hexOf(bytes));

/** Of a result code that is not 0. */
export function declineReasonOf(resultCode: number): DeclineReason {
  if (resultCode === 0x6c) return 'aborted';
  if (resultCode === 0x05 || (resultCode > 0 && resultCode < 0x64)) return 'refused';
  if (resultCode === 0x7d || resultCode === 0x9b) return 'hostUnreachable';
  if ([0x67, 0x68, 0x6e, 0x76, 0x83].includes(resultCode)) return 'notAllowed';
  return [0x64, 0x65, 0x66, 0x72, 0x73, 0x78, 0x79, 0x7a, 0x7b, 0x7c, 0x7e].includes(resultCode) ? 'invalidCard' : 'refused';
}

/** Codes by which a terminal says that it is not ready for a command at all. */
export const isNotReady = (resultCode: number): boolean => [0x6b, 0x83, 0x85, 0x9a, 0x9c, 0xa0, 0xfc].includes(resultCode);

/** Rows of a BMP 60 behind its two receipt numbers: a count and six bytes of amount each, by scheme. */
const TOTAL_BRANDS = ['girocard', 'JCB', 'Mastercard', 'American Express', 'Visa', 'Diners', 'other'] as const;

export function readTotals(data: Uint8Array): TerminalTotals | undefined {
  const fields = readBitmaps(data);
  const totals = fields.get(BMP.totals);
  if (totals === undefined || totals.length < 4 + TOTAL_BRANDS.length * 7) return undefined;
  const brands = TOTAL_BRANDS.map((brand, row) => {
    const start = 4 + row * 7;
    return { brand, count: totals[start] ?? 0, amountMinor: bcdOf(totals.slice(start + 1, start + 7)) ?? Number.NaN };
  });
  if (brands.some(({ amountMinor }) => Number.isNaN(amountMinor))) return undefined;
  const terminalId = toCardFacts({
    terminalId: optionalHex(fields.get(BMP.terminalId)),
    transactionId: undefined,
    authorisation: undefined,
    brand: undefined,
    lastFour: undefined,
    applicationId: undefined,
    entry: undefined,
  }).terminalId;
  return { ...(terminalId !== undefined && { terminalId }), brands: brands.filter(({ count }) => count > 0) };
}
