/** What PINs and badges in cells were sealed with, as the hub told it once: in a file of its own that only its owner reads, never in the database. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { PasscodeSecret } from '@holdfast/base/passcode';
import { passcodeSecretNo, type Staff } from '@holdfast/domain';
import { parsePasscodeSecretsAnswer, type PasscodeSecretsAnswer } from '@holdfast/sync';

import { writePrivateFile } from '../sync/signing-key.ts';

export interface PasscodeSecrets {
  /** Undefined until the hub was heard. */
  find(number: number): PasscodeSecret | undefined;
  /** What is sealed from now on is sealed with it: that number, else the newest; undefined while it is not here. */
  current(number: number | undefined): PasscodeSecret | undefined;
  keep(answer: PasscodeSecretsAnswer): void;
}

const FILE = 'passcodes.json';

export function openPasscodeSecrets(folder: string): PasscodeSecrets {
  const path = join(folder, FILE);
  let secrets = readSecrets(path);
  return {
    find: (number) => secrets.get(number),
    current: (number) => secrets.get(number ?? Math.max(0, ...secrets.keys())),
    keep(answer) {
      writePrivateFile(path, `${JSON.stringify(answer)}\n`);
      secrets = byNumber(answer);
    },
  };
}

const byNumber = ({ secrets }: PasscodeSecretsAnswer): ReadonlyMap<number, PasscodeSecret> =>
  new Map(secrets.map(({ number, secret }) => [number, { number, secret: new Uint8Array(Buffer.from(secret, 'hex')) }]));

/** None where there is no such file, or one that says nothing: the hub is asked again. */
function readSecrets(path: string): ReadonlyMap<number, PasscodeSecret> {
  try {
    const answer = parsePasscodeSecretsAnswer(JSON.parse(readFileSync(path, 'utf8')));
    return answer.ok ? byNumber(answer.value) : new Map();
  } catch {
    return new Map();
  }
}

/** Of what a person proves themselves by. */
export const secretNumbersOf = ({ pin, badge }: Staff): readonly number[] =>
  [pin, badge].flatMap((sealed) => (sealed === undefined ? [] : [passcodeSecretNo(sealed)]));

/** One question at a time; where it is not answered, the next sign of the hub asks again. */
export function createSecretFetch({ isNeeded, fetch }: { readonly isNeeded: () => boolean; readonly fetch: () => Promise<void> }): {
  run(): void;
} {
  let isAsking = false;
  return {
    run() {
      if (isAsking || !isNeeded()) return;
      isAsking = true;
      void fetch().finally(() => {
        isAsking = false;
      });
    },
  };
}
