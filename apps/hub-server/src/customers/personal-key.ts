/**
 * The company's key for what people say of themselves: minted once, its public half told to the stores, so that a lane seals a new customer's data without asking
 * anybody. What it seals has a key of its own inside (`@holdfast/base/sealing`, as names on invoices have), so that one person is forgotten by deleting one row.
 */
import { createHmac } from 'node:crypto';

import { assert, type Clock } from '@holdfast/base';
import { generateSealingKey, openSealed, sealTo } from '@holdfast/base/sealing';
import { parsePerson, personText, type Person } from '@holdfast/domain';

import type { EntityChange } from '../catalog/changes.ts';
import type { Queries } from '../db/database.ts';

export interface PersonalKeyPorts {
  readonly database: Queries;
  readonly tenantNo: number;
  readonly clock: Clock;
}

interface KeyRow {
  readonly number: number;
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

/** As stores are told. Safe for several replicas at once: the first one's stands. */
export async function personalKeyCells(ports: PersonalKeyPorts): Promise<readonly EntityChange[]> {
  if ((await readKeys(ports)).length === 0) {
    const { publicKey, privateKey } = generateSealingKey();
    await ports.database.execute(
      `INSERT INTO personal_key (tenant_no, number, public_key, private_key, created_at_ms) VALUES ($1, 1, $2, $3, $4)
       ON CONFLICT (tenant_no, number) DO NOTHING`,
      [ports.tenantNo, publicKey, privateKey, ports.clock.nowMs()],
    );
  }
  const newest = (await readKeys(ports)).at(-1);
  assert(newest !== undefined, 'a hub has a key');
  const value = `${newest.number} ${Buffer.from(newest.publicKey).toString('hex')}`;
  return [{ type: 'setting', key: 'personalKey', scope: 'global', fields: { value } }];
}

const readKeys = async ({ database, tenantNo }: PersonalKeyPorts): Promise<readonly KeyRow[]> =>
  database.rows<KeyRow>(
    `SELECT number, public_key AS "publicKey", private_key AS "privateKey" FROM personal_key WHERE tenant_no = $1 ORDER BY number`,
    [tenantNo],
  );

export interface PersonalSafe {
  seal(person: Person): { readonly keyNumber: number; readonly sealed: Uint8Array };
  /** Undefined: not sealed to a key of this company, or not a person. */
  open(sealed: Uint8Array, keyNumber: number): Person | undefined;
  /** What a beginning of a name is found under: nothing to whoever has the table alone. */
  token(beginning: string): string;
}

export async function openPersonalSafe(ports: PersonalKeyPorts): Promise<PersonalSafe> {
  const keys = await readKeys(ports);
  const [first, newest] = [keys[0], keys.at(-1)];
  assert(first !== undefined && newest !== undefined, 'a hub has a key');
  const tokenKey = createHmac('sha256', first.privateKey).update('holdfast names 1').digest();
  return {
    seal: (person) => ({
      keyNumber: newest.number,
      sealed: sealTo(new Uint8Array(newest.publicKey), new TextEncoder().encode(personText(person))),
    }),
    open: (sealed, keyNumber) => {
      const key = keys.find(({ number }) => number === keyNumber);
      const opened = key === undefined ? null : openSealed(key.privateKey, sealed);
      return opened === null ? undefined : parsePerson(Buffer.from(opened).toString('utf8'));
    },
    token: (beginning) => createHmac('sha256', tokenKey).update(beginning).digest('hex').slice(0, 24),
  };
}
