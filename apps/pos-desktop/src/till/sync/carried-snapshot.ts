/** What was carried to this lane by hand, of a lane that is by itself: its first catalogue need not come over the line (SPEC: D-17). Loaded only where there is such a thing. */
import type { Clock, Hash, Timers, Verifier } from '@holdfast/base';
import { createSharing, type ReplicaStore, type SegmentParts, type Transport } from '@holdfast/sync';
import { createDownCache } from '@holdfast/sync/lan';

export interface CarriedPorts {
  /** Where it lies, as lanes keep what came down. */
  readonly folder: string;
  readonly store: ReplicaStore;
  readonly hub: Transport;
  readonly parts: SegmentParts;
  readonly hash: Hash;
  readonly verifier: Verifier;
  readonly timers: Timers;
  readonly clock: Clock;
}

export function withCarriedSnapshot({ folder, store, hub, parts, hash, verifier, timers, clock }: CarriedPorts): Transport {
  const nobody = async () => ({ ok: false, error: { type: 'unreachable', reason: 'this lane is by itself' } }) as const;
  const sharing = createSharing({
    hub,
    lan: { manifest: nobody, segment: nobody },
    siblings: () => [],
    identity: () => store.identity(),
    // There is nobody to keep anything for.
    cache: { ...createDownCache({ folder, hash }), keepFrame: () => {}, keepManifest: () => {} },
    parts,
    hash,
    verifier,
    timers,
    nowMs: () => clock.nowMs(),
  });
  return sharing.transport;
}
