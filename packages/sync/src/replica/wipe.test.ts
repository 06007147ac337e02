import { describe, expect, test } from 'vitest';

import { portsOf } from '../testing/simulated-ports.ts';
import { bytesToHex } from '../wire/bytes.ts';
import { parseWipeOrder, parseWipeReport, signWipe, verifyWipe, wipeMessage, type WipeOrder } from './wipe.ts';

const { hubSigner, deviceSigner, verifier } = portsOf(1);
const IDENTITY = { tenant: 'default', device: 'd-1', hubPublicKey: bytesToHex(hubSigner.publicKey) };
const ORDER = signWipe(hubSigner, 'default', { device: 'd-1', orderedAtMs: 1_795_000_000_000, isStolen: false });

describe('S-9: the order to wipe', () => {
  test('says the same bytes for ever', () => {
    expect(bytesToHex(wipeMessage('default', ORDER))).toBe(
      '856f686f6c6466617374207769706520316764656661756c7463642d311b000001a1ee565e00f4',
    );
  });

  test('counts where the pinned hub signed it, for this device', () => {
    expect(verifyWipe(verifier, IDENTITY, ORDER)).toBe(true);
    const forged: readonly WipeOrder[] = [
      signWipe(deviceSigner, 'default', ORDER),
      signWipe(hubSigner, 'another tenant', ORDER),
      { ...ORDER, isStolen: true },
      { ...ORDER, orderedAtMs: ORDER.orderedAtMs + 1 },
      signWipe(hubSigner, 'default', { ...ORDER, device: 'd-2' }),
      { ...ORDER, signature: '00'.repeat(64) },
    ];
    expect(forged.map((order) => verifyWipe(verifier, IDENTITY, order))).toEqual(forged.map(() => false));
  });

  test('is read back as it was said; what is not as described is none', () => {
    expect(parseWipeOrder(JSON.parse(JSON.stringify({ ...ORDER, later: 1 })))).toEqual({ ok: true, value: ORDER });
    for (const wrong of [
      null,
      [],
      { ...ORDER, device: 'two words' },
      { ...ORDER, isStolen: 1 },
      { ...ORDER, signature: 'ab' },
      { ...ORDER, orderedAtMs: Number.NaN },
    ])
      expect(parseWipeOrder(wrong).ok).toBe(false);
    const report = { orderedAtMs: 5, heads: [{ epoch: '00112233445566aa', seq: 3, hash: 'ab'.repeat(32) }] };
    expect(parseWipeReport(JSON.parse(JSON.stringify(report)))).toEqual({ ok: true, value: report });
    for (const wrong of [{}, { ...report, heads: [{ ...report.heads[0], seq: -1 }] }, { ...report, heads: {} }])
      expect(parseWipeReport(wrong).ok).toBe(false);
  });
});
