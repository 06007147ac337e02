/** What goes wrong with a virtual device, as text: faults with commas or semicolons between them, each read by a pattern. */
import { err, ok, type Result } from '@holdfast/base';

export interface BadScript {
  readonly type: 'badScript';
  readonly word: string;
  readonly expected: string;
}

/** A pattern's number, if it has one, is handed to `read`. */
export type FaultReader<T> = readonly [pattern: RegExp, read: (number: number) => Partial<T>];

export function readScript<T extends object>(
  script: string,
  readers: readonly FaultReader<T>[],
  expected: string,
): Result<Partial<T>, BadScript> {
  let faults: Partial<T> = {};
  for (const part of script.split(/[,;\n]/)) {
    const word = part.trim().replaceAll(/\s+/g, ' ');
    if (word === '') continue;
    const reader = readers.find(([pattern]) => pattern.test(word));
    if (reader === undefined) return err({ type: 'badScript', word, expected });
    faults = { ...faults, ...reader[1](Number(reader[0].exec(word)?.[1] ?? 0)) };
  }
  return ok(faults);
}
