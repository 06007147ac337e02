/**
 * The company's private keys, as the database holds them: each sealed by the vault for its own kind and name, so that a copy of the database, whoever has it, opens nothing that they seal. In a
 * database that hubs of a build before migration 62 may still work on they lie as they are (`former-keys.ts`), until somebody says that none does (decision 0025). What one is never changes: it is
 * made once, and forgotten as a whole.
 */
import type { Queries } from '../db/database.ts';
import { StartRefused } from '../db/start-refusals.ts';
import { createFormerKeys } from './former-keys.ts';
import type { Vault } from './vault.ts';

/** `authority`: of certificates between lanes. `segment`: what comes down. `passcode`: PINs, badges and numbers of customers. `personal`: customers. `invoice`: names on invoices, by year. `mail`: receipts by mail. */
export type KeyKind = 'authority' | 'invoice' | 'mail' | 'passcode' | 'personal' | 'segment';

export interface NewKey {
  /** Names of a kind are numbers, or all of one length: so they are in order. */
  readonly name: string;
  readonly secret: Uint8Array;
  /** What others may know of it: its public half, or a certificate. */
  readonly publicKey?: Uint8Array;
  readonly createdAtMs: number;
}

export interface CompanyKey extends Omit<NewKey, 'secret'> {
  /** Undefined: it was forgotten. */
  readonly secret: Uint8Array | undefined;
}

/** `within`: a transaction, where there is one. */
export interface CompanyKeys {
  /** By name, the newest last. */
  read(kind: KeyKind, within?: Queries): Promise<readonly CompanyKey[]>;
  /** False: there is one of this name, which stands. */
  keep(kind: KeyKind, key: NewKey, within?: Queries): Promise<boolean>;
  /** False: there is none of this name, or it is forgotten already. */
  forget(kind: KeyKind, name: string, atMs: number): Promise<boolean>;
}

export interface CompanyKeyPorts {
  /** It sees all stores: keys are none's. */
  readonly database: Queries;
  readonly tenantNo: number;
  readonly vault: Vault;
  /** False: they lie as they are. Fixed while a hub runs: they are sealed while none does. */
  readonly areSealed: boolean;
}

/** Sealed by a key that this hub does not have. */
export class KeysClosed extends StartRefused {
  constructor(what: readonly string[]) {
    super(
      `the database holds keys (${what.join(', ')}) that were sealed with another key of secrets than this hub has. Give it that one: HOLDFAST_SECRETS_KEY, or the file secrets.key of the data folder that the hub had before. Nothing was changed.`,
    );
  }
}

export const placeOfKey = (tenantNo: number, kind: string, name: string): string => `company key ${tenantNo} ${kind} ${name}`;
export const SIGNING_KEY_PLACE = 'signing key of the hub';

export const createCompanyKeys = (ports: CompanyKeyPorts): CompanyKeys =>
  ports.areSealed ? createSealedKeys(ports) : createFormerKeys(ports);

interface KeyRow {
  readonly name: string;
  readonly publicKey: Uint8Array | null;
  readonly sealed: Uint8Array | null;
  readonly createdAtMs: number;
}

function createSealedKeys({ database, tenantNo, vault }: CompanyKeyPorts): CompanyKeys {
  // While a key of secrets is followed by another, a replica that has both seals anew what one that has the former alone goes on using.
  const opened = new Map<string, Uint8Array>();
  const open = (kind: KeyKind, name: string, sealed: Uint8Array): Uint8Array => {
    const place = placeOfKey(tenantNo, kind, name);
    const secret = vault.open(place, new Uint8Array(sealed)) ?? opened.get(place);
    if (secret === undefined) throw new KeysClosed([`${kind} ${name}`]);
    opened.set(place, secret);
    return secret;
  };
  return {
    read: async (kind, within = database) => {
      const rows = await within.rows<KeyRow>(
        `SELECT name, public_key AS "publicKey", sealed, created_at_ms AS "createdAtMs" FROM company_key WHERE tenant_no = $1 AND kind = $2 ORDER BY length(name), name`,
        [tenantNo, kind],
      );
      return rows.map(({ name, publicKey, sealed, createdAtMs }) => ({
        name,
        createdAtMs,
        ...(publicKey !== null && { publicKey: new Uint8Array(publicKey) }),
        secret: sealed === null ? undefined : open(kind, name, sealed),
      }));
    },
    keep: async (kind, { name, secret, publicKey, createdAtMs }, within = database) => {
      const kept = await within.execute(
        'INSERT INTO company_key (tenant_no, kind, name, public_key, sealed, created_at_ms) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING',
        [tenantNo, kind, name, publicKey ?? null, vault.seal(placeOfKey(tenantNo, kind, name), secret), createdAtMs],
      );
      return kept === 1;
    },
    forget: async (kind, name, atMs) => {
      const gone = await database.execute(
        'UPDATE company_key SET sealed = NULL, forgotten_at_ms = $4 WHERE tenant_no = $1 AND kind = $2 AND name = $3 AND sealed IS NOT NULL',
        [tenantNo, kind, name, atMs],
      );
      opened.delete(placeOfKey(tenantNo, kind, name));
      return gone === 1;
    },
  };
}

export const sealSigningKey = (vault: Vault, key: Uint8Array): Uint8Array => vault.seal(SIGNING_KEY_PLACE, key);

/** What the hub signs with. */
export function openSigningKey(vault: Vault, sealed: Uint8Array): Uint8Array {
  const key = vault.open(SIGNING_KEY_PLACE, new Uint8Array(sealed));
  if (key === undefined) throw new KeysClosed(['what the hub signs with']);
  return key;
}
