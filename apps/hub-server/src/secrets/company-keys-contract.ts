/** The company's keys at rest: sealed, also those of a database of before; opened by the key of secrets that sealed them and by no other. */
import { systemClock, systemRandom } from '@holdfast/base/node';
import { bytesToHex } from '@holdfast/sync';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Database } from '../db/database.ts';
import { loadPasscodeSecrets } from '../passcodes/passcodes.ts';
import { enrolNextDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { type CompanyKeys, createCompanyKeys, type KeyKind, openSigningKey } from './company-keys.ts';
import { createFormerKeys } from './former-keys.ts';
import { keepKeysSealed } from './seal-keys.ts';
import { createVault } from './vault.ts';

// Real engines on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

const [OLD, NEW, OTHER] = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte)) as [Uint8Array, Uint8Array, Uint8Array];
const KINDS: readonly KeyKind[] = ['authority', 'invoice', 'mail', 'passcode', 'personal', 'segment'];
type Held = readonly (readonly [KeyKind, string, string])[];

/** `hasLogins`: hubs work by logins of their own. */
export function companyKeysContract(engine: string, open: () => Promise<Database>, { hasLogins }: { readonly hasLogins: boolean }): void {
  describe(`company keys: ${engine}`, () => {
    let database: Database;
    beforeAll(async () => {
      database = await open();
    }, 120_000);
    afterAll(async () => database.close());

    const within = async <T>(keys: readonly Uint8Array[], act: (hub: TestHub) => Promise<T>, sealKeys = false): Promise<T> => {
      const hub = await startTestHub(database, { secretsKeys: keys, sealKeys });
      try {
        return await act(hub);
      } finally {
        await hub.stop();
      }
    };
    const held = async (keys: CompanyKeys): Promise<Held> =>
      (
        await Promise.all(
          KINDS.map(async (kind) =>
            (await keys.read(kind)).map(({ name, secret = new Uint8Array() }) => [kind, name, bytesToHex(secret)] as const),
          ),
        )
      ).flat();
    const sealedBy = (keys: readonly Uint8Array[]): CompanyKeys =>
      createCompanyKeys({ database, tenantNo: 1, vault: createVault(keys, systemRandom), areSealed: true });
    const signingKey = async (keys: readonly Uint8Array[]): Promise<string> => {
      const [hub] = await database.rows<{ key: Uint8Array }>('SELECT sealed_key AS key FROM hub');
      return bytesToHex(openSigningKey(createVault(keys, systemRandom), hub?.key ?? new Uint8Array()));
    };
    /** Every column of every table, as text; bytes as hex. */
    const atRest = async (): Promise<string> => {
      const tables = await database.rows<{ name: string }>("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'");
      const texts = await database.transaction(
        async (tx) => {
          const all: string[] = [];
          for (const { name } of tables) all.push(JSON.stringify(await tx.rows(`SELECT to_jsonb(t)::text AS row FROM "${name}" t`)));
          return all;
        },
        { seesAll: true },
      );
      return texts.join('\n');
    };
    const expectSealed = async (secrets: readonly string[]): Promise<void> => {
      const text = await atRest();
      for (const secret of secrets) expect(text.includes(secret)).toBe(false);
    };

    let before: Held;
    let signer: string;
    test('of a fresh hub none lies in the database as it is', async () => {
      before = await within([OLD], async (hub) => {
        expect((await (await enrolNextDevice(hub, '1')).certify()).status).toBe(200);
        await loadPasscodeSecrets({ keys: hub.keys, clock: systemClock, random: systemRandom });
        await hub.keys.keep('mail', {
          name: '2026-11-27',
          secret: systemRandom.bytes(32),
          publicKey: systemRandom.bytes(32),
          createdAtMs: 7,
        });
        return held(hub.keys);
      });
      expect([...new Set(before.map(([kind]) => kind))].toSorted()).toEqual(KINDS);
      signer = await signingKey([OLD]);
      await expectSealed([signer, ...before.map(([, , secret]) => secret)]);
    });

    /** The sessions of a hub that stopped end a moment later. */
    const nobodyThere = async (): Promise<void> =>
      vi.waitFor(
        async () =>
          expect(await database.rows('SELECT 1 FROM pg_stat_activity WHERE usename IN (SELECT login FROM database_login)')).toEqual([]),
        { timeout: 50_000, interval: 100 },
      );
    /** As a build of before left it. */
    const layAsTheyWere = async (): Promise<void> => {
      const sealed = sealedBy([OLD]);
      const all = await Promise.all(KINDS.map(async (kind) => [kind, await sealed.read(kind)] as const));
      await database.execute('UPDATE hub SET signing_key = $1, sealed_key = NULL', [new Uint8Array(Buffer.from(signer, 'hex'))]);
      await database.execute('DELETE FROM company_key');
      const former = createFormerKeys({ database, tenantNo: 1 });
      for (const [kind, keys] of all)
        for (const { secret, ...key } of keys) if (secret !== undefined) expect(await former.keep(kind, { ...key, secret })).toBe(true);
    };

    test('those of a database of before lie where hubs of that build look for them, and are made and forgotten there', async () => {
      await layAsTheyWere();
      const after = await within([OLD], async (hub) => {
        expect(await held(hub.keys)).toEqual(before);
        const [invoice] = await hub.keys.read('invoice');
        expect(await hub.keys.keep('invoice', { ...invoice, name: '2001', secret: new Uint8Array(32), createdAtMs: 1 })).toBe(true);
        expect(await hub.keys.keep('invoice', { ...invoice, name: '2001', secret: new Uint8Array(32), createdAtMs: 1 })).toBe(false);
        expect([await hub.keys.forget('invoice', '2001', 9), await hub.keys.forget('invoice', '2001', 9)]).toEqual([true, false]);
        expect((await hub.keys.read('invoice'))[0]).toMatchObject({ name: '2001', secret: undefined });
        expect((await (await enrolNextDevice(hub, '1')).certify()).status).toBe(200);
        return held(hub.keys);
      });
      expect(after.filter(([, name]) => name !== '2001')).toEqual(before);
      expect(await database.rows("SELECT encode(signing_key, 'hex') AS key, sealed_key AS sealed FROM hub")).toEqual([
        { key: signer, sealed: null },
      ]);
      expect(await database.rows('SELECT 1 FROM company_key')).toEqual([]);
      const text = await atRest();
      for (const [, , secret] of before) expect(text.includes(secret)).toBe(true);
    });

    test('they are sealed when somebody says so, and are what they were, also the one that was forgotten', async () => {
      await nobodyThere();
      const all = await within([OLD], async (hub) => held(hub.keys), true);
      expect(all.filter(([, name]) => name !== '2001')).toEqual(before);
      expect((await sealedBy([OLD]).read('invoice'))[0]).toMatchObject({ name: '2001', secret: undefined });
      expect(await signingKey([OLD])).toBe(signer);
      await expectSealed([signer, ...before.map(([, , secret]) => secret)]);
      await database.execute("DELETE FROM company_key WHERE name = '2001'");
      // Said again it changes nothing.
      expect(await within([OLD], async (hub) => held(hub.keys), true)).toEqual(before);
    });

    test.each(hasLogins ? [engine] : [])(
      '%s: none is sealed while another hub works there, nor with a key of secrets that was lost and made anew unnoticed',
      async () => {
        await layAsTheyWere();
        await within([OLD], async () => {
          await expect(within([OLD], async (hub) => held(hub.keys), true)).rejects.toThrow('Stop all hubs');
        });
        await nobodyThere();
        await expect(within([OTHER], async (hub) => held(hub.keys), true)).rejects.toThrow(/the login .*HOLDFAST_SECRETS_KEY/s);
        expect(await within([OLD], async (hub) => held(hub.keys), true)).toEqual(before);
      },
    );

    test('a hub of a build before makes none in their place', async () => {
      const made = database.execute('INSERT INTO segment_secret (tenant_no, number, secret, created_at_ms) VALUES (1, 1, $1, 0)', [
        new Uint8Array(32),
      ]);
      await expect(made).rejects.toThrow('the keys of this hub lie sealed');
    });

    test('with another key of secrets no hub starts, and nothing is changed', async () => {
      const state = async () => database.rows('SELECT kind, name, sealed FROM company_key ORDER BY kind, name');
      const untouched = await state();
      await expect(within([OTHER], async (hub) => held(hub.keys))).rejects.toThrow(
        /sealed with another key of secrets.*HOLDFAST_SECRETS_KEY/s,
      );
      expect(await state()).toEqual(untouched);
      expect(await within([OLD], async (hub) => held(hub.keys))).toEqual(before);
    });

    test('while one key of secrets is followed by another, both open them; then the new one alone', async () => {
      const slow = sealedBy([OLD]);
      expect(await held(slow)).toEqual(before);
      expect(await within([NEW, OLD], async (hub) => held(hub.keys))).toEqual(before);
      // A replica that is not started anew yet goes on with what it opened.
      expect(await held(slow)).toEqual(before);
      expect(await within([NEW], async (hub) => held(hub.keys))).toEqual(before);
      expect(await signingKey([NEW])).toBe(signer);
      await expect(keepKeysSealed(database, createVault([OLD], systemRandom), { seal: false })).rejects.toThrow('what the hub signs with');
    });

    test('one that is forgotten is gone, and of two that are made at once the first one stands', async () => {
      const keys = sealedBy([NEW]);
      const [made] = (await keys.read('mail')).slice(-1);
      expect([await keys.forget('mail', made?.name ?? '', 9), await keys.forget('mail', made?.name ?? '', 9)]).toEqual([true, false]);
      expect((await keys.read('mail')).find(({ name }) => name === made?.name)?.secret).toBeUndefined();
      const next = (byte: number) => ({ name: '11', secret: new Uint8Array(32).fill(byte), createdAtMs: 1 });
      expect(await Promise.all([keys.keep('passcode', next(8)), keys.keep('passcode', next(9))])).toHaveLength(2);
      // Numbers, not words.
      await keys.keep('passcode', { ...next(7), name: '9' });
      expect((await keys.read('passcode')).map(({ name }) => name)).toEqual(['1', '9', '11']);
      // Put in another's place it opens nothing.
      await database.execute(
        "UPDATE company_key SET sealed = (SELECT sealed FROM company_key WHERE kind = 'passcode' AND name = '9') WHERE kind = 'passcode' AND name = '1'",
      );
      await expect(sealedBy([NEW]).read('passcode')).rejects.toThrow('passcode 1');
    });
  });
}
