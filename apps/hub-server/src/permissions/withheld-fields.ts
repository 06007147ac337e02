/**
 * Fields that not everybody who sees a thing may see: what goods cost the store. Told by their names wherever they stand in a document, so that a path of the API, or a field that is new, tells none of them by forgetting to ask.
 *
 * A field is judged at the place that stands nearest around it: a `scope`, a `store`, or all of `stores`; or else the one that was asked for.
 */
import { splitScope } from '@holdfast/sync';

import { isScope } from '../catalog/changes.ts';

/** `costAmount`, `costMinor`, and whatever cost comes to be told. */
export const isWithheldField = (name: string): boolean => /^cost[A-Z]/.test(name);
/** Of JSON: whether it may hold such a name at all. */
export const MAY_HOLD_WITHHELD = /"cost[A-Z]/;

type Held = Readonly<Record<string, unknown>>;

/** One field in a document, and where it would have to be allowed. */
type Visit = (places: readonly string[], holder: Record<string, unknown>, name: string) => void;

export const isPlace = (scope: unknown): scope is string => typeof scope === 'string' && isScope(scope);

function placesNamed({ scope, store, stores }: Held): readonly string[] {
  if (isPlace(scope)) return [splitScope(scope).scope];
  if (typeof store === 'string') return [`store:${store}`];
  return Array.isArray(stores) ? stores.filter((each) => typeof each === 'string').map((each) => `store:${each}`) : [];
}

function visit(document: unknown, place: string, seen: Visit): void {
  const open: { readonly held: unknown; readonly around: readonly string[] }[] = [{ held: document, around: [place] }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { held, around } = next;
    if (typeof held !== 'object' || held === null) continue;
    const own = Array.isArray(held) ? [] : placesNamed(held as Held);
    for (const [name, inside] of Object.entries(held)) {
      // What describes such a field is not one: the document of the API does.
      if (typeof inside === 'object' && inside !== null) open.push({ held: inside, around: own.length === 0 ? around : own });
      // Fields are a sender's own words: a place among them does not stand for the one around.
      else if (!Array.isArray(held) && isWithheldField(name)) seen([...around, ...own], held as Record<string, unknown>, name);
    }
  }
}

/** Where it would have to be allowed to see, or to write, all of it. */
export function placesOfWithheld(document: unknown, place: string): ReadonlySet<string> {
  const places = new Set<string>();
  visit(document, place, (around) => {
    for (const each of around) places.add(each);
  });
  return places;
}

/** Takes out of the document what may not be seen at its place; true where that was anything. */
export function withhold(document: unknown, place: string, mayAt: (place: string) => boolean): boolean {
  let isLess = false;
  visit(document, place, (around, holder, name) => {
    if (around.every(mayAt)) return;
    // oxlint-disable-next-line typescript/no-dynamic-delete -- an answer of this request, parsed for it alone
    delete holder[name];
    isLess = true;
  });
  return isLess;
}
