/** Working documents of stores, as they are answered. */
import { z } from 'zod';

import { atMs } from './parts.ts';

const document = {
  store: z.string(),
  document: z.string(),
  state: z.enum(['open', 'closed', 'archived']),
};
export const DOCUMENTS = z.object({
  documents: z.array(
    z.object({
      ...document,
      pieces: z.int(),
      bytes: z.int(),
      authors: z.array(z.string()),
      /** Pieces that came after it was closed. */
      supplement: z.int(),
      lastReceivedAtMs: atMs,
    }),
  ),
});
export const DOCUMENT = z.object({
  ...document,
  supplement: z.int(),
  pieces: z.array(
    z.object({
      type: z.string(),
      author: z.string(),
      number: z.int(),
      user: z.string(),
      atMs: z.number(),
      isSupplement: z.boolean(),
      /** Base 64: the application's. */
      payload: z.string(),
    }),
  ),
});
