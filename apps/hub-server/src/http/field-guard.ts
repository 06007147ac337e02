/**
 * Fields that not everybody may see (`permissions/withheld-fields.ts`), at each path of the API: who may not see them is answered without them, and may not write them. A cost that stands under a scope is told to
 * whoever may see it at a place that reads it: there, or at a store within. It is written by whoever may see it at the scope itself.
 */
import { splitScope } from '@holdfast/sync';
import type { Response } from 'express';

import { listStores } from '../enrolment/stores.ts';
import { createPermissions } from '../permissions/permissions.ts';
import { isPlace, MAY_HOLD_WITHHELD, placesOfWithheld, withhold } from '../permissions/withheld-fields.ts';
import { type Asker, askerOf } from './asker.ts';
import { type JudgePorts, mayConsole } from './judge.ts';

export interface FieldGuard {
  /** False once the answer is a problem. */
  mayWrite(response: Response, body: unknown, place: string): Promise<boolean>;
  /** What is answered as JSON from here on goes out without what may not be seen; the answer waits for its end. */
  watch(response: Response, place: string): () => Promise<void>;
}

/** What stands behind the version of an article that was not told whole: who held it so, and may see more by now, is answered anew. */
export const PART = '.part';

/** Of these places those at which who asks may see what goods cost; `within`: at the place itself, or at a store in it. */
export async function placesOfCosts(
  { database, tenantNo }: JudgePorts,
  asker: Asker,
  places: Iterable<string>,
): Promise<(place: string) => boolean> {
  const permissions = createPermissions(database, tenantNo);
  const [stores, all] = [await permissions.storesFor(asker, 'seeCost'), await listStores(database, tenantNo)];
  const may = new Set<string>();
  for (const place of places) {
    const isSeen = place.startsWith('store:')
      ? stores.has(place.slice('store:'.length))
      : all.some(({ store, zone }) => stores.has(store) && (place === 'global' || place === `zone:${zone}`)) ||
        (await permissions.askOf(asker, 'seeCost', place)).ok;
    if (isSeen) may.add(place);
  }
  return (place) => may.has(place);
}

/** Where who asks may write what goods cost: wherever a file may say. */
export async function placesOfCostsWritten({ database, tenantNo }: JudgePorts, asker: Asker): Promise<(scope: string) => boolean> {
  const permissions = createPermissions(database, tenantNo);
  const may = new Set([...(await permissions.storesFor(asker, 'seeCost'))].map((store) => `store:${store}`));
  const zones = (await listStores(database, tenantNo)).map(({ zone }) => `zone:${zone}`);
  for (const place of new Set(['global', ...zones])) if ((await permissions.askOf(asker, 'seeCost', place)).ok) may.add(place);
  return (scope) => may.has(splitScope(scope).scope);
}

export const createFieldGuard = (ports: JudgePorts): FieldGuard => ({
  mayWrite: async (response, body, place) => mayConsole(ports, response, 'seeCost', placesOfWithheld(body, place)),
  watch: (response, place) => {
    let ended: Promise<void> | undefined;
    const json = response.json.bind(response);
    response.json = (body) => {
      const text = JSON.stringify(body) ?? '';
      if (!MAY_HOLD_WITHHELD.test(text)) return json(body);
      ended = (async () => {
        const told: unknown = JSON.parse(text);
        const may = await placesOfCosts(ports, askerOf(response), placesOfWithheld(told, place));
        if (withhold(told, place, may)) {
          const tag = response.getHeader('ETag');
          if (typeof tag === 'string') response.setHeader('ETag', tag.replace(/"$/, `${PART}"`));
        }
        json(told);
      })();
      return response;
    };
    return async () => ended;
  },
});

/** Of what a path was asked: the place that it is about. */
export function placeAsked(...asked: readonly unknown[]): string {
  for (const each of asked) {
    if (typeof each !== 'object' || each === null) continue;
    const { store, scope } = each as Readonly<Record<string, unknown>>;
    if (typeof store === 'string') return `store:${store}`;
    if (isPlace(scope)) return splitScope(scope).scope;
  }
  return 'global';
}
