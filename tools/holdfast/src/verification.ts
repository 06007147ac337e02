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
  /** What the till has lost of it, where the hub has all of it, in words; null: nothing, or it is not proven. */
  readonly lostByTill: string | null;
}

export const UNKNOWN_TO_TILL = 'its till does not know this epoch';

type Totals = readonly { readonly currency: string; readonly totalMinor: number }[];

export interface Verification {
  /** Nothing speaks against it, and every till that was asked agrees. */
  readonly proven: boolean;
  readonly epochs: readonly VerifiedEpoch[];
  readonly totals: { readonly sales: number; readonly byCurrency: Totals };
  readonly problems: readonly string[];
}

/** Two tills of one device (a copy of its disk) are each compared. */
export function compareLedgers(hub: HubVerification, tills: readonly TillVerification[]): Verification {
  const asked = Map.groupBy(tills, (till) => till.device);
  const epochs: VerifiedEpoch[] = [];
  const problems = hub.problems.map((problem) => (typeof problem === 'string' ? problem : JSON.stringify(problem)));
  if (!hub.projectionsEqualLedger) problems.push('the hub’s totals do not follow from its ledger');
  for (const device of hub.devices) {
    if (device.setAside > 0)
      problems.push(
        `${device.device}: ${device.setAside === 1 ? '1 entry was set aside and waits' : `${device.setAside} entries were set aside and wait`} for a person`,
      );
    if (device.branches > 0)
      problems.push(
        `${device.device}: ${device.branches === 1 ? '1 other history stands' : `${device.branches} other histories stand`} under its name`,
      );
    for (const epoch of device.epochs) {
      const held = {
        device: device.device,
        store: device.store,
        lane: device.lane,
        epoch: epoch.epoch,
        hubEntries: epoch.seq,
        hubSales: epoch.sales,
        hubTotals: epoch.totalsByCurrency,
      };
      const ofHub = hubProblems(epoch);
      const own = asked.get(device.device) ?? [];
      if (own.length === 0) epochs.push({ ...held, till: null, problems: ofHub, lostByTill: null });
      for (const till of own) {
        const said = till.epochs.find((candidate) => candidate.epoch === epoch.epoch);
        const lostByTill = ofHub.length > 0 ? null : lostBy(till, device.epochs, epoch);
        epochs.push({
          ...held,
          till: said === undefined ? null : { entries: said.seq, sales: said.sales, totals: said.totalsByCurrency },
          problems: lostByTill === null ? [...ofHub, ...tillProblems(epoch, said)] : ofHub,
          lostByTill,
        });
      }
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
        problems.push(
          `${device}: the hub holds nothing of epoch ${epoch.epoch} (${counted(epoch.seq, 'entry', 'entries')}, ${counted(epoch.sales, 'sale', 'sales')})`,
        );
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
    ...(epoch.gaps.length > 0 ? [counted(epoch.gaps.length, 'gap', 'gaps')] : []),
  ];
}

/**
 * What a till has lost of an epoch that it has left, in words. Only where nothing that it holds is missing at the hub: what it holds of the epoch ends, hash by hash, at an
 * entry that the hub's main line has (another of the device's epochs continues it there), and the epoch that the till grows is the hub's.
 * Null: it has lost nothing, or that is not proven.
 */
function lostBy(till: TillVerification, ofHub: readonly HubEpoch[], epoch: HubEpoch): string | null {
  const grows = till.epochs.at(-1);
  const held = ofHub.find((candidate) => candidate.epoch === grows?.epoch);
  if (grows === undefined || held === undefined || held === epoch || grows.seq === 0) return null;
  if (hubProblems(held).length > 0 || tillProblems(held, grows).length > 0) return null;
  const own = till.epochs.find((candidate) => candidate.epoch === epoch.epoch);
  // What the hub heard of after the epoch that grows was begun by somebody else: by a copy of this till.
  if (own === undefined && ofHub.indexOf(held) < ofHub.indexOf(epoch)) return null;
  if (own === undefined || (own.seq === 0 && own.sales === 0 && epoch.seq > 0))
    return `all ${counted(epoch.seq, 'entry', 'entries')} (${counted(epoch.sales, 'sale', 'sales')})`;
  const isContinued = ofHub.some(
    (candidate) =>
      candidate.chainWhole &&
      candidate.headSigned &&
      candidate.continues?.isHeld === true &&
      candidate.continues.epoch === epoch.epoch &&
      candidate.continues.seq === own.seq &&
      candidate.continues.hash === own.headHash,
  );
  if (!isContinued || !own.chainWhole || own.seq >= epoch.seq || own.sales > epoch.sales) return null;
  return `${counted(epoch.seq - own.seq, 'entry', 'entries')} (${counted(epoch.sales - own.sales, 'sale', 'sales')})`;
}

const apart = (difference: number, one: string, many: string): string =>
  `${difference < 0 ? '-' : ''}${counted(Math.abs(difference), one, many)} apart`;

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

function tillProblems(hub: HubEpoch, till: TillEpoch | undefined): readonly string[] {
  if (till === undefined) return [UNKNOWN_TO_TILL];
  return [
    ...(till.chainWhole ? [] : ['chain broken at the till']),
    ...(hub.seq === till.seq ? [] : [apart(till.seq - hub.seq, 'entry', 'entries')]),
    ...(hub.seq === till.seq && hub.headHash !== till.headHash ? ['another history'] : []),
    ...(hub.sales === till.sales ? [] : [apart(till.sales - hub.sales, 'sale', 'sales')]),
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
