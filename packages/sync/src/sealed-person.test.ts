import { nodeCipher, nodeHash } from '@holdfast/base/node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  newPersonKey,
  openPersonal,
  parsePersonKeysAnswer,
  parsePersonKeysRequest,
  personKeysAnswerToJson,
  personKeysRequestToJson,
  personOf,
  sealPersonal,
} from './sealed-person.ts';
import { seeded, seededRandom } from './testing/fixtures.ts';

const PORTS = { cipher: nodeCipher, hash: nodeHash };
const random = seededRandom(seeded(11));
const [ANNA, BEN] = [newPersonKey(random), newPersonKey(random)];
const NAME = new TextEncoder().encode('Anna Müller, Hauptstraße 7');
const seal = (who = ANNA, purpose = 'customer') => sealPersonal(NAME, { ...who, purpose, random }, PORTS);
const keyring =
  (...keys: readonly (typeof ANNA)[]) =>
  (person: string) =>
    keys.find((held) => held.person === person)?.key;
const open = (sealed: Uint8Array, keyOf = keyring(ANNA, BEN), purpose = 'customer') => openPersonal(sealed, { purpose, keyOf }, PORTS);

describe('S-6: what is sealed for a person', () => {
  test('is opened by the key of that person, for its purpose, and says whose it is', () => {
    const sealed = seal();
    expect(open(sealed)).toEqual({ ok: true, value: NAME });
    expect(personOf(sealed)).toBe(ANNA.person);
    expect(Buffer.from(sealed).includes(Buffer.from('Anna'))).toBe(false);
  });

  test('means nothing once the key is deleted, while what another person’s key sealed is read as before', () => {
    const [anna, ben] = [seal(), seal(BEN)];
    const left = keyring(BEN);
    expect(open(anna, left)).toEqual({ ok: false, error: { type: 'no-key', person: ANNA.person } });
    expect(open(ben, left)).toEqual({ ok: true, value: NAME });
  });

  test('is the same bytes for ever', () => {
    let drawn = 0;
    const fixed = { bytes: (count: number) => new Uint8Array(count).fill((drawn += 1)) };
    const who = newPersonKey(fixed);
    const sealed = sealPersonal(Uint8Array.of(1, 2, 3), { ...who, purpose: 'customer', random: fixed }, PORTS);
    expect(who).toEqual({ person: '01'.repeat(16), key: new Uint8Array(32).fill(2) });
    expect(Buffer.from(sealed).toString('hex')).toBe(
      '484650530101010101010101010101010101010101030303030303030303030303171d8e5eda982351063bb9514a3d307d7c328e',
    );
  });

  test('is not taken for something else, nor for somebody else’s', () => {
    expect(open(seal(), keyring(ANNA), 'invoice')).toEqual({ ok: false, error: { type: 'bad-seal' } });
    expect(open(seal(), () => BEN.key)).toEqual({ ok: false, error: { type: 'bad-seal' } });
    const renamed = seal();
    renamed.set(Buffer.from(BEN.person, 'hex'), 5);
    expect(open(renamed, () => ANNA.key)).toEqual({ ok: false, error: { type: 'bad-seal' } });
  });

  test('the same twice is sealed to different bytes: nobody sees that two are alike', () => {
    expect(seal()).not.toEqual(seal());
  });

  test('whatever byte is flipped, or cut, it is refused', () => {
    const sealed = seal();
    for (let at = 0; at < sealed.length; at += 1) {
      const flipped = sealed.slice();
      flipped[at] = (flipped[at] ?? 0) ^ 0x41;
      expect(open(flipped).ok).toBe(false);
      expect(open(sealed.subarray(0, at)).ok).toBe(false);
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => !open(bytes).ok));
  });
});

describe('S-7: how keys travel', () => {
  test('questions and answers are read back as they were said', () => {
    const request = { bring: [ANNA], ask: [BEN.person], erasures: 4 };
    const answer = { taken: [ANNA.person], keys: [BEN], erased: [ANNA.person], erasures: 9 };
    const through = (json: unknown): unknown => JSON.parse(JSON.stringify(json));
    expect(parsePersonKeysRequest(through(personKeysRequestToJson(request)))).toEqual({ ok: true, value: request });
    expect(parsePersonKeysAnswer(through(personKeysAnswerToJson(answer)))).toEqual({ ok: true, value: answer });
  });

  test.each([
    ['no object', null],
    ['a short key', { bring: [{ person: ANNA.person, key: 'ab' }], ask: [], erasures: 0 }],
    ['no person', { bring: [], ask: ['anna'], erasures: 0 }],
    ['an erasure below none', { bring: [], ask: [], erasures: -1 }],
    ['no whole number', { bring: [], ask: [], erasures: Number.NaN }],
    ['too many', { bring: [], ask: Array.from({ length: 257 }, () => ANNA.person), erasures: 0 }],
  ])('%s is refused', (_, value) => {
    expect(parsePersonKeysRequest(value).ok).toBe(false);
  });
});
