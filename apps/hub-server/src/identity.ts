/**
 * Who this hub is: its epoch, its signing key, and the one tenant that an installation starts with. They are minted once
 * and live in the database, the key sealed (`secrets/seal-keys.ts`), so that replicas over one database are one hub.
 */
import { assert, type Clock, type Random, type Signer } from '@holdfast/base';
import { createSigner, generateSigningKey } from '@holdfast/base/node';
import { bytesToHex } from '@holdfast/sync';

import type { Database, Queries } from './db/database.ts';
import { hub, tenant } from './db/schema.ts';
import { openSigningKey, sealSigningKey } from './secrets/company-keys.ts';
import type { Vault } from './secrets/vault.ts';

export interface HubIdentity {
  /** As this replica knows it: see `down/hub-epoch.ts`. */
  readonly hubEpoch: string;
  moveTo(hubEpoch: string): void;
  readonly signer: Signer;
  /** False: this database's keys lie as they were before migration 62. */
  readonly keysAreSealed: boolean;
  readonly tenantNo: number;
  readonly tenant: string;
}

export const DEFAULT_TENANT = 'default';
/** The history hash before the first publication. */
export const NO_HISTORY = '0'.repeat(64);

export interface IdentityPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly vault: Vault;
}

/** Behind `keepKeysSealed`. Safe to be called by several replicas at once: the first one's values stand. */
export async function loadIdentity(database: Database, ports: IdentityPorts): Promise<HubIdentity> {
  const row = await database.transaction(async (tx) => keepRows(tx, ports), { seesAll: true });
  const signer = createSigner(row.sealedKey === null ? row.signingKey : openSigningKey(ports.vault, row.sealedKey));
  if (row.publicKey === null) await database.orm.update(hub).set({ publicKey: signer.publicKey });
  let { hubEpoch } = row;
  return {
    get hubEpoch() {
      return hubEpoch;
    },
    moveTo: (next) => {
      hubEpoch = next;
    },
    signer,
    keysAreSealed: row.sealedKey !== null,
    tenantNo: 1,
    tenant: DEFAULT_TENANT,
  };
}

async function keepRows({ orm }: Queries, { clock, random, vault }: IdentityPorts): Promise<typeof hub.$inferSelect> {
  const sealedKey = sealSigningKey(vault, generateSigningKey());
  await orm
    .insert(hub)
    .values({ id: 1, hubEpoch: bytesToHex(random.bytes(8)), signingKey: new Uint8Array(), sealedKey, createdAtMs: clock.nowMs() })
    .onConflictDoNothing();
  await orm.insert(tenant).values({ tenantNo: 1, tenant: DEFAULT_TENANT, lsn: 0, historyHash: NO_HISTORY }).onConflictDoNothing();
  const [row] = await orm.select().from(hub);
  assert(row !== undefined, 'the hub has its row');
  return row;
}
