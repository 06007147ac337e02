/**
 * The keys of persons that this lane told of, or may read (SPEC: S-6 to S-8): a file for each in a folder that only its owner reads, never in the database, from which ledgers and copies are made. A new key is on the disk before
 * anything is sealed with it; it goes up at the next contact; and what headquarters erased is gone from here with the first contact after it. The till makes and reads keys, its sync worker exchanges them: neither remembers any.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import type { Random, Result } from '@holdfast/base';
import { isPerson, newPersonKey, PERSON_LIMITS, type PersonKey, type PersonKeysAnswer, type PersonKeysRequest } from '@holdfast/sync';

import { writePrivateFile } from './signing-key.ts';

export interface PersonKeys {
  /** Throws what a disk throws: then nobody is told of. */
  make(): PersonKey;
  /** Undefined: it was erased, or never came here. */
  keyOf(person: string): Uint8Array | undefined;
  /** Whether the hub, whose last erasure is told, has more to tell, or is to be told something. */
  isBehind(erasures: number): boolean;
  /** One exchange at a time; what is not answered is said the next time. Resolves with the persons that were erased by it. `ask`: whose keys are wanted. */
  exchange(
    send: (request: PersonKeysRequest) => Promise<Result<{ readonly value: PersonKeysAnswer }, unknown> | undefined>,
    ask?: readonly string[],
  ): Promise<readonly string[]>;
}

const FOLDER = 'person-keys';
const HEARD = 'erasures';
/** Of keys that the hub has, and of those that it has not. */
const SUFFIX = { settled: '.key', fresh: '.fresh' } as const;
const KEY_BYTES = 32;

export function openPersonKeys(folder: string, random: Random): PersonKeys {
  const home = join(folder, FOLDER);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const pathOf = (person: string, suffix: string): string => join(home, `${person}${suffix}`);
  let isUnderWay = false;

  const freshOnes = (): readonly string[] =>
    readdirSync(home)
      .filter((name) => name.endsWith(SUFFIX.fresh) && isPerson(name.slice(0, -SUFFIX.fresh.length)))
      .map((name) => name.slice(0, -SUFFIX.fresh.length));
  const keyOf = (person: string): Uint8Array | undefined => {
    if (!isPerson(person)) return undefined;
    return readKey(pathOf(person, SUFFIX.settled)) ?? readKey(pathOf(person, SUFFIX.fresh));
  };
  const take = ({ taken, keys, erased, erasures }: PersonKeysAnswer): void => {
    for (const person of taken)
      if (existsSync(pathOf(person, SUFFIX.fresh))) renameSync(pathOf(person, SUFFIX.fresh), pathOf(person, SUFFIX.settled));
    for (const { person, key } of keys) writePrivateFile(pathOf(person, SUFFIX.settled), key);
    for (const person of erased) for (const suffix of Object.values(SUFFIX)) rmSync(pathOf(person, suffix), { force: true });
    // Last: what was not done to its end is heard of again.
    if (erasures > readNumber(join(home, HEARD))) writePrivateFile(join(home, HEARD), String(erasures));
  };
  return {
    make: () => {
      const made = newPersonKey(random);
      writePrivateFile(pathOf(made.person, SUFFIX.fresh), made.key);
      return made;
    },
    keyOf,
    isBehind: (erasures) => erasures > readNumber(join(home, HEARD)) || freshOnes().length > 0,
    exchange: async (send, ask = []) => {
      if (isUnderWay) return [];
      isUnderWay = true;
      try {
        const bring = freshOnes()
          .slice(0, PERSON_LIMITS.keys)
          .flatMap((person) => {
            const key = keyOf(person);
            return key === undefined ? [] : [{ person, key }];
          });
        const answered = await send({ bring, ask: ask.slice(0, PERSON_LIMITS.keys), erasures: readNumber(join(home, HEARD)) });
        if (answered?.ok !== true) return [];
        take(answered.value.value);
        return answered.value.value.erased;
      } finally {
        isUnderWay = false;
      }
    },
  };
}

/** Undefined where there is none, or one that was cut short. */
function readKey(path: string): Uint8Array | undefined {
  if (!existsSync(path)) return undefined;
  const key = new Uint8Array(readFileSync(path));
  return key.length === KEY_BYTES ? key : undefined;
}

/** 0 where it was never written, or says nothing: all is heard of again. */
function readNumber(path: string): number {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}
