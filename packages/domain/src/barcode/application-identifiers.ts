/**
 * GS1's application identifiers: what each is called, how long its value is, and which values it takes. All of it comes from the
 * syntax dictionary; only the procedures that it names are written here.
 *
 * Values that stand for an entry of somebody's list (countries, currencies, packages, GS1 company prefixes) are held to their form and
 * not to the list: lists grow, and a till that was last updated a year ago would refuse goods for no fault of theirs.
 */
import { assert } from '@holdfast/base';

import { hasGoodCheckDigit } from './check-digit.ts';
import { isDigitalCoupon, isPaperCoupon } from './coupon.ts';
import { isFullDate, isGs1Date } from './gs1-date.ts';
import { GS1_DICTIONARY } from './gs1-dictionary.ts';

type CharacterSet = 'N' | 'X' | 'Y' | 'Z';

interface Component {
  readonly set: CharacterSet;
  readonly minimum: number;
  readonly maximum: number;
  readonly isOptional: boolean;
  readonly checks: readonly CheckName[];
}

export interface ApplicationIdentifier {
  /** Two to four digits. */
  readonly ai: string;
  readonly title: string;
  /** Its value ends by its length, not by a separator. */
  readonly isPredefinedLength: boolean;
  /** It may stand in the query of a Digital Link. */
  readonly isLinkAttribute: boolean;
  /** Undefined where no Digital Link begins with it; else the sequences of qualifiers that may follow it. */
  readonly linkQualifiers: readonly (readonly string[])[] | undefined;
  readonly components: readonly Component[];
  readonly minimumLength: number;
  readonly maximumLength: number;
  /** With one of these groups it makes sense; `n` stands for any digit. */
  readonly requires: readonly (readonly (readonly string[])[])[];
  readonly excludes: readonly string[];
}

/** Why a value is not one of its identifier. */
export type ValueFault = 'tooShort' | 'tooLong' | 'characters' | 'checkDigit' | 'date' | 'time' | 'content';

