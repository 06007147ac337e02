/** What siblings say of a stolen device's ledger. */
import type { Clock } from '@holdfast/base';
import { hexToBytes, verifyCountersignature, type Countersignature } from '@holdfast/sync';

import type { Database } from '../db/database.ts';
import { findSibling, type EnrolledDevice } from '../enrolment/enrol.ts';
import type { OpenPorts } from './open-batch.ts';
import { releaseCountersigned } from './stolen.ts';

export interface CountersignaturePorts extends OpenPorts {
  readonly database: Database;
  readonly clock: Clock;
}

/** Only the witness itself brings its countersignatures, and only one that counts itself. What is not right is passed over. */
export async function takeCountersignatures(
  ports: CountersignaturePorts,
  witness: EnrolledDevice,
  signed: readonly Countersignature[],
): Promise<void> {
  const { database, clock, verifier } = ports;
  const right = signed.filter((each) => each.witness === witness.device && verifyCountersignature(verifier, witness.publicKey, each));
  for (const [name, heads] of Map.groupBy(right, ({ device }) => device)) {
    await database.transaction(async (tx) => {
      const device = await findSibling(tx, witness, name);
      if (device === undefined || device.device === witness.device) return;
      await tx.rows('SELECT 1 FROM device WHERE device = $1 FOR NO KEY UPDATE', [device.device]);
      for (const { epoch, seq, hash, signature } of heads) {
        await tx.execute(
          `INSERT INTO countersignature (tenant_no, device, epoch, seq, hash, witness, signature, received_at_ms)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
          [device.tenantNo, device.device, epoch, seq, hexToBytes(hash), witness.device, hexToBytes(signature), clock.nowMs()],
        );
      }
      await releaseCountersigned(tx, device, ports);
    });
  }
}
