/**
 * What a scanner read, or a person typed in its place, made into keys that the catalogue can be asked for.
 *
 * A GTIN's key is its 14 digits, shorter ones padded with zeros; a PLU's is `plu:` and its digits; any text may be an SKU,
 * compared bytewise. Only what the GS1 General Specifications (release 24) fix is read: check digits (7.9), UPC-E
 * expansion (7.10), element strings (7.8) and Digital Links. What a retailer's own codes mean, the retailer's rules say.
 * Digits of a scan are never taken for a quantity.
 */
import { err, ok, type Result } from '@holdfast/base';

import { checkDigit, hasGoodCheckDigit } from './check-digit.ts';
import { readDigitalCoupon, readPaperCoupon, type DigitalCoupon, type PaperCoupon } from './coupon.ts';
import { isWebAddress, readDigitalLink } from './digital-link.ts';
import { elementsText, GROUP_SEPARATOR, readElementString, withoutBrackets, type Element } from './element-string.ts';
import { goodsLabelOf, type GoodsLabel } from './goods-label.ts';
import { readOwnCode, type OwnCode, type OwnCodeRule } from './own-code.ts';

export { checkDigit } from './check-digit.ts';

/** The longest text code: as long as an SKU may be. */
export const MAX_CODE_LENGTH = 128;
/** No symbol holds more: a QR code of the largest size, in digits. */
const MAX_SCAN_LENGTH = 7_089;

export type CodeType = 'gtin' | 'plu' | 'text' | 'coupon' | 'own';

export interface ScannedCode {
  readonly type: CodeType;
  /** What was read, without symbology identifier and line end; an SKU is looked up by it where no key matches. */
  readonly text: string;
  /** Keys of `code` entities, to be tried in this order; the first that exists is meant. */
  readonly keys: readonly string[];
  /** Of a GS1 symbol: all that it says, in its order. */
  readonly elements?: readonly Element[];
  /** Of a GS1 symbol: elements with identifiers that this build does not know. */
  readonly unread?: readonly string[];
  /** What a GS1 symbol says about these very goods. */
  readonly label?: GoodsLabel;
  readonly own?: OwnCode;
  /** Of a coupon with AI 8110 or 8112. */
  readonly coupon?: { readonly ai: '8110'; readonly offer: PaperCoupon } | { readonly ai: '8112'; readonly offer: DigitalCoupon };
}

export type MalformedCodeReason =
  | 'empty'
  | 'tooLong'
  | 'controlCharacters'
  /** A GS1 symbol that cannot be read: `fault` says how, `ai` where. */
  | 'elementString'
  /** A web address without a GS1 key, or with one that cannot be read. */
  | 'digitalLink'
  /** A GS1 symbol of something that is no goods: a parcel, a place, a document. */
  | 'noGoods';

export type ScanRefusal =
  | { readonly type: 'badCheckDigit'; readonly detail: { readonly code: string; readonly expected: string } }
  | {
      readonly type: 'malformedCode';
      readonly detail: {
        /** Printable, and at most 48 characters of it. */
        readonly code: string;
        readonly reason: MalformedCodeReason;
        readonly fault?: string;
        readonly ai?: string;
      };
    };

/** What only the retailer knows. */
export interface ScanRules {
  readonly ownCodes?: readonly OwnCodeRule[];
}

const GTIN_LENGTHS: ReadonlySet<number> = new Set([8, 12, 13, 14]);
/** Symbologies that carry GS1 element strings: GS1-128, GS1 DataBar, DataMatrix, QR, DotCode. */
const ELEMENT_STRING_IDENTIFIERS: ReadonlySet<string> = new Set([']C1', ']e0', ']d2', ']Q3', ']J1']);

/** Any text as a row or a log may show it: control characters become `·`, and what is longer than `length` ends in `…`. */
export function printableCode(text: string, length = 48): string {
  const printable = text
    .slice(0, length + 1)
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '·');
  return printable.length > length ? `${printable.slice(0, length - 1).toWellFormed()}…` : printable;
}

