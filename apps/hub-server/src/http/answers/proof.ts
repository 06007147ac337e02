/** What the hub can prove of a device, as it is answered. */
import { z } from 'zod';

import { atMs } from './parts.ts';

/** What the hub can prove of it, and what it found when it last compared itself. */
export const DEVICE_PROOF = z.object({
  device: z.string(),
  store: z.string(),
  lane: z.int(),
  problems: z.array(z.string()),
  epochs: z.array(
    z.object({
      number: z.int(),
      epoch: z.string(),
      seq: z.int(),
      headHash: z.string(),
      chainWhole: z.boolean(),
      headSigned: z.boolean(),
      gaps: z.array(z.object({ from: z.int(), to: z.int() })),
      checkpointSeq: z.int(),
    }),
  ),
  checkpoint: z.object({ number: z.int(), atMs, signed: z.boolean(), held: z.boolean() }).nullable(),
  audit: z
    .object({
      askedAtMs: atMs.nullable(),
      doneAtMs: atMs.nullable(),
      report: z
        .looseObject({
          entries: z.int(),
          entities: z.int().nullable(),
          differences: z.array(
            z.looseObject({
              what: z.string(),
              from: z.int().nullish(),
              upTo: z.string().nullish(),
              head: z.looseObject({ seq: z.int() }).nullish(),
            }),
          ),
        })
        .nullable(),
    })
    .nullable(),
});
