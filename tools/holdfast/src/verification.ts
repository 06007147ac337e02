/**
 * Compares what tills say of their own ledgers with what the hub has recomputed from the bytes that it holds: epoch by epoch,
 * entries, head hashes, sales and totals to the cent. Equal heads of whole chains mean equal ledgers, entry by entry.
 */
import type { HeadNamed, HeldEntry, HubVerification } from './hub-api.ts';
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
  /** What the till wrote itself where the hub's main line is another copy's, and the hub holds beside it, in words; null: nothing, or it is not proven. */
  readonly beside: string | null;
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

/**
 * What the hub is to be asked of epochs that tills have left and of which they do not hold what it holds: where it has the last entry of each run of them that is held there. An entry's hash covers
 * all that it goes on from.
 */
export function entriesToFind(hub: HubVerification, tills: readonly TillVerification[]): readonly HeadNamed[] {
  return tills.flatMap(({ device, epochs }) => {
    const held = hub.devices.find((candidate) => candidate.device === device)?.epochs ?? [];
    return epochs.slice(0, -1).flatMap((epoch) => {
      const there = held.find((candidate) => candidate.epoch === epoch.epoch);
      const isEqual = there === undefined || tillProblems(there, epoch).length === 0;
      return isEqual || device === null ? [] : runsOf(epoch).map(({ to, hash }) => ({ device, epoch: epoch.epoch, seq: to, hash }));
    });
  });
}

/** Where the hub holds what it was asked for. */
export interface FoundEntry {
  readonly asked: HeadNamed;
  readonly held: HeldEntry;
  /** Where it is held nowhere: the first entry of its run of which that is so, where that was looked for. */
  readonly missingFrom?: number;
}

