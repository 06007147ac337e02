/** Where a publication has come to, and what lanes fetch of the catalogue, as it is answered. */
import { z } from 'zod';

import { DEVICE_REACHES } from '../../catalog/reach.ts';
import { atMs } from './parts.ts';

export const REACH = z.object({
  lsn: z.int(),
  atMs,
  source: z.string(),
  by: z.string().nullable(),
  stores: z.array(
    z.object({
      store: z.string(),
      name: z.string(),
      zone: z.string(),
      /** All of its devices have it. */
      isReached: z.boolean(),
      devices: z.array(
        z.object({
          device: z.string(),
          lane: z.int(),
          name: z.string(),
          reach: z.enum(DEVICE_REACHES),
          lastSeenMs: atMs.nullable(),
          heldLsn: z.int().nullable(),
        }),
      ),
    }),
  ),
});

const position = z.object({ hubEpoch: z.string(), lsn: z.int(), historyHash: z.string() });
const segment = z.object({
  /** SHA-256 of the frame, hex: its address. */
  hash: z.string(),
  bytes: z.int(),
  cells: z.int(),
  entities: z.int(),
  /** The frame itself, base 64, where it is short. */
  frame: z.string().optional(),
});

/** As devices are told it (SPEC: D-17). */
export const SNAPSHOT = z.object({
  from: position,
  to: position,
  rebase: z.boolean(),
  segments: z.array(segment),
  urgent: z.object({ lsn: z.int(), segments: z.array(segment) }).optional(),
  minReader: z.int().optional(),
  /** Ed25519 by the hub, hex. */
  signature: z.string(),
});
