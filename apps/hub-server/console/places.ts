/** Where something holds, as people call it, and all such places to choose from. */
import type { Places } from './api.ts';
import { placeText } from './inquiry/changes.ts';

export interface PlaceGroup {
  readonly group: string;
  readonly items: { readonly value: string; readonly label: string }[];
}

/** Everywhere, in a zone, in a store. */
export function placesIn({
  stores,
}: {
  readonly stores: readonly Pick<Places['stores'][number], 'store' | 'name' | 'zone'>[];
}): PlaceGroup[] {
  const zones = [...new Set(stores.map(({ zone }) => zone))].toSorted((one, other) => one.localeCompare(other, 'en', { numeric: true }));
  return [
    { group: 'Company', items: [{ value: 'global', label: placeText('global') }] },
    { group: 'Zones', items: zones.map((zone) => ({ value: `zone:${zone}`, label: placeText(`zone:${zone}`) })) },
    { group: 'Stores', items: stores.map(({ store, name }) => ({ value: `store:${store}`, label: name })) },
  ];
}

/** As a store is called, where it is one. */
export const placeName = ({ stores }: Pick<Places, 'stores'>, scope: string): string =>
  stores.find(({ store }) => scope === `store:${store}`)?.name ?? placeText(scope);
