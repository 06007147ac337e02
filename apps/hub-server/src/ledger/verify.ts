/**
 * The hub's proof: every chain, signature and total recomputed from the canonical bytes, and compared with what the folds say. One
 * snapshot, so that nothing moves meanwhile. What is received and not folded yet belongs to the chains, not to the folds. Whatever does not agree is named;
 * nothing is repaired.
 */
import { assert, type Verifier } from '@holdfast/base';
import { minorDigitsOf, netMinorOf } from '@holdfast/domain';
import { bytesToHex, readEntry, verifyHead } from '@holdfast/sync';

import { createCardProof, type CardProof } from '../cards/prove-cards.ts';
import type { Database, Queries } from '../db/database.ts';
import { earnedOfSale, usesOfSale } from '../standings/fold-standings.ts';
import { createStockProof, type StockProof } from '../stock/prove-stock.ts';
import { createDayProof, type DayProof } from '../store-day/prove-days.ts';
import { appliedBefore } from './applied.ts';
import { archiveProblems } from './archive.ts';
import { RECEIVED_ENTRIES, SET_ASIDE, TALLY_JOIN } from './device-tally.ts';
import { foldEntry, type FoldedEntry } from './fold-entry.ts';
import { entriesOfRun, type PreparePorts } from './prepare-runs.ts';
import { returnLinesOf, type ReturnLineRow } from './returns.ts';
import { problemsOfSums } from './sale-sums.ts';
import { unlistedLinesOf } from './unlisted-codes.ts';

export interface CurrencyTotal {
  readonly currency: string;
  readonly minorDigits: number;
  readonly sales: number;
  readonly totalMinor: number;
}

export interface VerifiedEpoch {
  readonly epoch: string;
  readonly seq: number;
  readonly headHash: string;
  readonly chainWhole: boolean;
  /** The device's signature over the head verifies with its enrolled key. */
  readonly headSigned: boolean;
  readonly sales: number;
  readonly totalsByCurrency: readonly CurrencyTotal[];
  /** Sequence numbers that are missing: from, to. */
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  /** The entry that this epoch's chain begins behind, and whether the main line that is held has it there; null for what begins a ledger. */
  readonly continues: { readonly epoch: string; readonly seq: number; readonly hash: string; readonly isHeld: boolean } | null;
}

export interface VerifiedDevice {
  readonly device: string;
  readonly store: string;
  readonly lane: number;
  readonly epochs: readonly VerifiedEpoch[];
  readonly setAside: number;
  readonly branches: number;
  /** Hex: what a journal that this device exported is verified with. */
  readonly publicKey: string;
}

export interface Verification {
  readonly devices: readonly VerifiedDevice[];
  readonly totals: { readonly sales: number; readonly byCurrency: readonly CurrencyTotal[] };
  readonly projectionsEqualLedger: boolean;
  /** In words: the first `MOST_NAMED`, and then how many more there are. */
  readonly problems: readonly string[];
}

export interface VerifyPorts extends PreparePorts {
  readonly database: Database;
  readonly verifier: Verifier;
}

const PAGE_ENTRIES = 1_000;
/** Up to where a page behind `$4` goes: so many numbers on from the next that is held, in the archive or not. */
const NEXT_PAGE = `(SELECT ${PAGE_ENTRIES} - 1 + least(
  (SELECT min(seq) FROM ledger_entry WHERE tenant_no = $1 AND device = $2 AND epoch = $3 AND seq > $4),
  (SELECT greatest(min(from_seq), $4 + 1) FROM ledger_archive WHERE tenant_no = $1 AND device = $2 AND epoch = $3 AND to_seq > $4)))`;
const MOST_NAMED = 200;

export async function verifyLedger(ports: VerifyPorts, tenantNo: number): Promise<Verification> {
  return ports.database.transaction(async (tx) => verifyIn(ports, tx, tenantNo), { readSnapshot: true });
}

/** What is recomputed, and what was found wrong on the way. */
interface Findings {
  readonly problems: Problems;
  readonly totals: Totals;
  readonly stock: StockProof;
  /** Kind of account, reference and currency → balance. */
  readonly accounts: Map<string, bigint>;
  /** Uses and discounts of promotions, and earned points, as `standingsOf` names them. */
  readonly standings: Map<string, bigint>;
  /** They begin behind this entry. */
  readonly standingsFrom: number;
  /** Spans of shifts and balances of safes. */
  readonly days: DayProof;
  readonly cards: CardProof;
  projectionsEqual: boolean;
}

