/** What one entry moved, goods by goods, and when: as counts are compared with it. */
import { foldStock, spanOf } from '@holdfast/domain';

import type { FoldedEntry } from '../ledger/fold-entry.ts';
import type { Moved } from './counts.ts';

/** Several lines of the same goods are one movement; where they cancel out there is none. */
export function movedBy(
  {
    entryNo,
    device,
    epoch,
    seq,
    isBranch,
    receivedAtMs,
  }: Pick<Moved, 'entryNo' | 'device' | 'epoch' | 'seq' | 'isBranch'> & { readonly receivedAtMs: number },
  folded: Pick<FoldedEntry, 'movements' | 'atMs' | 'uncertaintyMs'>,
): readonly Moved[] {
  if (folded.movements.length === 0) return [];
  const onHand = new Map<string, number>();
  foldStock(onHand, folded.movements);
  const span = spanOf(folded, receivedAtMs);
  return [...onHand].flatMap(([key, moved]) => {
    const [sku = '', unit = ''] = key.split('\u001F');
    return moved === 0 ? [] : [{ entryNo, device, epoch, seq, isBranch, span, sku, unit, moved: BigInt(moved) }];
  });
}
