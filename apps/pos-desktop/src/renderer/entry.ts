/**
 * What stands in the entry field, and what it means: `3 × 4011` is three of PLU 4011, `0.842 ×` a weight for the next item, `20.50` cash
 * or a new price, words a search. The text is the state; this module reads and edits it. Pure, and no number is ever a float.
 */

/** A number as typed: an integer and its decimals, `0.842` → 842 and 3. */
export interface TypedNumber {
  readonly value: number;
  readonly decimals: number;
}

export interface Entry {
  /** The next item comes back instead of going out. */
  readonly returning: boolean;
  /** What stands before the ×. */
  readonly quantity: TypedNumber | undefined;
  /** What is taken off it for the package: `0.512-0.012 ×`. */
  readonly tare: TypedNumber | undefined;
  /** What stands behind it: digits, a number with decimals, a code or words. */
  readonly body: string;
  /** `number` may be a PLU, a quantity or cash; `words` are searched for. */
  readonly kind: 'empty' | 'number' | 'words';
}

const RETURN_SIGN = '\u2212';
const TIMES = ' × ';
const MAX_ENTRY_CHARS = 64;

/** At most 9 digits, so that every number is a safe integer in each use; undefined where `text` is none. */
export const parseTypedNumber = (text: string): TypedNumber | undefined => {
  const match = /^(\d*)(?:[.,](\d{0,6}))?$/u.exec(text);
  if (match === null) return undefined;
  const whole = match[1] ?? '';
  const fraction = match[2] ?? '';
  const digits = `${whole}${fraction}`;
  if (digits === '' || digits.length > 9) return undefined;
  return { value: Number(digits), decimals: fraction.length };
};

/** A typed number in units of 10^-decimals, exactly: `20.5` with 2 is 2050. Undefined where it has more decimals than that. */
export const scaleTypedNumber = (typed: TypedNumber, decimals: number): number | undefined => {
  if (typed.decimals > decimals) return undefined;
  return Number(`${typed.value}${'0'.repeat(decimals - typed.decimals)}`);
};

/** A weight with its decimals, and behind a minus its tare: `0.512-0.012`. Digits without a point and a minus are somebody's code. */
const WEIGHT = String.raw`\d*[.,]\d+-[\d.,]*`;
const NUMBER = new RegExp(`^(?:[\\d.,]+|${WEIGHT})$`, 'u');
const TIMES_NUMBER = new RegExp(`^([\\d.,]+|${WEIGHT})\\s*[×*]\\s*(.*)$`, 'u');

/** A number, or a weight and its tare. */
export const parseWeight = (text: string): { readonly quantity: TypedNumber | undefined; readonly tare: TypedNumber | undefined } => {
  const [weight = '', tare] = text.split('-');
  const quantity = parseTypedNumber(weight);
  if (quantity === undefined || tare === undefined) return { quantity, tare: undefined };
  const taken = parseTypedNumber(tare);
  return taken === undefined ? { quantity: undefined, tare: undefined } : { quantity, tare: taken };
};

export const parseEntry = (text: string): Entry => {
  const returning = text.startsWith(RETURN_SIGN) || text.startsWith('-');
  const rest = (returning ? text.slice(1) : text).trimStart();
  const match = TIMES_NUMBER.exec(rest);
  const { quantity, tare } = parseWeight(match?.[1] ?? '');
  const body = (quantity === undefined ? rest : (match?.[2] ?? '')).trimStart();
  const kind = body.trim() === '' ? 'empty' : NUMBER.test(body) ? 'number' : 'words';
  return { returning, quantity, tare, body, kind };
};

const isMultiply = (character: string, body: string): boolean =>
  character === '*' || character === '×' || ((character === 'x' || character === 'X') && /^\d{1,4}$/u.test(body));

/** Types one character: a × behind a number makes it the quantity, and replaces an earlier one. */
export const typeCharacter = (text: string, character: string): string => {
  const entry = parseEntry(text);
  const sign = entry.returning ? RETURN_SIGN : '';
  if (isMultiply(character, entry.body)) {
    if (entry.kind === 'number' && parseWeight(entry.body).quantity !== undefined) return `${sign}${entry.body}${TIMES}`;
    if (entry.kind !== 'words') return text;
  }
  if (text.length >= MAX_ENTRY_CHARS) return text;
  if (character === ' ' && entry.kind === 'empty') return text;
  return `${text}${character}`;
};

export const eraseCharacter = (text: string): string => {
  if (text.endsWith(TIMES)) return text.slice(0, -TIMES.length);
  return [...text].slice(0, -1).join('');
};

/** The return key: the next item comes back; pressed again, it does not. */
export const toggleReturning = (text: string): string => (parseEntry(text).returning ? text.slice(1).trimStart() : `${RETURN_SIGN}${text}`);

/** What of the entry is left after a scan or a key took its quantity: digits that were being typed stay. */
export const withoutQuantity = (text: string): string => parseEntry(text).body;

/** How the next item is counted, for the till: nothing where nothing was typed. */
export const amountOf = (entry: Entry): { quantity?: number; typedDecimals?: number; tare?: number; tareDecimals?: number } => {
  if (entry.quantity === undefined) return entry.returning ? { quantity: -1, typedDecimals: 0 } : {};
  const { value, decimals } = entry.quantity;
  return {
    quantity: entry.returning ? -value : value,
    typedDecimals: decimals,
    ...(entry.tare !== undefined && { tare: entry.tare.value, tareDecimals: entry.tare.decimals }),
  };
};
