/** How far this lane has each ledger of its store, its own among them: whoever counts after this had all of that before it (SPEC: K-2). */
import type { LedgerPlace } from '@holdfast/domain';
import type { EpochState, Line } from '@holdfast/sync';

/** Where two histories go by one name the name tells nothing: it is left out. */
export function seenLedgers(own: readonly EpochState[], lines: readonly Line[]): readonly LedgerPlace[] {
  const held = [
    ...own.flatMap(({ device, epoch, headSeq, diverged }) => (diverged || headSeq === 0 ? [] : [{ device, epoch, seq: headSeq }])),
    ...lines.map(({ head: { device, epoch, seq } }) => ({ device, epoch, seq })),
  ];
  const byName = Map.groupBy(held, ({ device, epoch }) => `${device} ${epoch}`);
  return [...byName.values()].flatMap((places) => (places.length === 1 ? places : []));
}
