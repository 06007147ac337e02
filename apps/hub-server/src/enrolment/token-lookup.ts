/**
 * Who sends, by the token that a request carries: asked of the database each time, so that what was taken away ends at once, and for all requests together that came while
 * the question before was under way.
 */
import { arrayText } from '../db/array-text.ts';
import type { Database } from '../db/database.ts';
import type { HubIdentity } from '../identity.ts';
import { DEVICE_COLUMNS, DEVICE_TABLES, type EnrolledDevice } from './enrol.ts';
import { hashSecret } from './secrets.ts';

/** Undefined for a token that nobody has. */
export type TokenLookup = (token: string) => Promise<EnrolledDevice | undefined>;

interface Asked {
  readonly hash: Uint8Array;
  readonly found: (device: EnrolledDevice | undefined) => void;
  readonly failed: (cause: unknown) => void;
}

type DeviceRow = Omit<EnrolledDevice, 'tenant'> & { readonly tokenHash: Uint8Array };

export function createTokenLookup(database: Database, identity: HubIdentity): TokenLookup {
  let waiting: Asked[] = [];
  let isAsking = false;

  const ask = async (asked: readonly Asked[]): Promise<void> => {
    const hashes = asked.map(({ hash }) => Buffer.from(hash).toString('hex'));
    const rows = await database.rows<DeviceRow>(
      `SELECT ${DEVICE_COLUMNS}, d.token_hash AS "tokenHash" FROM ${DEVICE_TABLES} WHERE d.tenant_no = $1 AND d.token_hash = ANY ($2::bytea[])`,
      [identity.tenantNo, arrayText([...new Set(hashes)].map((hash) => String.raw`\x${hash}`))],
      { keepsPlan: true },
    );
    const byHash = new Map(
      rows.map(({ tokenHash, ...row }) => [Buffer.from(tokenHash).toString('hex'), { ...row, tenant: identity.tenant }]),
    );
    for (const [index, { found }] of asked.entries()) found(byHash.get(hashes[index] ?? ''));
  };

  const work = async (): Promise<void> => {
    isAsking = true;
    while (waiting.length > 0) {
      const asked = waiting;
      waiting = [];
      try {
        await ask(asked);
      } catch (cause) {
        for (const { failed } of asked) failed(cause);
      }
    }
    isAsking = false;
  };

  return async (token) =>
    new Promise((found, failed) => {
      waiting.push({ hash: hashSecret(token), found, failed });
      if (!isAsking) void work();
    });
}
