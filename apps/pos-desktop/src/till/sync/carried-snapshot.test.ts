/** A stick's snapshot at a lane that is by itself (SPEC: D-17). */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { nodeHash, nodeVerifier, systemClock, systemTimers } from '@holdfast/base/node';
import {
  bytesToHex,
  createMemoryParts,
  createMemoryStore,
  type Manifest,
  originPosition,
  signManifest,
  type Transport,
} from '@holdfast/sync';
import { createDownCache } from '@holdfast/sync/lan';
import { afterAll, expect, test } from 'vitest';

import { LEDGER_SCHEMAS } from '../schemas.ts';
import { HUB_EPOCH, HUB_SIGNER, IDENTITY } from '../testing/test-lane.ts';
import { withCarriedSnapshot } from './carried-snapshot.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-carried-'));
afterAll(() => rmSync(folder, { recursive: true }));

const frames = [1, 2].map((salt) => Uint8Array.from({ length: 900 }, (_, at) => (at * salt) % 251));
const hashOf = (frame: Uint8Array): string => bytesToHex(nodeHash.sha256(frame));
const manifestTo = (lsn: number, segments: readonly Uint8Array[]): Manifest =>
  signManifest(HUB_SIGNER, IDENTITY.tenant, {
    from: originPosition(HUB_EPOCH),
    to: { hubEpoch: HUB_EPOCH, lsn, historyHash: String(lsn).padStart(64, '0') },
    rebase: false,
    segments: segments.map((frame) => ({ hash: hashOf(frame), bytes: frame.length, cells: 1, entities: 1 })),
  });

test('the line brings what is not on the stick; with no line it begins with the stick; nothing is kept for siblings that are not there', async () => {
  const stick = createDownCache({ folder, hash: nodeHash });
  const [held = new Uint8Array(), newer = new Uint8Array()] = frames;
  stick.keepFrame(hashOf(held), held);
  stick.keepManifest(manifestTo(3, [held]));
  const before = readdirSync(folder).sort();
  const line = { isThere: true, fetched: [] as string[] };
  const lost = { ok: false, error: { type: 'unreachable', reason: 'no line' } } as const;
  const hub: Transport = {
    enrol: async () => lost,
    sendLedger: async () => lost,
    fetchManifest: async () => (line.isThere ? { ok: true, value: { value: manifestTo(4, [held, newer]), hubTimeMs: 1 } } : lost),
    fetchSegment: async (_token, hash) => {
      line.fetched.push(hash);
      return line.isThere ? { ok: true, value: { bytes: newer, torn: null } } : lost;
    },
  };
  const store = createMemoryStore({ schemas: LEDGER_SCHEMAS, hash: nodeHash });
  store.enrol(IDENTITY, '00'.repeat(8));
  const transport = withCarriedSnapshot({
    folder,
    store,
    hub,
    parts: createMemoryParts(),
    hash: nodeHash,
    verifier: nodeVerifier,
    timers: systemTimers,
    clock: systemClock,
  });
  const question = { position: originPosition(HUB_EPOCH), waitingEntries: 0, waitingSales: 0, wallMs: 0 };
  expect(await transport.fetchManifest('t', question)).toMatchObject({ ok: true, value: { value: { to: { lsn: 4 } } } });
  for (const frame of [held, newer])
    expect(await transport.fetchSegment('t', hashOf(frame), 0, 900)).toEqual({ ok: true, value: { bytes: frame, torn: null } });
  expect(line.fetched).toEqual([hashOf(newer)]);
  line.isThere = false;
  expect(await transport.fetchManifest('t', question)).toMatchObject({
    ok: true,
    value: { isFromSibling: true, value: { to: { lsn: 3 } } },
  });
  expect(readdirSync(folder).sort()).toEqual(before);
});
