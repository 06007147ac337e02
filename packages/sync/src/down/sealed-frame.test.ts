import { nodeCipher } from '@holdfast/base/node';
import { expect, test } from 'vitest';

import { PORTS } from '../testing/fixtures.ts';
import { bytesToHex } from '../wire/bytes.ts';
import { isSealed, keyNameOf, openSealed, parseSegmentKeysAnswer, sealFrame, segmentKeyOf, segmentKeysToJson } from './sealed-frame.ts';

const SEALING = { cipher: nodeCipher, hash: PORTS.hash };
const SECRET = new Uint8Array(32).fill(7);
const keyOf = (scope: string, tenant = 'default', secret = SECRET): Uint8Array => segmentKeyOf(PORTS.hash, secret, tenant, scope);
const FRAME = new TextEncoder().encode('HFSG and what a segment holds, the price of MILK say');
const holding =
  (...keys: readonly Uint8Array[]) =>
  (name: string): Uint8Array | undefined =>
    keys.find((key) => keyNameOf(PORTS.hash, key) === name);

test('S-1: who has the key of a scope opens what is sealed for it; who has another scope’s, company’s or time’s does not', () => {
  const sealed = sealFrame(FRAME, keyOf('store:1'), SEALING);
  expect(isSealed(sealed)).toBe(true);
  expect(isSealed(FRAME)).toBe(false);
  expect(openSealed(sealed, holding(keyOf('global'), keyOf('store:1')), SEALING)).toEqual({ ok: true, value: FRAME });
  for (const other of [keyOf('store:2'), keyOf('store:1', 'other'), keyOf('store:1', 'default', new Uint8Array(32).fill(8))])
    expect(openSealed(sealed, holding(other), SEALING)).toEqual({
      ok: false,
      error: { type: 'no-key', name: keyNameOf(PORTS.hash, keyOf('store:1')) },
    });
  // Nor with any key under the right name.
  expect(openSealed(sealed, () => keyOf('store:2'), SEALING)).toEqual({ ok: false, error: { type: 'bad-seal' } });
  expect(bytesToHex(sealed)).not.toContain(bytesToHex(new TextEncoder().encode('MILK')));
});

test('S-1: equal frames are sealed to equal bytes, and no two frames under one nonce', () => {
  expect(sealFrame(FRAME, keyOf('global'), SEALING)).toEqual(sealFrame(FRAME, keyOf('global'), SEALING));
  const nonces = Array.from({ length: 200 }, (_, at) =>
    bytesToHex(sealFrame(Uint8Array.of(at), keyOf('global'), SEALING).subarray(13, 25)),
  );
  expect(new Set(nonces).size).toBe(nonces.length);
  expect(sealFrame(FRAME, keyOf('global'), SEALING).length).toBe(FRAME.length + 41);
});

test('S-1: whatever byte of it is another, or missing, or more, it is not opened', () => {
  const key = keyOf('global');
  const sealed = sealFrame(FRAME, key, SEALING);
  for (let at = 0; at < sealed.length; at += 1) {
    expect(openSealed(sealed.with(at, (sealed[at] ?? 0) ^ 1), () => key, SEALING).ok && at >= 13).toBe(false);
    expect(openSealed(sealed.subarray(0, at), () => key, SEALING).ok).toBe(false);
  }
  expect(openSealed(Uint8Array.from([...sealed, 0]), () => key, SEALING).ok).toBe(false);
});

test('S-2: keys read back as they were told', () => {
  const answer = { keys: [{ scope: 'global', key: keyOf('global') }] };
  expect(parseSegmentKeysAnswer(JSON.parse(JSON.stringify(segmentKeysToJson(answer))))).toEqual({ ok: true, value: answer });
  expect(parseSegmentKeysAnswer({ keys: [{ scope: 'global', key: 'ab' }] }).ok).toBe(false);
});
