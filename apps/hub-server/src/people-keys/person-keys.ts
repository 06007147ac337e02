/**
 * Keys of persons (SPEC: S-6 to S-8): what was sealed for somebody is read as long as their key is here. A device brings the keys of persons that it told of, and is given those of its own store's. Erasing somebody is deleting
 * the key, under a number that every device hears of; it is never undone, and nothing that ledgers count changes.
 */
import { assert, type Cipher, type Clock, type Hash } from '@holdfast/base';
import { openPersonal, PERSON_LIMITS, personOf, type PersonKey, type PersonKeysAnswer, type PersonKeysRequest } from '@holdfast/sync';

import type { Database, Queries } from '../db/database.ts';
import type { EnrolledDevice } from '../enrolment/enrol.ts';

export interface PersonKeyPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly hash: Hash;
  readonly cipher: Cipher;
}

/** Roles of devices at which people work: no other is given a person's key. */
const TRUSTED_ROLES: readonly EnrolledDevice['role'][] = ['lane', 'office'];

/** Whoever comes first counts: no device can put its own key in another's place, nor bring back who was erased. */
async function keep(
  tx: Queries,
  at: { readonly tenantNo: number; readonly store: string; readonly atMs: number },
  keys: readonly PersonKey[],
): Promise<void> {
  for (const { person, key } of keys) {
    await tx.execute(
      'INSERT INTO person_key (tenant_no, person, store, key, made_at_ms) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_no, person) DO NOTHING',
      [at.tenantNo, person, at.store, key, at.atMs],
    );
  }
}

interface KeyRow {
  readonly person: string;
  readonly key: Uint8Array;
}

export async function exchangePersonKeys(
  { database, clock }: Pick<PersonKeyPorts, 'database' | 'clock'>,
  { tenantNo, store, role }: EnrolledDevice,
  { bring, ask, erasures }: PersonKeysRequest,
): Promise<PersonKeysAnswer> {
  return database.transaction(async (tx) => {
    await keep(tx, { tenantNo, store, atMs: clock.nowMs() }, bring);
    const mayHave = TRUSTED_ROLES.includes(role);
    const keys = mayHave
      ? await tx.rows<KeyRow>(
          'SELECT person, key FROM person_key WHERE tenant_no = $1 AND person = ANY ($2::text[]) AND store = $3 AND key IS NOT NULL',
          [tenantNo, ask, store],
        )
      : [];
    const erased = await tx.rows<{ person: string; number: number }>(
      'SELECT person, erasure_no AS number FROM person_key WHERE tenant_no = $1 AND erasure_no > $2 ORDER BY erasure_no LIMIT $3',
      [tenantNo, erasures, PERSON_LIMITS.erased],
    );
    return {
      taken: bring.map(({ person }) => person),
      keys: keys.map(({ person, key }) => ({ person, key: new Uint8Array(key) })),
      erased: erased.map(({ person }) => person),
      erasures: erased.at(-1)?.number ?? erasures,
    };
  });
}

/** The number of the last erasure; 0: there was none. */
export async function erasureNumber(queries: Queries, tenantNo: number): Promise<number> {
  const [row] = await queries.rows<{ number: number | null }>('SELECT max(erasure_no) AS number FROM person_key WHERE tenant_no = $1', [
    tenantNo,
  ]);
  return row?.number ?? 0;
}

/** Also of a person whose key has not come yet: it will not be taken. False where it was done before. In a transaction. */
export async function erasePerson(
  tx: Queries,
  { clock }: Pick<PersonKeyPorts, 'clock'>,
  { tenantNo, person }: { readonly tenantNo: number; readonly person: string },
): Promise<boolean> {
  // The tenant's row is the lock under which erasures are numbered: none becomes visible before a lower one.
  await tx.rows('SELECT 1 FROM tenant WHERE tenant_no = $1 FOR UPDATE', [tenantNo]);
  const erased = await tx.execute(
    `INSERT INTO person_key (tenant_no, person, store, key, made_at_ms, erasure_no, erased_at_ms)
     SELECT $1, $2, NULL, NULL, $3, coalesce(max(erasure_no), 0) + 1, $3 FROM person_key WHERE tenant_no = $1
     ON CONFLICT (tenant_no, person) DO UPDATE SET key = NULL, erasure_no = excluded.erasure_no, erased_at_ms = excluded.erased_at_ms
       WHERE person_key.key IS NOT NULL`,
    [tenantNo, person, clock.nowMs()],
  );
  assert(erased <= 1, 'a person has one key');
  return erased === 1;
}

/** Null: they are erased, their key has not come, or this was not sealed so. */
export async function openPersonalOf(
  queries: Queries,
  { hash, cipher }: Pick<PersonKeyPorts, 'hash' | 'cipher'>,
  { tenantNo, sealed, purpose }: { readonly tenantNo: number; readonly sealed: Uint8Array; readonly purpose: string },
): Promise<Uint8Array | null> {
  const person = personOf(sealed);
  const [row] = await queries.rows<{ key: Uint8Array | null }>('SELECT key FROM person_key WHERE tenant_no = $1 AND person = $2', [
    tenantNo,
    person ?? '',
  ]);
  const key = row?.key ?? undefined;
  const opened = openPersonal(sealed, { purpose, keyOf: () => key && new Uint8Array(key) }, { hash, cipher });
  return opened.ok ? opened.value : null;
}
