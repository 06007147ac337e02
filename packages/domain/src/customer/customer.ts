/**
 * Customers as people: what a company knows of one, what may be found by it, and what of it a lane is told.
 *
 * Personal data stands in a `Person`, which is kept sealed wherever it lies. A lane holds initials and codes: keyed hashes of a card's number or a
 * phone's (`@holdfast/base/passcode`), by which a customer is found and which say neither. Ledgers hold the customer's opaque id.
 */
import { err, ok, type Result } from '@holdfast/base';

import type { CatalogueFault } from '../catalog/catalog.ts';
import { readFields } from '../fields.ts';
import { LEDGER_KINDS, type Fields, type LedgerEntry, type LedgerHeader } from '../ledger/ledger.ts';
import { isPersonId } from '../people/person.ts';
import { isReceiptLanguage, type ReceiptLanguage } from '../receipt/receipt-words.ts';

export interface Person {
  readonly name: string;
  /** May have several lines. */
  readonly address?: string;
  /** As `phoneOf` has it. */
  readonly phone?: string;
  readonly email?: string;
  readonly cards: readonly string[];
  readonly language?: ReceiptLanguage;
  /** When they agreed that this is kept. */
  readonly consentAtMs: number;
}

export const PERSON_LENGTHS = { name: 120, address: 240, phone: 24, email: 254, card: 64, cards: 8 } as const;

/** A card's number, as it is scanned or typed. */
const CARD = /^[\p{L}\p{N}._:-]{1,64}$/u;
const EMAIL = /^[^\s@\p{Cc}]{1,64}@[^\s@\p{Cc}]{1,190}$/u;
const SHORTEST_PHONE = 6;
const LONGEST_PHONE = 15;

const isCardNumber = (text: string): boolean => CARD.test(text);

/** One spelling of each number (E.164 where a country is told): `0176 1234567`, `+49 (176) 123-4567` and `0049176…` are one in Germany. Undefined: no number. */
export function phoneOf(text: string, callingCode?: string): string | undefined {
  const plain = text.normalize('NFKC').trim();
  if (!/^\+?[\d\s()./-]+$/u.test(plain)) return undefined;
  const figures = plain.replaceAll(/\D/gu, '');
  const isLong = (number: string): boolean => number.length >= SHORTEST_PHONE && number.length <= LONGEST_PHONE;
  const abroad = plain.startsWith('+') ? figures : figures.startsWith('00') ? figures.slice(2) : undefined;
  if (abroad !== undefined) return isLong(abroad) && !abroad.startsWith('0') ? `+${abroad}` : undefined;
  const atHome = callingCode === undefined ? figures : `${callingCode}${figures.replace(/^0/u, '')}`;
  if (!isLong(atHome)) return undefined;
  return callingCode === undefined ? atHome : `+${atHome}`;
}

/** What a person says of themselves, as it is kept; undefined where it is none. */
export function personOf(
  {
    name,
    address = '',
    phone = '',
    email = '',
    cards = [],
    language = '',
    consentAtMs,
  }: {
    readonly name: string;
    readonly address?: string | undefined;
    readonly phone?: string | undefined;
    readonly email?: string | undefined;
    readonly cards?: readonly string[] | undefined;
    readonly language?: string | undefined;
    readonly consentAtMs: number;
  },
  callingCode?: string,
): Result<Person, { readonly field: keyof typeof PERSON_LENGTHS | 'language' }> {
  const known = name.normalize('NFC').trim().replaceAll(/\s+/gu, ' ');
  const place = address.normalize('NFC').trim();
  const number = phone.trim() === '' ? undefined : phoneOf(phone, callingCode);
  const numbers = [...new Set(cards.map((card) => card.trim()).filter((card) => card !== ''))];
  if (!/\p{L}/u.test(known) || known.length > PERSON_LENGTHS.name || /\p{Cc}/u.test(known)) return err({ field: 'name' });
  if (place.length > PERSON_LENGTHS.address || /[^\P{Cc}\n]/u.test(place)) return err({ field: 'address' });
  if (phone.trim() !== '' && number === undefined) return err({ field: 'phone' });
  if (email.trim() !== '' && !EMAIL.test(email.trim())) return err({ field: 'email' });
  if (numbers.length > PERSON_LENGTHS.cards || !numbers.every(isCardNumber)) return err({ field: 'cards' });
  if (language !== '' && !isReceiptLanguage(language)) return err({ field: 'language' });
  return ok({
    name: known,
    ...(place !== '' && { address: place }),
    ...(number !== undefined && { phone: number }),
    ...(email.trim() !== '' && { email: email.trim() }),
    cards: numbers,
    ...(language !== '' && { language }),
    consentAtMs,
  });
}

/** What is sealed. */
export const personText = (person: Person): string => JSON.stringify(person);

