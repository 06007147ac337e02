/** The staff as the hub tells it, checked on arrival: who is who wherever a page names a key, and whose PIN can be reset. */
import { useQuery } from '@tanstack/react-query';

import { type Answer, askHub } from '../hub-client.ts';

export type StaffRow = Answer<'getStaff'>['staff'][number];

export const useStaff = () =>
  useQuery({ queryKey: ['staff'], queryFn: async ({ signal }) => (await askHub('getStaff', {}, signal)).staff });

/** A person's own name; of one who is gone, or has none, the key. */
export const namesOf =
  (staff: readonly StaffRow[]) =>
  (user: string): string =>
    staff.find((each) => each.user === user && each.name !== undefined)?.name ?? user;

export const resetPin = ({ user, scope }: Pick<StaffRow, 'user' | 'scope'>, pin: string): Promise<object> =>
  askHub('postStaffByUserPasscodes', { question: { user }, body: { scope, pin } });

const PIN = /^\d{4,12}$/;
/** What can be told before the hub is asked; it refuses what is guessed first. */
export const pinProblem = (pin: string, again: string): string | undefined => {
  if (!PIN.test(pin)) return '4 to 12 digits';
  return pin === again ? undefined : 'The two are not the same';
};

export const isPersonShown = ({ user, name = '', roles, scope }: StaffRow, q: string): boolean =>
  [user, name, scope, ...roles].some((text) => text.toLowerCase().includes(q.trim().toLowerCase()));