function mismatch(findings: Findings, problem: string): void {
  findings.projectionsEqual = false;
  findings.problems.note(problem);
}

interface Problems {
  note(problem: string): void;
  told(): readonly string[];
}

function createProblems(): Problems {
  const named: string[] = [];
  let more = 0;
  return {
    note: (problem) => {
      if (named.length < MOST_NAMED) named.push(problem);
      else more += 1;
    },
    told: () => (more === 0 ? named : [...named, `and ${more} more`]),
  };
}

interface DeviceRow {
  readonly device: string;
  readonly store: string;
  readonly lane: number;
  readonly public_key: Uint8Array;
  readonly set_aside: number;
  readonly branches: number;
  readonly received_entries: number;
}

async function verifyIn(ports: VerifyPorts, tx: Queries, tenantNo: number): Promise<Verification> {
  const [begin] = await tx.rows<{ entry_no: number }>('SELECT entry_no FROM standings_begin');
  const findings: Findings = {
    problems: createProblems(),
    totals: createTotals(),
    stock: await createStockProof(tx, tenantNo),
    accounts: new Map(),
    standings: new Map(),
    standingsFrom: begin?.entry_no ?? 0,
    days: await createDayProof(tx, tenantNo),
    cards: await createCardProof(tx, tenantNo),
    projectionsEqual: true,
  };
  const devices = await tx.rows<DeviceRow>(
    `SELECT d.device, d.store, d.lane, d.public_key, ${SET_ASIDE} AS set_aside, d.branches, ${RECEIVED_ENTRIES} AS received_entries
     FROM device d ${TALLY_JOIN} WHERE d.tenant_no = $1 ORDER BY d.store, d.lane, d.device`,
    [tenantNo],
  );
  const verified: VerifiedDevice[] = [];
  for (const device of devices) verified.push(await verifyDevice(ports, tx, { tenantNo, device, findings }));
  await compareAccounts(tx, tenantNo, findings);
  await compareStandings(tx, tenantNo, findings);
  for (const problem of await problemsOfSums(tx, tenantNo)) mismatch(findings, problem);
  for (const proof of [findings.stock, findings.days, findings.cards])
    for (const problem of await proof.problems(tx)) mismatch(findings, problem);
  const [count] = await tx.rows<{ sales: number }>('SELECT count(*) AS sales FROM sale WHERE tenant_no = $1', [tenantNo]);
  if (count?.sales !== findings.totals.rows)
    mismatch(findings, `${count?.sales} sales are folded, ${findings.totals.rows} stand in the ledger`);
  return {
    devices: verified,
    totals: { sales: findings.totals.sales, byCurrency: findings.totals.list() },
    projectionsEqualLedger: findings.projectionsEqual,
    problems: findings.problems.told(),
  };
}

interface Totals {
  sales: number;
  /** Rows that the fold must have, training included. */
  rows: number;
  add(entry: FoldedEntry): void;
  list(): readonly CurrencyTotal[];
}

function createTotals(): Totals {
  const byCurrency = new Map<string, { sales: number; totalMinor: number }>();
  return {
    sales: 0,
    rows: 0,
    add({ sale }) {
      if (sale === null) return;
      this.rows += 1;
      if (sale.training) return;
      this.sales += 1;
      const held = byCurrency.get(sale.currency) ?? { sales: 0, totalMinor: 0 };
      byCurrency.set(sale.currency, { sales: held.sales + 1, totalMinor: held.totalMinor + sale.totalMinor });
    },
    list: () =>
      [...byCurrency]
        .map(([currency, total]) => ({ currency, minorDigits: minorDigitsOf(currency), ...total }))
        .sort((left, right) => (left.currency < right.currency ? -1 : 1)),
  };
}

interface DeviceTask {
  readonly tenantNo: number;
  readonly device: DeviceRow;
  readonly findings: Findings;
}

interface EpochRow {
  readonly epoch: string;
  readonly parent_epoch: string | null;
  readonly parent_seq: number | null;
  readonly parent_hash: Uint8Array | null;
  readonly head_seq: number;
  readonly head_hash: Uint8Array;
  readonly signed_seq: number;
  readonly signature: Uint8Array;
}

