/**
 * A page of keys on the sell screen: which goods stand on it, in which order. A page that has a department's name stands in that
 * department's place; one without keys is none. Headquarters publish pages, a store wishes for its own (`store-override.ts`).
 */
import { ok, type Result } from '@holdfast/base';

import { readFields } from '../fields.ts';
import type { Fields } from '../ledger/ledger.ts';
import { entityFault, type CatalogueFault } from './catalog.ts';

export interface KeyPage {
  /** Where its tab stands: in thousandths of a department's position, so that there is room between two of them. */
  readonly position: number;
  /** One key each. */
  readonly skus: readonly string[];
}

/** Six rows of ten: more is a search. */
export const MAX_PAGE_KEYS = 60;
export const MAX_PAGE_NAME = 40;
const PAGE_STEP = 1_000;
export const MAX_PAGE_POSITION = 9_999 * PAGE_STEP;

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001F\u007F]/u;

/** What may stand on a tab. */
export const isPageName = (name: string): boolean =>
  name !== '' && name.length <= MAX_PAGE_NAME && name.trim() === name && !CONTROL.test(name);

/** A page as a cell holds it: one SKU on each line. */
export const keyPageFields = ({ position, skus }: KeyPage): Fields => ({ position, keys: skus.join('\n') });

/** A page from its merged fields; `name` is its key. */
export function readKeyPage(name: string, fields: Fields): Result<KeyPage, CatalogueFault> {
  const read = readFields(fields);
  if (!isPageName(name)) read.fail('key', `a name of 1 to ${MAX_PAGE_NAME} characters`, '');
  const position = read.int('position', -MAX_PAGE_POSITION, MAX_PAGE_POSITION);
  const text = read.optionalText('keys') ?? '';
  const skus = text === '' ? [] : text.split('\n');
  if (skus.includes('')) read.fail('keys', 'a SKU on each line', '');
  if (skus.length > MAX_PAGE_KEYS) read.fail('keys', `at most ${MAX_PAGE_KEYS} lines`, '');
  if (new Set(skus).size < skus.length) read.fail('keys', 'each SKU once', '');
  const fault = read.fault();
  return fault === undefined ? ok({ position, skus }) : entityFault('keyPage', name, fault);
}

/** A tab above the keys; `skus` is absent where nobody arranged it: its department's goods, as they come. */
export interface KeyTab {
  readonly name: string;
  readonly position: number;
  readonly skus?: readonly string[] | undefined;
}

/** Pages that have keys, and the departments in whose place none stands, in their order. */
export function keyTabs(
  pages: readonly (KeyPage & { readonly name: string })[],
  departments: readonly { readonly name: string; readonly position: number }[],
): readonly KeyTab[] {
  const shown = pages.filter(({ skus }) => skus.length > 0);
  const isPage = new Set(shown.map(({ name }) => name));
  const unarranged = departments
    .filter(({ name }) => !isPage.has(name))
    .map(({ name, position }) => ({ name, position: position * PAGE_STEP }));
  const tabs: readonly KeyTab[] = [...shown, ...unarranged];
  return tabs.toSorted((left, right) => left.position - right.position || (left.name < right.name ? -1 : 1));
}
