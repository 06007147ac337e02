/**
 * The company's key for what people say of themselves: followed by another each year (`renew-key.ts`), its public half told to the stores, so that a lane seals a new customer's data without asking
 * anybody. What it seals has a key of its own inside (`@holdfast/base/sealing`, as names on invoices have), so that one person is forgotten by deleting one row.
 */
import { createHmac } from 'node:crypto';

import { assert, type Clock } from '@holdfast/base';
import { generateSealingKey, openSealed, sealTo } from '@holdfast/base/sealing';
import { parsePerson, personText, type Person } from '@holdfast/domain';

import type { EntityChange } from '../catalog/changes.ts';
import type { CompanyKeys } from '../secrets/company-keys.ts';

/** As stores are told. Safe for several replicas at once: the first one's stands. */
export async function personalKeyCells({
  keys,
  clock,
}: {
  readonly keys: CompanyKeys;
  readonly clock: Clock;
}): Promise<readonly EntityChange[]> {
  if ((await keys.read('personal')).length === 0) {
    const { publicKey, privateKey } = generateSealingKey();
    await keys.keep('personal', { name: '1', secret: privateKey, publicKey, createdAtMs: clock.nowMs() });
  }
  const newest = (await keys.read('personal')).at(-1);
  assert(newest?.publicKey !== undefined, 'a hub has a key');
  const value = `${newest.name} ${Buffer.from(newest.publicKey).toString('hex')}`;
  return [{ type: 'setting', key: 'personalKey', scope: 'global', fields: { value } }];
}

export interface PersonalSafe {
  /** Which key is sealed to. */
  readonly newest: number;
  seal(person: Person): { readonly keyNumber: number; readonly sealed: Uint8Array };
  /** Undefined: not sealed to a key of this company, or not a person. */
  open(sealed: Uint8Array, keyNumber: number): Person | undefined;
  /** What a beginning of a name is found under: nothing to whoever has the table alone. */
  token(beginning: string): string;
}

export async function openPersonalSafe({ keys: held }: { readonly keys: CompanyKeys }): Promise<PersonalSafe> {
  const keys = await held.read('personal');
  const [first, newest] = [keys[0], keys.at(-1)];
  assert(first?.secret !== undefined && newest?.publicKey !== undefined, 'a hub has a key');
  const { name, publicKey } = newest;
  const tokenKey = createHmac('sha256', first.secret).update('holdfast names 1').digest();
  return {
    newest: Number(name),
    seal: (person) => ({
      keyNumber: Number(name),
      sealed: sealTo(publicKey, new TextEncoder().encode(personText(person))),
    }),
    open: (sealed, keyNumber) => {
      const key = keys.find((each) => each.name === String(keyNumber));
      const opened = key?.secret === undefined ? null : openSealed(key.secret, sealed);
      return opened === null ? undefined : parsePerson(Buffer.from(opened).toString('utf8'));
    },
    token: (beginning) => createHmac('sha256', tokenKey).update(beginning).digest('hex').slice(0, 24),
  };
}
