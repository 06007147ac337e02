/** Who is here, and who signs in, as it is answered. */
import { z } from 'zod';

import { SIGN_IN_EVENTS } from '../../sign-in/events.ts';
import { atMs } from './parts.ts';

const post = z.object({ scope: z.string(), roles: z.array(z.string()) });
export const POSTS = z.object({ posts: z.array(post) });

/** Shown once: as text to be typed, and as an SVG of its address. */
const authenticator = z.object({ seed: z.string(), address: z.string(), picture: z.string() });
export const AUTHENTICATOR = z.object({ authenticator });
export const RECOVERY_CODES = z.object({ recoveryCodes: z.array(z.string()) });

export const SIGNED_IN = z.object({ user: z.string() });
export const INVITATION = z.object({ name: z.string(), authenticator });
export const JOINED = SIGNED_IN.extend(RECOVERY_CODES.shape);

const byAction = z.record(z.string(), z.array(z.string()));

export const SESSION = z.object({
  user: z.string(),
  /** By the hub's own token, and nobody in particular. */
  isBreakGlass: z.boolean(),
  posts: z.array(post),
  /** By action, at which places. */
  may: byAction,
  /** By action, at which places within these not. */
  mayNot: byAction,
  /** Those that they see. */
  stores: z.array(z.string()),
  /** Of a person's own. */
  signIn: z.object({ name: z.string(), recoveryCodes: z.int() }).optional(),
  /** Of a program, which asks with a part of its maker’s rights. */
  token: z.object({ token: z.string(), name: z.string() }).optional(),
});

/** Where the browser goes next: somebody who came in by the identity provider signs out there, too. */
export const SIGNED_OUT = z.object({ goTo: z.string().optional() });

export const SESSIONS = z.object({
  sessions: z.array(
    z.object({ session: z.string(), beganAtMs: atMs, seenAtMs: atMs, agent: z.string(), address: z.string(), isThis: z.boolean() }),
  ),
});

export const SIGN_INS = z.object({
  signIns: z.array(
    z.object({
      person: z.string(),
      displayName: z.string().optional(),
      name: z.string(),
      hasJoined: z.boolean(),
      isInvited: z.boolean(),
      isLocked: z.boolean(),
      recoveryCodes: z.int(),
      createdAtMs: atMs,
      createdBy: z.string(),
      signedInAtMs: atMs.nullable(),
      posts: z.array(post),
    }),
  ),
});
/** The token is the end of the link, and is told once. */
export const INVITED = z.object({ person: z.string(), token: z.string(), untilMs: atMs });

export const SIGN_IN_EVENT_ROWS = z.object({
  events: z.array(z.object({ atMs, what: z.enum(SIGN_IN_EVENTS), person: z.string(), by: z.string(), address: z.string() })),
});

export const STAFF = z.object({
  staff: z.array(
    z.object({
      user: z.string(),
      scope: z.string(),
      name: z.string().optional(),
      roles: z.array(z.string()),
      hasPin: z.boolean(),
      hasBadge: z.boolean(),
      isBreakGlass: z.boolean(),
    }),
  ),
});
