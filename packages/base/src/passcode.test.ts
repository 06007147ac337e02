import { argon2Sync } from 'node:crypto';

import { expect, test } from 'vitest';

import { hashCustomerCode, sealPasscode } from './passcode.ts';

const SECRET = { number: 3, secret: new Uint8Array(32).fill(7) };

test('the same passcode of the same person seals to the same text; another person, passcode or secret to another', async () => {
  const sealed = await sealPasscode({ user: 'kim', text: '2580' }, SECRET);
  expect(sealed).toMatch(/^a1\.3\.[0-9a-f]{64}$/);
  expect(await sealPasscode({ user: 'kim', text: '2580' }, SECRET)).toBe(sealed);
  const others = await Promise.all([
    sealPasscode({ user: 'sam', text: '2580' }, SECRET),
    sealPasscode({ user: 'kim', text: '2581' }, SECRET),
    sealPasscode({ user: 'kim', text: '2580' }, { ...SECRET, secret: new Uint8Array(32).fill(8) }),
  ]);
  expect(new Set([sealed, ...others].map((text) => text.slice(5))).size).toBe(4);
});

test('it is argon2id as another implementation has it', async () => {
  const sealed = await sealPasscode({ user: '', text: 'HF-7Q2M9KX4' }, SECRET);
  const salt = await crypto.subtle.digest('SHA-256', new TextEncoder().encode('holdfast passcode\u001F'));
  const peer = argon2Sync('argon2id', {
    message: 'HF-7Q2M9KX4',
    nonce: Buffer.from(salt).subarray(0, 16),
    parallelism: 1,
    tagLength: 32,
    memory: 19_456,
    passes: 2,
    secret: Buffer.from(SECRET.secret),
  });
  expect(sealed).toBe(`a1.3.${peer.toString('hex')}`);
});

test('a card and a phone of the same figures are two codes, and another secret makes others', async () => {
  const hashed = await hashCustomerCode({ kind: 'card', text: '4711' }, SECRET);
  expect(hashed).toMatch(/^c3\.[0-9a-f]{32}$/);
  expect(await hashCustomerCode({ kind: 'card', text: '4711' }, SECRET)).toBe(hashed);
  const others = await Promise.all([
    hashCustomerCode({ kind: 'phone', text: '4711' }, SECRET),
    hashCustomerCode({ kind: 'card', text: '4711' }, { ...SECRET, secret: new Uint8Array(32).fill(8) }),
  ]);
  expect(new Set([hashed, ...others]).size).toBe(3);
});