/** The main line of one epoch as it is walked: its entries come in the order of their numbers. */
interface Walk {
  readonly row: EpochRow;
  readonly totals: Totals;
  readonly gaps: { readonly from: number; readonly to: number }[];
  /** Numbers of it that other epochs continue → the hash of what stands there, once it was walked by. */
  readonly continued: Map<number, Uint8Array | null>;
  whole: boolean;
  seq: number;
  hash: Uint8Array;
}

const NO_HASH = new Uint8Array(32);

async function verifyDevice(ports: VerifyPorts, tx: Queries, task: DeviceTask): Promise<VerifiedDevice> {
  const { tenantNo, device, findings } = task;
  const walks = await walksOf(tx, tenantNo, device.device);
  let entries = 0;
  let setAside = 0;
  const walkOn = (entry: ChainLink): Walk | undefined => {
    const walk = walks.get(entry.epoch);
    if (entry.branch !== '') return walk;
    if (walk === undefined) findings.problems.note(`${device.device} ${entry.epoch}: entry ${entry.seq} belongs to no epoch`);
    else step(ports, walk, { entry, device, findings });
    return walk;
  };
  for await (const [entry, fold] of entriesOf(tx, tenantNo, device.device)) {
    entries += 1;
    const folded = expectedFold(findings, entry, device);
    if (entry.reason !== null) setAside += 1;
    findings.days.add(device, entry, folded);
    if (entry.reason === null) findings.cards.add(device.device, entry.entry_no, folded);
    const walk = walkOn(entry);
    walk?.totals.add(folded);
    findings.totals.add(folded);
    compareSale(findings, { where: `${device.device} ${entry.epoch} ${entry.seq}`, store: device.store }, fold, folded);
    const { entry_no: entryNo, epoch, seq, received_at_ms: receivedAtMs } = entry;
    const place = { store: device.store, device: device.device, epoch, seq, isBranch: entry.branch !== '', entryNo, receivedAtMs };
    findings.stock.add(place, folded);
    for (const { account, reference, currency, amountMinor } of folded.accountMovements) {
      const key = JSON.stringify([account, reference, currency]);
      findings.accounts.set(key, (findings.accounts.get(key) ?? 0n) + BigInt(amountMinor));
    }
    for (const [key, amount] of entry.entry_no > findings.standingsFrom ? standingsOf(folded.sale, device.device) : []) {
      findings.standings.set(key, (findings.standings.get(key) ?? 0n) + BigInt(amount));
    }
  }
  for (const problem of await archiveProblems(ports, tx, tenantNo, device.device)) findings.problems.note(problem);
  for await (const link of waitingOf(ports, tx, tenantNo, device.device)) walkOn(link)?.totals.add(foldEntry(link.canonical));
  if (entries !== device.received_entries)
    mismatch(findings, `${device.device}: ${device.received_entries} entries are counted, ${entries} are held`);
  if (setAside !== device.set_aside)
    mismatch(findings, `${device.device}: ${device.set_aside} entries are counted as set aside, ${setAside} are`);
  return {
    device: device.device,
    store: device.store,
    lane: device.lane,
    epochs: [...walks.values()].map((walk) => ({ ...finish(ports, walk, device, findings), continues: continuesOf(walks, walk) })),
    setAside,
    branches: device.branches,
    publicKey: bytesToHex(device.public_key),
  };
}

async function walksOf(tx: Queries, tenantNo: number, device: string): Promise<ReadonlyMap<string, Walk>> {
  const rows = await tx.rows<EpochRow>(
    `SELECT epoch, parent_epoch, parent_seq, parent_hash, head_seq, head_hash, signed_seq, signature FROM ledger_epoch WHERE tenant_no = $1 AND device = $2
     ORDER BY first_received_at_ms, epoch`,
    [tenantNo, device],
  );
  const walkOf = (row: EpochRow): Walk => ({
    row,
    totals: createTotals(),
    gaps: [],
    continued: new Map(
      rows.flatMap((next) => (next.parent_epoch === row.epoch && next.parent_seq !== null ? [[next.parent_seq, null]] : [])),
    ),
    whole: true,
    seq: 0,
    hash: row.parent_hash ?? NO_HASH,
  });
  return new Map(rows.map((row) => [row.epoch, walkOf(row)]));
}

export interface ProvenChains {
  readonly epochs: readonly Omit<VerifiedEpoch, 'sales' | 'totalsByCurrency' | 'continues'>[];
  readonly problems: readonly string[];
}

