import { CommandFailed, EXIT, userPath, type Command, type CommandInput } from '../command.ts';
import { createHubApi } from '../hub-api.ts';
import { HUB_FLAGS } from '../hub-flags.ts';
import { moneyText, textTable } from '../text-table.ts';
import { accessTill, type TillVerification } from '../till-access.ts';
import { compareLedgers, type Verification } from '../verification.ts';

export const command: Command = {
  name: 'verify',
  usage: '--hub URL --token T [--till DIR …]',
  about: [
    'Asks the hub to recompute everything from the bytes that it holds of each lane (chains, signatures, gaps, sales, totals), and',
    'compares it with what the tills that run on the given data folders say of their own ledgers: device by device, to the cent.',
    'Exit code 0 only if the hub holds every sale exactly once and nothing is on its way; 1 with the reasons otherwise.',
  ].join('\n'),
  flags: {
    ...HUB_FLAGS,
    till: { type: 'string', value: 'DIR', multiple: true, about: 'The data folder of a running till that should agree.' },
  },
  positionals: { min: 0, max: 0 },
  examples: ['pnpm holdfast verify --hub http://localhost:7400 --token T --till .holdfast/demo/lane-1 --till .holdfast/demo/lane-2'],
  run: (input) =>
    verifyLedgers(
      input,
      input.need('hub'),
      input.need('token'),
      input.texts('till').map((data) => userPath(data)),
    ),
};

/** Compares and prints; the answer is the exit code. `tills`: data folders of running tills. */
export async function verifyLedgers(
  { json, out }: Pick<CommandInput, 'json' | 'out'>,
  url: string,
  token: string,
  tills: readonly string[],
): Promise<number> {
  const said: TillVerification[] = [];
  // The tills first: what they sell meanwhile must not look like something that the hub lacks.
  for (const data of tills) {
    const verification = await (await accessTill(data)).verify();
    if (verification.device === null) throw new CommandFailed(`The till of ${data} has not joined a hub yet; it has nothing to compare.`);
    said.push(verification);
  }
  const verification = compareLedgers(await createHubApi(url, token).verify(), said);
  out(json ? `${JSON.stringify({ type: 'verification', ...verification })}\n` : verificationText(verification));
  return verification.proven ? EXIT.done : EXIT.failed;
}

function verificationText({ proven, epochs, totals, problems }: Verification): string {
  const money = (sums: Verification['totals']['byCurrency']): string =>
    sums.map(({ currency, totalMinor }) => moneyText(totalMinor, currency)).join(' + ') || '-';
  const table = textTable(
    ['Store', ' Lane', 'Device', 'Epoch', ' Entries', ' Sales', ' Total at the hub', ' Total at the till', 'Finding'],
    epochs.map((epoch) => [
      epoch.store,
      String(epoch.lane ?? ''),
      epoch.device,
      epoch.epoch,
      String(epoch.hubEntries),
      String(epoch.hubSales),
      money(epoch.hubTotals),
      epoch.till === null ? 'not asked' : money(epoch.till.totals),
      epoch.problems.join(', ') || (epoch.till === null ? 'whole at the hub' : 'equal'),
    ]),
  );
  const verdict = proven
    ? `The hub holds each of the ${totals.sales} sales exactly once: ${money(totals.byCurrency)}.`
    : 'Not proven equal.';
  return `${table}\n${problems.map((problem) => `${problem}\n`).join('')}${verdict}\n`;
}
