/**
 * What a password of the console may be (OWASP ASVS 5, 6.2): length is what counts, nothing is asked of its letters, and what is guessed first is refused. Guessed first are the passwords that
 * most people have, what is on the company's sign and receipts, and whose it is.
 *
 * The list beside this file holds the 5,000 most used ones that are long enough, in small letters, most used first, a line each: out of the ten million that Mark Burnett gave to the public
 * domain in 2015, as OWASP's SecLists counts them. It is packed so that no search of the sources finds their words.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

import type { Database } from '../db/database.ts';
import { listStores } from '../enrolment/stores.ts';
import { DEFAULT_TENANT } from '../identity.ts';
import { listStaff } from '../passcodes/staff.ts';

export const LEAST_PASSWORD = 12;
export const MOST_PASSWORD = 200;
/** Shorter ones are parts of too many others. */
const LEAST_WORD = 4;
const PRODUCT = 'holdfast';

export type PasswordProblem = 'tooShort' | 'tooPlain' | 'mostUsed' | 'holdsName' | 'companyWords';

export interface PasswordOwner {
  /** What they type to sign in. */
  readonly name: string;
  /** As `guessedWords` has them. */
  readonly words: readonly string[];
}

export function passwordProblem(password: string, { name, words }: PasswordOwner): PasswordProblem | undefined {
  if (lengthOf(password) < LEAST_PASSWORD) return 'tooShort';
  const plain = password.toLowerCase();
  if (new Set(plain).size < 5 || '01234567890123456789'.includes(plain) || /^(.{1,6})\1+.{0,5}$/u.test(plain)) return 'tooPlain';
  if (mostUsed().has(plain)) return 'mostUsed';
  if (name.length >= 3 && plain.includes(name)) return 'holdsName';
  // A town that has a store is a word of many sentences, too: it may stand there, and does not count.
  const others = words.reduce((left, word) => left.replaceAll(word, ''), plain);
  return lengthOf(others) < LEAST_PASSWORD ? 'companyWords' : undefined;
}

const lengthOf = (text: string): number => [...text].length;

let list: ReadonlySet<string> | undefined;
const mostUsed = (): ReadonlySet<string> =>
  (list ??= new Set(
    gunzipSync(readFileSync(new URL('most-used-passwords.txt.gz', import.meta.url)))
      .toString()
      .trimEnd()
      .split('\n'),
  ));

/** What is guessed of somebody who works here: the company's name, its stores', the product's and their own, whole and by words; longest first. */
export async function guessedWords(database: Database, tenantNo: number, person: string): Promise<readonly string[]> {
  const tenants = await database.rows<{ name: string }>('SELECT tenant AS name FROM tenant WHERE tenant_no = $1 AND tenant <> $2', [
    tenantNo,
    DEFAULT_TENANT,
  ]);
  const own = (await listStaff(database, tenantNo)).filter(({ user }) => user === person);
  return wordsOf([PRODUCT, ...[...tenants, ...(await listStores(database, tenantNo)), ...own].map(({ name }) => name ?? '')]);
}

export function wordsOf(names: readonly string[]): readonly string[] {
  const words = names.map((name) => name.toLowerCase()).flatMap((name) => [name.replaceAll(NO_LETTERS, ''), ...name.split(NO_LETTERS)]);
  return [...new Set(words)].filter((word) => lengthOf(word) >= LEAST_WORD).toSorted((one, other) => other.length - one.length);
}

const NO_LETTERS = /[^\p{L}\p{M}\p{N}]+/gu;
