/** Where a company's keys lay until migration 62, each kind in a table of its own and as it was; and where they lie in a database that is not sealed yet, because a hub of a build before may work on it. */
import { assert } from '@holdfast/base';

import type { Queries } from '../db/database.ts';
import type { CompanyKey, CompanyKeyPorts, CompanyKeys, KeyKind, NewKey } from './company-keys.ts';

interface FormerTable {
  readonly table: string;
  /** A number there; 1 where there is one key and no name. */
  readonly name: { readonly column: string; readonly isNumber: boolean } | undefined;
  readonly secret: string;
  readonly publicKey: string | undefined;
  readonly hasTime: boolean;
  readonly isForgotten: boolean;
}

const number = { column: 'number', isNumber: true };
const pair = { secret: 'private_key', publicKey: 'public_key', hasTime: true } as const;
const secretAlone = { name: number, secret: 'secret', publicKey: undefined, hasTime: true, isForgotten: false } as const;

const FORMER: Readonly<Record<KeyKind, FormerTable>> = {
  authority: {
    table: 'authority',
    name: undefined,
    secret: 'private_key',
    publicKey: 'certificate',
    hasTime: false,
    isForgotten: false,
  },
  invoice: { table: 'invoice_key', name: { column: 'year', isNumber: true }, ...pair, isForgotten: true },
  mail: { table: 'receipt_mail_key', name: { column: 'name', isNumber: false }, ...pair, isForgotten: true },
  passcode: { table: 'passcode_secret', ...secretAlone },
  personal: { table: 'personal_key', name: number, ...pair, isForgotten: false },
  segment: { table: 'segment_secret', ...secretAlone },
};

export const KEY_KINDS = Object.keys(FORMER) as readonly KeyKind[];
export const FORMER_KEY_TABLES: readonly string[] = Object.values(FORMER).map(({ table }) => table);
const ONLY_ONE = '1';

export interface FormerKey extends CompanyKey {
  readonly tenantNo: number;
  readonly forgottenAtMs: number | null;
}

/** Of all tenants that whoever asks sees. */
export async function readFormerKeys(queries: Queries, kind: KeyKind): Promise<readonly FormerKey[]> {
  const { table, name, secret, publicKey, hasTime, isForgotten } = FORMER[kind];
  const rows = await queries.rows<
    Omit<FormerKey, 'secret' | 'publicKey'> & { readonly secret: Uint8Array | null; readonly publicKey: Uint8Array | null }
  >(
    `SELECT tenant_no AS "tenantNo", ${name === undefined ? `'${ONLY_ONE}'` : `${name.column}::text`} AS name, ${secret} AS secret,
       ${publicKey ?? 'NULL::bytea'} AS "publicKey", ${hasTime ? 'created_at_ms' : '0::bigint'} AS "createdAtMs",
       ${isForgotten ? 'forgotten_at_ms' : 'NULL::bigint'} AS "forgottenAtMs"
     FROM ${table} ORDER BY tenant_no${name === undefined ? '' : `, ${name.column}`}`,
  );
  return rows.map(({ secret: held, publicKey: half, ...rest }) => ({
    ...rest,
    ...(half !== null && { publicKey: new Uint8Array(half) }),
    secret: held === null ? undefined : new Uint8Array(held),
  }));
}

export function createFormerKeys({ database, tenantNo }: Pick<CompanyKeyPorts, 'database' | 'tenantNo'>): CompanyKeys {
  return {
    read: async (kind, within = database) => (await readFormerKeys(within, kind)).filter((each) => each.tenantNo === tenantNo),
    keep: async (kind, key, within = database) => {
      const columns = columnsOf(FORMER[kind], key);
      const kept = await within.execute(
        `INSERT INTO ${FORMER[kind].table} (tenant_no, ${columns.map(({ column }) => column).join(', ')})
         VALUES ($1, ${columns.map((_, index) => `$${index + 2}`).join(', ')}) ON CONFLICT DO NOTHING`,
        [tenantNo, ...columns.map(({ value }) => value)],
      );
      return kept === 1;
    },
    forget: async (kind, name, atMs) => {
      const { table, secret, isForgotten, name: named } = FORMER[kind];
      assert(isForgotten && named !== undefined, `no key of ${kind} is ever forgotten`);
      const gone = await database.execute(
        `UPDATE ${table} SET ${secret} = NULL, forgotten_at_ms = $3 WHERE tenant_no = $1 AND ${named.column} = $2 AND ${secret} IS NOT NULL`,
        [tenantNo, named.isNumber ? Number(name) : name, atMs],
      );
      return gone === 1;
    },
  };
}

function columnsOf(
  { name, secret, publicKey, hasTime }: FormerTable,
  key: NewKey,
): readonly { readonly column: string; readonly value: number | string | Uint8Array | undefined }[] {
  return [
    ...(name === undefined ? [] : [{ column: name.column, value: name.isNumber ? Number(key.name) : key.name }]),
    { column: secret, value: key.secret },
    ...(publicKey === undefined ? [] : [{ column: publicKey, value: key.publicKey }]),
    ...(hasTime ? [{ column: 'created_at_ms', value: key.createdAtMs }] : []),
  ];
}
