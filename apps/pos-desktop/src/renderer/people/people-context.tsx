/** Hands the screens about people what they draw. */
import { createContext, type ReactElement, type ReactNode, use, useSyncExternalStore } from 'react';

import type { PeopleController, PeopleState } from './people-controller.ts';

const PeopleContext = createContext<PeopleController | undefined>(undefined);

export const PeopleProvider = ({ people, children }: { readonly people: PeopleController; readonly children: ReactNode }): ReactElement => (
  <PeopleContext value={people}>{children}</PeopleContext>
);

export const usePeople = (): PeopleController => {
  const people = use(PeopleContext);
  if (people === undefined) throw new Error('outside of PeopleProvider');
  return people;
};

/** `pick` must give the same object while nothing that it picks has changed. */
export const usePeopleState = <T,>(pick: (state: PeopleState) => T): T => {
  const people = usePeople();
  return useSyncExternalStore(people.subscribe, () => pick(people.state()));
};
