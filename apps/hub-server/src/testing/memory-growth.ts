/**
 * Whether a process keeps what it is done with: what it holds is set against what it has done, not against time, so that a slow machine says the same as a fast one.
 * The first third is left out: caches fill, and code is compiled.
 */
import { assert } from '@holdfast/base';

export interface MemorySample {
  /** Rounds of the load that were answered until then. */
  readonly rounds: number;
  readonly bytes: number;
}

const WARM_UP_SHARE = 1 / 3;

/** By least squares: how much more is held at the end than behind the warm-up. */
export function growthOf(samples: readonly MemorySample[]): number {
  const rest = samples.slice(Math.ceil(samples.length * WARM_UP_SHARE));
  const [first, last] = [rest[0], rest.at(-1)];
  assert(first !== undefined && last !== undefined && last.rounds > first.rounds, 'a line goes through two rounds at least');
  const meanOf = (pick: (sample: MemorySample) => number): number => rest.reduce((sum, sample) => sum + pick(sample), 0) / rest.length;
  const [meanRounds, meanBytes] = [meanOf(({ rounds }) => rounds), meanOf(({ bytes }) => bytes)];
  const slope =
    rest.reduce((sum, { rounds, bytes }) => sum + (rounds - meanRounds) * (bytes - meanBytes), 0) /
    rest.reduce((sum, { rounds }) => sum + (rounds - meanRounds) ** 2, 0);
  return slope * (last.rounds - first.rounds);
}
