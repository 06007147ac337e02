import { type CommandInput, EXIT, UsageError, type Command } from '../command.ts';
import { seedDemo } from '../demo-seed.ts';
import { createHubApi } from '../hub-api.ts';
import { HUB_FLAGS } from '../hub-flags.ts';
import { type ChainSize, seedChain } from '../seed-chain.ts';

const isDate = (text: string): boolean => {
  const moment = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  return moment !== undefined && !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text);
};

const SAID_WIDTH = 40;
const MOST = { items: 9_999_999, stores: 10_000, sales: 100_000_000 } as const;

/** Undefined: the demo's shop alone. */
function chainSize({ whole, isSet }: CommandInput): ChainSize | undefined {
  const size = { items: 0, stores: 0, sales: 0 };
  for (const flag of ['items', 'stores', 'sales'] as const) size[flag] = whole(flag, 0, MOST[flag]) ?? 0;
  if (size.sales > 0 && (size.items === 0 || size.stores === 0))
    throw new UsageError('--sales want --items and --stores: what is sold, and where.');
  return isSet('items') || isSet('stores') || isSet('sales') ? size : undefined;
}

export const command: Command = {
  name: 'seed',
  usage: '--hub URL --token T [--store S] [--day YYYY-MM-DD] [--items N] [--stores N] [--sales N]',
  about: [
    'Gives a running hub the demo’s shop: a hand-made catalogue of everyday goods in departments, two tax classes, the store’s settings,',
    'and prices that change on the days to come. Doing it again on the same day changes nothing.',
    'With --items, --stores and --sales a chain as well: further goods by an import, stores of four lanes each, and sales of the last twenty',
    'days as signed ledgers of these lanes. Goods and stores that are there stay as they are; lanes are new ones each time, and sell again.',
  ].join('\n'),
  flags: {
    ...HUB_FLAGS,
    store: { type: 'string', value: 'S', about: 'The store that gets the demo’s settings. Default: 1.' },
    day: { type: 'string', value: 'YYYY-MM-DD', about: 'The day from which scheduled prices count. Default: today.' },
    items: { type: 'string', value: 'N', about: 'Goods of a chain besides the demo’s.' },
    stores: { type: 'string', value: 'N', about: 'Stores of a chain, chain-1 and so on, in ten zones.' },
    sales: { type: 'string', value: 'N', about: 'Sales of all its stores together. They want --items and --stores.' },
  },
  positionals: { min: 0, max: 0 },
  examples: [
    'pnpm holdfast seed --hub http://localhost:7400 --token T',
    'pnpm holdfast seed --hub http://localhost:7400 --token T --items 1000000 --stores 500 --sales 2000000',
  ],
  run: async (input) => {
    const { need, text, json, out, err, interactive } = input;
    const size = chainSize(input);
    const day = text('day');
    if (day !== undefined && !isDate(day)) throw new UsageError(`--day is a date such as 2026-07-01, not "${day}".`);
    const hub = createHubApi(need('hub'), need('token'));
    const seeded = await seedDemo(hub, text('store') ?? '1', Date.now(), day);
    const say = (what: string): void => {
      if (interactive && !json) err(`\r${what.padEnd(SAID_WIDTH)}`);
    };
    const chain = size && (await seedChain(hub, size, Date.now(), say));
    if (chain !== undefined && interactive && !json) err('\n');
    const { report, scheduledPrices, promotions, departments, lsn } = seeded;
    if (json)
      out(
        `${JSON.stringify({ type: 'seeded', seedDay: seeded.seedDay, lsn, departments, scheduledPrices, promotions, goods: report.rows, ...(chain !== undefined && { chain }) })}\n`,
      );
    else {
      const news = lsn === null ? 'Nothing was new.' : `Published up to number ${lsn}.`;
      out(
        `${report.rows} goods in ${departments} departments, ${promotions} promotions, ${scheduledPrices} scheduled prices from ${seeded.seedDay} on. ${news}\n`,
      );
      if (chain !== undefined)
        out(`${chain.items} goods, ${chain.stores} stores of ${chain.lanes} lanes and ${chain.sales} sales of a chain.\n`);
    }
    return EXIT.done;
  },
};
