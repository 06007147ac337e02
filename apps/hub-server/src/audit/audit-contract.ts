/** What an audit sees, on any engine: each engine's test file runs this suite over real HTTP, with the device's own side of the protocol. */
import { assert } from '@holdfast/base';
import { nodeHash, nodeVerifier } from '@holdfast/base/node';
import { ENTITY_TYPES, LEDGER_KINDS } from '@holdfast/domain';
import {
  audit,
  bytesToHex,
  createMemoryStore,
  createSchemas,
  parseAuditAnswer,
  PATHS,
  type AuditReport,
  type Cell,
  type Checkpoint,
  type ReplicaStore,
  scopesOfPlace,
} from '@holdfast/sync';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Database } from '../db/database.ts';
import { enrolNextDevice, saleFields, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { DeviceProof } from './proof.ts';

vi.setConfig({ testTimeout: 60_000 });

const SCHEMAS = createSchemas(Object.values(LEDGER_KINDS));
const ITEM = ENTITY_TYPES.item.type;

/** A lane whose ledger and catalogue are what a hub should have: entries that were sent and confirmed, items that were published. */
interface Lane {
  readonly store: ReplicaStore;
  readonly device: TestDevice;
  checkpoint: Checkpoint | null;
  audit(): Promise<AuditReport>;
}

export function auditContract(engine: string, open: () => Promise<Database>): void {
  describe(`audit contract: ${engine}`, () => {
    let hub: TestHub;
    beforeAll(async () => {
      hub = await startTestHub(await open());
    });
    afterAll(async () => hub.close());

    const publish = async (names: Readonly<Record<string, string>>): Promise<void> => {
      const cells = Object.entries(names).map(([key, name]) => ({
        type: 'item',
        key,
        scope: 'global',
        fields: { name, taxClass: 'standard', unit: 'piece' },
      }));
      const answer = await hub.post('/api/v1/publications', { cells });
      expect(answer.status).toBe(200);
    };

    async function openLane(sales: number): Promise<Lane> {
      const device = await enrolNextDevice(hub);
      for (let i = 0; i < sales; i += 1) device.sell([{ sku: 'apple', quantity: 1, amountMinor: 100 }]);
      await device.send();
      const store = createMemoryStore({ schemas: SCHEMAS, hash: nodeHash });
      store.enrol(device.enrolled, device.epoch);
      for (let i = 0; i < sales; i += 1)
        store.append({
          kind: LEDGER_KINDS.sale.kind,
          wallMs: Date.parse('2026-11-21T10:00:00Z'),
          clockUncertaintyMs: 50,
          hubOffsetMs: 0,
          fields: saleFields(i + 1, [{ sku: 'apple', quantity: 1, amountMinor: 100 }]),
        });
      store.confirm([{ epoch: device.epoch, confirmedSeq: sales, diverged: false }], {});
      const post = async (path: string, body: unknown): Promise<Response> =>
        device.request(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
      const lane: Lane = {
        store,
        device,
        checkpoint: null,
        audit: async () => {
          const done = await audit({
            store,
            scopes: () => scopesOfPlace(device.enrolled),
            hash: nodeHash,
            verifier: nodeVerifier,
            types: Object.values(ENTITY_TYPES).map(({ type }) => type),
            heldCheckpoint: () => lane.checkpoint,
            keepCheckpoint: (checkpoint) => void (lane.checkpoint = checkpoint),
            pause: async () => undefined,
            ask: async (question) => {
              const answer = await post(PATHS.audit, question);
              return parseAuditAnswer(await answer.json());
            },
          });
          assert(done.ok, `the hub answered: ${JSON.stringify(done)}`);
          expect((await post(PATHS.auditReport, done.value)).status).toBe(204);
          return done.value;
        },
      };
      return lane;
    }

    /** What is published by now, as the hub's rows say it. */
    async function bring(lane: Lane): Promise<void> {
      const { to } = await lane.device.manifest();
      const rows = await hub.database.rows<{ type: number; key: string; scope: string; fields: Readonly<Record<string, string>> }>(
        `SELECT type, key, scope, fields FROM entity WHERE alive AND scope = ANY ($1::text[])`,
        [['global', `zone:${lane.device.enrolled.zone}`, `store:${lane.device.enrolled.store}`]],
      );
      const cells = rows.flatMap(({ type, key, scope, fields }): Cell[] => [
        { type, key, scope, field: 0, generation: 1, stamp: to.lsn, value: true },
        ...Object.entries(fields).map(([field, value]) => ({
          type,
          key,
          scope,
          field: Number(field),
          generation: 1,
          stamp: to.lsn,
          value,
        })),
      ]);
      lane.store.stage({ from: lane.store.cut().position, to, rebase: false, segments: [], signature: '0'.repeat(128) });
      lane.store.applyChunk({ segment: `at ${to.lsn}`, chunk: 0, chunkCount: 1 }, cells);
      lane.store.expose();
    }

    const proof = async (lane: Lane): Promise<DeviceProof> => hub.json<DeviceProof>(`/api/v1/devices/${lane.device.enrolled.device}/proof`);

    test('A-1, A-2, A-3: what is equal is reported so, and stands in the device’s proof with a signed checkpoint', async () => {
      await publish({ apple: 'Apple', pear: 'Pear' });
      const lane = await openLane(40);
      await bring(lane);
      const report = await lane.audit();
      expect(report).toMatchObject({ entries: 40, differences: [], checkpoint: 1 });
      expect(report.entities).toBeGreaterThanOrEqual(2);
      const proven = await proof(lane);
      expect(proven).toMatchObject({
        epochs: [{ number: 1, epoch: lane.device.epoch, seq: 40, chainWhole: true, headSigned: true, gaps: [], checkpointSeq: 40 }],
        checkpoint: { number: 1, signed: true, held: true },
        audit: { askedAtMs: null, report },
        problems: [],
      });
    });

    test('A-1: a byte that was changed at the hub, and an entry that is missing there, are named by the lane’s audit and by the proof', async () => {
      const lane = await openLane(30);
      await bring(lane);
      const { device, epoch } = { device: lane.device.enrolled.device, epoch: lane.device.epoch };
      await (await hub.api('/api/v1/stock')).text();
      await hub.database.execute(
        `UPDATE ledger_entry SET canonical = set_byte(canonical, 40, (get_byte(canonical, 40) + 1) % 256) WHERE device = $1 AND seq = 7`,
        [device],
      );
      await hub.database.execute('DELETE FROM ledger_entry WHERE device = $1 AND seq = 20', [device]);
      const entry = (seq: number) => ({ what: 'entries', epoch, from: seq, to: seq });
      expect((await lane.audit()).differences).toEqual([entry(7), entry(20)]);
      const proven = await proof(lane);
      expect(proven.epochs[0]).toMatchObject({ chainWhole: false, gaps: [{ from: 20, to: 20 }] });
      expect(proven.problems.join('\n')).toMatch(/ 7: the bytes do not have the hash/);
      expect(proven.audit?.report?.differences).toHaveLength(2);
    });

    test('A-2: a price that somebody changed in the hub’s tables alone is named; a hub that moved on is compared the next time', async () => {
      const names = Object.fromEntries(
        Array.from({ length: 600 }, (_, index) => [`many-${String(index).padStart(4, '0')}`, `Name ${index}`]),
      );
      await publish(names);
      const lane = await openLane(1);
      await bring(lane);
      expect((await lane.audit()).differences).toEqual([]);
      await hub.database.execute(
        `UPDATE entity SET fields = jsonb_set(fields, '{1}', '"Other"') WHERE type = ${ITEM} AND key = 'many-0321'`,
      );
      await hub.database.execute(`DELETE FROM entity WHERE type = ${ITEM} AND key = 'many-0599'`);
      const { differences } = await lane.audit();
      expect(differences).toEqual([
        { what: 'cells', type: ITEM, after: 'many-0320', upTo: 'many-0321' },
        { what: 'cells', type: ITEM, after: 'many-0598', upTo: expect.toSatisfy((upTo) => upTo === null || upTo >= 'many-0599') },
      ]);
      await publish({ later: 'Later' });
      expect(await lane.audit()).toMatchObject({ entities: null, differences: [] });
    });

    test('A-4, A-5: a ledger that was cut short is proven by the checkpoint that a lane kept, whoever asks', async () => {
      const lane = await openLane(12);
      await bring(lane);
      await lane.audit();
      const kept = (await hub.json<{ checkpoints: readonly Checkpoint[] }>('/api/v1/checkpoints')).checkpoints.find(
        ({ store }) => store === lane.device.enrolled.store,
      );
      assert(kept !== undefined, 'the store has one');
      lane.checkpoint = kept;
      const check = async (body: unknown) => (await hub.post('/api/v1/checkpoints/check', body)).json();
      const head = kept.heads.find(({ device }) => device === lane.device.enrolled.device);
      assert(head !== undefined, 'it speaks of this lane');
      expect(await check(kept)).toMatchObject({ signed: true, heads: kept.heads.length });
      expect((await check({ ...kept, atMs: kept.atMs + 1 })) as object).toMatchObject({ signed: false });
      // Who cuts it short makes everything else agree.
      await hub.database.execute('DELETE FROM ledger_entry WHERE device = $1 AND seq > 9', [head.device]);
      await hub.database.execute(
        `UPDATE ledger_epoch SET head_seq = 9, signed_seq = 9, head_hash = (SELECT hash FROM ledger_entry WHERE device = $1 AND seq = 9) WHERE device = $1`,
        [head.device],
      );
      expect(((await check(kept)) as { lost: unknown[] }).lost).toContainEqual(head);
      expect((await lane.audit()).differences).toContainEqual({ what: 'cut-short', head });
      expect(lane.checkpoint).toEqual(kept);
      expect((await proof(lane)).problems.join('\n')).toContain(`entry ${head.seq}, of checkpoint`);
    });

    test('U-8: of an entry that somebody names by its hash the hub says in which history it holds it, from where on, and whether that ends there', async () => {
      const lane = await openLane(6);
      await bring(lane);
      const { device } = lane;
      const copy = device.clone(4);
      for (let sale = 0; sale < 3; sale += 1) copy.sell([{ sku: 'apple', quantity: 2, amountMinor: 200 }]);
      await copy.send(5, 7);
      await copy.probe();
      const named = (of: typeof device, seq: number) => ({
        device: device.enrolled.device,
        epoch: device.epoch,
        seq,
        hash: bytesToHex(of.entries[seq - 1]?.hash ?? new Uint8Array()),
      });
      const find = async (...entries: readonly object[]) =>
        ((await (await hub.post('/api/v1/entries/held', { entries })).json()) as { entries: unknown }).entries;
      const none = { on: 'none', from: null, isLast: false };
      const main = { ...none, on: 'mainLine' };
      expect(
        await find(named(device, 6), named(copy, 4), named(copy, 7), named(copy, 5), { ...named(device, 5), seq: 6 }, named(device, 5)),
      ).toEqual([main, main, { on: 'branch', from: 5, isLast: true }, { on: 'branch', from: 5, isLast: false }, none, main]);
      expect(await find({ ...named(copy, 7), device: 'nobody' }, { ...named(copy, 7), hash: 'ab'.repeat(32) })).toEqual([none, none]);
      // A branch with a hole is no history.
      await hub.database.execute(`DELETE FROM ledger_entry WHERE device = $1 AND seq = 6 AND branch <> ''`, [device.enrolled.device]);
      expect(await find(named(copy, 7), named(copy, 5))).toEqual([none, { on: 'branch', from: 5, isLast: true }]);
      for (const wrong of [[], [{ ...named(copy, 7), seq: 0 }], [{ ...named(copy, 7), hash: 'x' }]])
        expect((await hub.post('/api/v1/entries/held', { entries: wrong })).status).toBe(400);
    });

    test('A-3: the hub asks for an audit with its manifests until one is reported', async () => {
      const lane = await openLane(1);
      const asksFor = async (): Promise<string | null> => {
        const position = { hubEpoch: lane.device.enrolled.hubEpoch, lsn: 0, historyHash: '0'.repeat(64) };
        const answer = await lane.device.request('/sync/v1/manifest', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ position, waitingEntries: 0, waitingSales: 0, wallMs: 1, reads: 2 }),
        });
        return answer.headers.get('holdfast-audit');
      };
      expect(await asksFor()).toBeNull();
      expect((await hub.post(`/api/v1/devices/${lane.device.enrolled.device}/audit`, {})).status).toBe(202);
      expect(await asksFor()).toBe('wanted');
      await bring(lane);
      await lane.audit();
      expect(await asksFor()).toBeNull();
      expect((await hub.post('/api/v1/devices/nobody/audit', {})).status).toBe(404);
    });
  });
}
