import { readFileSync, writeFileSync } from 'node:fs';

import { CommandFailed, EXIT, UsageError, userPath, type Command, type CommandInput } from '../command.ts';
import { checkpointsSchema, createHubApi, type Checkpoints, type HubApi } from '../hub-api.ts';
import { HUB_FLAGS } from '../hub-flags.ts';
import { moneyText, textTable } from '../text-table.ts';
import { accessTill, type TillVerification } from '../till-access.ts';
import { compareLedgers, UNKNOWN_TO_TILL, type Verification, type VerifiedEpoch } from '../verification.ts';
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

/** Compares and prints; the answer is the exit code. */
export async function verifyLedgers(
  { json, out }: Pick<CommandInput, 'json' | 'out'>,
  { url, token, tills, checkpoints }: VerifiedHub,
): Promise<number> {
  const hub = createHubApi(url, token);
  const said: TillVerification[] = [];
  // The tills first: what they sell meanwhile must not look like something that the hub lacks.
  for (const data of tills) {
    const verification = await (await accessTill(data)).verify();
    if (verification.device === null) throw new CommandFailed(`The till of ${data} has not joined a hub yet; it has nothing to compare.`);
    said.push(verification);
  }
  const compared = compareLedgers(await hub.verify(), said);
  const checked = await checkCheckpoints(hub, checkpoints);
  const found = checked.flatMap(checkpointProblems);
  const verification: Verification = {
    ...compared,
    proven: compared.proven && found.length === 0,
    problems: [...compared.problems, ...found],
  };
  if (json) out(`${JSON.stringify({ type: 'verification', ...verification, ...(checked.length > 0 && { checkpoints: checked }) })}\n`);
  else {
    out(verificationText(verification));
    if (checked.length > 0 && found.length === 0) out('No ledger was cut short since those checkpoints were signed.\n');
  }
  return verification.proven ? EXIT.done : EXIT.failed;
}

const moneysText = (sums: Verification['totals']['byCurrency']): string =>
  sums.map(({ currency, totalMinor }) => moneyText(totalMinor, currency)).join(' + ') || '-';

function tillText({ till, problems, lostByTill }: VerifiedEpoch): string {
  if (till !== null) return moneysText(till.totals);
  return lostByTill !== null || problems.includes(UNKNOWN_TO_TILL) ? '-' : 'not asked';
}

function findingText({ till, problems, lostByTill }: VerifiedEpoch): string {
  if (problems.length > 0) return problems.join(', ');
  if (lostByTill !== null) return `whole at the hub; lost by the lane: ${lostByTill}`;
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
