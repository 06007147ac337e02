/** Pages of the sell screen's keys, as headquarters see and arrange them: for all stores, or for one. */
import { assert, err, ok, type Result } from '@holdfast/base';
import {
  ENTITY_TYPES,
  type Item,
  keyPageFields,
  keyTabs,
  MAX_PAGE_KEYS,
  readDepartment,
  readKeyPage,
  type KeyPage,
} from '@holdfast/domain';

import type { Catalog, Published } from '../catalog/publish.ts';
import { goodsOfDepartment, itemsOf } from './find-goods.ts';
import { readMerged, type ReadPlace } from './merged-entities.ts';

export interface ShownPage {
  readonly name: string;
  readonly position: number;
  /** False: a department's goods, as they come. */
  readonly isArranged: boolean;
  readonly keys: readonly Item[];
  /** All that it names, in its order, where some of it is in no catalogue (yet) and has no key. */
  readonly skus?: readonly string[];
}

/** In the order of their tabs. Goods that are no more leave no gap. */
export async function readKeyPages(place: ReadPlace): Promise<readonly ShownPage[]> {
  const [pages, departments] = [await readMerged(place, ENTITY_TYPES.keyPage), await readMerged(place, ENTITY_TYPES.department)];
  const tabs = keyTabs(
    [...pages].flatMap(([name, fields]) => {
      const page = readKeyPage(name, fields);
      return page.ok ? [{ name, ...page.value }] : [];
    }),
    [...departments].flatMap(([name, fields]) => {
      const department = readDepartment(name, fields);
      return department.ok ? [{ name, position: department.value.position }] : [];
    }),
  );
  const shown: ShownPage[] = [];
  for (const { name, position, skus } of tabs) {
    const keys = skus === undefined ? await goodsOfDepartment(place, name, MAX_PAGE_KEYS) : [...(await itemsOf(place, skus)).values()];
    const isMissing = skus !== undefined && keys.length < skus.length;
    shown.push({ name, position, isArranged: skus !== undefined, keys, ...(isMissing && { skus }) });
  }
  return shown;
}

/** None of its goods may be unknown there, but what it names already. A page without keys is none: a store's own covers the company's, as where its manager takes it away. */
export async function arrangeKeyPage(
  catalog: Catalog,
  place: ReadPlace,
  { name, by, ...page }: KeyPage & { readonly name: string; readonly by: string },
): Promise<Result<Published, { readonly type: 'unknownGoods'; readonly sku: string }>> {
  const held = await itemsOf(place, page.skus);
  const stands = (await readMerged(place, ENTITY_TYPES.keyPage, [name])).get(name);
  const before = stands === undefined ? undefined : readKeyPage(name, stands);
  const named = new Set(before?.ok === true ? before.value.skus : []);
  const unknown = page.skus.find((sku) => !held.has(sku) && !named.has(sku));
  if (unknown !== undefined) return err({ type: 'unknownGoods', sku: unknown });
  const scope = place.scopes.at(-1);
  assert(scope !== undefined, 'a place has a scope');
  const isGone = scope === 'global' && page.skus.length === 0;
  if (isGone && stands === undefined) return ok({ lsn: null, changed: 0 });
  const change = { type: ENTITY_TYPES.keyPage.name, key: name, scope };
  const published = await catalog.publish(
    'key page',
    [isGone ? { ...change, removed: true } : { ...change, fields: { ...keyPageFields(page) } as Record<string, string | number> }],
    { by },
  );
  assert(published.ok, 'a page that was judged is one that can be published');
  return published;
}