/** The chains of one device alone, without what follows from them. */
export async function proveChains(
  ports: VerifyPorts,
  tx: Queries,
  tenantNo: number,
  device: Pick<DeviceRow, 'device' | 'public_key'>,
): Promise<ProvenChains> {
  const findings = { problems: createProblems() };
  const walks = await walksOf(tx, tenantNo, device.device);
  const walkOn = (entry: ChainLink): void => {
    const walk = entry.branch === '' ? walks.get(entry.epoch) : undefined;
    if (walk !== undefined) step(ports, walk, { entry, device, findings });
  };
  for (const epoch of walks.keys()) {
    for (let afterSeq = 0; ;) {
      const page = await tx.rows<ChainLink>(
        `SELECT epoch, seq, branch, hash, canonical FROM ledger_held WHERE tenant_no = $1 AND device = $2 AND epoch = $3 AND seq > $4 AND branch = ''
           AND to_seq > $4 AND from_seq <= ${NEXT_PAGE} AND seq <= ${NEXT_PAGE} ORDER BY seq`,
        [tenantNo, device.device, epoch, afterSeq],
      );
      for (const entry of page) walkOn(entry);
      afterSeq = page.at(-1)?.seq ?? afterSeq;
      if (page.length === 0) break;
    }
  }
  for (const problem of await archiveProblems(ports, tx, tenantNo, device.device)) findings.problems.note(problem);
  for await (const link of waitingOf(ports, tx, tenantNo, device.device)) walkOn(link);
  const epochs = [...walks.values()].map((walk) => {
    const { epoch, seq, headHash, chainWhole, headSigned, gaps } = finish(ports, walk, device, findings);
    return { epoch, seq, headHash, chainWhole, headSigned, gaps };
  });
  return { epochs, problems: findings.problems.told() };
}

interface ChainLink {
  readonly epoch: string;
  readonly seq: number;
  readonly branch: string;
  readonly hash: Uint8Array;
  readonly canonical: Uint8Array;
}

interface HeldEntry extends ChainLink {
  readonly entry_no: number;
  readonly received_at_ms: number;
  /** Why it is set aside; null where it is not. */
  readonly reason: string | null;
  /** What of it was applied all the same; null: what it names. */
  readonly applied: Pick<FoldedEntry, 'movements' | 'accountMovements'> | readonly [] | null;
}

/** What the folds must say of it. */
function expectedFold(findings: Findings, entry: HeldEntry, device: DeviceRow): FoldedEntry {
  const folded = foldEntry(entry.canonical);
  if (entry.reason === null) {
    if (folded.setAside !== null) mismatch(findings, `${device.device} ${entry.epoch} ${entry.seq}: applied, and yet ${folded.setAside}`);
    return folded;
  }
  const applied = appliedBefore(entry.applied, folded);
  return { ...folded, sale: null, ...applied };
}

/** Received and not folded yet, in the order in which it came. */
async function* waitingOf(ports: PreparePorts, tx: Queries, tenantNo: number, device: string): AsyncGenerator<ChainLink> {
  const runs = await tx.rows<{ run_no: number }>('SELECT run_no FROM ledger_run WHERE tenant_no = $1 AND device = $2 ORDER BY run_no', [
    tenantNo,
    device,
  ]);
  for (const { run_no: runNo } of runs) {
    const [run] = await tx.rows<{ skip: number; branch: boolean; frame: Uint8Array }>(
      'SELECT skip, branch, frame FROM ledger_run WHERE run_no = $1',
      [runNo],
    );
    assert(run !== undefined, 'a snapshot does not change');
    for (const { id, hash, canonical } of entriesOfRun(run, ports)) {
      yield { epoch: id.epoch, seq: id.seq, branch: run.branch ? bytesToHex(hash) : '', hash, canonical };
    }
  }
}

/** What the folds say of one entry: `[total, currency, receipt number, line count, training]`, the lines `[sku, unit, quantity, amount]`, and the lines that give something back, as `returnTuple` has them. */
interface HeldFold {
  readonly sale: readonly unknown[] | undefined;
  readonly lines: readonly (readonly unknown[])[];
  readonly returns: readonly (readonly unknown[])[];
  readonly unlisted: readonly (readonly unknown[])[];
}

const returnTuple = ({ line, store, receiptNumber, sku, unit, quantity, unverified }: ReturnLineRow): readonly unknown[] => [
  line,
  store,
  receiptNumber,
  sku,
  unit,
  quantity,
  unverified,
];

