/** What the hub can prove of a device, of checkpoints and of all ledgers, as it is answered. */
import { z } from 'zod';

import { atMs, currency, minor, minorDigits } from './parts.ts';

/** Sequence numbers that are missing, both included. */
const gap = z.object({ from: z.int(), to: z.int() });
const head = z.object({ device: z.string(), epoch: z.string(), seq: z.int(), hash: z.string() });

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
      gaps: z.array(gap),
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

const checkpoint = z.object({
  store: z.string(),
  /** From 1 in each store. */
  number: z.int(),
  atMs,
  heads: z.array(head),
  /** Ed25519 by the hub, hex. */
  signature: z.string(),
});
export const CHECKPOINTS = z.object({ tenant: z.string(), checkpoints: z.array(checkpoint) });

/** `lost`: heads that the hub does not hold any more. */
export const CHECKED_CHECKPOINT = z.object({ signed: z.boolean(), heads: z.int(), lost: z.array(head) });

/** Of each entry that was named, in the order asked; on a branch `from` is its first entry, and `isLast`: nothing goes on from the entry there. */
export const HELD_ENTRIES = z.object({
  entries: z.array(z.object({ on: z.enum(['mainLine', 'branch', 'none']), from: z.int().nullable(), isLast: z.boolean() })),
});

const totals = z.array(z.object({ currency, minorDigits, sales: z.int(), totalMinor: minor }));

/** Every fold computed anew from the ledgers. */
export const VERIFICATION = z.object({
  devices: z.array(
    z.object({
      device: z.string(),
      store: z.string(),
      lane: z.int(),
      epochs: z.array(
        z.object({
          epoch: z.string(),
          seq: z.int(),
          headHash: z.string(),
          chainWhole: z.boolean(),
          headSigned: z.boolean(),
          sales: z.int(),
          totalsByCurrency: totals,
          gaps: z.array(gap),
          /** What its chain begins behind, and whether the hub's main line has it there. */
          continues: z.object({ epoch: z.string(), seq: z.int(), hash: z.string(), isHeld: z.boolean() }).nullable(),
        }),
      ),
      setAside: z.int(),
      branches: z.int(),
      /** Hex: what a journal that this device exported is verified with. */
      publicKey: z.string(),
    }),
  ),
  totals: z.object({ sales: z.int(), byCurrency: totals }),
  projectionsEqualLedger: z.boolean(),
  problems: z.array(z.string()),
});