/** 8, 12, 13 or 14 digits with a right check digit, and nothing else. */
export const isGtin = (text: string): boolean => /^\d+$/.test(text) && GTIN_LENGTHS.has(text.length) && hasGoodCheckDigit(text);

/** The key of a `code` entity for a GTIN of any length. */
export const gtinKey = (gtin: string): string => gtin.padStart(14, '0');

/** The key of a `code` entity for a PLU. */
export const pluKey = (plu: string): string => `plu:${plu}`;

/** The 12 digits of the UPC-A that 8 digits of UPC-E (number system 0 or 1, six digits, check digit) stand for; undefined for others. */
export function expandUpcE(digits: string): string | undefined {
  if (!/^[01]\d{7}$/.test(digits)) return undefined;
  const system = digits.slice(0, 1);
  const six = digits.slice(1, 7);
  const last = Number(six[5]);
  let body: string;
  if (last <= 2) body = `${six.slice(0, 2)}${last}0000${six.slice(2, 5)}`;
  else if (last === 3) body = `${six.slice(0, 3)}00000${six.slice(3, 5)}`;
  else if (last === 4) body = `${six.slice(0, 4)}00000${six.slice(4, 5)}`;
  else body = `${six.slice(0, 5)}0000${last}`;
  return `${system}${body}${digits.slice(7)}`;
}

const malformed = (
  text: string,
  reason: MalformedCodeReason,
  where: { readonly fault?: string; readonly ai?: string } = {},
): Result<never, ScanRefusal> => err({ type: 'malformedCode', detail: { code: printableCode(text), reason, ...where } });

const badCheckDigit = (digits: string): Result<never, ScanRefusal> =>
  err({ type: 'badCheckDigit', detail: { code: digits, expected: checkDigit(digits.slice(0, -1)) } });

/** 8, 12, 13 or 14 digits. Eight may be a UPC-E as well as a GTIN-8: where both check digits are right, both keys are tried. */
function parseGtin(digits: string, mayBeUpcE: boolean): Result<ScannedCode, ScanRefusal> {
  const keys: string[] = [];
  const upcA = mayBeUpcE ? expandUpcE(digits) : undefined;
  if (upcA !== undefined && hasGoodCheckDigit(upcA)) keys.push(gtinKey(upcA));
  if (hasGoodCheckDigit(digits)) keys.push(gtinKey(digits));
  return keys.length === 0 ? badCheckDigit(digits) : ok({ type: 'gtin', text: digits, keys });
}

function parseElementString(text: string): Result<ScannedCode, ScanRefusal> {
  const read = readElementString(text);
  if (read.ok) return parseElements(text, read.value.elements, read.value.unread);
  const { reason, ai } = read.error.detail;
  const gtin = /^01(\d{14})/.exec(text.replace(GROUP_SEPARATOR, ''))?.[1];
  if (reason === 'checkDigit' && ai === '01' && gtin !== undefined) return badCheckDigit(gtin);
  return malformed(text, 'elementString', { fault: reason, ...(ai !== '' && { ai: printableCode(ai) }) });
}

function parseLink(text: string): Result<ScannedCode, ScanRefusal> {
  const read = readDigitalLink(text);
  if (read.ok) return parseElements(text, read.value, []);
  const { detail } = read.error;
  return malformed(text, 'digitalLink', { fault: detail.reason, ...('ai' in detail && { ai: printableCode(detail.ai) }) });
}

/** Goods are told by a GTIN (AI 01, or 03 where they were made to order); a coupon by its own identifiers. */
function parseElements(text: string, elements: readonly Element[], unread: readonly string[]): Result<ScannedCode, ScanRefusal> {
  const values = new Map(elements.map(({ ai, value }) => [ai, value]));
  const said = { elements, ...(unread.length > 0 && { unread }) };
  const [onPaper, onScreen] = [values.get('8110'), values.get('8112')];
  const paper = onPaper === undefined ? undefined : readPaperCoupon(onPaper);
  if (paper !== undefined)
    return ok({ type: 'coupon', text: elementsText(elements), keys: [], ...said, coupon: { ai: '8110', offer: paper } });
  const digital = onScreen === undefined ? undefined : readDigitalCoupon(onScreen);
  if (digital !== undefined) {
    return ok({ type: 'coupon', text: elementsText(elements), keys: [], ...said, coupon: { ai: '8112', offer: digital } });
  }
  const couponNumber = values.get('255');
  if (couponNumber !== undefined) return ok({ type: 'coupon', text: couponNumber, keys: [], ...said });
  const gtin = values.get('01') ?? values.get('03');
  if (gtin === undefined) return malformed(text, 'noGoods', { ai: elements[0]?.ai ?? '' });
  return ok({ type: 'gtin', text: gtin, keys: [gtin], ...said, label: goodsLabelOf(elements) });
}

