/**
 * Who stands at the lane. It outlives the process: a till that starts again has the same person signed on, or is as locked as it was. Whether that
 * person still works here is asked of the newest cut each time.
 */
import { asksSignOn, canSignOn, DEFAULT_SIGN_ON, type SignOnRules, type Staff } from '@holdfast/domain';

import type { CatalogueView } from '../catalogue/catalogue.ts';
import type { Connection } from '../database/connection.ts';

export type Standing =
  /** Nobody here has anything to sign on with: the lane sells as it is. */
  { readonly state: 'off' | 'needed'; readonly staff?: undefined } | { readonly state: 'on' | 'locked'; readonly staff: Staff };

export interface Session {
  standing(view: CatalogueView | undefined): Standing;
  user(): string | undefined;
  /** Inside the caller's transaction. Undefined: nobody. */
  set(user: string | undefined, isLocked: boolean): void;
  /** After a rollback: as the disk has it. */
  reread(): void;
}

export const rulesOf = (view: CatalogueView | undefined): SignOnRules => {
  const settings = view?.settings();
  return settings?.ok === true ? (settings.value.signOn ?? DEFAULT_SIGN_ON) : DEFAULT_SIGN_ON;
};

interface Row {
  readonly user: string | null;
  readonly is_locked: number;
}

export function createSession(db: Connection): Session {
  const read = db.prepare<[], Row>('SELECT user, is_locked FROM session WHERE id = 1');
  const write = db.prepare('INSERT OR REPLACE INTO session (id, user, is_locked) VALUES (1, ?, ?)');
  let row = read.get();
  /** A cut never changes: what was found at it holds until somebody comes or goes. */
  let known: { readonly at: number; readonly standing: Standing } | undefined;

  function find(view: CatalogueView): Standing {
    const people = view.people();
    if (!asksSignOn(people)) return { state: 'off' };
    const startsAs = row === undefined ? rulesOf(view).startsAs : undefined;
    const user = row === undefined ? startsAs : row.user;
    const staff = people.find((person) => person.user === user && (canSignOn(person) || person.user === startsAs));
    if (staff === undefined) return { state: 'needed' };
    return { state: row?.is_locked === 1 ? 'locked' : 'on', staff };
  }
  return {
    standing(view) {
      if (view === undefined) return { state: 'off' };
      if (known?.at !== view.at) known = { at: view.at, standing: find(view) };
      return known.standing;
    },
    user: () => row?.user ?? undefined,
    set(user, isLocked) {
      write.run(user ?? null, isLocked ? 1 : 0);
      row = { user: user ?? null, is_locked: isLocked ? 1 : 0 };
      known = undefined;
    },
    reread() {
      row = read.get();
      known = undefined;
    },
  };
}