const CHARACTERS: Readonly<Record<CharacterSet, RegExp>> = {
  N: /^\d*$/,
  X: /^[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]*$/,
  Y: /^[#\-/0-9A-Z]*$/,
  Z: /^[-0-9A-Z_a-z=]*$/,
};

const within = (text: string, from: number, to: number): boolean => Number(text) >= from && Number(text) <= to;
const isHourMinute = (text: string): boolean => within(text.slice(0, 2), 0, 23) && within(text.slice(2), 0, 59);

/** Pieces and of how many: `0102`, neither of them 0. */
const isPieceOfTotal = (text: string): boolean =>
  Number(text.slice(0, 2)) > 0 && Number(text.slice(2)) > 0 && Number(text.slice(0, 2)) <= Number(text.slice(2));

const isBirthSequence = (text: string): boolean => /^[1-9]\/[1-9]$/.test(text) && Number(text[0]) <= Number(text[2]);

/** ISO 13616: the country and check digits moved behind, letters as 10 to 35, modulo 97 is 1. */
function isIban(text: string): boolean {
  if (!/^[A-Z]{2}\d\d[0-9A-Z]+$/.test(text)) return false;
  let remainder = 0;
  for (const character of text.slice(4) + text.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}

const CSET_82 = '!"%&\'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
const CSET_32 = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
/** From the character before the check pair, leftwards. */
const PRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83] as const;

/** The check character pair of the GS1 General Specifications, 7.9.5: a sum weighted by primes, modulo 1021, in base 32. */
export function checkPair(text: string): string {
  let sum = 0;
  for (let index = 0; index < text.length; index += 1) {
    sum += CSET_82.indexOf(text[text.length - 1 - index] ?? '') * (PRIMES[index] ?? 0);
  }
  const value = sum % 1_021;
  return `${CSET_32[value >> 5] ?? ''}${CSET_32[value & 31] ?? ''}`;
}

/** The procedures that the dictionary names, each with what is wrong where it says no. */
const CHECKS = {
  csum: ['checkDigit', hasGoodCheckDigit],
  csumalpha: ['checkDigit', (text) => text.length > 2 && checkPair(text.slice(0, -2)) === text.slice(-2)],
  gcppos1: ['content', (text) => /^\d{4}/.test(text)],
  gcppos2: ['content', (text) => /^.\d{4}/.test(text)],
  yymmd0: ['date', (text) => isGs1Date(text, true)],
  yymmdd: ['date', (text) => isGs1Date(text, false)],
  yyyymmdd: ['date', isFullDate],
  hh: ['time', (text) => within(text, 0, 23)],
  mi: ['time', (text) => within(text, 0, 59)],
  ss: ['time', (text) => within(text, 0, 59)],
  hhmi: ['time', isHourMinute],
  iso3166: ['content', (text) => /^\d{3}$/.test(text)],
  iso3166999: ['content', (text) => /^\d{3}$/.test(text)],
  iso3166alpha2: ['content', (text) => /^[A-Z]{2}$/.test(text)],
  iso4217: ['content', (text) => /^\d{3}$/.test(text)],
  iso5218: ['content', (text) => /^[0129]$/.test(text)],
  iban: ['content', isIban],
  pcenc: ['content', (text) => /^(?:[^%]|%[0-9A-Fa-f]{2})*$/.test(text)],
  latitude: ['content', (text) => within(text, 0, 1_800_000_000)],
  longitude: ['content', (text) => within(text, 0, 3_600_000_000)],
  yesno: ['content', (text) => /^[01]$/.test(text)],
  hyphen: ['content', (text) => text === '-'],
  importeridx: ['content', (text) => /^[-0-9A-Z_a-z]$/.test(text)],
  packagetype: ['content', (text) => /^[0-9A-Z]{1,4}$/.test(text)],
  mediatype: ['content', (text) => within(text, 1, 10) || within(text, 80, 99)],
  posinseqslash: ['content', isBirthSequence],
  nonzero: ['content', (text) => /[1-9]/.test(text)],
  zero: ['content', (text) => /^0+$/.test(text)],
  winding: ['content', (text) => /^[019]$/.test(text)],
  pieceoftotal: ['content', isPieceOfTotal],
  nozeroprefix: ['content', (text) => text === '0' || !text.startsWith('0')],
  hasnondigit: ['content', (text) => /\D/.test(text)],
  couponcode: ['content', isPaperCoupon],
  couponposoffer: ['content', isDigitalCoupon],
} as const satisfies Record<string, readonly [ValueFault, (text: string) => boolean]>;
type CheckName = keyof typeof CHECKS;
const isCheckName = (name: string): name is CheckName => Object.hasOwn(CHECKS, name);

function readComponent(text: string): Component {
  const isOptional = text.startsWith('[');
  const [type = '', ...checks] = text.replaceAll(/[[\]]/g, '').split(',');
  const match = /^([NXYZ])(\.\.)?(\d+)$/.exec(type);
  assert(match !== null, `the dictionary's component ${text} can be read`);
  assert(checks.every(isCheckName), `this build knows the dictionary's procedures of ${text}`);
  const maximum = Number(match[3]);
  return { set: match[1] as CharacterSet, minimum: match[2] === undefined ? maximum : 1, maximum, isOptional, checks };
}

/** `3100-3105 *? N6 req=01,02 ex=310n # NET WEIGHT (kg)`: one row for each identifier of the range. */
function readEntry(entry: string): readonly ApplicationIdentifier[] {
  const [head = '', title = ''] = entry.split(/ # ?/);
  const [range = '', ...words] = head.split(' ');
  const flags = /^[*?]+$/.test(words[0] ?? '') ? (words.shift() ?? '') : '';
  const parts = words.filter((word) => /^\[?[NXYZ]/.test(word));
  const attribute = (name: string): readonly string[] =>
    words.filter((word) => word.startsWith(`${name}=`)).map((word) => word.slice(name.length + 1));
  const components = parts.map(readComponent);
  const sum = (lengths: readonly number[]): number => lengths.reduce((total, length) => total + length, 0);
  const linkKey = words.find((word) => word === 'dlpkey' || word.startsWith('dlpkey='));
  const row = {
    title,
    isPredefinedLength: flags.includes('*'),
    isLinkAttribute: flags.includes('?'),
    linkQualifiers: linkKey
      ?.slice('dlpkey='.length)
      .split('|')
      .map((sequence) => sequence.split(',').filter((ai) => ai !== '')),
    components,
    minimumLength: sum(components.map(({ isOptional, minimum }) => (isOptional ? 0 : minimum))),
    maximumLength: sum(components.map(({ maximum }) => maximum)),
    requires: attribute('req').map((groups) => groups.split(',').map((group) => group.split('+'))),
    excludes: attribute('ex').flatMap((ais) => ais.split(',')),
  };
  const [first = '', last = first] = range.split('-');
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => ({
    ...row,
    ai: String(Number(first) + index).padStart(first.length, '0'),
  }));
}

let table: ReadonlyMap<string, ApplicationIdentifier> | undefined;

/** Every identifier of the dictionary, in its order. */
export function applicationIdentifiers(): ReadonlyMap<string, ApplicationIdentifier> {
  // Read when the first element string comes: most scans of most lanes have none.
  table ??= new Map(
    GS1_DICTIONARY.trim()
      .split('\n')
      .flatMap(readEntry)
      .map((row) => [row.ai, row]),
  );
  return table;
}

/** The identifier that `text` has at `at`: no identifier is the beginning of another one. */
export function identifierAt(text: string, at: number): ApplicationIdentifier | undefined {
  for (let length = 2; length <= 4; length += 1) {
    const row = applicationIdentifiers().get(text.slice(at, at + length));
    if (row !== undefined) return row;
  }
  return undefined;
}

/** Why `value` is none of `row`; undefined where it is one. */
export function valueFault(row: ApplicationIdentifier, value: string): ValueFault | undefined {
  if (value.length < row.minimumLength || value === '') return 'tooShort';
  if (value.length > row.maximumLength) return 'tooLong';
  let at = 0;
  for (const { set, minimum, maximum, isOptional, checks } of row.components) {
    if (isOptional && at === value.length) break;
    const part = value.slice(at, at + maximum);
    at += part.length;
    if (part.length < minimum) return 'tooShort';
    if (!CHARACTERS[set].test(part)) return 'characters';
    const failed = checks.find((name) => !CHECKS[name][1](part));
    if (failed !== undefined) return CHECKS[failed][0];
  }
  return at < value.length ? 'tooLong' : undefined;
}
