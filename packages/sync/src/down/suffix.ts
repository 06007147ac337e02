/**
 * Where suffixes start (SPEC: D-10). A segment that is built for one cursor serves those near it too, if cursors are rounded down: to a multiple of a power of two that
 * is no more than a quarter of their age. There are about four such starts for each doubling of the age, whatever was published and by whoever it is asked.
 */
import { assert } from '@holdfast/base';

/** A suffix may hold this much more than what the cursor lacks, as a fraction of it. */
export const SUFFIX_SLACK = 1 / 4;

/** Starts at or below `fromLsn` for a suffix that ends at `toLsn`: each once, the lowest first, `fromLsn` itself last. */
export function suffixStarts(fromLsn: number, toLsn: number): readonly number[] {
  assert(fromLsn >= 0 && fromLsn <= toLsn, `a suffix (${fromLsn}, ${toLsn}]`);
  const most = (toLsn - fromLsn) * SUFFIX_SLACK;
  const starts: number[] = [fromLsn];
  for (let step = 2; step <= most; step *= 2) {
    const start = fromLsn - (fromLsn % step);
    if (start !== starts.at(-1)) starts.push(start);
  }
  return starts.toReversed();
}
