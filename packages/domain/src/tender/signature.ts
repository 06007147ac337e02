/**
 * What a shopper signs by on a screen, for a tender that asks for it: the strokes of a pen or a finger on a small grid, as few bytes as they need. It is
 * personal: a ledger holds it sealed, as it holds the name on an invoice.
 */
import { err, ok, type Result } from '@holdfast/base';

import { readFields, type FieldFault } from '../fields.ts';
import { headerFields } from '../ledger/entry-header.ts';
import { LEDGER_KINDS, type Fields, type LedgerEntry, type LedgerHeader } from '../ledger/ledger.ts';
import { MAX_AMOUNT_MINOR } from '../money/money.ts';

/** The grid, and the most that one signature may be. Beyond `bytes` no more is drawn: nobody's name needs them. */
export const SIGNATURE_MAX = { width: 400, height: 160, strokes: 60, bytes: 2_048 } as const;
/** So much line at least, in dots of the grid: what is less was touched, not signed. */
const LEAST_INK = 40;

export interface SignaturePoint {
  readonly x: number;
  readonly y: number;
}
export type SignatureStroke = readonly SignaturePoint[];

/** How a tender that asks for a signature came by it, or why it did not. */
export const SIGNATURE_HOWS = ['drawn', 'confirmed', 'onPaper', 'declined'] as const;
/**
 * `drawn`: on the shopper's screen. `confirmed`: there, by a key, for who cannot or will not draw. `onPaper`: on a copy of the receipt. `declined`: not at all,
 * and the cashier let it pass.
 */
export type SignatureHow = (typeof SIGNATURE_HOWS)[number];

export interface TenderSignature {
  readonly how: SignatureHow;
  /** Of what was drawn, where somebody here may still see it. */
  readonly strokes?: readonly SignatureStroke[];
}

/** Of one of a receipt's tenders. */
export interface ReceiptSignature extends TenderSignature {
  /** From 1, as the sale lists its tenders. */
  readonly tender: number;
}

const isOnGrid = ({ x, y }: SignaturePoint): boolean =>
  Number.isSafeInteger(x) && Number.isSafeInteger(y) && x >= 0 && y >= 0 && x < SIGNATURE_MAX.width && y < SIGNATURE_MAX.height;

/** Along the grid: what is drawn is longer than it is far. */
const inkOf = (stroke: SignatureStroke): number =>
  stroke.reduce((sum, { x, y }, index) => {
    const before = stroke[index - 1];
    return before === undefined ? sum : sum + Math.abs(x - before.x) + Math.abs(y - before.y);
  }, 0);

/** Enough for a signature, and no more than one may be. */
export const isSigned = (strokes: readonly SignatureStroke[]): boolean =>
  strokes.length > 0 &&
  strokes.length <= SIGNATURE_MAX.strokes &&
  strokes.every((stroke) => stroke.length > 0 && stroke.every(isOnGrid)) &&
  strokes.reduce((sum, stroke) => sum + inkOf(stroke), 0) >= LEAST_INK &&
  bytesOf(strokes).length <= SIGNATURE_MAX.bytes;

/** 0, −1, 1, −2, … as 0, 1, 2, 3, …: small steps are small numbers. */
const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);
const unzigzag = (value: number): number => (value % 2 === 0 ? value >> 1 : -((value + 1) >> 1));

/** For each stroke how many points; then each point as steps from the one before it, of whichever stroke. Seven bits to a byte, lowest first. */
function bytesOf(strokes: readonly SignatureStroke[]): readonly number[] {
  const bytes: number[] = [];
  const put = (value: number): void => {
    let rest = value;
    for (; rest > 127; rest >>= 7) bytes.push((rest & 127) | 128);
    bytes.push(rest);
  };
  let last: SignaturePoint = { x: 0, y: 0 };
  for (const stroke of strokes) {
    put(stroke.length);
    for (const point of stroke) {
      put(zigzag(point.x - last.x));
      put(zigzag(point.y - last.y));
      last = point;
    }
  }
  return bytes;
}

/** Hexadecimal. The caller has asked `isSigned`. */
export const signatureText = (strokes: readonly SignatureStroke[]): string =>
  bytesOf(strokes)
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');

/** Undefined where it is none. */
export function parseSignature(text: string): readonly SignatureStroke[] | undefined {
  if (text.length > 2 * SIGNATURE_MAX.bytes || !/^([0-9a-f]{2})+$/.test(text)) return undefined;
  const bytes = (text.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
  let at = 0;
  const take = (): number | undefined => {
    let value = 0;
    for (let shift = 0; shift < 21; shift += 7) {
      const byte = bytes[at];
      if (byte === undefined) return undefined;
      at += 1;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
    return undefined;
  };
  const strokes: SignatureStroke[] = [];
  let last: SignaturePoint = { x: 0, y: 0 };
  while (at < bytes.length) {
    const count = take();
    if (count === undefined || count > bytes.length) return undefined;
    const stroke: SignaturePoint[] = [];
    for (let index = 0; index < count; index += 1) {
      const [right, down] = [take(), take()];
      if (right === undefined || down === undefined) return undefined;
      last = { x: last.x + unzigzag(right), y: last.y + unzigzag(down) };
      stroke.push(last);
    }
    strokes.push(stroke);
  }
  return isSigned(strokes) ? strokes : undefined;
}

export interface SignatureEntry {
  readonly receiptNumber: string;
  /** From 1, as the sale lists its tenders. */
  readonly tender: number;
  readonly currency: string;
  readonly amountMinor: number;
  readonly how: SignatureHow;
  /** Of what was drawn, sealed to the company's key of that name; absent in training, and where the store had no key. */
  readonly seal?: { readonly keyName: string; readonly sealed: Uint8Array };
}

export const signatureEntry = (header: LedgerHeader, { seal, ...said }: SignatureEntry): LedgerEntry => ({
  kind: LEDGER_KINDS.tenderSignature.kind,
  fields: { ...headerFields(header), ...said, ...seal },
});

export function readSignatureEntry(fields: Fields): Result<SignatureEntry, FieldFault> {
  const read = readFields(fields);
  const name = read.text('how');
  const keyName = read.optionalText('keyName');
  const { sealed } = fields;
  const entry: SignatureEntry = {
    receiptNumber: read.text('receiptNumber'),
    tender: read.int('tender', 1),
    currency: read.text('currency'),
    amountMinor: read.int('amountMinor', 0, MAX_AMOUNT_MINOR),
    how: SIGNATURE_HOWS.find((known) => known === name) ?? read.fail('how', SIGNATURE_HOWS.join(' or '), 'declined' as const),
    ...(keyName !== undefined && sealed instanceof Uint8Array && { seal: { keyName, sealed } }),
  };
  const fault = read.fault();
  return fault === undefined ? ok(entry) : err(fault);
}
