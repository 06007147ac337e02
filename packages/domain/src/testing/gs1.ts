/** Values of GS1's application identifiers, made for tests out of the dictionary's own words. */
import * as fc from 'fast-check';

import { applicationIdentifiers, checkPair, type ApplicationIdentifier } from '../barcode/application-identifiers.ts';
import { checkDigit } from '../barcode/check-digit.ts';
import { GROUP_SEPARATOR, type Element } from '../barcode/element-string.ts';

const DIGITS = '0123456789';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const CHARACTERS = {
  N: DIGITS,
  X: `!"%&'()*+,-./${DIGITS}:;<=>?${LETTERS}_${LETTERS.toLowerCase()}`,
  Y: `#-/${DIGITS}${LETTERS}`,
  Z: `-${DIGITS}${LETTERS}_${LETTERS.toLowerCase()}`,
} as const;

const text = (characters: string, minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...characters), minLength, maxLength });
const digits = (length: number): fc.Arbitrary<string> => text(DIGITS, length, length);
const padded = (from: number, to: number, length: number): fc.Arbitrary<string> =>
  fc.integer({ min: from, max: to }).map((number) => String(number).padStart(length, '0'));
const joined = (...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> => fc.tuple(...parts).map((all) => all.join(''));

const time = joined(padded(0, 23, 2), padded(0, 59, 2));
const year = padded(0, 99, 2);
const month = padded(1, 12, 2);

type CheckName = ApplicationIdentifier['components'][number]['checks'][number];

/** What replaces plain characters where a procedure of the dictionary decides; by the name of the procedure. */
const VALUES: Readonly<Partial<Record<CheckName, (minimum: number, maximum: number) => fc.Arbitrary<string>>>> = {
  csum: (_, length) => joined(padded(1_000, 9_999, 4), digits(length - 5)).map((body) => body + checkDigit(body)),
  csumalpha: (_, length) =>
    joined(padded(1_000, 9_999, 4), text('ABCabc123', 1, length - 6))
      .map((body) => `${body}A`.slice(0, length - 2))
      .map((body) => body + checkPair(body)),
  gcppos1: (minimum, maximum) => joined(digits(4), text(DIGITS + LETTERS, Math.max(0, minimum - 4), maximum - 4)),
  yymmd0: () => joined(year, month, padded(0, 28, 2)),
  yymmdd: () => joined(year, month, padded(1, 28, 2)),
  yyyymmdd: () => joined(padded(1900, 2099, 4), month, padded(1, 28, 2)),
  hh: () => padded(0, 23, 2),
  mi: () => padded(0, 59, 2),
  ss: () => padded(0, 59, 2),
  hhmi: () => time,
  iso3166alpha2: () => text(LETTERS, 2, 2),
  iso5218: () => fc.constantFrom('0', '1', '2', '9'),
  iban: () => fc.constantFrom('DE89370400440532013000', 'GB82WEST12345698765432'),
  pcenc: (_, maximum) =>
    fc.array(fc.constantFrom('a', 'B', '3', '%20', '%C3'), { minLength: 1, maxLength: (maximum - 2) >> 2 }).map((all) => all.join('')),
  latitude: () => padded(0, 1_800_000_000, 10),
  longitude: () => padded(0, 3_600_000_000, 10),
  yesno: () => fc.constantFrom('0', '1'),
  hyphen: () => fc.constant('-'),
  importeridx: () => text(CHARACTERS.Z, 1, 1),
  packagetype: () => text(LETTERS + DIGITS, 1, 3),
  mediatype: () => fc.constantFrom('01', '10', '80', '99'),
  posinseqslash: () => fc.constantFrom('1/1', '1/3', '3/3'),
  nonzero: (_, length) => padded(1, 10 ** length - 1, length),
  zero: (_, length) => fc.constant('0'.repeat(length)),
  winding: () => fc.constantFrom('0', '1', '9'),
  pieceoftotal: () => fc.constantFrom('0101', '0102', '9999'),
  nozeroprefix: (_, maximum) => padded(1, 10 ** maximum - 1, 1),
  couponcode: () => fc.constantFrom('012345612345611110123', '106141416543213500110000310123196000'),
  couponposoffer: () => fc.constantFrom('001234561234560123456', '1012345612345612345678'),
};

/** Any value that `row` takes. */
export function valueOf(row: ApplicationIdentifier): fc.Arbitrary<string> {
  const required = row.components.filter(({ isOptional }) => !isOptional);
  const parts = (components: ApplicationIdentifier['components']): fc.Arbitrary<string> =>
    joined(
      ...components.map(({ set, minimum, maximum, checks }) => {
        const decisive = checks.map((name) => VALUES[name]).find((value) => value !== undefined);
        return decisive === undefined ? text(CHARACTERS[set], minimum, maximum) : decisive(minimum, maximum);
      }),
    );
  return required.length === row.components.length ? parts(required) : fc.oneof(parts(required), parts(row.components));
}

const elementOf = (row: ApplicationIdentifier): fc.Arbitrary<Element> => valueOf(row).map((value) => ({ ai: row.ai, value }));

/** A GTIN first, and some of what GS1 lets stand beside it, each once. */
export const elementStrings: fc.Arbitrary<readonly Element[]> = fc
  .uniqueArray(fc.constantFrom(...applicationIdentifiers().values()), { maxLength: 6, selector: ({ ai }) => ai })
  .chain((rows) => {
    const gtin = applicationIdentifiers().get('01');
    const isBeside = (row: ApplicationIdentifier): boolean =>
      row.requires.some((groups) => groups.some((group) => group.includes('01'))) && row.excludes.length === 0;
    return fc.tuple(...[...(gtin === undefined ? [] : [gtin]), ...rows.filter(isBeside)].map(elementOf));
  });

/** The element string as a scanner sends it, in the order given. */
export function writeElementString(elements: readonly Element[]): string {
  return elements
    .map(({ ai, value }, index) => {
      const needsSeparator = index < elements.length - 1 && applicationIdentifiers().get(ai)?.isPredefinedLength !== true;
      return `${ai}${value}${needsSeparator ? GROUP_SEPARATOR : ''}`;
    })
    .join('');
}

/** A link for `elements`, of which the first is its key: qualifiers in the path, the rest in the query. */
export function writeDigitalLink(base: string, elements: readonly Element[]): string {
  const [key, ...others] = elements;
  if (key === undefined) return base;
  const sequences = applicationIdentifiers().get(key.ai)?.linkQualifiers ?? [];
  const present = new Set(others.map(({ ai }) => ai));
  const sequence = sequences.toSorted(
    (left, right) => right.filter((ai) => present.has(ai)).length - left.filter((ai) => present.has(ai)).length,
  )[0];
  const inPath = (sequence ?? []).flatMap((ai) => others.find((element) => element.ai === ai) ?? []);
  const inQuery = others.filter((element) => !inPath.includes(element));
  const path = [key, ...inPath].map(({ ai, value }) => `/${ai}/${encodeURIComponent(value)}`).join('');
  const query = inQuery.map(({ ai, value }) => `${ai}=${encodeURIComponent(value)}`).join('&');
  return `${base.replace(/\/+$/, '')}${path}${query === '' ? '' : `?${query}`}`;
}