/** Undefined where it is none. */
export function parsePerson(text: string): Person | undefined {
  try {
    const value = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const { name, address, phone, email, cards, language, consentAtMs } = value;
    const texts = { address, phone, email };
    if (typeof name !== 'string' || !Number.isSafeInteger(consentAtMs) || !Array.isArray(cards)) return undefined;
    const known = Object.entries(texts).filter(([, each]) => typeof each === 'string');
    return {
      name,
      ...(Object.fromEntries(known) as Partial<Record<keyof typeof texts, string>>),
      cards: cards.filter((card): card is string => typeof card === 'string'),
      ...(typeof language === 'string' && isReceiptLanguage(language) && { language }),
      consentAtMs: consentAtMs as number,
    };
  } catch {
    return undefined;
  }
}

export interface CustomerCode {
  readonly kind: 'card' | 'phone';
  readonly text: string;
}

/** Whatever a customer is found by without their name. */
export const codesOfPerson = ({ cards, phone }: Person): readonly CustomerCode[] => [
  ...cards.map((text): CustomerCode => ({ kind: 'card', text })),
  ...(phone === undefined ? [] : [{ kind: 'phone', text: phone } as const]),
];

/** What somebody typed or scanned may be a card's number and a phone's. */
export function codesOfText(text: string, callingCode?: string): readonly CustomerCode[] {
  const plain = text.trim();
  const phone = phoneOf(plain, callingCode);
  return [
    ...(isCardNumber(plain) ? [{ kind: 'card', text: plain } as const] : []),
    ...(phone === undefined ? [] : [{ kind: 'phone', text: phone } as const]),
  ];
}

const CODE_HASH = /^c\d{1,6}\.[0-9a-f]{32}$/;
/** A code as cells, lanes and ledgers have it: made by `hashCustomerCode`. */
const isCodeHash = (text: string): boolean => CODE_HASH.test(text);

/** Of the first and the last word; of one word its first letter. Two at most, so that nobody is named by them. */
export function initialsOf(name: string): string {
  const letters = name.split(/[\s-]+/u).flatMap((word) => /\p{L}\p{M}*/u.exec(word.normalize('NFC'))?.[0] ?? []);
  const [first = '', last = ''] = letters.length > 1 ? [letters[0], letters.at(-1)] : letters;
  return `${first}${last}`.toLocaleUpperCase('und');
}

/** Letters without marks or case: `Müller` and `MULLER`, `Straße` and `strasse` are one. */
const foldText = (text: string): string =>
  text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('æ', 'ae')
    .replaceAll('œ', 'oe')
    .replaceAll('ø', 'o')
    .replaceAll('ł', 'l')
    .replaceAll('đ', 'd')
    .replaceAll('ı', 'i');

/** The words of a name, as a search compares them. */
const wordsOfName = (name: string): readonly string[] => [
  ...new Set(
    foldText(name)
      .split(/[^\p{L}\p{N}]+/u)
      .filter((word) => word !== ''),
  ),
];

/** So long are the beginnings of words that are indexed; what is asked for beyond is compared with the name itself. */
const LONGEST_BEGINNING = 8;
const beginning = (word: string, letters: number): string => [...word].slice(0, letters).join('');

/** Under what a name is found: each beginning of each of its words. */
export const beginningsOfName = (name: string): readonly string[] => [
  ...new Set(
    wordsOfName(name).flatMap((word) =>
      Array.from({ length: Math.min([...word].length, LONGEST_BEGINNING) }, (_, index) => beginning(word, index + 1)),
    ),
  ),
];

/** What is looked for in the index; empty: too little was typed to find anybody by. A letter of an alphabet alone finds everybody. */
export function beginningsAsked(text: string): readonly string[] {
  const words = wordsOfName(text);
  const isEnough = words.some((word) => [...word].length > 1 || /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}]/u.test(word));
  return isEnough ? words.map((word) => beginning(word, LONGEST_BEGINNING)) : [];
}

/** Each word that was typed begins a word of the name. */
export const isNamed = (name: string, text: string): boolean => {
  const words = wordsOfName(name);
  return wordsOfName(text).every((asked) => words.some((word) => word.startsWith(asked)));
};

/** Whose code it is, from merged fields. */
export function readCustomerCode(code: string, fields: Fields): Result<string, CatalogueFault> {
  const read = readFields(fields);
  const customer = read.text('customer');
  if (!isCodeHash(code)) read.fail('key', 'a hashed code', undefined);
  if (!isPersonId(customer)) read.fail('customer', 'an opaque id', undefined);
  const fault = read.fault();
  if (fault === undefined) return ok(customer);
  return err({ type: 'malformedEntity', detail: { entity: 'customerCode', key: code, field: fault.field, expected: fault.expected } });
}

/** That somebody became a customer, for the ledger. */
export const customerAddedEntry = (header: LedgerHeader, customer: string, commitment: Uint8Array): LedgerEntry => ({
  kind: LEDGER_KINDS.customerAdded.kind,
  fields: { ...header, customer, commitment },
});

/** What the company's people are sealed to: `1 HEX`, the key's number and its public half. Undefined where it is none. */
export function parsePersonalKey(text: string): { readonly number: number; readonly publicKey: string } | undefined {
  const [, number, publicKey] = /^([1-9]\d{0,5}) ([0-9a-f]{64})$/.exec(text.trim()) ?? [];
  return number === undefined || publicKey === undefined ? undefined : { number: Number(number), publicKey };
}
