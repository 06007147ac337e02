/**
 * Attributes: what a retailer says of goods beyond the fields that each item has (a voltage, a fabric, an energy label). The retailer defines each by a code, a name and a type, for all goods or
 * for those of a category; an article's value of one is text in one spelling (`12.5`, `yes`, a choice as it is offered), so that what means the same is the same.
 *
 * A value is judged when it is written. What an attribute does not admit any more (a choice that was taken out) stands until somebody writes it anew.
 */
import { err, ok, type Result } from '@holdfast/base';

import { readFields } from '../fields.ts';
import type { Fields } from '../ledger/ledger.ts';
import { type CatalogueFault, entityFault } from './catalog.ts';

export const ATTRIBUTE_TYPES = ['text', 'number', 'choice', 'yesNo'] as const;
export type AttributeType = (typeof ATTRIBUTE_TYPES)[number];

export interface Attribute {
  readonly code: string;
  readonly name: string;
  readonly type: AttributeType;
  /** Of a number: what it counts (`W`, `cm`). */
  readonly unit?: string;
  /** Of a number: how many it may have. */
  readonly decimals?: number;
  /** Of a choice. */
  readonly choices?: readonly string[];
  /** Only of goods of this category and of what lies in it. */
  readonly category?: string;
}

/** Of one company: more no form shows. */
export const MAX_ATTRIBUTES = 200;
export const MAX_ATTRIBUTE_NAME = 60;
export const MAX_ATTRIBUTE_UNIT = 12;
export const MAX_ATTRIBUTE_DECIMALS = 6;
export const MAX_CHOICES = 100;
export const MAX_CHOICE_LENGTH = 35;
const MAX_ATTRIBUTE_VALUE = 200;
const MAX_CATEGORY = 400;

const CODE = /^[a-z0-9][a-z0-9_-]{0,39}$/;
const KEY_SEPARATOR = '\u001F';

/** Small letters: columns of files (`attr:voltage`) and filters name it. */
export const isAttributeCode = (text: string): boolean => CODE.test(text);

export const attributeValueKey = (sku: string, code: string): string => `${sku}${KEY_SEPARATOR}${code}`;

/** What the keys of all of an article's values begin with. */
export const attributeKeyPrefix = (sku: string): string => `${sku}${KEY_SEPARATOR}`;

/** `attributeValueKey` backwards; undefined for a text that is no such key. */
export function parseAttributeValueKey(key: string): { readonly sku: string; readonly code: string } | undefined {
  const [sku = '', code = '', ...rest] = key.split(KEY_SEPARATOR);
  return sku !== '' && isAttributeCode(code) && rest.length === 0 ? { sku, code } : undefined;
}

/** One line that says something, and neither begins nor ends with a space. */
const isLine = (text: string, maxLength: number): boolean =>
  text !== '' && text.length <= maxLength && text === text.trim() && text.isWellFormed() && !/\p{Cc}/u.test(text);

const folded = (text: string): string => text.normalize('NFC').toLowerCase();
const isOneOf = (type: string): type is AttributeType => ATTRIBUTE_TYPES.some((known) => known === type);

/** An attribute from its merged fields. */
export function readAttribute(code: string, fields: Fields): Result<Attribute, CatalogueFault> {
  const read = readFields(fields);
  const name = read.text('name');
  const typeText = read.text('type');
  const type = isOneOf(typeText) ? typeText : read.fail('type', ATTRIBUTE_TYPES.join(', '), 'text' as const);
  const unit = read.optionalText('unit');
  const decimals = read.optionalInt('decimals', 0, MAX_ATTRIBUTE_DECIMALS);
  const choices = read.optionalText('choices')?.split('\n');
  const category = read.optionalText('category');
  if (!isAttributeCode(code)) read.fail('code', 'at most 40 small letters a to z, figures, - and _, the first no sign', undefined);
  if (!isLine(name, MAX_ATTRIBUTE_NAME)) read.fail('name', `a name of at most ${MAX_ATTRIBUTE_NAME} letters in one line`, undefined);
  if (type !== 'number' && (unit !== undefined || decimals !== undefined)) read.fail('unit', 'of a number', undefined);
  if (unit !== undefined && !isLine(unit, MAX_ATTRIBUTE_UNIT))
    read.fail('unit', `at most ${MAX_ATTRIBUTE_UNIT} letters in one line`, undefined);
  if ((choices === undefined) === (type === 'choice')) read.fail('choices', 'there for a choice, and for nothing else', undefined);
  if (choices !== undefined && !areChoices(choices))
    read.fail('choices', `1 to ${MAX_CHOICES} different ones, each of at most ${MAX_CHOICE_LENGTH} letters`, undefined);
  if (category !== undefined && !isLine(category, MAX_CATEGORY)) read.fail('category', 'the name of a category', undefined);
  const fault = read.fault();
  if (fault !== undefined) return entityFault('attribute', code, fault);
  return ok({
    code,
    name,
    type,
    ...(unit !== undefined && { unit }),
    ...(type === 'number' && { decimals: decimals ?? 0 }),
    ...(choices !== undefined && { choices }),
    ...(category !== undefined && { category }),
  });
}

