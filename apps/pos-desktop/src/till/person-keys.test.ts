import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { err, ok } from '@holdfast/base';
import { nodeCipher, nodeHash, systemRandom } from '@holdfast/base/node';
import { openPersonal, sealPersonal, type PersonKeysAnswer, type PersonKeysRequest } from '@holdfast/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { openPersonKeys } from './person-keys.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-persons-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = () => openPersonKeys(folder, systemRandom);
const NOTHING: PersonKeysAnswer = { taken: [], keys: [], erased: [], erasures: 0 };

/** A hub that takes what is brought. */
function hub(answer: Partial<PersonKeysAnswer> = {}) {
  const heard: PersonKeysRequest[] = [];
  const send = async (request: PersonKeysRequest) => {
    heard.push(request);
    return ok({ value: { ...NOTHING, taken: request.bring.map(({ person }) => person), erasures: request.erasures, ...answer } });
  };
  return { heard, send };
}

test('S-7: a key is on the disk before anything is sealed with it, where only its owner reads, and goes up until the hub has it', async () => {
  const made = open().make();
  const file = join(folder, 'person-keys', `${made.person}.fresh`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  // Another thread, or the next life of this one.
  const keys = open();
  expect(keys.keyOf(made.person)).toEqual(made.key);
  expect(keys.isBehind(0)).toBe(true);
  expect(await keys.exchange(async () => err({ type: 'unreachable' }))).toEqual([]);
  expect(keys.isBehind(0)).toBe(true);
  const { heard, send } = hub();
  await keys.exchange(send);
  await keys.exchange(send);
  expect(heard.map(({ bring }) => bring)).toEqual([[made], []]);
  expect([keys.isBehind(0), keys.keyOf(made.person)]).toEqual([false, made.key]);
});

test('S-8: who was erased is read here no more, whether the hub had the key or not, and over a restart; others are', async () => {
  const keys = open();
  const [anna, ben, carl] = [keys.make(), keys.make(), keys.make()];
  await keys.exchange(hub().send);
  const dora = keys.make();
  const seal = (who: typeof anna) =>
    sealPersonal(
      new TextEncoder().encode('a name'),
      { ...who, purpose: 'customer', random: systemRandom },
      { cipher: nodeCipher, hash: nodeHash },
    );
  const sealed = [anna, ben, carl, dora].map(seal);
  expect(keys.isBehind(2)).toBe(true);
  const erased = await keys.exchange(hub({ taken: [], erased: [anna.person, dora.person], erasures: 2 }).send);
  expect(erased).toEqual([anna.person, dora.person]);
  const later = open();
  const read = sealed.map(
    (bytes) =>
      openPersonal(bytes, { purpose: 'customer', keyOf: (person) => later.keyOf(person) }, { cipher: nodeCipher, hash: nodeHash }).ok,
  );
  expect(read).toEqual([false, true, true, false]);
  expect(later.isBehind(2)).toBe(false);
  expect(readdirSync(join(folder, 'person-keys')).filter((name) => name.includes(anna.person))).toEqual([]);
});

test('S-7: keys that were asked for are kept; one exchange is under way at a time; what is no key is none', async () => {
  const keys = open();
  const told = { person: 'ab'.repeat(16), key: new Uint8Array(32).fill(5) };
  let answer = (): void => {};
  const waiting = keys.exchange(
    (request) =>
      new Promise((resolve) => {
        expect(request.ask).toEqual([told.person]);
        answer = () => resolve(ok({ value: { ...NOTHING, keys: [told] } }));
      }),
    [told.person],
  );
  const { heard, send } = hub();
  await keys.exchange(send);
  expect(heard).toEqual([]);
  answer();
  await waiting;
  expect(keys.keyOf(told.person)).toEqual(told.key);
  writeFileSync(join(folder, 'person-keys', `${'cd'.repeat(16)}.key`), 'short');
  writeFileSync(join(folder, 'person-keys', 'erasures'), 'nothing');
  expect([keys.keyOf('cd'.repeat(16)), keys.keyOf('../signing-key'), keys.isBehind(1)]).toEqual([undefined, undefined, true]);
});
