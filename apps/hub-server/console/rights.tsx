/** What whoever is here may do where, as the hub told it with the session: what they may not is not shown. The hub asks again at each step; this decides nothing. */
import { createContext, type ReactNode, useContext } from 'react';

import { type Address, FILTERS } from './address.ts';
import type { Places } from './api.ts';
import { seesCompany, type Session } from './people/sign-in.ts';
import { type PlaceGroup, placesIn } from './places.ts';

/** Those that something here hangs on; what each is: docs/PERMISSIONS.md. */
export const ACTIONS = [
  'useConsole',
  'publish',
  'importFile',
  'arrangeKeys',
  'enrolDevice',
  'closeStoreDay',
  'settleExceptions',
  'findCustomer',
  'keepCustomer',
  'eraseCustomer',
  'manageAccounts',
  'openStore',
  'openInvoice',
  'seeCost',
] as const;
export type Action = (typeof ACTIONS)[number];

export interface Rights {
  /** All of it, and what is told of all stores together. */
  readonly seesCompany: boolean;
  /** `place` absent: somewhere. */
  readonly may: (action: Action, place?: string) => boolean;
  /** Where they may, to choose from. */
  readonly placesFor: (action: Action) => PlaceGroup[];
}

type Stores = readonly Pick<Places['stores'][number], 'store' | 'name' | 'zone'>[];

/** Of places that nothing was said of, the next wider one tells. */
export function createRights(session: Pick<Session, 'may' | 'mayNot'> | undefined, stores: Stores): Rights {
  const isNamed = (of: Readonly<Record<string, readonly string[]>>, action: Action, place: string): boolean =>
    of[action]?.includes(place) === true;
  const may = (action: Action, place?: string): boolean => {
    if (session === undefined) return false;
    if (place === undefined) return (session.may[action]?.length ?? 0) > 0;
    const zone = stores.find(({ store }) => place === `store:${store}`)?.zone;
    for (const at of [place, ...(zone === undefined ? [] : [`zone:${zone}`]), 'global']) {
      if (isNamed(session.may, action, at)) return true;
      if (isNamed(session.mayNot, action, at)) return false;
    }
    return false;
  };
  return {
    seesCompany: seesCompany(session),
    may,
    placesFor: (action) =>
      placesIn({ stores })
        .map(({ group, items }) => ({ group, items: items.filter(({ value }) => may(action, value)) }))
        .filter(({ items }) => items.length > 0),
  };
}

const Held = createContext(createRights(undefined, []));
export const RightsProvider = Held.Provider;
export const useRights = (): Rights => useContext(Held);

/** A page that is of one place at a time: to who sees no more than some places it shows the first of theirs where the address names none. */
export function addressFor(address: Address, rights: Rights): Address {
  if (rights.seesCompany) return address;
  const [first] = rights.placesFor('useConsole').flatMap(({ items }) => items);
  if (first === undefined) return address;
  const filters: readonly string[] = FILTERS[address.page];
  if (filters.includes('place')) return filled(address, 'place', first.value);
  const store = rights.placesFor('useConsole').find(({ group }) => group === 'Stores')?.items[0]?.value;
  if (store === undefined || !OF_ONE_STORE.has(address.page)) return address;
  return filled(address, 'store', store.slice('store:'.length));
}

const OF_ONE_STORE: ReadonlySet<string> = new Set(['sales', 'days', 'cards', 'attendance', 'keys', 'mails']);

const filled = (address: Address, filter: 'place' | 'store', value: string): Address =>
  (address.filters[filter] ?? '') === '' ? { ...address, filters: { ...address.filters, [filter]: value } } : address;

/** What is there for who may do it. */
export const May = ({
  action,
  at,
  otherwise = null,
  children,
}: {
  readonly action: Action;
  /** Absent: somewhere. */
  readonly at?: string;
  readonly otherwise?: ReactNode;
  readonly children: ReactNode;
}): ReactNode => (useRights().may(action, at) ? children : otherwise);

/** In place of what a form is sent by. */
export const MayPublish = ({ at, children }: { readonly at: string; readonly children: ReactNode }): ReactNode => (
  <May action="publish" at={at} otherwise={<p className="mut look-only">You see this; to change it is not among your rights here.</p>}>
    {children}
  </May>
);