/** Page by page along the primary key, each entry with what was folded out of it. */
async function* entriesOf(tx: Queries, tenantNo: number, device: string): AsyncGenerator<readonly [HeldEntry, HeldFold]> {
  const epochs = await tx.rows<{ epoch: string }>(
    `SELECT epoch FROM ledger_entry WHERE tenant_no = $1 AND device = $2 UNION SELECT epoch FROM ledger_archive WHERE tenant_no = $1 AND device = $2 ORDER BY epoch`,
    [tenantNo, device],
  );
  for (const { epoch } of epochs) {
    let afterSeq = 0;
    for (;;) {
      // Whole numbers per page, so that the branches of one number stay together.
      const page = await tx.rows<HeldEntry>(
        `SELECT e.entry_no, e.epoch, e.seq, e.branch, e.hash, e.received_at_ms, e.canonical, a.reason, a.applied FROM ledger_held e LEFT JOIN set_aside a ON a.entry_no = e.entry_no
         WHERE e.tenant_no = $1 AND e.device = $2 AND e.epoch = $3 AND e.seq > $4 AND e.to_seq > $4 AND e.from_seq <= ${NEXT_PAGE} AND e.seq <= ${NEXT_PAGE}
         ORDER BY e.seq, e.branch`,
        [tenantNo, device, epoch, afterSeq],
      );
      const last = page.at(-1);
      if (last === undefined) break;
      const folds = await foldsOf(tx, page);
      for (const entry of page) {
        const { entry_no: entryNo } = entry;
        const [lines = [], returns = [], unlisted = []] = [folds.lines, folds.returns, folds.unlisted].map((fold) => fold.get(entryNo));
        yield [entry, { sale: folds.sales.get(entryNo), lines, returns, unlisted }];
      }
      afterSeq = last.seq;
    }
  }
}

interface Folds {
  readonly sales: ReadonlyMap<number, readonly unknown[]>;
  readonly lines: ReadonlyMap<number, readonly (readonly unknown[])[]>;
  readonly returns: ReadonlyMap<number, readonly (readonly unknown[])[]>;
  readonly unlisted: ReadonlyMap<number, readonly (readonly unknown[])[]>;
}

type FoldTuple = readonly [entryNo: number, ...folded: readonly unknown[]];

async function foldsOf(tx: Queries, page: readonly HeldEntry[]): Promise<Folds> {
  const entryNos = JSON.stringify(page.map((entry) => entry.entry_no));
  const wanted = 'SELECT value::bigint AS entry_no FROM jsonb_array_elements_text($1::jsonb)';
  const [row] = await tx.rows<Readonly<Record<'sales' | 'lines' | 'returns' | 'unlisted', readonly FoldTuple[] | null>>>(
    `SELECT
       (SELECT json_agg(json_build_array(s.entry_no, s.total_minor, s.currency, s.receipt_number, s.line_count, s.training))
        FROM (${wanted}) AS x CROSS JOIN LATERAL (SELECT * FROM sale WHERE sale.entry_no = x.entry_no LIMIT 1) AS s) AS sales,
       (SELECT json_agg(json_build_array(l.entry_no, l.sku, l.unit, l.quantity, l.amount_minor) ORDER BY l.entry_no, l.line)
        FROM (${wanted}) AS x CROSS JOIN LATERAL (SELECT * FROM sale_line WHERE sale_line.entry_no = x.entry_no OFFSET 0) AS l) AS lines,
       (SELECT json_agg(json_build_array(r.entry_no, r.line, r.store, r.receipt_number, r.sku, r.unit, r.quantity, r.unverified) ORDER BY r.entry_no, r.line)
        FROM (${wanted}) AS x CROSS JOIN LATERAL (SELECT * FROM return_line WHERE return_line.entry_no = x.entry_no OFFSET 0) AS r) AS returns,
       (SELECT json_agg(json_build_array(u.entry_no, u.line, u.code, u.sku, u.quantity, u.amount_minor) ORDER BY u.entry_no, u.line)
        FROM (${wanted}) AS x CROSS JOIN LATERAL (SELECT * FROM unlisted_line WHERE unlisted_line.entry_no = x.entry_no OFFSET 0) AS u) AS unlisted`,
    [entryNos],
  );
  const sales = new Map((row?.sales ?? []).map(([entryNo, ...sale]) => [entryNo, sale]));
  return {
    sales,
    lines: byEntry(row?.lines ?? []),
    returns: byEntry(row?.returns ?? []),
    unlisted: byEntry(row?.unlisted ?? []),
  };
}

