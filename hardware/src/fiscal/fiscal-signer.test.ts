/** What every signer does, over memory and over TCP; and what comes of one that is silent, slow, or talks nonsense. */
import { createPublicKey, verify } from 'node:crypto';

import { assert } from '@holdfast/base';
import { systemClock, systemTimers } from '@holdfast/base/node';
import { afterEach, describe, expect, test } from 'vitest';

import { memoryLink } from '../link/memory-link.ts';
import { tcpLink } from '../link/tcp-link.ts';
import { createJumpingTime } from '../testing/jumping-time.ts';
import { createVirtualSigner, parseSignerFaults, type VirtualSigner } from '../virtual/fiscal/virtual-signer.ts';
import { serveDevice } from '../virtual/tcp-server.ts';
import { fiscalMessage, type FiscalData, type FiscalSigned, type FiscalSigner } from './fiscal-signer.ts';
import { createLinkSigner } from './link-signer.ts';
import { openFiscalSigner } from './open-signer.ts';

const RECEIPT: FiscalData = { type: 'Kassenbeleg-V1', data: 'Beleg^11.90_0.00_0.00_0.00_0.00^11.90:Bar' };
const LANE = { client: 'lane-1', reference: 'basket-1' };
/** A second of nobody's time in memory; over TCP what a busy machine may need for an answer that comes. */
const DEADLINE_MS = 1_000;

interface Rig {
  readonly signer: FiscalSigner;
  readonly device: VirtualSigner;
}

const closes: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0).toReversed()) await close();
});

let rigs = 0;
const RIGS: Readonly<Record<string, () => Promise<Rig>>> = {
  memory: async () => {
    const { clock, timers } = createJumpingTime();
    const device = createVirtualSigner({ clock, timers });
    const link = memoryLink(`memory://signer-${(rigs += 1)}`, (peer) => device.connect(peer));
    const signer = createLinkSigner({ link, timers, deadlineMs: DEADLINE_MS, timing: { firstRetryMs: 5, lastRetryMs: 5 } });
    closes.push(() => signer.close());
    return { signer, device };
  },
  tcp: async () => {
    const device = createVirtualSigner({ clock: systemClock, timers: systemTimers });
    const port = await serveDevice(0, (peer) => device.connect(peer));
    const link = tcpLink('127.0.0.1', port.port);
    const signer = createLinkSigner({ link, timers: systemTimers, deadlineMs: DEADLINE_MS, timing: { firstRetryMs: 5, lastRetryMs: 5 } });
    closes.push(
      () => port.close(),
      () => signer.close(),
    );
    return { signer, device };
  },
};

const started = async ({ signer }: Rig, reference = LANE.reference): Promise<number> => {
  const start = await signer.start({ ...LANE, reference });
  assert(start.ok, 'a start');
  return start.value.transaction;
};

const isTrue = (signed: FiscalSigned, data: FiscalData): boolean =>
  verify(
    'sha256',
    Buffer.from(fiscalMessage({ ...signed, client: LANE.client }, data)),
    { key: createPublicKey({ key: Buffer.from(signed.publicKey, 'base64'), type: 'spki', format: 'der' }), dsaEncoding: 'ieee-p1363' },
    Buffer.from(signed.signature, 'base64'),
  );

describe.each(Object.entries(RIGS))('a signer over %s', (_name, open) => {
  test('starts, hears of and finishes; what it signed can be checked without it, and counters have no gap', async () => {
    const rig = await open();
    const transaction = await started(rig);
    expect(await rig.signer.update(transaction, { type: '', data: 'one line' })).toEqual({ ok: true, value: undefined });
    const signed = await rig.signer.finish(transaction, RECEIPT);
    assert(signed.ok, 'a signature');
    expect(signed.value).toMatchObject({ transaction: 1, counter: 3, serial: rig.device.serial, algorithm: 'ecdsa-plain-SHA256' });
    expect(isTrue(signed.value, RECEIPT)).toBe(true);
    expect(isTrue(signed.value, { ...RECEIPT, data: RECEIPT.data.replace('11.90', '11.91') })).toBe(false);
    const second = await started(rig, 'basket-2');
    expect(await rig.signer.finish(second, RECEIPT)).toMatchObject({ ok: true, value: { transaction: 2, counter: 5 } });
    expect(rig.device.transactions().map(({ updates, data }) => [updates, data])).toEqual([
      [1, RECEIPT.data],
      [0, RECEIPT.data],
    ]);
  });

  test('what is asked again after a lost answer is answered as before, and done once', async () => {
    const rig = await open();
    rig.device.setFaults({ losesAnswers: true });
    expect(await rig.signer.start(LANE)).toMatchObject({ ok: false, error: { reason: 'timeout' } });
    rig.device.setFaults({});
    const transaction = await started(rig);
    rig.device.setFaults({ losesAnswers: true });
    expect(await rig.signer.finish(transaction, RECEIPT)).toMatchObject({ ok: false, error: { reason: 'timeout' } });
    rig.device.setFaults({});
    const again = await rig.signer.finish(transaction, RECEIPT);
    expect(again).toMatchObject({ ok: true, value: { transaction: 1, counter: 2 } });
    expect(rig.device.transactions()).toHaveLength(1);
    expect(await rig.signer.finish(transaction, { ...RECEIPT, data: 'something else' })).toMatchObject({ error: { reason: 'refused' } });
  });

  test('one that talks nonsense, is slow, forgets, or is unplugged: each order ends within its deadline and says why', async () => {
    const rig = await open();
    const transaction = await started(rig);
    rig.device.setFaults({ talksGarbage: true });
    expect(await rig.signer.update(transaction, RECEIPT)).toMatchObject({ error: { reason: 'garbled' } });
    rig.device.setFaults({ answerMs: 4 * DEADLINE_MS });
    expect(await rig.signer.update(transaction, RECEIPT)).toMatchObject({ error: { reason: 'timeout' } });
    rig.device.setFaults({});
    expect(await rig.signer.finish(transaction + 7, RECEIPT)).toMatchObject({ error: { reason: 'unknownTransaction' } });
    rig.device.setPlugged(false);
    expect((await rig.signer.finish(transaction, RECEIPT)).ok).toBe(false);
    rig.device.setPlugged(true);
    await expect.poll(async () => (await rig.signer.finish(transaction, RECEIPT)).ok).toBe(true);
  });

  test('it unplugs itself and comes back, as its script says', async () => {
    const rig = await open();
    const faults = parseSignerFaults('unplugged after 1 answers, back after 20 ms');
    assert(faults.ok, 'a script');
    rig.device.setFaults(faults.value);
    const transaction = await started(rig);
    await expect.poll(async () => (await rig.signer.finish(transaction, RECEIPT)).ok).toBe(true);
  });
});

test('addresses that are none, and scripts that nobody knows, say what is expected', () => {
  expect(openFiscalSigner('serial:///dev/ttyS0', systemTimers)).toMatchObject({ error: { expected: 'tcp://HOST:PORT' } });
  expect(openFiscalSigner('somewhere', systemTimers)).toMatchObject({ ok: false });
  expect(parseSignerFaults('forgets')).toMatchObject({ error: { word: 'forgets' } });
});
