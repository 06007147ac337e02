import { EXIT, UsageError, type Command } from '../command.ts';
import { seedDemo } from '../demo-seed.ts';
import { createHubApi } from '../hub-api.ts';
import { HUB_FLAGS } from '../hub-flags.ts';

const isDate = (text: string): boolean => {
  const moment = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  return moment !== undefined && !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text);
};

export const command: Command = {
  name: 'seed',
  usage: '--hub URL --token T [--store S] [--day YYYY-MM-DD]',
  about: [
    'Gives a running hub the demo’s shop: a hand-made catalogue of everyday goods in departments, two tax classes, the store’s settings,',
    'and prices that change on the days to come. Doing it again on the same day changes nothing.',
  ].join('\n'),
  flags: {
    ...HUB_FLAGS,
    store: { type: 'string', value: 'S', about: 'The store that gets the demo’s settings. Default: 1.' },
    day: { type: 'string', value: 'YYYY-MM-DD', about: 'The day from which scheduled prices count. Default: today.' },
  },
  positionals: { min: 0, max: 0 },
  examples: ['pnpm holdfast seed --hub http://localhost:7400 --token T'],
  run: async ({ need, text, json, out }) => {
    const day = text('day');
    if (day !== undefined && !isDate(day)) throw new UsageError(`--day is a date such as 2026-07-01, not "${day}".`);
    const seeded = await seedDemo(createHubApi(need('hub'), need('token')), text('store') ?? '1', Date.now(), day);
    const { report, scheduledPrices, promotions, departments, lsn } = seeded;
    if (json)
      out(
        `${JSON.stringify({ type: 'seeded', seedDay: seeded.seedDay, lsn, departments, scheduledPrices, promotions, goods: report.rows })}\n`,
      );
    else {
      const news = lsn === null ? 'Nothing was new.' : `Published up to number ${lsn}.`;
      out(
        `${report.rows} goods in ${departments} departments, ${promotions} promotions, ${scheduledPrices} scheduled prices from ${seeded.seedDay} on. ${news}\n`,
      );
    }
    return EXIT.done;
  },
};