function byEntry(tuples: readonly FoldTuple[]): ReadonlyMap<number, readonly (readonly unknown[])[]> {
  const held = new Map<number, (readonly unknown[])[]>();
  for (const [entryNo, ...folded] of tuples) {
    const own = held.get(entryNo);
    if (own === undefined) held.set(entryNo, [folded]);
    else own.push(folded);
  }
  return held;
}

function step(
  ports: VerifyPorts,
  walk: Walk,
  {
    entry,
    device,
    findings,
  }: { readonly entry: ChainLink; readonly device: Pick<DeviceRow, 'device'>; readonly findings: Pick<Findings, 'problems'> },
): void {
  const where = `${device.device} ${entry.epoch} ${entry.seq}`;
  const broken = (problem: string): void => {
    walk.whole = false;
    findings.problems.note(`${where}: ${problem}`);
  };
  if (entry.seq !== walk.seq + 1) {
    walk.gaps.push({ from: walk.seq + 1, to: entry.seq - 1 });
    broken(`entries ${walk.seq + 1} to ${entry.seq - 1} are missing`);
  }
  const computed = ports.hash.sha256(entry.canonical);
  if (!isSame(computed, entry.hash)) broken('the bytes do not have the hash that they are kept under');
  const read = readEntry(entry.canonical);
  if (!read.ok) broken('the bytes are no entry');
  else {
    const { id, previousHash } = read.value;
    if (id.device !== device.device || id.epoch !== entry.epoch || id.seq !== entry.seq) broken('the bytes carry another identity');
    if (entry.seq === walk.seq + 1 && !isSame(previousHash, walk.hash)) broken('does not continue the entry before it');
  }
  walk.seq = entry.seq;
  walk.hash = computed;
  if (walk.continued.has(entry.seq)) walk.continued.set(entry.seq, computed);
}

/** Once all were walked. */
function continuesOf(walks: ReadonlyMap<string, Walk>, { row }: Walk): VerifiedEpoch['continues'] {
  const { parent_epoch: epoch, parent_seq: seq, parent_hash: hash } = row;
  if (epoch === null || seq === null || hash === null) return null;
  const standing = walks.get(epoch)?.continued.get(seq) ?? null;
  return { epoch, seq, hash: bytesToHex(hash), isHeld: standing !== null && isSame(standing, hash) };
}

const isSame = (left: Uint8Array, right: Uint8Array): boolean => Buffer.compare(left, right) === 0;

function finish(
  ports: VerifyPorts,
  walk: Walk,
  device: Pick<DeviceRow, 'device' | 'public_key'>,
  findings: Pick<Findings, 'problems'>,
): Omit<VerifiedEpoch, 'continues'> {
  const { row } = walk;
  const where = `${device.device} ${row.epoch}`;
  if (walk.seq < row.head_seq) {
    walk.gaps.push({ from: walk.seq + 1, to: row.head_seq });
    findings.problems.note(`${where}: entries ${walk.seq + 1} to ${row.head_seq} are missing`);
  }
  if (walk.seq !== row.head_seq || !isSame(walk.hash, row.head_hash)) {
    walk.whole = false;
    findings.problems.note(`${where}: the head is not the last entry`);
  }
  const head = { device: device.device, epoch: row.epoch, seq: row.signed_seq, hash: row.head_hash, signature: row.signature };
  const headSigned = row.signed_seq === row.head_seq && verifyHead(ports.verifier, device.public_key, head);
  if (!headSigned) findings.problems.note(`${where}: the head is not signed by its device`);
  return {
    epoch: row.epoch,
    seq: walk.seq,
    headHash: bytesToHex(walk.hash),
    chainWhole: walk.whole,
    headSigned,
    sales: walk.totals.sales,
    totalsByCurrency: walk.totals.list(),
    gaps: walk.gaps,
  };
}

interface EntryPlace {
  readonly where: string;
  readonly store: string;
}

