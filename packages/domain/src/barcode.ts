/**
 * What a scanner read, or a person typed in its place, made into keys that the catalogue can be asked for.
 *
 * A GTIN's key is its 14 digits, shorter ones padded with zeros; a PLU's is `plu:` and its digits; any text may be an SKU,
 * compared bytewise. Only what the GS1 General Specifications (release 24) fix is read: check digits (7.9), UPC-E
 * expansion (7.10), and element strings that begin with AI 01 (GTIN), of which batch (10) and serial (21) are kept.
 * Digits of a scan are never taken for a quantity.
 */
import { err, ok, type Result } from '@holdfast/base';

/** The longest text code: as long as an SKU may be. */
export const MAX_CODE_LENGTH = 128;

export interface ScannedCode {
  readonly type: 'gtin' | 'plu' | 'text';
  /** What was read, without symbology identifier and line end; an SKU is looked up by it where no key matches. */
  readonly text: string;
  /** Keys of `code` entities, to be tried in this order; the first that exists is meant. */
  readonly keys: readonly string[];
  /** From a GS1 element string. */
  readonly batch?: string;
  readonly serial?: string;
}

export type ScanRefusal =
  | { readonly type: 'badCheckDigit'; readonly detail: { readonly code: string; readonly expected: string } }
  | {
      readonly type: 'malformedCode';
      readonly detail: {
        /** Printable, and at most 48 characters of it. */
        readonly code: string;
        readonly reason: 'empty' | 'tooLong' | 'controlCharacters' | 'elementString';
      };
    };

/** The separator that FNC1 becomes between element strings. */
const GROUP_SEPARATOR = '\u001D';
const GTIN_LENGTHS: ReadonlySet<number> = new Set([8, 12, 13, 14]);
/** Symbologies that carry GS1 element strings: GS1-128, GS1 DataBar, DataMatrix, QR, DotCode. */
const ELEMENT_STRING_IDENTIFIERS: ReadonlySet<string> = new Set([']C1', ']e0', ']d2', ']Q3', ']J1']);
/** Element strings of fixed length that may follow the GTIN, and how many digits their values have. */
const FIXED_LENGTHS: Readonly<Record<string, number>> = { '11': 6, '12': 6, '13': 6, '15': 6, '16': 6, '17': 6, '20': 2 };

/** Any text as a row or a log may show it: control characters become `·`, and what is longer than `length` ends in `…`. */
export function printableCode(text: string, length = 48): string {
  const printable = text
    .slice(0, length + 1)
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '·');
  return printable.length > length ? `${printable.slice(0, length - 1).toWellFormed()}…` : printable;
}

/** The check digit of a GTIN's other digits: weights 3 and 1 from the right, up to the next ten. */
export function checkDigit(digitsBeforeCheck: string): string {
  let sum = 0;
  for (let index = 0; index < digitsBeforeCheck.length; index += 1) {
    const isWeighted = (digitsBeforeCheck.length - index) % 2 === 1;
    sum += Number(digitsBeforeCheck[index]) * (isWeighted ? 3 : 1);
  }
  return String((10 - (sum % 10)) % 10);
}

const hasGoodCheckDigit = (digits: string): boolean => checkDigit(digits.slice(0, -1)) === digits.slice(-1);

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

const malformed = (text: string, reason: 'empty' | 'tooLong' | 'controlCharacters' | 'elementString'): Result<never, ScanRefusal> =>
  err({ type: 'malformedCode', detail: { code: printableCode(text), reason } });

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

/** AI 01 and its 14 digits, then what follows as far as it is known; an AI that this build does not know ends the reading, not the sale. */
function parseElementString(text: string): Result<ScannedCode, ScanRefusal> {
  const start = text.startsWith(GROUP_SEPARATOR) ? 1 : 0;
  const gtin = text.slice(start + 2, start + 16);
  if (!text.startsWith('01', start) || !/^\d{14}$/.test(gtin)) return malformed(text, 'elementString');
  if (!hasGoodCheckDigit(gtin)) return badCheckDigit(gtin);
  let batch: string | undefined;
  let serial: string | undefined;
  let at = start + 16;
  while (at < text.length) {
    if (text[at] === GROUP_SEPARATOR) {
      at += 1;
      continue;
    }
    const identifier = text.slice(at, at + 2);
    const fixedLength = FIXED_LENGTHS[identifier];
    if (fixedLength !== undefined) {
      at += 2 + fixedLength;
      continue;
    }
    if (identifier !== '10' && identifier !== '21') break;
    const separator = text.indexOf(GROUP_SEPARATOR, at);
    const end = separator < 0 ? text.length : separator;
    const value = text.slice(at + 2, end);
    if (value.length === 0 || value.length > 20) return malformed(text, 'elementString');
    if (identifier === '10') batch = value;
    else serial = value;
    at = end;
  }
  return ok({
    type: 'gtin',
    text: gtin,
    keys: [gtin],
    ...(batch !== undefined && { batch }),
    ...(serial !== undefined && { serial }),
  });
}

/** An element string as printed under a symbol, `(01)…(10)…`, with its brackets made into separators. */
const withoutBrackets = (text: string): string => text.replaceAll(/\((\d{2})\)/g, `${GROUP_SEPARATOR}$1`);

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

/**
 * Reads one scan, as the scanner sent it. Refused: nothing at all, control characters (other than the separators of an
 * element string and a line end), more than 128 characters, a wrong check digit. Whether the code belongs to an item
 * is the catalogue's to say.
 */
export function parseScan(scanned: string): Result<ScannedCode, ScanRefusal> {
  // The length is looked at first: nothing below may work its way through kilobytes of junk.
  if (scanned.length > MAX_CODE_LENGTH + 8) return malformed(scanned, 'tooLong');
  const line = scanned.replace(/[\r\n\t]+$/, '');
  const identifier = /^\][A-Za-z]\d/.test(line) ? line.slice(0, 3) : '';
  const text = line.slice(identifier.length);
  if (text.trim() === '') return malformed(line, 'empty');
  if (text.length > MAX_CODE_LENGTH) return malformed(text, 'tooLong');
  if (!text.isWellFormed() || /\p{Cc}/u.test(text.replaceAll(GROUP_SEPARATOR, ''))) return malformed(text, 'controlCharacters');
  if (/^\(01\)\d{14}(?:$|\()/.test(text)) return parseElementString(withoutBrackets(text));
  if (ELEMENT_STRING_IDENTIFIERS.has(identifier) || text.includes(GROUP_SEPARATOR) || looksLikeElementString(text)) {
    return parseElementString(text);
  }
  return parseDigitsOrText(text, identifier);
}
