import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ReadableStream as NodeStream } from 'node:stream/web';

import { z } from 'zod';

import { CommandFailed, EXIT, UsageError, userPath, type Command, type CommandInput } from '../command.ts';
import { checkpointsSchema, createHubApi, type Checkpoints, type HeadNamed, type HubApi, type HubVerification } from '../hub-api.ts';
import { HUB_FLAGS } from '../hub-flags.ts';
import { moneyText, textTable } from '../text-table.ts';
import { accessTill, type TillAccess, type TillVerification } from '../till-access.ts';
import { compareLedgers, entriesToFind, type FoundEntry, UNKNOWN_TO_TILL, type Verification, type VerifiedEpoch } from '../verification.ts';
import { verifyJournalFile } from '../verify-journal.ts';

export const command: Command = {
  name: 'verify',
  usage: '--hub URL --token T [--till DIR …] [--checkpoint FILE …] [--save-checkpoint FILE] | journal FILE --key K',
  about: [
    'Asks the hub to recompute everything from the bytes that it holds of each lane (chains, signatures, gaps, sales, totals), and',
    'compares it with what the tills that run on the given data folders say of their own ledgers: device by device, to the cent.',
    'With checkpoints that were saved before and kept elsewhere it also proves that no ledger was cut short since.',
    'Exit code 0 only if the hub holds every sale exactly once and nothing is on its way; 1 with the reasons otherwise.',
    '',
    '`verify journal FILE --key K` needs nobody: it proves with the lane’s public key alone that an exported journal is whole, byte by byte, and',
    'otherwise names what was edited, deleted, moved or cut off.',
  ].join('\n'),
  flags: {
    ...HUB_FLAGS,
    key: {
      type: 'string',
      value: 'K',
      about: 'Of a journal: the lane’s public key in hex (`holdfast journal --key`, or the hub’s `verify --json`).',
    },
    till: { type: 'string', value: 'DIR', multiple: true, about: 'The data folder of a running till that should agree.' },
    checkpoint: {
      type: 'string',
      value: 'FILE',
      multiple: true,
      about: 'Checkpoints that the hub signed: it must still hold all of them.',
    },
    'save-checkpoint': { type: 'string', value: 'FILE', about: 'Writes the checkpoints of today, to be kept elsewhere.' },
  },
  positionals: { min: 0, max: 2 },
  examples: [
    'pnpm holdfast verify journal lane-1.ndjson --key 3f0c…',
    'pnpm holdfast verify --hub http://localhost:7400 --token T --till .holdfast/demo/lane-1 --till .holdfast/demo/lane-2',
  ],
  run: async (input) => {
    const [what, path, ...rest] = input.positionals;
    if (what === 'journal' && path !== undefined && rest.length === 0) return verifyJournalFile(input, path, input.need('key'));
    if (what !== undefined) throw new UsageError('What is verified is a hub, or `journal FILE`.');
    const [url, token] = [input.need('hub'), input.need('token')];
    const kept = input.texts('checkpoint').map((file) => readCheckpoints(userPath(file)));
    const hub = createHubApi(url, token);
    const code = await verifyLedgers(input, {
      url,
      token,
      tills: input.texts('till').map((data) => userPath(data)),
      checkpoints: kept.flatMap(({ checkpoints }) => checkpoints),
    });
    const save = input.text('save-checkpoint');
    if (save !== undefined) writeFileSync(userPath(save), `${JSON.stringify(await hub.checkpoints(), null, 2)}\n`);
    return code;
  },
};

