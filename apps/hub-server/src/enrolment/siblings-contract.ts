/** Certificates, revocations, carried ledgers and stolen devices, on any engine, over real HTTP. */
import { X509Certificate } from 'node:crypto';

import { createSigner, generateSigningKey, nodeCompression, nodeHash, nodeVerifier, systemClock } from '@holdfast/base/node';
import {
  bytesToHex,
  certificateMessage,
  enrolLanKeyMessage,
  hexToBytes,
  parseCertificateAnswer,
  parseEnrolAnswer,
  parseRevocations,
  parseSegmentKeysAnswer,
  REVOCATIONS_HEADER,
  signHead,
  signRevocations,
  verifyRevocations,
  type CertificateAnswer,
  type Countersignature,
  type LedgerAnswer,
  type RevocationList,
} from '@holdfast/sync';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { ConflictView } from '../authority/conflicts.ts';
import type { Database, Queries } from '../db/database.ts';
import { NO_HISTORY } from '../identity.ts';
import { releaseCountersigned } from '../ledger/stolen.ts';
import type { Verification } from '../ledger/verify.ts';
import { enrolDevice, enrolNextDevice, enrolRequest, newLanKey, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { EnrolledDevice } from './enrol.ts';

// Real engines on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

const APPLE = [{ sku: 'apple', quantity: 1, amountMinor: 100 }];

export function siblingsContract(engine: string, open: () => Promise<Database>): void {
  describe(`siblings contract: ${engine}`, () => {
    let hub: TestHub;
    beforeAll(async () => {
      hub = await startTestHub(await open(), { clock: { ...systemClock, nowMs: () => systemClock.nowMs() + aheadMs } });
    });
    afterAll(async () => hub.close());
    /** Of the hub's clock. */
    let aheadMs = 0;

    const certified = async (device: TestDevice, lanKey?: string): Promise<CertificateAnswer> => {
      const answer = await device.certify(lanKey);
      const parsed = parseCertificateAnswer(await answer.json());
      if (!parsed.ok) throw new Error(`${answer.status} ${JSON.stringify(parsed.error)}`);
      return parsed.value;
    };
    const listOf = async (device: TestDevice): Promise<RevocationList> => {
      const parsed = parseRevocations(await (await device.request('/sync/v1/revocations')).json());
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
      const { hubPublicKey, tenant } = device.enrolled;
      expect(verifyRevocations(nodeVerifier, hubPublicKey, tenant, parsed.value)).toBe(true);
      return parsed.value;
    };
    const revoke = async (device: TestDevice, reason: string): Promise<Response> =>
      hub.post(`/api/v1/devices/${device.enrolled.device}/revoke`, { reason });
    const send = async (carrier: TestDevice, device: TestDevice, from?: number, to?: number): Promise<LedgerAnswer> => {
      const answer = await carrier.post(device.frame(from, to));
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
      return (await answer.json()) as LedgerAnswer;
    };
    const sendCountersignatures = async (witness: TestDevice, countersignatures: readonly Countersignature[]): Promise<number> => {
      const answer = await witness.request('/sync/v1/countersignatures', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ countersignatures }),
      });
      return answer.status;
    };
    const applesOf = async (): Promise<number> => {
      const lines = (await (await hub.api('/api/v1/stock')).text()).split('\n').filter((line) => line !== '');
      return lines.map((line) => JSON.parse(line) as { sku: string; onHand: number }).find(({ sku }) => sku === 'apple')?.onHand ?? 0;
    };
    const expectSound = async (): Promise<void> => {
      const { problems, projectionsEqualLedger } = await hub.json<Verification>('/api/v1/verify');
      expect([problems, projectionsEqualLedger]).toEqual([[], true]);
    };

    test('N-1, N-2: a device is certified under one authority, by a hub that proves to be its own; asked again it answers the same', async () => {
      const [first, second] = [await enrolDevice(hub), await enrolNextDevice(hub)];
      const lanKey = newLanKey();
      const answer = await certified(first, lanKey);
      const { tenant, device, hubPublicKey } = first.enrolled;
      const message = certificateMessage(tenant, device, answer);
      expect(nodeVerifier.verify(hexToBytes(hubPublicKey), message, hexToBytes(answer.signature))).toBe(true);
      const [certificate, authority] = [answer.certificate, answer.authority].map((der) => new X509Certificate(Buffer.from(der, 'base64')));
      expect(authority === undefined ? false : certificate?.verify(authority.publicKey)).toBe(true);
      expect(certificate?.subjectAltName).toContain(device);
      expect(await certified(first, lanKey)).toEqual(answer);
      expect((await certified(second)).authority).toBe(answer.authority);
    });

    test('N-2: a token alone gets no certificate, and no other key does', async () => {
      const device = await enrolNextDevice(hub);
      const post = async (body: unknown): Promise<number> => {
        const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
        return (await device.request('/sync/v1/certificate', init)).status;
      };
      const stranger = createSigner(generateSigningKey());
      expect(await post({ lanKey: newLanKey(), signature: Buffer.from(stranger.sign(new Uint8Array(3))).toString('hex') })).toBe(422);
      expect(await post({ lanKey: 'AAAA' })).toBe(400);
      expect((await device.certify('AAAA')).status).toBe(422);
    });

    test('N-2, S-2, I-5: a device that is enrolled is told at once what it would ask for next, and no more than that', async () => {
      const signer = createSigner(generateSigningKey());
      const newCode = async (): Promise<string> =>
        ((await (await hub.post('/api/v1/enrolment-codes', { store: '1' })).json()) as { code: string }).code;
      const enrolled = async (code: string, equip?: object) => {
        const answer = await enrolRequest(hub, { code, publicKey: bytesToHex(signer.publicKey), equip });
        const parsed = parseEnrolAnswer(await answer.json());
        if (!parsed.ok) throw new Error(`${answer.status} ${JSON.stringify(parsed.error)}`);
        return parsed.value;
      };
      const [code, lanKey] = [await newCode(), newLanKey()];
      const signed = (by: string) => ({ lanKey, signature: bytesToHex(signer.sign(enrolLanKeyMessage(by, lanKey))) });
      const { equipment, ...identity } = await enrolled(code, { lan: signed(code) });
      const ask = async (path: string): Promise<unknown> =>
        (await fetch(`${hub.url}${path}`, { headers: { authorization: `Bearer ${identity.token}`, 'holdfast-protocol': '1' } })).json();
      expect(parseSegmentKeysAnswer(await ask('/sync/v1/segment-keys'))).toEqual({ ok: true, value: equipment?.segmentKeys });
      expect(equipment?.segmentKeys.keys.length).toBeGreaterThan(0);
      expect(equipment?.passcodeSecrets).toEqual(await ask('/sync/v1/passcode-secrets'));
      const { certificate } = equipment ?? {};
      const message = certificate === undefined ? new Uint8Array() : certificateMessage(identity.tenant, identity.device, certificate);
      expect(nodeVerifier.verify(hexToBytes(identity.hubPublicKey), message, hexToBytes(certificate?.signature ?? ''))).toBe(true);
      expect(new X509Certificate(Buffer.from(certificate?.certificate ?? '', 'base64')).subjectAltName).toContain(identity.device);
      // As often as the answer is lost.
      expect((await enrolled(code, { lan: signed(code) })).equipment).toEqual(equipment);
      // A device of before asks for nothing, and is told nothing; without a network it needs no certificate.
      expect((await enrolled(code)).equipment).toBeUndefined();
      expect((await enrolled(code, {})).equipment).toEqual({ ...equipment, certificate: undefined });
      // Signed for another code it is nobody's wish: enrolled it is all the same.
      const other = await newCode();
      expect((await enrolled(other, { lan: signed(code) })).equipment).toMatchObject({ segmentKeys: equipment?.segmentKeys });
      expect((await enrolled(other, { lan: signed(code) })).equipment?.certificate).toBeUndefined();
      // Whoever shows the code of a device that was stolen is told no secret.
      await hub.post(`/api/v1/devices/${identity.device}/revoke`, { reason: 'stolen' });
      expect((await enrolled(code, { lan: signed(code) })).equipment).toBeUndefined();
    });

    test('N-3: another key revokes the certificate before it; a manifest says the number of the list', async () => {
      const device = await enrolNextDevice(hub);
      const before = (await listOf(device)).number;
      const first = await certified(device);
      const second = await certified(device);
      expect(second.certificate).not.toBe(first.certificate);
      const list = await listOf(device);
      expect(list.number).toBeGreaterThan(before);
      const serial = new X509Certificate(Buffer.from(first.certificate, 'base64')).serialNumber.toLowerCase();
      expect(list.revocations.at(-1)).toEqual({ device: device.enrolled.device, serial, reason: 'rotated', heads: [] });
      const asked = {
        position: { hubEpoch: device.enrolled.hubEpoch, lsn: 0, historyHash: NO_HISTORY },
        waitingEntries: 0,
        waitingSales: 0,
        wallMs: 0,
      };
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(asked) };
      expect((await device.request('/sync/v1/manifest', init)).headers.get(REVOCATIONS_HEADER)).toBe(String(list.number));
      // The device as a whole goes on.
      device.sell(APPLE);
      expect(await device.send()).toMatchObject({ received: { [device.epoch]: 1 }, setAside: 0 });
    });

    test('N-3: a hub that was set back numbers its next list above all that it told: whom it revokes then, lanes hear of', async () => {
      const [sibling, lost, stolen] = [await enrolNextDevice(hub), await enrolNextDevice(hub), await enrolNextDevice(hub)];
      for (const device of [lost, stolen]) await certified(device);
      const backedUp = await listOf(sibling);
      await certified(lost);
      expect((await revoke(lost, 'replaced')).status).toBe(200);
      const told = await listOf(sibling);
      // What came behind the backup is gone.
      await hub.database.execute('DELETE FROM revocation WHERE device = $1', [lost.enrolled.device]);
      await hub.database.execute('UPDATE device SET gone = NULL WHERE device = $1', [lost.enrolled.device]);
      expect(await listOf(sibling)).toEqual(backedUp);
      aheadMs += 60_000;
      expect((await revoke(stolen, 'stolen')).status).toBe(200);
      const list = await listOf(sibling);
      expect(list.number).toBeGreaterThan(told.number);
      expect(list.revocations.at(-1)).toMatchObject({ device: stolen.enrolled.device, reason: 'stolen' });
    });

    const show = async (device: TestDevice, list: unknown): Promise<number> => {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(list) };
      return (await device.request('/sync/v1/revocations', init)).status;
    };
    /** What came behind the backup is gone. */
    const forget = async (...devices: readonly TestDevice[]): Promise<void> => {
      for (const { enrolled } of devices) {
        await hub.database.execute('DELETE FROM revocation WHERE device = $1', [enrolled.device]);
        await hub.database.execute('UPDATE device SET gone = NULL WHERE device = $1', [enrolled.device]);
      }
    };
    const serialOf = ({ certificate }: CertificateAnswer): string =>
      new X509Certificate(Buffer.from(certificate, 'base64')).serialNumber.toLowerCase();
    const named = ({ revocations }: RevocationList, { enrolled }: TestDevice) =>
      revocations.filter(({ device }) => device === enrolled.device).map(({ serial, reason }) => `${serial} ${reason}`);
    const regained = async (): Promise<readonly string[]> =>
      (await hub.json<{ conflicts: readonly ConflictView[] }>('/api/v1/conflicts?limit=200')).conflicts
        .filter(({ rule }) => rule === 'lostRevocation')
        .map(({ key }) => key);

    test('N-20: a hub that was set back is shown what it lost: the thief is out again with all it was given since, and it is said once', async () => {
      const [sibling, thief, exchanged, replaced] = [
        await enrolNextDevice(hub),
        await enrolNextDevice(hub),
        await enrolNextDevice(hub),
        await enrolNextDevice(hub),
      ];
      const first = serialOf(await certified(thief));
      const [before, after] = [serialOf(await certified(exchanged)), serialOf(await certified(exchanged))];
      await certified(replaced);
      expect((await revoke(thief, 'stolen')).status).toBe(200);
      expect((await revoke(replaced, 'replaced')).status).toBe(200);
      const told = await listOf(sibling);
      await forget(thief, exchanged, replaced);
      await hub.database.execute('DELETE FROM device_certificate WHERE serial = $1', [after]);
      // The thief is in again, by a certificate of the restored hub.
      const second = serialOf(await certified(thief));
      // Somebody has revoked this one again, for another reason: that holds.
      expect((await revoke(replaced, 'stolen')).status).toBe(200);
      const known = await regained();

      expect(await show(sibling, told)).toBe(204);
      const list = await listOf(sibling);
      expect(list.number).toBeGreaterThan(told.number);
      expect(new Set(named(list, thief))).toEqual(new Set([`${first} stolen`, `${second} stolen`]));
      expect(named(list, exchanged)).toEqual([`${before} rotated`]);
      expect(named(list, replaced)).toEqual([expect.stringContaining('stolen')]);
      expect((await thief.request('/sync/v1/revocations')).status).toBe(403);
      expect((await exchanged.request('/sync/v1/revocations')).status).toBe(200);
      const shownBy = await hub.database.rows('SELECT DISTINCT shown_by FROM revocation WHERE device = $1 AND serial = $2', [
        thief.enrolled.device,
        first,
      ]);
      expect(shownBy).toEqual([{ shown_by: sibling.enrolled.device }]);
      expect((await regained()).filter((device) => !known.includes(device))).toEqual([thief.enrolled.device]);
      // Shown again, and by another one, it is known.
      expect([await show(sibling, told), await show(exchanged, told), await show(sibling, list)]).toEqual([204, 204, 204]);
      expect(await listOf(sibling)).toEqual(list);
      // A device whose certificate the hub does not know any more is on the list all the same.
      expect((await revoke(exchanged, 'stolen')).status).toBe(200);
      expect(named(await listOf(sibling), exchanged)).toEqual([`${before} rotated`, expect.stringMatching(/^[0-9a-f]{40} stolen$/)]);
    });

    test('N-20: of a device that was enrolled and revoked behind the backup nothing is left, and its certificate counts no more', async () => {
      const [sibling, lane] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
      const serial = serialOf(await certified(lane));
      expect((await revoke(lane, 'stolen')).status).toBe(200);
      const told = await listOf(sibling);
      await forget(lane);
      for (const table of ['device_certificate', 'enrolment_code', 'device'])
        await hub.database.execute(`DELETE FROM ${table} WHERE device = $1`, [lane.enrolled.device]);
      expect(await show(sibling, told)).toBe(204);
      expect(named(await listOf(sibling), lane)).toEqual([`${serial} stolen`]);
      expect(await regained()).toContain(lane.enrolled.device);
      await expectSound();
    });

    test('N-20: what the lost list trusts of a stolen ledger counts when siblings bring it again; what came after is held', async () => {
      const [lane, sibling] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
      await certified(lane);
      const apples = await applesOf();
      for (let sale = 0; sale < 5; sale += 1) lane.sell(APPLE);
      await lane.send(1, 2);
      expect((await revoke(lane, 'stolen')).status).toBe(200);
      // As if the hub had had four of them by then, and the backup two.
      const heads = [{ epoch: lane.epoch, seq: 4, hash: bytesToHex(lane.entries[3]?.hash ?? new Uint8Array()) }];
      await hub.database.execute('UPDATE revocation SET heads = $2::jsonb WHERE device = $1', [
        lane.enrolled.device,
        JSON.stringify(heads),
      ]);
      const told = await listOf(sibling);
      await forget(lane);
      expect(await show(sibling, told)).toBe(204);
      await send(sibling, lane, 3, 4);
      await send(sibling, lane, 5);
      expect(await applesOf()).toBe(apples - 4);
      await expectSound();
    });

    test('N-20: a list that this hub has not signed, or that is too large, changes nothing, and a device that is gone shows none', async () => {
      const [sibling, lane, other] = [await enrolNextDevice(hub), await enrolNextDevice(hub), await enrolNextDevice(hub)];
      await certified(lane);
      await certified(other);
      expect((await revoke(lane, 'stolen')).status).toBe(200);
      const told = await listOf(sibling);
      await forget(lane);
      const before = await listOf(sibling);
      const [revocation] = told.revocations.slice(-1);
      const stranger = createSigner(generateSigningKey());
      const { tenant } = sibling.enrolled;
      const forged = { ...told, revocations: [...told.revocations, { ...revocation, device: other.enrolled.device }] };
      for (const list of [
        signRevocations(stranger, tenant, told),
        forged,
        { ...told, number: told.number + 1 },
        { ...told, number: 999_999_999 },
        { ...told, revocations: [] },
      ])
        expect(await show(sibling, list)).toBe(422);
      for (const list of [null, [], {}, { ...told, number: -1 }, { ...told, revocations: [{ ...revocation, serial: 'x' }] }])
        expect(await show(sibling, list)).toBe(400);
      expect(await show(sibling, { ...told, more: 'x'.repeat(8 * 1024 * 1024) })).toBe(413);
      const many = Array.from({ length: 10_001 }, () => revocation);
      expect(await show(sibling, { ...told, revocations: many })).toBe(400);
      expect((await revoke(other, 'replaced')).status).toBe(200);
      expect(await show(other, told)).toBe(403);
      expect(named(await listOf(sibling), lane)).toEqual([]);
      expect((await listOf(sibling)).revocations.slice(0, -1)).toEqual(before.revocations);
    });

    test('N-12: a sibling brings another’s ledger, judged by who signed it; another store’s, or a forger’s, is refused', async () => {
      const [lane, sibling] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
      const apples = await applesOf();
      lane.sell(APPLE);
      lane.sell(APPLE);
      expect(await send(sibling, lane, 1, 1)).toMatchObject({ received: { [lane.epoch]: 1 } });
      // Its own comes too, and finds the first one there.
      expect(await lane.send()).toMatchObject({ received: { [lane.epoch]: 2 } });
      expect(await send(sibling, lane)).toMatchObject({ received: { [lane.epoch]: 2 } });
      expect(await applesOf()).toBe(apples - 2);
      await hub.post('/api/v1/stores', { store: 'far', name: 'Far', currency: 'EUR', timeZone: 'Europe/Berlin', taxInclusive: true });
      const stranger = await enrolNextDevice(hub, 'far');
      expect((await stranger.post(lane.frame())).status).toBe(422);
      lane.sell(APPLE);
      const frame = lane.frame(3);
      // The signature of the head stands before the body: one bit of it.
      const text = Buffer.from(frame);
      const signature = Buffer.from(
        signHead(createSigner(generateSigningKey()), { device: 'x', epoch: lane.epoch, seq: 1, hash: new Uint8Array(32) }).signature,
      );
      const hash = Buffer.from(lane.entries[2]?.hash ?? []);
      signature.copy(text, text.indexOf(hash) + 32);
      expect((await sibling.post(new Uint8Array(text))).status).toBe(422);
      await expectSound();
    });

    test('N-3: a replaced device is served no more, and what it sold counts whoever brings it', async () => {
      const [lane, sibling] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
      await certified(lane);
      expect((await revoke(lane, 'replaced')).status).toBe(200);
      expect((await revoke(lane, 'stolen')).status).toBe(409);
      expect((await hub.post('/api/v1/devices/nobody/revoke', { reason: 'stolen' })).status).toBe(404);
      expect((await revoke(lane, 'rotated')).status).toBe(400);
      for (const path of ['/sync/v1/revocations', '/sync/v1/segments/ab']) expect((await lane.request(path)).status).toBe(403);
      expect((await lane.certify()).status).toBe(403);
      const apples = await applesOf();
      lane.sell(APPLE);
      lane.sell(APPLE);
      expect(await send(sibling, lane, 1, 1)).toMatchObject({ setAside: 0 });
      expect(await lane.send()).toMatchObject({ setAside: 0, received: { [lane.epoch]: 2 } });
      expect(await applesOf()).toBe(apples - 2);
      expect((await listOf(sibling)).revocations.at(-1)).toMatchObject({ device: lane.enrolled.device, reason: 'replaced' });
    });

    test('N-3, N-6: of a stolen device counts what the hub had and what a sibling countersigned; the rest is held whole until a person says so', async () => {
      const [lane, sibling] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
      await certified(lane);
      const apples = await applesOf();
      for (let sale = 0; sale < 5; sale += 1) lane.sell(APPLE);
      await lane.send(1, 2);
      expect((await revoke(lane, 'stolen')).status).toBe(200);
      const { heads } = (await listOf(sibling)).revocations.at(-1) ?? { heads: [] };
      expect(heads).toMatchObject([{ epoch: lane.epoch, seq: 2 }]);
      await send(sibling, lane, 3, 4);
      expect(await send(sibling, lane, 5)).toMatchObject({ received: { [lane.epoch]: 5 } });
      const held = await hub.json<{ runs: readonly { device: string; firstSeq: number; entries: number; reason: string }[] }>(
        '/api/v1/set-aside',
      );
      expect(held.runs.filter((run) => run.device === lane.enrolled.device)).toMatchObject([
        { firstSeq: 5, entries: 1, reason: expect.stringContaining('stolen') },
        { firstSeq: 3, entries: 2 },
      ]);
      // To try again what could not be folded is another thing.
      await hub.post('/api/v1/set-aside/retry', {});
      expect(await applesOf()).toBe(apples - 2);
      await expectSound();

      const { device } = lane.enrolled;
      const headAt = (seq: number) => ({
        device,
        epoch: lane.epoch,
        seq,
        hash: lane.entries[seq - 1]?.hash ?? new Uint8Array(32),
        signature: new Uint8Array(64),
      });
      // Not by itself, not of another history, not in another’s name.
      expect((await lane.request('/sync/v1/countersignatures', { method: 'POST' })).status).toBe(403);
      const right = sibling.countersign(headAt(4));
      expect(await sendCountersignatures(sibling, [{ ...sibling.countersign({ ...headAt(5), hash: new Uint8Array(32).fill(1) }) }])).toBe(
        204,
      );
      expect(
        await sendCountersignatures(sibling, [
          { ...right, seq: 5 },
          { ...right, witness: device },
        ]),
      ).toBe(204);
      expect(await applesOf()).toBe(apples - 2);
      expect(await sendCountersignatures(sibling, [right])).toBe(204);
      expect(await sendCountersignatures(sibling, [right])).toBe(204);
      expect(await applesOf()).toBe(apples - 4);
      await expectSound();

      const counted = await hub.post(`/api/v1/devices/${device}/count-held`, {});
      expect(await counted.json()).toEqual({ entries: 1 });
      expect(await applesOf()).toBe(apples - 5);
      expect(await send(sibling, lane)).toMatchObject({ setAside: 0, received: { [lane.epoch]: 5 } });
      await expectSound();
    });

    test('N-6: a countersignature that comes before the entries counts as one that comes after', async () => {
      const [lane, sibling] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
      await certified(lane);
      const apples = await applesOf();
      for (let sale = 0; sale < 3; sale += 1) lane.sell(APPLE);
      await revoke(lane, 'stolen');
      const head = {
        device: lane.enrolled.device,
        epoch: lane.epoch,
        seq: 2,
        hash: lane.entries[1]?.hash ?? new Uint8Array(32),
        signature: new Uint8Array(64),
      };
      await sendCountersignatures(sibling, [sibling.countersign(head)]);
      await send(sibling, lane, 1, 2);
      await send(sibling, lane, 3);
      expect(await applesOf()).toBe(apples - 2);
      await expectSound();
    });

    /** How many frames are read of all that is held of a stolen device when something comes of it, and how many runs count then. */
    const released = async (device: TestDevice): Promise<{ readonly frames: number; readonly runs: number }> =>
      hub.database.transaction(async (tx) => {
        let frames = 0;
        const counting: Queries = {
          ...tx,
          rows: async <Row>(...asked: Parameters<Queries['rows']>) => {
            const rows = await tx.rows<Row>(...asked);
            frames += rows.filter((row) => Object.hasOwn(row as object, 'frame')).length;
            return rows;
          },
        };
        const [row] = await tx.rows<EnrolledDevice>('SELECT device, tenant_no AS "tenantNo" FROM device WHERE device = $1', [
          device.enrolled.device,
        ]);
        if (row === undefined) throw new Error('a device that is enrolled');
        const runs = await releaseCountersigned(counting, row, { compression: nodeCompression, hash: nodeHash });
        return { frames, runs };
      });

    test('N-6, U-18: what comes of a stolen device reads nothing of what is held of it already, but the run that a sibling speaks of', async () => {
      const [lane, sibling] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
      await certified(lane);
      for (let sale = 0; sale < 12; sale += 1) lane.sell(APPLE);
      await send(sibling, lane, 1, 2);
      await revoke(lane, 'stolen');
      for (let seq = 3; seq <= 7; seq += 1) await send(sibling, lane, seq, seq);
      expect(await released(lane)).toEqual({ frames: 0, runs: 0 });
      const headAt = (seq: number, hash = lane.entries[seq - 1]?.hash ?? new Uint8Array(32)) => ({
        device: lane.enrolled.device,
        epoch: lane.epoch,
        seq,
        hash,
        signature: new Uint8Array(64),
      });
      // Of an entry that is still to come, and of another history of one that came.
      await sendCountersignatures(sibling, [sibling.countersign(headAt(12)), sibling.countersign(headAt(6, new Uint8Array(32).fill(1)))]);
      expect(await released(lane)).toEqual({ frames: 1, runs: 0 });
      await send(sibling, lane, 8, 11);
      expect(await released(lane)).toEqual({ frames: 1, runs: 0 });
      const apples = await applesOf();
      await send(sibling, lane, 12);
      expect(await applesOf()).toBe(apples - 10);
      expect(await released(lane)).toEqual({ frames: 0, runs: 0 });
      await expectSound();
    });
  });
}
