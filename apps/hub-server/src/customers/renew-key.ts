/**
 * The company's key for what people say of themselves is followed by another each year: stores are told the new one, and whoever is sealed to an older one is sealed to it, a few at a time. The older
 * ones open what a lane sealed before it heard; they are kept, because the first one also makes the words by which names are found.
 */
import { assert, type Clock } from '@holdfast/base';
import { generateSealingKey } from '@holdfast/base/sealing';

import type { Catalog } from '../catalog/publish.ts';
import type { Database } from '../db/database.ts';
import type { CompanyKeys } from '../secrets/company-keys.ts';
import { type CustomerRow, personOfRow } from './customers.ts';
import { openPersonalSafe, personalKeyCells, type PersonalSafe } from './personal-key.ts';

export interface RenewKeyPorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly keys: CompanyKeys;
  readonly catalog: Pick<Catalog, 'publish'>;
  readonly clock: Clock;
}

/** The shorter end of what NIST SP 800-57 (part 1, 5.3.6) has for keys that others seal to: one to two years. */
export const PERSONAL_RENEWED_AFTER_MS = 365 * 86_400_000;
/** Read and sealed in one go. */
const AT_ONCE = 500;

/** Asked from time to time, by all replicas; done again it changes nothing. */
export async function renewPersonalKey(ports: RenewKeyPorts): Promise<void> {
  const { keys, catalog, clock } = ports;
  const newest = (await keys.read('personal')).at(-1);
  assert(newest !== undefined, 'a hub has a key');
  if (clock.nowMs() - newest.createdAtMs >= PERSONAL_RENEWED_AFTER_MS) {
    const { publicKey, privateKey } = generateSealingKey();
    await keys.keep('personal', { name: String(Number(newest.name) + 1), secret: privateKey, publicKey, createdAtMs: clock.nowMs() });
    const published = await catalog.publish('key of customers', await personalKeyCells(ports));
    assert(published.ok, 'the key of customers is a setting');
  }
  // With one key nobody is sealed to an older one, and customers need not be looked through.
  if ((await keys.read('personal')).length > 1) await sealAnew(ports, await openPersonalSafe(ports));
}

type SealedRow = Pick<CustomerRow, 'customer' | 'keyNumber' | 'sealed'>;

async function sealAnew({ database, tenantNo }: RenewKeyPorts, safe: PersonalSafe): Promise<void> {
  let after = '';
  for (;;) {
    const rows = await database.rows<SealedRow>(
      `SELECT customer, key_number AS "keyNumber", sealed FROM customer
       WHERE tenant_no = $1 AND customer > $2 AND key_number < $3 AND sealed IS NOT NULL ORDER BY customer LIMIT ${AT_ONCE}`,
      [tenantNo, after, safe.newest],
    );
    for (const row of rows) {
      const person = personOfRow(safe, row);
      // What opens not is no person: it stands as it is, and is looked at by whoever asks for it.
      if (person === undefined) continue;
      const { keyNumber, sealed } = safe.seal(person);
      // Who was changed or erased meanwhile stays so.
      await database.execute(
        'UPDATE customer SET key_number = $3, sealed = $4 WHERE tenant_no = $1 AND customer = $2 AND key_number = $5 AND sealed = $6',
        [tenantNo, row.customer, keyNumber, sealed, row.keyNumber, row.sealed],
      );
    }
    const last = rows.at(-1);
    if (rows.length < AT_ONCE || last === undefined) return;
    after = last.customer;
  }
}