function readCheckpoints(path: string): Checkpoints {
  try {
    return checkpointsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new CommandFailed(`${path} holds no checkpoints: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface CheckedCheckpoint {
  readonly store: string;
  readonly number: number;
  readonly signed: boolean;
  readonly lost: Awaited<ReturnType<HubApi['checkCheckpoint']>>['lost'];
}

async function checkCheckpoints(hub: HubApi, checkpoints: Checkpoints['checkpoints']): Promise<readonly CheckedCheckpoint[]> {
  const checked: CheckedCheckpoint[] = [];
  for (const checkpoint of checkpoints) {
    const { signed, lost } = await hub.checkCheckpoint(checkpoint);
    checked.push({ store: checkpoint.store, number: checkpoint.number, signed, lost });
  }
  return checked;
}

/** What speaks against the hub, in sentences. */
function checkpointProblems({ store, number, signed, lost }: CheckedCheckpoint): readonly string[] {
  const name = `checkpoint ${number} of store ${store}`;
  return [
    ...(signed ? [] : [`${name}: this hub never signed it`]),
    ...lost.map(({ device, epoch, seq }) => `${device} ${epoch}: entry ${seq}, of ${name}, is not held any more: the ledger was cut short`),
  ];
}

export interface VerifiedHub {
  readonly url: string;
  readonly token: string;
  /** Data folders of running tills. */
  readonly tills: readonly string[];
  /** Kept elsewhere since they were signed. */
  readonly checkpoints: Checkpoints['checkpoints'];
}

/** A request names no more. */
const MOST_ASKED = 1_000;

/** Where the hub holds what tills hold of epochs that they have left; and of what it does not hold from which entry on that is so. */
async function findEntries(
  hub: HubApi,
  ofHub: HubVerification,
  { said, accesses }: { readonly said: readonly TillVerification[]; readonly accesses: readonly TillAccess[] },
): Promise<readonly FoundEntry[]> {
  const found: FoundEntry[] = [];
  for (const [index, till] of said.entries()) {
    for (const asked of entriesToFind(ofHub, [till])) {
      const [held] = await hub.heldEntries([asked]);
      if (held === undefined) continue;
      const isWhole = till.epochs.some(({ epoch, chainWhole }) => epoch === asked.epoch && chainWhole);
      const access = accesses[index];
      const missingFrom = held.on === 'none' && isWhole && access !== undefined ? await firstMissing(hub, access, asked) : undefined;
      found.push({ asked, held, ...(missingFrom !== undefined && { missingFrom }) });
    }
  }
  return found;
}

/** By the till's journal. What comes before an entry that is held is held: a thousandth of what is left is looked through with each question. */
async function firstMissing(hub: HubApi, till: TillAccess, { device, epoch, seq }: HeadNamed): Promise<number> {
  const hashes = await journalHashes(till, epoch);
  const seqs = [...hashes.keys()].filter((number) => number <= seq);
  let [low, high] = [-1, seqs.length - 1];
  while (high - low > 1) {
    const step = Math.ceil((high - low) / MOST_ASKED);
    const places = Array.from({ length: Math.ceil((high - low) / step) - 1 }, (_, place) => low + (place + 1) * step);
    const entries = places.map((place) => ({ device, epoch, seq: seqs[place] ?? 0, hash: hashes.get(seqs[place] ?? 0) ?? '' }));
    const held = await hub.heldEntries(entries);
    const missing = held.findIndex(({ on }) => on === 'none');
    const [before, first] = missing < 0 ? [places.at(-1), high] : [places[missing - 1], places[missing]];
    [low, high] = [before ?? low, first ?? high];
  }
  return seqs[high] ?? seq;
}

async function journalHashes(till: TillAccess, of: string): Promise<ReadonlyMap<number, string>> {
  const hashes = new Map<number, string>();
  const lines = createInterface(Readable.fromWeb((await till.journal(new URLSearchParams({ format: 'json' }))) as NodeStream));
  for await (const line of lines) {
    const entry = journalLineSchema.safeParse(JSON.parse(line));
    if (entry.success && entry.data.epoch === of) hashes.set(entry.data.seq, entry.data.hash);
  }
  return hashes;
}

const journalLineSchema = z.object({ epoch: z.string(), seq: z.int(), hash: z.string() }).loose();

/** Compares and prints; the answer is the exit code. */
export async function verifyLedgers(
  { json, out }: Pick<CommandInput, 'json' | 'out'>,
  { url, token, tills, checkpoints }: VerifiedHub,
): Promise<number> {
  const hub = createHubApi(url, token);
  const said: TillVerification[] = [];
  const accesses: TillAccess[] = [];
  // The tills first: what they sell meanwhile must not look like something that the hub lacks.
  for (const data of tills) {
    const access = await accessTill(data);
    const verification = await access.verify();
    if (verification.device === null) throw new CommandFailed(`The till of ${data} has not joined a hub yet; it has nothing to compare.`);
    said.push(verification);
    accesses.push(access);
  }
  const ofHub = await hub.verify();
  const found = await findEntries(hub, ofHub, { said, accesses });
  const compared = compareLedgers(ofHub, said, found);
  const checked = await checkCheckpoints(hub, checkpoints);
  const lost = checked.flatMap(checkpointProblems);
  const verification: Verification = {
    ...compared,
    proven: compared.proven && lost.length === 0,
    problems: [...compared.problems, ...lost],
  };
  if (json) out(`${JSON.stringify({ type: 'verification', ...verification, ...(checked.length > 0 && { checkpoints: checked }) })}\n`);
  else {
    out(verificationText(verification));
    if (checked.length > 0 && lost.length === 0) out('No ledger was cut short since those checkpoints were signed.\n');
  }
  return verification.proven ? EXIT.done : EXIT.failed;
}

const moneysText = (sums: Verification['totals']['byCurrency']): string =>
  sums.map(({ currency, totalMinor }) => moneyText(totalMinor, currency)).join(' + ') || '-';

function tillText({ till, problems, lostByTill }: VerifiedEpoch): string {
  if (till !== null) return moneysText(till.totals);
  return lostByTill !== null || problems.includes(UNKNOWN_TO_TILL) ? '-' : 'not asked';
}

function findingText({ till, problems, lostByTill, beside }: VerifiedEpoch): string {
  if (problems.length > 0) return problems.join(', ');
  const parts = [
    ...(lostByTill === null ? [] : [`lost by the lane: ${lostByTill}`]),
    ...(beside === null ? [] : [`beside it the lane’s own history: ${beside}`]),
  ];
  if (parts.length > 0) return ['whole at the hub', ...parts].join('; ');
  return till === null ? 'whole at the hub' : 'equal';
}

function verificationText({ proven, epochs, totals, problems }: Verification): string {
  const table = textTable(
    ['Store', ' Lane', 'Device', 'Epoch', ' Entries', ' Sales', ' Total at the hub', ' Total at the till', 'Finding'],
    epochs.map((epoch) => [
      epoch.store,
      String(epoch.lane ?? ''),
      epoch.device,
      epoch.epoch,
      String(epoch.hubEntries),
      String(epoch.hubSales),
      moneysText(epoch.hubTotals),
      tillText(epoch),
      findingText(epoch),
    ]),
  );
  const verdict = proven
    ? `The hub holds each of the ${totals.sales} sales exactly once: ${moneysText(totals.byCurrency)}.`
    : 'Not proven equal.';
  return `${table}\n${problems.map((problem) => `${problem}\n`).join('')}${verdict}\n`;
}
