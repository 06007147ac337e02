import { EXIT, UsageError, userPath, type Command, type CommandInput } from '../command.ts';
import { HUB_FLAGS } from '../hub-flags.ts';
import { replayFile, type ReplayReport } from '../replay-session.ts';
import { moneyText, textTable } from '../text-table.ts';

/** Differences that are printed one by one; the rest is counted. */
const SHOWN_DIFFERENCES = 50;

export const command: Command = {
  name: 'replay',
  usage: 'FILE [--hub URL --token T] [--till-data DIR] [--invoices N] [--json]',
  about: [
    'Sells every invoice of the Online Retail file (csv or gz) through a real till, each line at the invoice’s own price, lets the till hand',
    'its sales to the hub, and compares what the hub holds with sums taken straight from the file: item by item, and to the penny.',
    'Invoices whose number starts with C are returns without receipt; lines at 0 with a negative quantity are stock adjustments, with a',
    'positive one they sell at 0; lines priced below 0 must be refused. The goods come out of the same file, into a store of their own.',
    'Without --hub a temporary hub is started and taken away again. Exit code 0 only if everything is equal.',
  ].join('\n'),
  flags: {
    ...HUB_FLAGS,
    'till-data': { type: 'string', value: 'DIR', about: 'The lane’s data folder, kept afterwards. Default: a temporary one.' },
    invoices: { type: 'string', value: 'N', about: 'Only a sample of so many invoices: everything rare, the rest spread over the year.' },
  },
  positionals: { min: 1, max: 1 },
  examples: ['pnpm holdfast replay online_retail.csv.gz', 'pnpm holdfast replay online_retail.csv.gz --invoices 300 --json'],
  run: async (input) => {
    const [url, token] = [input.text('hub'), input.text('token')];
    if ((url === undefined) !== (token === undefined)) throw new UsageError('--hub and --token belong together.');
    const tillData = input.text('till-data');
    const invoices = input.whole('invoices', 1, 1_000_000);
    const report = await replayFile({
      file: userPath(input.positionals[0] ?? ''),
      ...(url === undefined || token === undefined ? {} : { hub: { url, token } }),
      ...(tillData === undefined ? {} : { tillData: userPath(tillData) }),
      ...(invoices === undefined ? {} : { invoices }),
      onStep: createStepLine(input),
    });
    if (input.interactive && !input.json) input.err('\r\u001b[K');
    input.out(input.json ? `${JSON.stringify({ type: 'replay', ...report })}\n` : reportText(report));
    return report.equal ? EXIT.done : EXIT.failed;
  },
};

/** One line that is drawn over on a terminal; elsewhere each new step once. */
function createStepLine({ err, interactive, json }: CommandInput): (step: string, done?: number, all?: number) => void {
  let last = '';
  return (step, done, all) => {
    if (interactive && !json) {
      const count = done === undefined ? '' : ` ${done.toLocaleString('en')}${all === undefined ? '' : ` of ${all.toLocaleString('en')}`}`;
      err(`\r\u001b[K${step}${count} …`);
    } else if (step !== last && !json) err(`${step} …\n`);
    last = step;
  };
}

function reportText(report: ReplayReport): string {
  const { replayed, differences } = report;
  const figure = (value: number): string => value.toLocaleString('en');
  const of = (counts: Readonly<Record<string, number>>, reason: string): string => figure(counts[reason] ?? 0);
  const rows = (
    [
      ['sale', 'sold at the invoice’s price'],
      ['return', 'returned without receipt'],
      ['freeSale', 'sold at 0'],
      ['adjustment', 'stock adjustment'],
      ['negativePrice', 'refused: price below 0'],
    ] as const
  ).map(([reason, words]) => [words, of(replayed.linesByReason, reason), of(replayed.invoicesByReason, reason)]);
  const shown = differences.slice(0, SHOWN_DIFFERENCES);
  const more = differences.length - shown.length;
  return [
    textTable(
      ['What', ' Lines', ' Invoices'],
      [...rows, ['of several kinds', '', figure(replayed.mixedInvoices)], ['all', figure(replayed.lines), figure(replayed.invoices)]],
    ),
    `${figure(replayed.mergedLines)} lines joined an equal one of their invoice; ${figure(replayed.subPennyLines)} had a price below a penny.`,
    `${figure(report.documents)} documents in ${(report.replayMs / 1_000).toFixed(1)} s (${figure(report.requestsPerSecond)} requests a second); the hub had them ${(report.syncMs / 1_000).toFixed(1)} s later.`,
    `File ${moneyText(BigInt(report.totalMinor.file), report.currency)}, till ${moneyText(BigInt(report.totalMinor.till), report.currency)}, hub ${moneyText(BigInt(report.totalMinor.hub), report.currency)}.`,
    ...shown,
    ...(more > 0 ? [`… and ${figure(more)} more differences`] : []),
    report.equal ? `Equal: ${figure(report.skusCompared)} SKUs in quantity, amount and stock, and the total to the penny.` : 'Not equal.',
    '',
  ].join('\n');
}