function compareSale(findings: Findings, { where, store }: EntryPlace, fold: HeldFold, { sale }: FoldedEntry): void {
  const returns = JSON.stringify(returnLinesOf(sale, store).map(returnTuple));
  if (returns !== JSON.stringify(fold.returns)) {
    mismatch(findings, `${where}: what came back is folded as ${JSON.stringify(fold.returns)}, the ledger says ${returns}`);
  }
  const unlisted = JSON.stringify(
    unlistedLinesOf(sale).map(({ line, code, sku, quantity, amountMinor }) => [line, code, sku, quantity, amountMinor]),
  );
  if (unlisted !== JSON.stringify(fold.unlisted)) {
    mismatch(findings, `${where}: what is not listed is folded as ${JSON.stringify(fold.unlisted)}, the ledger says ${unlisted}`);
  }
  if (sale === null) {
    if (fold.sale !== undefined || fold.lines.length > 0) mismatch(findings, `${where}: a sale is folded where the ledger has none`);
    return;
  }
  const ledger = JSON.stringify([sale.totalMinor, sale.currency, sale.receiptNumber, sale.lines.length, sale.training]);
  const folded = JSON.stringify(fold.sale ?? null);
  if (ledger !== folded) mismatch(findings, `${where}: folded as ${folded}, the ledger says ${ledger}`);
  const lines = sale.lines.map((line) => [line.sku, line.quantity.unit, line.quantity.value, netMinorOf(line)]);
  if (JSON.stringify(lines) !== JSON.stringify(fold.lines)) mismatch(findings, `${where}: the folded lines differ from the ledger’s`);
}

/** What a sale says of promotions and tiers, by names that the folded rows have, too. */
function standingsOf(sale: FoldedEntry['sale'], device: string): readonly (readonly [string, number])[] {
  return [
    ...usesOfSale(sale).flatMap(({ promotionId, customer, uses, discountMinor }) => [
      [JSON.stringify(['uses', promotionId, customer, device]), uses] as const,
      [JSON.stringify(['discount', promotionId, customer, device]), discountMinor] as const,
    ]),
    ...earnedOfSale(sale).map(
      ({ customer, businessDate, points }) => [JSON.stringify(['earned', customer, businessDate]), points] as const,
    ),
  ];
}

async function compareStandings(tx: Queries, tenantNo: number, findings: Findings): Promise<void> {
  const rows = await tx.rows<{ name: readonly string[]; amount: string }>(
    `SELECT json_build_array('uses', promotion_id, customer, device) AS name, uses::text AS amount FROM promotion_use WHERE tenant_no = $1
     UNION ALL SELECT json_build_array('discount', promotion_id, customer, device), discount_minor::text FROM promotion_use WHERE tenant_no = $1
     UNION ALL SELECT json_build_array('earned', customer, business_date), points::text FROM points_earned WHERE tenant_no = $1`,
    [tenantNo],
  );
  for (const { name, amount } of rows) {
    const key = JSON.stringify(name);
    const computed = findings.standings.get(key) ?? 0n;
    if (String(computed) !== amount) mismatch(findings, `${name.join(' ')}: folded as ${amount}, the ledger says ${computed}`);
    findings.standings.delete(key);
  }
  for (const [key, amount] of findings.standings) if (amount !== 0n) mismatch(findings, `${key}: not folded, the ledger says ${amount}`);
}

/** Balances, and the movements that they are made of. */
async function compareAccounts(tx: Queries, tenantNo: number, findings: Findings): Promise<void> {
  const [row] = await tx.rows<{ rows: readonly (readonly [string, string, string, string, string | null])[] | null }>(
    `SELECT json_agg(json_build_array(account, reference, currency, b.balance_minor::text, m.sum::text)) AS rows
     FROM (SELECT * FROM account_balance WHERE tenant_no = $1) AS b
     FULL JOIN (SELECT account, reference, currency, sum(amount_minor) FROM account_movement WHERE tenant_no = $1 GROUP BY 1, 2, 3) AS m
       USING (account, reference, currency)`,
    [tenantNo],
  );
  for (const [account, reference, currency, balance, sum] of row?.rows ?? []) {
    const key = JSON.stringify([account, reference, currency]);
    const computed = findings.accounts.get(key);
    if (computed === undefined || String(computed) !== balance || balance !== sum) {
      mismatch(findings, `${account} ${reference}: folded as ${balance} out of movements of ${sum}, the ledger says ${computed ?? 0n}`);
    }
    findings.accounts.delete(key);
  }
  for (const [key, balance] of findings.accounts) mismatch(findings, `balance of ${key}: not folded, the ledger says ${balance}`);
}
