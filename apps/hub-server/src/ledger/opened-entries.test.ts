import { createSigner, generateSigningKey, nodeCompression, nodeHash, nodeVerifier, nodeVerifierAside } from '@holdfast/base/node';
import { LEDGER_KINDS } from '@holdfast/domain';
import { chainEntry, decodeBatch, encodeBatch, genesisHead, signHead, type ChainHead } from '@holdfast/sync';
import { expect, test } from 'vitest';

import { saleFields } from '../testing/test-device.ts';
import { LEDGER_SCHEMAS } from './fold-entry.ts';
import { openBatch, openBatchAside } from './open-batch.ts';
import { createOpenedEntries, packEntries, unpackEntries, type PackedEntries } from './opened-entries.ts';
import { prepareRuns, type StoredRun } from './prepare-runs.ts';

const ports = { compression: nodeCompression, hash: nodeHash, verifier: nodeVerifier };
const signer = createSigner(generateSigningKey());
const DEVICE = 'd-0123456789abcdef';
const EPOCH = '0123456789abcdef';

function frameOf(sales: number): Uint8Array {
  const start = genesisHead(DEVICE, EPOCH, null);
  let head: ChainHead = start;
  const entries = Array.from({ length: sales }, (_, index) => {
    const fields = saleFields(index + 1, [{ sku: `goods-${index}`, quantity: 1, amountMinor: 100 }]);
    const draft = { kind: LEDGER_KINDS.sale.kind, wallMs: 1_000 + index, clockUncertaintyMs: 50, hubOffsetMs: 0, fields };
    const entry = chainEntry(nodeHash, head, draft, LEDGER_SCHEMAS);
    head = { ...entry.id, hash: entry.hash };
    return entry;
  });
  const batch = {
    device: DEVICE,
    epoch: EPOCH,
    parent: null,
    firstSeq: 1,
    previousHash: start.hash,
    entries,
    head: signHead(signer, head),
  };
  return encodeBatch(batch, nodeCompression);
}

test('what was rebuilt when a frame was opened is what the frame says, entry by entry', () => {
  const frame = frameOf(7);
  const decoded = decodeBatch(frame, ports);
  const opened = openBatch(frame, { device: DEVICE, publicKey: signer.publicKey }, ports);
  if (!decoded.ok || !opened.ok) throw new Error('a good batch opens');
  expect(unpackEntries(opened.value.entries)).toEqual(decoded.value.entries);
});

test('a frame that is checked beside opens, or is refused, as one that is checked at once', async () => {
  const frame = frameOf(3);
  const other = createSigner(generateSigningKey()).publicKey;
  const aside = { ...ports, verifier: nodeVerifierAside };
  for (const [bytes, sender] of [
    [frame, { device: DEVICE, publicKey: signer.publicKey }],
    [frame, { device: DEVICE, publicKey: other }],
    [frame, { device: DEVICE, publicKey: new Uint8Array(5) }],
    [frame, { device: 'another', publicKey: signer.publicKey }],
    [frame.subarray(1), { device: DEVICE, publicKey: signer.publicKey }],
  ] as const)
    expect(await openBatchAside(bytes, sender, aside)).toEqual(openBatch(bytes, sender, ports));
  expect(openBatch(frame, { device: DEVICE, publicKey: other }, ports)).toEqual({
    ok: false,
    error: { type: 'refused', reason: 'bad-signature' },
  });
});

test('folding by what was rebuilt and by the frame gives the same rows, behind what is held already too', () => {
  const frame = frameOf(5);
  const opened = openBatch(frame, { device: DEVICE, publicKey: signer.publicKey }, ports);
  if (!opened.ok) throw new Error('a good batch opens');
  for (const skip of [0, 3]) {
    const run: StoredRun = { runNo: 1, tenantNo: 1, device: DEVICE, store: '1', lane: 1, skip, branch: false, receivedAtMs: 5, frame };
    const byFrame = prepareRuns([run], ports);
    expect(byFrame.count).toBe(5 - skip);
    expect(prepareRuns([{ ...run, frame: null, entries: opened.value.entries }], ports)).toEqual(byFrame);
  }
});

test('no more is kept than there is room for, what was folded makes room, and a snapshot keeps what is forgotten later', () => {
  const packed = (bytes: number): PackedEntries =>
    packEntries({ device: DEVICE, epoch: EPOCH, firstSeq: 1, previousHash: new Uint8Array(32) }, [
      {
        id: { device: DEVICE, epoch: EPOCH, seq: 1 },
        previousHash: new Uint8Array(32),
        hash: new Uint8Array(32),
        canonical: new Uint8Array(bytes),
      },
    ]);
  const opened = createOpenedEntries(300);
  opened.keep(1, packed(100));
  opened.keep(2, packed(100));
  opened.keep(3, packed(100));
  const before = opened.snapshot();
  expect([...before.keys()]).toEqual([1, 2]);
  opened.forget([1, 7]);
  opened.keep(3, packed(100));
  expect([...opened.snapshot().keys()]).toEqual([2, 3]);
  expect(before.get(1)?.canonicals).toHaveLength(100);
  opened.keep(3, packed(1));
  expect(opened.snapshot().get(3)?.canonicals).toHaveLength(100);
});
