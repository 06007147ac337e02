/** What this lane's own ledger holds, recomputed from its canonical bytes: for `verify`, which compares it with the hub's. */
import { setImmediate } from 'node:timers/promises';

import { assert, type Hash } from '@holdfast/base';
import { LEDGER_KINDS } from '@holdfast/domain';
import { genesisHead, readEntry, verifyChain, type ChainHead, type EpochState, type ReplicaStore, type Schemas } from '@holdfast/sync';

import type { CarriedSales } from '../sync/carried-sales.ts';
import type { UncountedSales } from './uncounted-sales.ts';

export interface EpochSummary {
  readonly epoch: string;
  readonly seq: number;
  /** Hex. */
  readonly headHash: string;
  /** Of those that are held, and of those that were forgotten; what was practised is none, here as at the hub. */
  readonly sales: number;
  readonly totalsByCurrency: readonly { readonly currency: string; readonly totalMinor: number }[];
  /** Every entry continues the one before it, and the last one is the head that the store names. */
  readonly chainWhole: boolean;
  /** What is held without a gap, each entry continuing the one before it, in order; the first run begins with what was forgotten. */
  readonly runs: readonly EpochRun[];
}

export interface EpochRun {
  readonly from: number;
  readonly to: number;
  /** Hex, of the last entry. */
  readonly hash: string;
}

export interface LedgerSummary {
  readonly device: string | null;
  readonly epochs: readonly EpochSummary[];
  readonly waitingEntries: number;
  readonly waitingSales: number;
  readonly position: { readonly hubEpoch: string; readonly lsn: number; readonly historyHash: string };
}

/** Between two of these a scan may come in. */
const PAGE_ENTRIES = 20;
const PAGE_BYTES = 262_144;

export interface SummaryPorts {
  readonly store: ReplicaStore;
  readonly carried: CarriedSales;
  readonly uncounted: UncountedSales;
  readonly hash: Hash;
  readonly schemas: Schemas;
}

export async function summariseLedger({ store, carried, uncounted, hash, schemas }: SummaryPorts): Promise<LedgerSummary> {
  const epochs: EpochSummary[] = [];
  for (const epoch of store.epochs()) epochs.push(await summariseEpoch(store, carried, { hash, schemas, epoch }));
  const waiting = store.waiting();
  return {
    device: store.identity()?.device ?? null,
    epochs,
    waitingEntries: waiting.entries,
    waitingSales: uncounted.waitingSales(store),
    position: store.cut().position,
  };
}

/** Up to the head as it was when asked; selling goes on meanwhile. */
async function summariseEpoch(
  store: ReplicaStore,
  carried: CarriedSales,
  { hash, schemas, epoch }: { readonly hash: Hash; readonly schemas: Schemas; readonly epoch: EpochState },
): Promise<EpochSummary> {
  let head: ChainHead = epoch.begin ?? genesisHead(epoch.device, epoch.epoch, epoch.parent?.hash ?? null);
  const before = carried.of(epoch.epoch);
  let sales = before.reduce((sum, each) => sum + each.sales, 0);
  let isWhole = true;
  const runs: EpochRun[] = [];
  let from = 1;
  const endRun = (): void => {
    if (head.seq >= from) runs.push({ from, to: head.seq, hash: Buffer.from(head.hash).toString('hex') });
  };
  const totals = new Map(before.map(({ currency, totalMinor }) => [currency, totalMinor]));
  while (head.seq < epoch.headSeq) {
    const page = store.entriesAfter(epoch.epoch, head.seq, PAGE_ENTRIES, PAGE_BYTES).filter((entry) => entry.id.seq <= epoch.headSeq);
    if (page.length === 0) {
      isWhole = false;
      break;
    }
    for (const entry of page) {
      const verified = verifyChain(hash, [entry], head);
      if (verified.ok) head = verified.value;
      else {
        isWhole = false;
        endRun();
        const { seq } = entry.id;
        // It begins a run by itself, where its bytes have its hash.
        const read = readEntry(entry.canonical);
        const begun = read.ok ? verifyChain(hash, [entry], { ...head, seq: seq - 1, hash: read.value.previousHash }) : undefined;
        head = begun?.ok === true ? begun.value : { ...head, seq, hash: entry.hash };
        from = begun?.ok === true ? seq : seq + 1;
      }
      const read = readEntry(entry.canonical, schemas);
      if (!read.ok || read.value.kind !== LEDGER_KINDS.sale.kind || read.value.fields === null) continue;
      const { currency, totalMinor, training } = read.value.fields;
      if (training === true) continue;
      assert(typeof currency === 'string' && typeof totalMinor === 'number', 'a sale has its total');
      sales += 1;
      totals.set(currency, (totals.get(currency) ?? 0) + totalMinor);
    }
    await setImmediate();
  }
  endRun();
  return {
    epoch: epoch.epoch,
    seq: epoch.headSeq,
    headHash: Buffer.from(epoch.headHash).toString('hex'),
    sales,
    totalsByCurrency: [...totals]
      .map(([currency, totalMinor]) => ({ currency, totalMinor }))
      .sort((a, b) => (a.currency < b.currency ? -1 : 1)),
    runs,
    chainWhole: isWhole && Buffer.compare(head.hash, epoch.headHash) === 0,
  };
}
