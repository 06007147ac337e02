/**
 * Compares what tills say of their own ledgers with what the hub has recomputed from the bytes that it holds: epoch by epoch,
 * entries, head hashes, sales and totals to the cent. Equal heads of whole chains mean equal ledgers, entry by entry.
 */
import type { HubVerification } from './hub-api.ts';
import type { TillVerification } from './till-access.ts';

export interface VerifiedEpoch {
  readonly device: string;
  readonly store: string;
  readonly lane: number | null;
  readonly epoch: string;
  readonly hubEntries: number;
  readonly hubSales: number;
  readonly hubTotals: Totals;
  /** Null where no till was asked about it. */
  readonly till: { readonly entries: number; readonly sales: number; readonly totals: Totals } | null;
  readonly problems: readonly string[];
}

type Totals = readonly { readonly currency: string; readonly totalMinor: number }[];

export interface Verification {
  /** Nothing speaks against it, and every till that was asked agrees. */
  readonly proven: boolean;
  readonly epochs: readonly VerifiedEpoch[];
  readonly totals: { readonly sales: number; readonly byCurrency: Totals };
  readonly problems: readonly string[];
}

export function compareLedgers(hub: HubVerification, tills: readonly TillVerification[]): Verification {
  const asked = new Map(tills.map((till) => [till.device, till]));
  const epochs: VerifiedEpoch[] = [];
  const problems = hub.problems.map((problem) => (typeof problem === 'string' ? problem : JSON.stringify(problem)));
  if (!hub.projectionsEqualLedger) problems.push('the hub’s totals do not follow from its ledger');
  for (const device of hub.devices) {
    const till = asked.get(device.device);
    if (device.setAside > 0) problems.push(`${device.device}: ${device.setAside} entries were set aside and wait for a person`);
    if (device.branches > 0) problems.push(`${device.device}: ${device.branches} other histories stand under its name`);
    for (const epoch of device.epochs) {
      const own = till?.epochs.find((candidate) => candidate.epoch === epoch.epoch);
      epochs.push({
        device: device.device,
        store: device.store,
        lane: device.lane,
        epoch: epoch.epoch,
        hubEntries: epoch.seq,
        hubSales: epoch.sales,
        hubTotals: epoch.totalsByCurrency,
        till: own === undefined ? null : { entries: own.seq, sales: own.sales, totals: own.totalsByCurrency },
        problems: [...hubProblems(epoch), ...(till === undefined ? [] : tillProblems(epoch, own))],
      });
    }
  }
  for (const till of tills) {
    const device = till.device ?? 'a till that is not enrolled';
    if (till.waitingEntries > 0)
      problems.push(
        `${device}: ${counted(till.waitingEntries, 'entry', 'entries')} (${counted(till.waitingSales, 'sale', 'sales')}) not at the hub yet`,
      );
    const held = hub.devices.find((candidate) => candidate.device === till.device);
    for (const epoch of till.epochs) {
      if (held?.epochs.some((candidate) => candidate.epoch === epoch.epoch) === true) continue;
      if (epoch.seq > 0)
        problems.push(`${device}: the hub holds nothing of epoch ${epoch.epoch} (${epoch.seq} entries, ${epoch.sales} sales)`);
    }
  }
  const proven = problems.length === 0 && epochs.every((epoch) => epoch.problems.length === 0);
  return { proven, epochs, totals: { sales: hub.totals.sales, byCurrency: hub.totals.byCurrency }, problems };
}

type HubEpoch = HubVerification['devices'][number]['epochs'][number];
type TillEpoch = TillVerification['epochs'][number];

function hubProblems(epoch: HubEpoch): readonly string[] {
  return [
    ...(epoch.chainWhole ? [] : ['chain broken at the hub']),
    ...(epoch.headSigned || epoch.seq === 0 ? [] : ['head not signed']),
    ...(epoch.gaps.length > 0 ? [`${epoch.gaps.length} gaps`] : []),
  ];
}

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

function tillProblems(hub: HubEpoch, till: TillEpoch | undefined): readonly string[] {
  if (till === undefined) return ['its till does not know this epoch'];
  return [
    ...(till.chainWhole ? [] : ['chain broken at the till']),
    ...(hub.seq === till.seq ? [] : [`${counted(till.seq - hub.seq, 'entry', 'entries')} apart`]),
    ...(hub.seq === till.seq && hub.headHash !== till.headHash ? ['another history'] : []),
    ...(hub.sales === till.sales ? [] : [`${counted(till.sales - hub.sales, 'sale', 'sales')} apart`]),
    ...(sameTotals(hub.totalsByCurrency, till.totalsByCurrency) ? [] : ['totals differ']),
  ];
}

function sameTotals(a: Totals, b: Totals): boolean {
  const nonZero = (totals: Totals): string =>
    totals
      .filter((total) => total.totalMinor !== 0)
      .map((total) => `${total.currency} ${total.totalMinor}`)
      .sort()
      .join(',');
  return nonZero(a) === nonZero(b);
}
