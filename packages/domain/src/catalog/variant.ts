/**
 * Variants: articles of one style (a shirt) that differ in options (its size, its colour). Each is an article like any other, with a code, a price, a stock and a tax class of its
 * own; the style is the name that they share, and no article. What is sold, given back and counted is always a variant.
 */
import { err, ok, type Result } from '@holdfast/base';

export interface VariantOption {
  readonly name: string;
  readonly value: string;
}

/** What one option is called, and each value that some variant has of it, in the order in which a shop lays them out. */
export interface VariantAxis {
  readonly name: string;
  readonly values: readonly string[];
}

export const MAX_STYLE_LENGTH = 100;
const MAX_OPTIONS = 4;
const MAX_OPTION_LENGTH = 40;
/** More variants of one style than these are neither listed nor compared. */
export const MAX_STYLE_VARIANTS = 500;

const OPTIONS_EXPECTED = `at most ${MAX_OPTIONS} options such as Size: M; Colour: Blue, each of at most ${MAX_OPTION_LENGTH} letters`;

const isWord = (text: string): boolean => text.length > 0 && text.length <= MAX_OPTION_LENGTH && !/\p{Cc}/u.test(text);
const folded = (text: string): string => text.normalize('NFC').toLowerCase();

/** `Size: M; Colour: Blue`, in the order in which they are shown. */
export function parseOptions(text: string): Result<readonly VariantOption[], { readonly expected: string }> {
  const options = text.split(';').map((part): VariantOption => {
    const colon = part.indexOf(':');
    return colon < 0 ? { name: '', value: '' } : { name: part.slice(0, colon).trim(), value: part.slice(colon + 1).trim() };
  });
  const isRead =
    options.length <= MAX_OPTIONS &&
    options.every(({ name, value }) => isWord(name) && isWord(value)) &&
    new Set(options.map(({ name }) => folded(name))).size === options.length;
  return isRead ? ok(options) : err({ expected: OPTIONS_EXPECTED });
}

/** `parseOptions` backwards. */
export const optionsText = (options: readonly VariantOption[]): string => options.map(({ name, value }) => `${name}: ${value}`).join('; ');

/** The same for variants that nothing tells apart, however their options are ordered and written. */
export const variantKey = (options: readonly VariantOption[]): string =>
  options
    .map(({ name, value }) => `${folded(name)}\u001F${folded(value)}`)
    .toSorted()
    .join('\u001E');

const wordsIn = (text: string): string =>
  ` ${folded(text)
    .replaceAll(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim()} `;

/** What an article is sold as: its name, and what tells it apart where the name does not say so already. */
export function variantName(name: string, options: readonly VariantOption[]): string {
  let whole = name;
  for (const { value } of options) {
    const words = wordsIn(value);
    const isSaid = words.trim() === '' ? whole.includes(value) : wordsIn(whole).includes(words);
    if (!isSaid) whole = `${whole} ${value}`;
  }
  return whole;
}

/** Sizes that letters say, the smallest first; those on one line are the same. */
const LETTER_SIZES: readonly (readonly string[])[] = [
  ['xxxs', '3xs'],
  ['xxs', '2xs'],
  ['xs'],
  ['s'],
  ['m'],
  ['l'],
  ['xl'],
  ['xxl', '2xl'],
  ['xxxl', '3xl'],
  ['xxxxl', '4xl'],
  ['5xl'],
  ['6xl'],
];
const SIZE_RANKS: ReadonlyMap<string, number> = new Map(LETTER_SIZES.flatMap((names, rank) => names.map((name) => [name, rank] as const)));

/** The same on every device, whatever its language: figures by what they count. */
const VALUES = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
const compareTexts = (left: string, right: string): number => (left < right ? -1 : Number(left > right));

/** Sizes by how large they are, figures by what they count, words by their letters. */
export function compareValues(left: string, right: string): number {
  const [leftSize, rightSize] = [SIZE_RANKS.get(folded(left)), SIZE_RANKS.get(folded(right))];
  if (leftSize !== undefined && rightSize !== undefined && leftSize !== rightSize) return leftSize - rightSize;
  if ((leftSize === undefined) !== (rightSize === undefined)) return leftSize === undefined ? 1 : -1;
  return VALUES.compare(left, right) || compareTexts(left, right);
}

interface Optioned {
  readonly sku: string;
  readonly options?: readonly VariantOption[];
}

/** What the variants of a style differ in. An option, or a value, that is written in several ways is shown as it stands first. */
export function variantAxes(variants: readonly Optioned[]): readonly VariantAxis[] {
  const axes = new Map<string, { readonly name: string; readonly values: Map<string, string> }>();
  for (const { name, value } of variants.flatMap(({ options = [] }) => options)) {
    const axis = axes.get(folded(name)) ?? { name, values: new Map<string, string>() };
    if (!axis.values.has(folded(value))) axis.values.set(folded(value), value);
    axes.set(folded(name), axis);
  }
  return [...axes.values()].map(({ name, values }) => ({ name, values: [...values.values()].toSorted(compareValues) }));
}

/** In the order of the axes, each as it is shown there. */
export const optionsAlong = (options: readonly VariantOption[], axes: readonly VariantAxis[]): readonly VariantOption[] =>
  axes.flatMap(({ name, values }) => {
    const own = options.find((option) => folded(option.name) === folded(name))?.value;
    return own === undefined ? [] : [{ name, value: values.find((value) => folded(value) === folded(own)) ?? own }];
  });

/** In the order of their options: all sizes of the first colour, then those of the next. */
export function sortVariants<Variant extends Optioned>(variants: readonly Variant[]): readonly Variant[] {
  const axes = variantAxes(variants.toSorted((left, right) => compareTexts(left.sku, right.sku)));
  const valueOf = ({ options = [] }: Variant, axis: VariantAxis): string | undefined =>
    options.find(({ name }) => folded(name) === folded(axis.name))?.value;
  return variants.toSorted((left, right) => {
    for (const axis of axes) {
      const [one, other] = [valueOf(left, axis), valueOf(right, axis)];
      if (one === undefined && other === undefined) continue;
      if (one === undefined || other === undefined) return one === undefined ? 1 : -1;
      const difference = folded(one) === folded(other) ? 0 : compareValues(one, other);
      if (difference !== 0) return difference;
    }
    return compareTexts(left.sku, right.sku);
  });
}