const areChoices = (choices: readonly string[]): boolean =>
  choices.length <= MAX_CHOICES &&
  choices.every((choice) => isLine(choice, MAX_CHOICE_LENGTH)) &&
  new Set(choices.map(folded)).size === choices.length;

/** Of which article which value, from its merged fields; whether its attribute admits it is asked when it is written (`attributeValueOf`). */
export function readAttributeValue(
  key: string,
  fields: Fields,
): Result<{ readonly sku: string; readonly code: string; readonly value: string }, CatalogueFault> {
  const read = readFields(fields);
  const parsed = parseAttributeValueKey(key) ?? read.fail('key', 'an article and an attribute', { sku: '', code: '' });
  const value = read.text('value');
  if (!isLine(value, MAX_ATTRIBUTE_VALUE)) read.fail('value', `at most ${MAX_ATTRIBUTE_VALUE} letters in one line`, undefined);
  const fault = read.fault();
  return fault === undefined ? ok({ ...parsed, value }) : entityFault('attributeValue', key, fault);
}

const YES: ReadonlySet<string> = new Set(['yes', 'true', '1']);
const NO: ReadonlySet<string> = new Set(['no', 'false', '0']);

/** What somebody wrote, in the one spelling in which it is kept. */
export function attributeValueOf(attribute: Attribute, written: string): Result<string, { readonly expected: string }> {
  const text = written.trim();
  const { type } = attribute;
  if (type === 'number') return numberOf(text, attribute.decimals ?? 0);
  if (type === 'yesNo') {
    const word = text.toLowerCase();
    return YES.has(word) ? ok('yes') : NO.has(word) ? ok('no') : err({ expected: 'yes or no' });
  }
  if (type === 'text')
    return isLine(text, MAX_ATTRIBUTE_VALUE) ? ok(text) : err({ expected: `at most ${MAX_ATTRIBUTE_VALUE} letters in one line` });
  const choices = attribute.choices ?? [];
  const choice = choices.find((each) => each === text) ?? choices.find((each) => folded(each) === folded(text));
  return choice === undefined ? err({ expected: `one of ${choices.join(', ').slice(0, 300)}` }) : ok(choice);
}

/** `1,5` is 1.5; a comma before three figures may stand between thousands, and is refused. No zeros that say nothing, and no -0. */
function numberOf(text: string, decimals: number): Result<string, { readonly expected: string }> {
  const match = /^(-?)0{0,3}(\d{1,9})(?:([.,])(\d{1,6}))?$/.exec(text);
  const [, sign = '', digits = '', separator, written = ''] = match ?? [];
  const fraction = written.replace(/0+$/, '');
  if (match === null || fraction.length > decimals || (separator === ',' && written.length === 3))
    return err({ expected: `a number below 1,000,000,000 with at most ${decimals} decimals, such as ${decimals === 0 ? '12' : '12.5'}` });
  const whole = `${digits.replace(/^0+(?=\d)/, '')}${fraction === '' ? '' : `.${fraction}`}`;
  return ok(whole === '0' ? whole : `${sign}${whole}`);
}

/** Whether goods that lie in these categories, their own and all that it lies in, may have it. */
export const admitsCategory = ({ category }: Attribute, categories: readonly string[]): boolean =>
  category === undefined || categories.includes(category);

/** In the order in which people read them: by their names, whatever their case. */
export const sortAttributes = <Some extends Attribute>(attributes: readonly Some[]): readonly Some[] =>
  attributes.toSorted((left, right) => compare(folded(left.name), folded(right.name)) || compare(left.code, right.code));

const compare = (left: string, right: string): number => (left < right ? -1 : Number(left > right));
