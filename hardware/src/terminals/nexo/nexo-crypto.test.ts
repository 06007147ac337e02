import { expect, test } from 'vitest';

import { openNexo, sealNexo, type SealedMessage } from './nexo-crypto.ts';

const KEY = { keyIdentifier: 'lane-1', keyVersion: 3, passphrase: 'correct horse battery staple' };
const PLAIN = '{"SaleToPOIRequest":{"hello":"Grüße"}}';

/** As `@adyen/api-library` sealed PLAIN with KEY. */
const SEALED: SealedMessage = {
  NexoBlob: '9RwzxB/AI9zk4NUG6vy+oPZKHXnaYy2AERCfMJc0fhjb4Q3NV9PhVuVgMSCyTe9C',
  SecurityTrailer: {
    AdyenCryptoVersion: 1,
    Hmac: 'AsT5837Lnr3Uu/UsjyoscIDqO/zD/kG7jB0XZ2rUPWU=',
    KeyIdentifier: 'lane-1',
    KeyVersion: 3,
    Nonce: 'FEIQwhHxKjdognXDdP5v1g==',
  },
};

test('opens what Adyen’s own library sealed, and seals it to the same bytes', () => {
  expect(openNexo(SEALED, KEY)).toBe(PLAIN);
  expect(sealNexo(PLAIN, KEY, Buffer.from(SEALED.SecurityTrailer.Nonce, 'base64'))).toEqual(SEALED);
});

test('no nonce is used twice', () => {
  expect(sealNexo(PLAIN, KEY).NexoBlob).not.toBe(sealNexo(PLAIN, KEY).NexoBlob);
});

const changed = (change: Partial<SealedMessage['SecurityTrailer']>): SealedMessage => ({
  ...SEALED,
  SecurityTrailer: { ...SEALED.SecurityTrailer, ...change },
});

test.each([
  ['another passphrase', SEALED, { ...KEY, passphrase: 'correct horse battery stapler' }],
  ['another version of the key', SEALED, { ...KEY, keyVersion: 4 }],
  ['a changed message', { ...SEALED, NexoBlob: `A${SEALED.NexoBlob.slice(1)}` }, KEY],
  ['a message cut short', { ...SEALED, NexoBlob: SEALED.NexoBlob.slice(0, 40) }, KEY],
  ['another sum', changed({ Hmac: Buffer.alloc(32).toString('base64') }), KEY],
  ['a sum of another length', changed({ Hmac: '' }), KEY],
  ['a nonce of another length', changed({ Nonce: 'AAAA' }), KEY],
])('%s opens nothing', (_, sealed, key) => {
  expect(openNexo(sealed, key)).toBeUndefined();
});
