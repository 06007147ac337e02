import type { EnrolledDevice } from '../enrolment/enrol.ts';
import { proveChains, type VerifyPorts } from '../ledger/verify.ts';
/**
 * What the hub can prove of one device: which entries of each of its epochs it has, that they are one chain up to a head that the device signed, which checkpoint speaks for it,
 * and what the device's own last audit found.
 */
import { newestCheckpoint, isOurs, lostHeads, type CheckpointPorts } from './checkpoints.ts';
import { readAudit, type DeviceAudit } from './device-audit.ts';

export interface EpochProof {
  /** From 1, in the order in which the device opened them. */
  readonly number: number;
  readonly epoch: string;
  /** Entries 1 to `seq` are held, but for the gaps. */
  readonly seq: number;
  readonly headHash: string;
  readonly chainWhole: boolean;
  readonly headSigned: boolean;
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  /** Up to here the newest checkpoint speaks for it; 0: not at all. */
  readonly checkpointSeq: number;
}

export interface DeviceProof {
  readonly device: string;
  readonly store: string;
  readonly lane: number;
  readonly epochs: readonly EpochProof[];
  /** Its heads are held, every one of them. */
  readonly checkpoint: { readonly number: number; readonly atMs: number; readonly signed: boolean; readonly held: boolean } | null;
  readonly audit: DeviceAudit | null;
  readonly problems: readonly string[];
}

export async function proveDevice(ports: VerifyPorts & CheckpointPorts, device: EnrolledDevice): Promise<DeviceProof> {
  const { tenantNo } = device;
  return ports.database.transaction(
    async (tx) => {
      const { epochs, problems } = await proveChains(ports, tx, tenantNo, { device: device.device, public_key: device.publicKey });
      const checkpoint = await newestCheckpoint(tx, tenantNo, device.store);
      const lost = checkpoint === null ? [] : await lostHeads(ports, tx, checkpoint);
      const missing = lost.flatMap((index) => checkpoint?.heads[index] ?? []);
      const seqOf = (epoch: string): number =>
        checkpoint?.heads.find((head) => head.device === device.device && head.epoch === epoch)?.seq ?? 0;
      return {
        device: device.device,
        store: device.store,
        lane: device.lane,
        epochs: epochs.map((epoch, index) => ({ number: index + 1, ...epoch, checkpointSeq: seqOf(epoch.epoch) })),
        checkpoint: checkpoint && {
          number: checkpoint.number,
          atMs: checkpoint.atMs,
          signed: isOurs(ports, checkpoint),
          held: lost.length === 0,
        },
        audit: await readAudit(tx, device),
        problems: [
          ...problems,
          ...missing.map(
            ({ device: of, epoch, seq }) => `${of} ${epoch}: entry ${seq}, of checkpoint ${checkpoint?.number}, is not held any more`,
          ),
        ],
      };
    },
    { readSnapshot: true },
  );
}
