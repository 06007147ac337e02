import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { err, ok } from '@holdfast/base';
import { createSigner, generateSigningKey, nodeVerifier } from '@holdfast/base/node';
import { bytesToHex, signWipe, type WipeReport } from '@holdfast/sync';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { ASSORTMENT, createTestLane, IDENTITY, LANE_EPOCH, MILK, silentLogger, type TestLane } from '../testing/test-lane.ts';
import { createLaneWipe, eraseMarked, headsOf, isStillAll, markWiped, type Wipe } from './lane-wipe.ts';

const HUB = createSigner(generateSigningKey());
const ORDERED_AT_MS = 1_795_000_000_000;

let lane: TestLane;
beforeEach(() => {
  lane = createTestLane(ASSORTMENT);
});
afterEach(() => lane.db.close());

let requests = 0;
const sell = (): void => {
  lane.ask({ type: 'scan', code: MILK }, `wipe-${(requests += 1)}`);
  lane.ask({ type: 'payCash', amountMinor: 119 }, `wipe-${(requests += 1)}`);
};
const confirm = (confirmedSeq: number): void => lane.store.confirm([{ epoch: LANE_EPOCH, confirmedSeq, diverged: false }], {});

/** A lane whose pinned hub is ours; `order`: what its hub answers. */
function obeying(order: Partial<{ device: string; isStolen: boolean; signer: typeof HUB; holds: boolean; level: boolean }> = {}) {
  const { device = IDENTITY.device, isStolen = false, signer = HUB, holds = true, level = true } = order;
  const reports: WipeReport[] = [];
  const wipes: Wipe[] = [];
  const identity = { ...IDENTITY, hubPublicKey: bytesToHex(HUB.publicKey) };
  const wipe = createLaneWipe({
    db: lane.db,
    store: { ...lane.store, identity: () => identity },
    hub: {
      fetchWipeOrder: async () =>
        ok({ value: signWipe(signer, identity.tenant, { device, orderedAtMs: ORDERED_AT_MS, isStolen }), hubTimeMs: null }),
      reportWipe: async (_token, report) => {
        reports.push(report);
        return holds ? ok({ value: null, hubTimeMs: null }) : err({ type: 'refused', reason: '409' });
      },
    },
    verifier: nodeVerifier,
    logger: silentLogger,
    areDocumentsLevel: () => level,
    onWipe: (done) => wipes.push(done),
  });
  const contact = async (isServed = true): Promise<void> => {
    wipe.ordered(isServed);
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return { contact, reports, wipes };
}

describe('S-9: a lane that headquarters has erase itself', () => {
  test('hands over what was not sent first, and names all that it had', async () => {
    sell();
    sell();
    const { contact, reports, wipes } = obeying();
    await contact();
    expect([reports, wipes]).toEqual([[], []]);
    confirm(1);
    await contact();
    expect(reports).toEqual([]);
    confirm(2);
    await contact();
    const heads = headsOf(lane.store);
    expect(heads).toMatchObject([{ epoch: LANE_EPOCH, seq: 2 }]);
    expect(reports).toEqual([{ orderedAtMs: ORDERED_AT_MS, heads }]);
    expect(wipes).toEqual([{ heads, isStolen: false }]);
  });

  test('waits for an open basket to end, where it was not stolen', async () => {
    lane.ask({ type: 'scan', code: MILK }, 'wipe-open');
    const [kept, stolen] = [obeying(), obeying({ isStolen: true })];
    await kept.contact();
    expect(kept.reports).toEqual([]);
    await stolen.contact();
    expect(stolen.wipes).toHaveLength(1);
  });

  test.each([
    ['another hub', { signer: createSigner(generateSigningKey()) }],
    ['another device', { device: 'lane-of-another-store' }],
    ['a hub that lacks something', { holds: false }],
    ['documents that have not gone up', { level: false }],
  ])('does not obey %s', async (_, order) => {
    const { contact, wipes } = obeying(order);
    await contact();
    expect(wipes).toEqual([]);
  });

  test('of whoever counts no more nothing but its ledger is waited for', async () => {
    const { contact, wipes } = obeying({ level: false });
    await contact();
    expect(wipes).toEqual([]);
    await contact(false);
    expect(wipes).toHaveLength(1);
  });

  test('what was sold after it was handed over is handed over first', () => {
    sell();
    const wipe: Wipe = { heads: headsOf(lane.store), isStolen: false };
    expect(isStillAll(lane.db, lane.store, wipe)).toBe(true);
    sell();
    expect(isStillAll(lane.db, lane.store, wipe)).toBe(false);
    expect(isStillAll(lane.db, lane.store, { ...wipe, isStolen: true })).toBe(true);
  });

  test('a basket that was begun after that ends first, where it was not stolen', () => {
    sell();
    const wipe: Wipe = { heads: headsOf(lane.store), isStolen: false };
    lane.ask({ type: 'scan', code: MILK }, 'wipe-begun');
    expect(headsOf(lane.store)).toEqual(wipe.heads);
    expect([wipe, { ...wipe, isStolen: true }].map((each) => isStillAll(lane.db, lane.store, each))).toEqual([false, true]);
  });

  test('nothing is left of a folder that is marked, keys going first, and a folder that is not marked stays', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-wipe-'));
    try {
      mkdirSync(join(folder, 'pictures'));
      for (const name of [
        'till.db',
        'till.db-wal',
        'device.key',
        'segment-keys.json',
        'witness.json',
        'pictures/x',
        'till.lock',
        'till.pid',
      ])
        writeFileSync(join(folder, name), 'x');
      expect(eraseMarked(folder)).toBe(false);
      expect(readdirSync(folder)).toHaveLength(8);
      markWiped(folder);
      // Killed after the keys.
      rmSync(join(folder, 'device.key'));
      expect(eraseMarked(folder)).toBe(true);
      expect(readdirSync(folder).sort()).toEqual(['till.lock', 'till.pid']);
      expect(eraseMarked(folder)).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
