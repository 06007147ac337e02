/** The keys of what comes down sealed (SPEC: S-2), as the hub told them once: in a file of its own that only its owner reads, never in the database. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Result } from '@holdfast/base';
import { nodeHash } from '@holdfast/base/node';
import { keyNameOf, parseSegmentKeysAnswer, segmentKeysToJson, type SegmentKeysAnswer } from '@holdfast/sync';

import { writePrivateFile } from './signing-key.ts';

export interface SegmentKeys {
  named(name: string): Uint8Array | undefined;
  /** What the hub told, whatever it was told with. Throws what a disk throws. */
  keep(answer: SegmentKeysAnswer): void;
  /** Asks the hub, one question at a time; where it is not answered, whoever misses a key asks again. */
  fetch(ask: () => Promise<Result<{ readonly value: SegmentKeysAnswer }, unknown> | undefined>): void;
}

const FILE = 'segment-keys.json';

export function openSegmentKeys(folder: string): SegmentKeys {
  const path = join(folder, FILE);
  let byName = read(path);
  let isAsking = false;
  const keep = (answer: SegmentKeysAnswer): void => {
    writePrivateFile(path, `${JSON.stringify(segmentKeysToJson(answer))}\n`);
    byName = namesOf(answer);
  };
  return {
    named: (name) => byName.get(name),
    keep,
    fetch: (ask) => {
      if (isAsking) return;
      isAsking = true;
      void ask()
        .then((answered) => (answered?.ok === true ? keep(answered.value.value) : undefined))
        .finally(() => {
          isAsking = false;
        });
    },
  };
}

const namesOf = ({ keys }: SegmentKeysAnswer): ReadonlyMap<string, Uint8Array> =>
  new Map(keys.map(({ key }) => [keyNameOf(nodeHash, key), key]));

/** None where there is no such file, or one that says nothing: the hub is asked again. */
function read(path: string): ReadonlyMap<string, Uint8Array> {
  try {
    const answer = parseSegmentKeysAnswer(JSON.parse(readFileSync(path, 'utf8')));
    return answer.ok ? namesOf(answer.value) : new Map();
  } catch {
    return new Map();
  }
}