/** Two tills of one device (a copy of its disk) are each compared. */
export function compareLedgers(hub: HubVerification, tills: readonly TillVerification[], found: readonly FoundEntry[] = []): Verification {
  const asked = Map.groupBy(tills, (till) => till.device);
  const epochs: VerifiedEpoch[] = [];
  const problems = hub.problems.map((problem) => (typeof problem === 'string' ? problem : JSON.stringify(problem)));
  if (!hub.projectionsEqualLedger) problems.push('the hub’s totals do not follow from its ledger');
  for (const device of hub.devices) {
    if (device.setAside > 0)
      problems.push(
        `${device.device}: ${device.setAside === 1 ? '1 entry was set aside and waits' : `${device.setAside} entries were set aside and wait`} for a person`,
      );
    const others = device.branches - ownBranches(found, device.device);
    if (others > 0)
      problems.push(
        `${device.device}: ${others === 1 ? '1 other history stands' : `${others} other histories stand`} under its name, which no till that was asked wrote`,
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
      if (own.length === 0) epochs.push({ ...held, till: null, problems: ofHub, lostByTill: null, beside: null });
      for (const till of own) {
        const said = till.epochs.find((candidate) => candidate.epoch === epoch.epoch);
        const proven = ofHub.length > 0 ? null : (partOf(till, device.epochs, { epoch, found }) ?? lostBy(till, device.epochs, epoch));
        epochs.push({
          ...held,
          till: said === undefined ? null : { entries: said.seq, sales: said.sales, totals: said.totalsByCurrency },
          problems: proven === null ? [...ofHub, ...tillProblems(epoch, said), ...unfound(found, device.device, said)] : ofHub,
          lostByTill: proven?.lost ?? null,
          beside: proven?.beside ?? null,
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
function lostBy(till: TillVerification, ofHub: readonly HubEpoch[], epoch: HubEpoch): Proven | null {
  const grows = till.epochs.at(-1);
  const held = ofHub.find((candidate) => candidate.epoch === grows?.epoch);
  if (grows === undefined || held === undefined || held === epoch || grows.seq === 0) return null;
  if (hubProblems(held).length > 0 || tillProblems(held, grows).length > 0) return null;
  const own = till.epochs.find((candidate) => candidate.epoch === epoch.epoch);
  // What the hub heard of after the epoch that grows was begun by somebody else: by a copy of this till.
  if (own === undefined && ofHub.indexOf(held) < ofHub.indexOf(epoch)) return null;
  if (own === undefined || (own.seq === 0 && own.sales === 0 && epoch.seq > 0))
    return { lost: `all ${countedSales(epoch.seq, epoch.sales)}`, beside: null };
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
  return { lost: countedSales(epoch.seq - own.seq, epoch.sales - own.sales), beside: null };
}

interface Proven {
  /** Null: nothing. */
  readonly lost: string | null;
  readonly beside: string | null;
}

const countedSales = (entries: number, sales: number): string =>
  `${counted(entries, 'entry', 'entries')} (${counted(sales, 'sale', 'sales')})`;

/** What is held of an epoch without a gap. An older till tells of it only where it holds all. */
const runsOf = ({ runs, chainWhole, seq, headHash }: TillEpoch): NonNullable<TillEpoch['runs']> =>
  runs ?? (chainWhole && seq > 0 ? [{ from: 1, to: seq, hash: headHash }] : []);

const findRun = (found: readonly FoundEntry[], device: string, epoch: string, run: { readonly to: number; readonly hash: string }) =>
  found.find(({ asked }) => asked.device === device && asked.epoch === epoch && asked.seq === run.to && asked.hash === run.hash);

/** Other histories of a device whose every entry a till that was asked holds as its own. */
const ownBranches = (found: readonly FoundEntry[], of: string): number =>
  new Set(found.flatMap(({ asked, held }) => (asked.device === of && held.on === 'branch' && held.isLast ? [asked.hash] : []))).size;

/**
 * Of an epoch that the till has left, where the hub holds each run that the till holds of it: on its main line, which is whole, or as the end of another history. Then nothing that the till holds is missing there, whatever it
 * lacks. Null: it lacks nothing, or that is not proven.
 */
function partOf(
  till: TillVerification,
  ofHub: readonly HubEpoch[],
  { epoch, found }: { readonly epoch: HubEpoch; readonly found: readonly FoundEntry[] },
): Proven | null {
  const own = till.epochs.slice(0, -1).find((candidate) => candidate.epoch === epoch.epoch);
  const grows = till.epochs.at(-1);
  if (own === undefined || grows === undefined) return null;
  const held = runsOf(own).map((run) => ({ run, there: findRun(found, till.device ?? '', epoch.epoch, run)?.held }));
  const last = held.at(-1);
  // What was counted of it is more than these runs: something that the till knew of stands in none.
  if (last === undefined || last.run.to !== own.seq || own.sales > epoch.sales) return null;
  if (held.some(({ there }) => there === undefined || there.on === 'none')) return null;
  const growing = ofHub.find((candidate) => candidate.epoch === grows.epoch);
  const isGrowingProven =
    growing === undefined ? grows.seq === 0 : hubProblems(growing).length === 0 && tillProblems(growing, grows).length === 0;
  if (!isGrowingProven) return null;
  const isBeside = last.there?.on === 'branch';
  // A history that goes on behind what the till holds of it is not all its own.
  if (isBeside && last.there?.isLast !== true) return null;
  const fork = Math.min(...held.map(({ there }) => there?.from ?? Infinity));
  const onMainLine = held.reduce((sum, { run }) => sum + Math.max(0, Math.min(run.to, fork - 1) - run.from + 1), 0);
  const lost = epoch.seq - onMainLine;
  return {
    lost: lost === 0 ? null : countedSales(lost, epoch.sales - own.sales),
    beside: isBeside ? `entries ${fork} to ${last.run.to}` : null,
  };
}

/** Which entries are not proven: the till holds them, and the hub in none of its histories. */
const unfound = (found: readonly FoundEntry[], device: string, epoch: TillEpoch | undefined): readonly string[] =>
  (epoch === undefined ? [] : runsOf(epoch)).flatMap((run) => {
    const there = findRun(found, device, epoch?.epoch ?? '', run);
    return there?.held.on === 'none' ? [`entries ${there.missingFrom ?? run.from} to ${run.to} are in no history that the hub holds`] : [];
  });

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