/** As printed under a symbol, `(01)…(10)…`. Brackets are no sign of it by themselves: an SKU may have them. */
const isBracketed = (text: string): boolean => /^\((?:01\)\d{14}(?:$|\()|811[02]\)\d)/.test(text);

/** Without a symbology identifier: AI 01 with a good GTIN, and either nothing or a known element behind it. */
const looksLikeElementString = (text: string): boolean =>
  /^01\d{14}(?:$|(?:1[0-35-7]|2[01]))/.test(text) && hasGoodCheckDigit(text.slice(2, 16));

function parseDigitsOrText(text: string, identifier: string): Result<ScannedCode, ScanRefusal> {
  const trimmed = text.trim();
  if (/^\d+$/.test(trimmed)) {
    if (GTIN_LENGTHS.has(trimmed.length)) return parseGtin(trimmed, identifier !== ']E4');
    if (trimmed.length >= 4 && trimmed.length <= 6) return ok({ type: 'plu', text, keys: [pluKey(trimmed)] });
  }
  return ok({ type: 'text', text, keys: [] });
}

function withoutLineEnd(text: string): string {
  let end = text.length;
  while (end > 0 && '\r\n\t'.includes(text[end - 1] ?? '-')) end -= 1;
  return text.slice(0, end);
}

/**
 * Reads one scan, as the scanner sent it. Refused: nothing at all, control characters (other than the separators of an
 * element string and a line end), text of more than 128 characters, a wrong check digit, a GS1 symbol that cannot be read or is of no
 * goods. Whether the code belongs to an item is the catalogue's to say.
 */
export function parseScan(scanned: string, rules: ScanRules = {}): Result<ScannedCode, ScanRefusal> {
  // The length is looked at first: nothing below may work its way through megabytes of junk.
  if (scanned.length > MAX_SCAN_LENGTH) return malformed(scanned, 'tooLong');
  const line = withoutLineEnd(scanned);
  const identifier = /^\][A-Za-z]\d/.test(line) ? line.slice(0, 3) : '';
  const text = line.slice(identifier.length);
  if (text.trim() === '') return malformed(line, 'empty');
  if (!text.isWellFormed() || /\p{Cc}/u.test(text.replaceAll(GROUP_SEPARATOR, ''))) return malformed(text, 'controlCharacters');
  const own = rules.ownCodes === undefined ? undefined : readOwnCode(text, rules.ownCodes);
  if (own !== undefined) return ok({ type: 'own', text, keys: [], own });
  if (isWebAddress(text)) return parseLink(text);
  const isMarked = ELEMENT_STRING_IDENTIFIERS.has(identifier);
  if (isBracketed(text) || (isMarked && /^\(\d{2,4}\)/.test(text))) return parseElementString(withoutBrackets(text));
  if (isMarked || text.includes(GROUP_SEPARATOR) || looksLikeElementString(text)) return parseElementString(text);
  if (text.length > MAX_CODE_LENGTH) return malformed(text, 'tooLong');
  return parseDigitsOrText(text, identifier);
}

/** What a code is for that is no goods: `receipt`, `coupon8112`. Undefined for all that the catalogue may know. */
export function notGoodsKind({ type, own, coupon }: ScannedCode): string | undefined {
  if (type === 'own') return own?.kind;
  return type === 'coupon' ? `coupon${coupon?.ai ?? '255'}` : undefined;
}
