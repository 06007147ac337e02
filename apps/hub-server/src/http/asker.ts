/** Who asks, as the guard of the console's paths found it: a person of the staff, or whoever holds the token that the hub printed at its start. */
import { assert } from '@holdfast/base';
import type { Action } from '@holdfast/domain';
import type { Response } from 'express';

import { CONSOLE } from '../permissions/permissions.ts';
import type { Post } from '../sign-in/posts.ts';

export interface Asker {
  /** Opaque: what stands in histories. */
  readonly user: string;
  readonly posts: readonly Post[];
  /** Absent: not by a session that a person began. */
  readonly session?: string;
  /** Of a session: when they last proved who they are. */
  readonly provenAtMs?: number;
  /** By what the hub printed at its start. */
  readonly isBreakGlass?: true;
  /** A program of theirs, by a token that they made for it: with their rights, as far as `only` and the places of its posts go. */
  readonly token?: { readonly token: string; readonly name: string };
  /** What may be done beyond reading; absent: all that the posts may. */
  readonly only?: ReadonlySet<Action>;
}

export const BREAK_GLASS: Asker = { user: CONSOLE.user, posts: [{ scope: 'global', roles: CONSOLE.roles }], isBreakGlass: true };

export function rememberAsker(response: Response, asker: Asker): void {
  response.locals['asker'] = asker;
}

export function askerOf(response: Response): Asker {
  const asker = response.locals['asker'] as Asker | undefined;
  assert(asker !== undefined, 'the guard knows who asks');
  return asker;
}
