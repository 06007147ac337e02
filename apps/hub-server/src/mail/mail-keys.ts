/**
 * The company's keys for addresses of receipts by mail: a new one each month, told to the stores, and forgotten a season later. What a ledger says of whoever wanted a receipt
 * means nothing from then on, whoever holds a copy of it.
 */
import { assert, type Clock } from '@holdfast/base';
import { generateSealingKey } from '@holdfast/base/sealing';
import { ENTITY_TYPES } from '@holdfast/domain';

import type { Catalog } from '../catalog/publish.ts';
import type { Database } from '../db/database.ts';
import type { CompanyKey, CompanyKeys } from '../secrets/company-keys.ts';

export interface MailKeyPorts {
  readonly database: Database;
  readonly catalog: Pick<Catalog, 'publish'>;
  readonly clock: Clock;
  readonly tenantNo: number;
  readonly keys: CompanyKeys;
}

const DAY_MS = 86_400_000;
export const RENEWED_AFTER_MS = 30 * DAY_MS;
/** From when it was made: longer than any lane keeps what it has not sent, and than the outbox tries. */
export const FORGOTTEN_AFTER_MS = 120 * DAY_MS;

/** The newest key is not older than a month, stores know it, and old ones are gone. Done again it changes nothing. */
export async function keepMailKeys({ database, catalog, clock, tenantNo, keys }: MailKeyPorts): Promise<void> {
  const now = clock.nowMs();
  // Their names are the days on which they were made.
  const newest = async (): Promise<CompanyKey | undefined> => (await keys.read('mail')).findLast(({ secret }) => secret !== undefined);
  const before = await newest();
  if (before === undefined || now - before.createdAtMs >= RENEWED_AFTER_MS) {
    const { publicKey, privateKey } = generateSealingKey();
    // Another replica may have been quicker on the same day: its key is as good.
    await keys.keep('mail', { name: new Date(now).toISOString().slice(0, 10), secret: privateKey, publicKey, createdAtMs: now });
  }
  const key = await newest();
  if (key?.publicKey !== undefined)
    await tellStores({ database, catalog, tenantNo }, `${key.name} ${Buffer.from(key.publicKey).toString('hex')}`);
  for (const { name, createdAtMs } of await keys.read('mail'))
    if (createdAtMs < now - FORGOTTEN_AFTER_MS) await keys.forget('mail', name, now);
}

async function tellStores(
  { database, catalog, tenantNo }: Pick<MailKeyPorts, 'database' | 'catalog' | 'tenantNo'>,
  value: string,
): Promise<void> {
  const [told] = await database.rows<{ value: string | null }>(
    `SELECT fields ->> '1' AS value FROM entity WHERE tenant_no = $1 AND type = ${ENTITY_TYPES.setting.type} AND key = 'receiptMailKey' AND scope = 'global' AND alive`,
    [tenantNo],
  );
  if (told?.value === value) return;
  const cell = { type: 'setting', key: 'receiptMailKey', scope: 'global', fields: { value } };
  const published = await catalog.publish('key for receipts by mail', [cell]);
  assert(published.ok, 'the key for receipts by mail is a setting');
}
